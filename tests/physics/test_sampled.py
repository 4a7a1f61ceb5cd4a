"""Sampled inputs: spikes that come together are all counted; a spike at the moment of reading counts exactly once."""

from __future__ import annotations

import pytest

from cells.neuron import neuron, read_delay_ps, sampler_jtls
from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import Junction
from sfqgen.netlist.flatten import flatten
from sfqgen.sim.margins import margins
from sfqgen.timing.bench import load_junction
from sfqgen.timing.bounds import SAMPLE_BAND_PS
from sfqgen.timing.criteria import verify
from sfqgen.timing.exercise import Exercise, exercises
from sfqgen.timing.neuron_bench import neuron_bench
from sfqgen.timing.record import record
from sfqgen.timing.stimulus import Frame, Stimulus
from sfqgen.timing.use import Use

SAMPLED = Use(4, 4, sampled=True, latency_ps=160.0)


def pulses(use: Use, trains: list[list[tuple[int, float]]], incs: int) -> list[list[float]]:
    """Output pulse times per train; ticks every `frame_ps`, after `incs` INC pulses."""
    todo = []
    for spikes in trains:
        frames = [Frame(100.0 + use.frame_ps * i, True, tuple(spikes) if i == incs + 1 else (), int(i < incs),
                        100.0 + use.frame_ps * i + 200.0) for i in range(incs + 4)]  # fmt: skip
        todo.append(Exercise("train", Stimulus(use.inputs, tuple(frames), use.pace, frames[-1].start_ps + 300.0), []))
    dut = neuron(inputs=use.inputs, levels=use.levels, sampled=use.sampled)
    return [list(recorded[load_junction("out")][0]) for recorded in record(dut, todo)]


def test_a_neuron_with_sampled_inputs_passes_its_criteria():
    report = verify(neuron(inputs=4, levels=4, sampled=True), SAMPLED)
    assert [c.name for c in report.criteria if not c.passed] == []
    assert [level.errors for level in report.levels] == [0] * 4
    assert "latency, tick to output" in [c.name for c in report.criteria]


def test_its_exercises_send_spikes_together_and_apart():
    together, apart = exercises(SAMPLED)[0], exercises(SAMPLED)[-1]
    assert all(len({t for _, t in frame.spikes}) <= 1 for frame in together.stimulus.frames)
    assert any(len({t for _, t in frame.spikes}) == 4 for frame in apart.stimulus.frames)
    assert max(e.n for e in together.expected) == 4


def test_two_spikes_at_once_are_two_where_they_are_sampled_and_one_where_they_are_not():
    both = [(0, 900.0), (1, 900.0)]
    plain = Use(2, 2)
    assert pulses(plain, [both], 1)[0] == []
    sampled = Use(2, 2, sampled=True)
    assert len(pulses(sampled, [both], 1)[0]) == 1


@pytest.mark.parametrize("number", [0, 1])
def test_a_spike_at_the_moment_of_reading_counts_once_in_this_frame_or_in_the_next(number):
    use = Use(2, 2, sampled=True)
    tick = 100.0 + use.frame_ps
    read = tick + read_delay_ps(2, 2)[number]
    offsets = [-2.0 * SAMPLE_BAND_PS + 1.0 * i for i in range(41)]
    found = pulses(use, [[(number, read + offset)] for offset in offsets], 0)
    assert [len(times) for times in found] == [1] * 41
    in_next = [times[0] > tick + use.frame_ps for times in found]
    assert in_next == sorted(in_next)
    assert not in_next[10]  # SAMPLE_BAND_PS before the read
    assert in_next[30]


def test_sampled_inputs_keep_the_global_margins():
    bench = neuron_bench(neuron(inputs=2, levels=2, sampled=True), Use(2, 2, sampled=True))
    found = margins(bench, [p for p in bench.parameters if p.name.startswith("g_")], cap_pct=18.0)
    assert all(m.worst_pct == 18.0 for m in found.parameters)


@pytest.mark.parametrize(("inputs", "levels"), [(1, 2), (2, 2), (8, 4), (3, 8)])
def test_junction_count_follows_the_formula_of_the_docstring(inputs, levels):
    flat = flatten(neuron(inputs=inputs, levels=levels, sampled=True))
    alone = 18 + 23 * (levels - 1)
    assert len(flat.of_kind(Junction)) == alone + 19 * inputs + 4 * sampler_jtls(levels) + 5


def test_sampled_inputs_need_the_tick():
    for other in ({"reset": "self"}, {"leak_ps": 150.0}):
        with pytest.raises(SfqgenError, match="sampled inputs are read by the frame tick"):
            neuron(inputs=2, levels=2, sampled=True, **other)
