"""Currents of the bias rail against what its metal carries: the strip on M0 and the pillars up to M6.

A neuron is fed from either end of its rail, so one strip may carry all of its current.
"""

from __future__ import annotations

from pdk_sfq5ee.layers import films
from pdk_sfq5ee.process import constant, figure
from sfqgen.errors import SfqgenError
from sfqgen.layout.plan import FloorPlan
from sfqgen.netlist.circuit import RAIL, Resistor
from sfqgen.netlist.views import RAIL_UV


def strip_limit_ma() -> float:
    """What a strip of the rail carries at the current density advised for design."""
    thickness = next(film.thickness_um for film in films() if film.name == "M0")
    return 1000.0 * constant("j_design") * figure("geometry", "frame", "vdd_strip_width") * thickness


def pillar_limit_ma() -> float:
    """What one via of a pillar carries; a pillar has several side by side."""
    return constant("min_line_or_via_ic")


def pillars_ua(plan: FloorPlan) -> dict[int, float]:
    """Current of each pillar of a cell in uA: the bias resistors that its straps lead to."""
    rated = {r.name: RAIL_UV / r.r_ohm for r in plan.circuit.of_kind(Resistor) if r.plus == RAIL}
    currents = dict.fromkeys(range(len(plan.pillars)), 0.0)
    for strap in plan.straps:
        names = [step if isinstance(step, str) else step[0] for step in strap.path]
        pillars = [int(name.split()[1]) for name in names if isinstance(name, str) and name.startswith("pillar")]
        loads = [name.split(".")[0] for name in names if isinstance(name, str) and name.split(".")[0] in rated]
        if pillars:
            currents[pillars[0]] += sum(rated[load] for load in loads)
    return currents


def check_rails(bias_ua: float, plans: dict[str, FloorPlan]) -> float:
    """Largest current of a pillar in uA. Raises SfqgenError when the strip or a pillar carries more than its metal may.
    """
    largest, cell = max((ua, name) for name, plan in plans.items() for ua in pillars_ua(plan).values())
    for what, current_ma, limit_ma in (("bias rail", bias_ua / 1000.0, strip_limit_ma()),
                                       (f"pillar of {cell}", largest / 1000.0, pillar_limit_ma())):  # fmt: skip
        if current_ma > limit_ma:
            raise SfqgenError(f"carries {current_ma:.3g} mA", where=what, allowed=f"up to {limit_ma:.3g} mA",
                              remedy="fewer inputs or levels, or a smaller ic_scale")  # fmt: skip
    return largest
