"""What a neuron costs: junctions, bias current, static power, and the energy of a frame that fires.

Bias and static power are those of the bias resistors on the 2.6 mV rail. The energy of a frame is the sum of
Ic Phi0 over every 2 pi step of every junction within the neuron (the figure that the field quotes; drivers and loads
of the bench are left out), at the lowest threshold with one spike and at the highest with `levels` spikes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pdk_sfq5ee.process import constant
from sfqgen.netlist.circuit import PHI0_UV_PS, Bias, Circuit, Junction, Resistor
from sfqgen.netlist.flatten import flatten
from sfqgen.netlist.views import RAIL_UV, sim_view
from sfqgen.timing.bench import DUT, bench
from sfqgen.timing.exercise import exercise
from sfqgen.timing.record import STEP_PS, sources
from sfqgen.timing.use import Use


@dataclass(frozen=True)
class Figures:
    """`energy_aj`: attojoule switched in a frame that fires, at the lowest and at the highest threshold."""

    junctions: int
    bias_ma: float
    static_uw: float
    energy_aj: tuple[float, float]

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "energy_aj": list(self.energy_aj)}


def figures(dut: Circuit, use: Use) -> Figures:
    """Figures of a neuron with its bias resistors, schematic or extracted."""
    flat = flatten(dut)
    bias_ua = sum(e.i_ua for e in flat.of_kind(Bias)) + sum(RAIL_UV / r.r_ohm for r in _to_rail(flat))
    static_uw = bias_ua * constant("vdd") / 1000.0
    return Figures(len(flat.of_kind(Junction)), round(bias_ua / 1000.0, 3), round(static_uw, 2), _energy(dut, use))


def _to_rail(flat: Circuit) -> list[Resistor]:
    return [r for r in flat.of_kind(Resistor) if "vdd" in (r.plus.lower(), r.minus.lower())]


def _energy(dut: Circuit, use: Use) -> tuple[float, float]:
    from sfqgen.sim.transient import Engine

    climb = [(1, 1)] * (use.levels - 1)
    stimulus = exercise("figures", [(1, 0), *climb, (use.levels, 0), (0, 0)], use, seed=use.seed).stimulus
    circuit = sim_view(bench(dut, {port: [] for port in stimulus.ports()}), "resistor")
    ic_ua = {e.name: e.ic_ua for e in flatten(circuit).of_kind(Junction) if e.name.endswith(f"|X_{DUT}")}
    run = Engine(circuit, watch=list(ic_ua)).run(stop_ps=stimulus.stop_ps, step_ps=STEP_PS, stimuli=sources([stimulus]),
                                                 estimate_error=False)  # fmt: skip
    steps = [(current, np.abs(run.pulses[name][0])) for name, current in ic_ua.items()]
    starts = [frame.start_ps for frame in stimulus.frames]

    def within(first: int) -> float:
        low, high = starts[first], starts[first + 1]
        ua = sum(current * np.count_nonzero((t >= low) & (t < high)) for current, t in steps)
        return round(float(ua) * PHI0_UV_PS * 1e-6, 2)

    return within(0), within(use.levels)
