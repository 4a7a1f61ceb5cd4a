"""The neuron keeps its law at its pins: levels up and down, saturation, bursts, held-out trains; both resets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cells.neuron import NeuronValues, neuron
from sfqgen.netlist.circuit import Junction
from sfqgen.netlist.flatten import flatten
from sfqgen.timing.count import outcome
from sfqgen.timing.criteria import verify
from sfqgen.timing.exercise import Exercise, exercise
from sfqgen.timing.figures import figures
from sfqgen.timing.law import frame_law
from sfqgen.timing.record import record
from sfqgen.timing.stimulus import walk_plan
from sfqgen.timing.use import Use


@pytest.mark.parametrize("reset", ["frame", "self"])
@pytest.mark.parametrize(("inputs", "levels"), [(2, 2), (4, 4), (3, 3)])
def test_a_neuron_passes_its_criteria(inputs, levels, reset):
    report = verify(neuron(inputs=inputs, levels=levels, reset=reset), Use(inputs, levels, reset))
    assert [c.name for c in report.criteria if not c.passed] == []
    assert [level.errors for level in report.levels] == [0] * levels
    assert all(level.volleys > 5 for level in report.levels)
    assert report.passed


@pytest.mark.parametrize(("inputs", "levels"), [(1, 4), (16, 4), (2, 8)])
def test_the_walk_is_right_with_current_and_with_resistor_bias(inputs, levels):
    use = Use(inputs, levels)
    walk = exercise("walk", walk_plan(levels), use)
    for bias in ("current", "resistor"):
        (recorded,) = record(neuron(inputs=inputs, levels=levels), [walk], bias=bias)
        assert outcome(recorded, walk).wrong == 0


def test_latency_does_not_depend_on_the_threshold():
    report = verify(neuron(inputs=2, levels=4), Use(2, 4), ladders=False)
    times = [t for level in report.levels for t in level.latency_ps]
    assert max(times) - min(times) < 1.0


def test_a_neuron_whose_reader_is_dead_fails_and_says_where():
    values = NeuronValues()
    dead = replace(values, reader=replace(values.reader, f_ic_ua=20.0))
    report = verify(neuron(inputs=2, levels=2, values=dead), Use(2, 2), ladders=False)
    assert not report.passed
    assert report.levels[1].errors > 0


def test_a_limit_that_is_not_met_fails_its_criterion_alone():
    report = verify(neuron(inputs=2, levels=2), Use(2, 2, latency_ps=20.0), ladders=False)
    assert [c.name for c in report.criteria if not c.passed] == ["latency, deciding spike to output"]
    assert sum(level.errors for level in report.levels) == 0


def test_a_stuck_output_is_an_error_in_every_frame_that_should_fire():
    values = NeuronValues()
    stuck = replace(values, token=replace(values.token, f_ic_ua=60.0))
    walk = exercise("walk", walk_plan(2), Use(2, 2))
    (recorded,) = record(neuron(inputs=2, levels=2, values=stuck), [walk])
    judged = outcome(recorded, walk)
    assert [f.pulses for f in judged.frames] == [0] * 10
    assert judged.wrong == sum(f.expected.pulses for f in judged.frames)


def test_figures_of_a_neuron_add_up():
    """46 junctions at 2.6 mV; a spike through at k = 1 switches fewer junctions than one swallowed and one through."""
    cost = figures(neuron(inputs=2, levels=2), Use(2, 2))
    assert cost.junctions == 46
    assert cost.static_uw == pytest.approx(2.6 * cost.bias_ma, rel=1e-3)
    low, high = cost.energy_aj
    assert 0.2 * cost.junctions < low < high < 0.5 * cost.junctions


@pytest.mark.parametrize(("gap_ps", "counted"), [(0.0, 1), (3.0, 1), (8.0, 2)])
def test_spikes_within_the_dead_time_of_a_merger_count_as_one_and_leave_nothing_behind(gap_ps, counted):
    use = Use(4, 2)
    base = exercise("pair", [(1, 1), (2, 0), (1, 0), (2, 0)], use).stimulus
    start = base.frames[1].spikes[0][1]
    pair = replace(base.frames[1], spikes=((0, start), (3, start + gap_ps)))
    stimulus = replace(base, frames=(base.frames[0], pair, *base.frames[2:]))
    todo = Exercise("pair", stimulus, frame_law(stimulus, use.levels))
    (recorded,) = record(neuron(inputs=4, levels=2), [todo])
    judged = outcome(recorded, todo)
    assert [f.pulses for f in judged.frames] == [1, counted - 1, 0, 1]
    assert judged.returned == 0


@pytest.mark.parametrize(("inputs", "tree"), [(1, 0), (2, 5), (4, 19), (8, 43), (16, 95)])
def test_junctions_are_as_the_head_of_the_neuron_states(inputs, tree):
    for levels, reset, more in ((2, "frame", 0), (4, "self", 38 + 2 * 3)):
        circuit = flatten(neuron(inputs=inputs, levels=levels, reset=reset))
        assert len(circuit.of_kind(Junction)) == tree + 23 * (levels - 1) + 18 + more
