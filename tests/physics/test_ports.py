"""What a neuron is driven and read with: DC/SFQ at its inputs, SFQ/DC at its output."""

from __future__ import annotations

import numpy as np
import pytest

from cells import sfqdc
from cells.neuron import neuron
from cells.sfqdc import PULSES_PS, SfqdcValues
from sfqgen.netlist.circuit import BIAS_LEAD, Bias, Inductor, Junction, Resistor
from sfqgen.netlist.josim_read import parse_deck
from sfqgen.netlist.views import sim_view
from sfqgen.sim.farm import Bench
from sfqgen.sim.margins import margins
from sfqgen.sim.transient import simulate
from sfqgen.timing.converters import level_trains
from sfqgen.timing.criteria import verify
from sfqgen.timing.deck import walk_deck
from sfqgen.timing.exercise import exercises
from sfqgen.timing.neuron_bench import neuron_parameters
from sfqgen.timing.use import Use

NOMINAL = SfqdcValues()


def sfqdc_run(load_ohm: float = 50.0, bias: str = "resistor", values: SfqdcValues = NOMINAL) -> tuple[bool, np.ndarray]:
    """Whether the toggle did what its bench asks, and the mean output voltage around four pulses, in uV."""
    bench = sfqdc.bench(values, load_ohm=load_ohm)
    watch = [*bench.counts(), "B_q|X_dut"]
    result = simulate(sim_view(bench.circuit, bias), stop_ps=bench.stop_ps, watch=watch, step_ps=0.1,
                      estimate_error=False)  # fmt: skip
    turns = {name: int(result.phase_turns[name][0]) for name in bench.counts()}
    levels = sfqdc.levels_uv(result.pulses["B_q|X_dut"][0], PULSES_PS, bench.stop_ps)
    return turns == bench.counts(), np.array(levels)


@pytest.mark.parametrize("bias", ["current", "resistor"])
def test_each_pulse_toggles_the_output_of_the_sfq_dc(bias):
    toggled, levels = sfqdc_run(bias=bias)
    assert toggled
    assert list(levels[::2]) == [0.0, 0.0, 0.0]
    assert all(levels[1::2] > 150.0)


def test_the_swing_of_the_sfq_dc_follows_its_load():
    swing = [float(sfqdc_run(load)[1][1]) for load in (2.0, 10.0, 50.0)]
    assert swing == pytest.approx([141.0, 190.0, 207.0], abs=9.0)  # a pulse more or less in 250 ps is 8.3 uV


def test_an_sfq_dc_without_its_output_bias_is_silent():
    toggled, levels = sfqdc_run(values=SfqdcValues(o_ib_ua=1.0))
    assert not toggled
    assert not np.any(levels)


def test_every_junction_of_the_sfq_dc_is_shunted_and_every_bias_has_its_lead():
    cell = sfqdc.circuit()
    shunts = {r.of for r in cell.of_kind(Resistor) if r.of.startswith("B_")}
    leads = {i.of for i in cell.of_kind(Inductor) if i.role == BIAS_LEAD}
    assert shunts == {j.name for j in cell.of_kind(Junction)}
    assert leads == {b.name for b in cell.of_kind(Bias)}


class Toggles:
    """Criterion: the toggle counts, quiet output when even, at least 50 uV when odd."""

    def __init__(self, bench):
        self.bench, self.junctions = bench, [*bench.counts(), "B_q|X_dut"]

    def __call__(self, result) -> np.ndarray:
        return np.array([self._right(result, sample) for sample in range(result.samples)])

    def _right(self, result, sample: int) -> bool:
        turns = {name: int(np.sum(np.sign(result.pulses[name][sample]))) for name in self.bench.counts()}
        risen = np.abs(result.pulses["B_q|X_dut"][sample])
        levels = sfqdc.levels_uv(risen, PULSES_PS, self.bench.stop_ps)
        return turns == self.bench.counts() and not any(levels[::2]) and min(levels[1::2]) > 50.0


def test_the_sfq_dc_keeps_its_margins():
    bench = sfqdc.bench()
    circuit = sim_view(bench.circuit, "resistor")
    found = margins(Bench(circuit, bench.stop_ps, Toggles(bench), 0.1), neuron_parameters(circuit))
    assert found.critical.worst_pct >= 30.0
    assert found.critical_global.worst_pct >= 20.0


@pytest.mark.parametrize("reset", ["frame", "self"])
def test_a_neuron_driven_by_dc_sfq_and_read_by_sfq_dc_passes_its_criteria(reset):
    report = verify(neuron(inputs=2, levels=2, reset=reset), Use(2, 2, reset), converters=True)
    assert [c.name for c in report.criteria if not c.passed] == []
    assert all(level.volleys > 5 and level.errors == 0 for level in report.levels)


def test_the_deck_with_converters_reads_as_one_toggle_per_output_pulse():
    use = Use(2, 2)
    walk = exercises(use)[0]
    deck = parse_deck(walk_deck(neuron(inputs=2, levels=2), use, "n2", converters=True))
    sides = ["B_t|X_load_out", "B_b|X_load_out"]
    result = simulate(deck.circuit, stop_ps=walk.stimulus.stop_ps, watch=sides, step_ps=0.1, estimate_error=False)
    pulses = sum(e.pulses for e in walk.expected)
    assert pulses == 7
    assert [int(result.phase_turns[side][0]) for side in sides] == [(pulses + 1) // 2, pulses // 2]


def test_all_edges_are_alike_and_no_pulse_runs_into_the_next():
    waves = level_trains({"a": [100.0, 116.0, 400.0], "b": [300.0], "c": []})
    assert waves["c"].values == (0.0, 0.0)
    assert waves["b"].values == (0.0, 0.0, 298.0, 0.0, 302.0, 600.0, 358.0, 600.0, 362.0, 0.0)
    times = waves["a"].values[::2]
    assert times == (0.0, 98.0, 102.0, 106.0, 110.0, 114.0, 118.0, 174.0, 178.0, 398.0, 402.0, 458.0, 462.0)
    assert level_trains({"a": [100.0]})["a"].values[2:6] == (90.0, 0.0, 110.0, 600.0)
