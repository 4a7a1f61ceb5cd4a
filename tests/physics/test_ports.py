"""What a neuron is driven and read with: DC/SFQ at its inputs, SFQ/DC at its output."""

from __future__ import annotations

import numpy as np
import pytest

from cells import sfqdc
from cells.sfqdc import PULSES_PS, SfqdcValues
from sfqgen.netlist.circuit import BIAS_LEAD, Bias, Inductor, Junction, Resistor
from sfqgen.netlist.views import sim_view
from sfqgen.sim.farm import Bench
from sfqgen.sim.margins import margins
from sfqgen.sim.transient import simulate
from sfqgen.timing.neuron_bench import neuron_parameters

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


class _Toggles:
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
    found = margins(Bench(circuit, bench.stop_ps, _Toggles(bench), 0.1), neuron_parameters(circuit))
    assert found.critical.worst_pct >= 30.0
    assert found.critical_global.worst_pct >= 20.0
