"""Crossing of two Josephson transmission lines: the tick runs from left to right, an arm pulse from top to bottom.

                  b
                  |
                 L_b1   B_b1 (gnd)
                  |
                 L_b2 -- mb <- I_b
                  |
      a --L_a1----|----L_a2-- ma --L_a3--------L_a4-- q        B_a1, B_a2 (gnd) at both ends of the bridge, I_a at ma
                  |
                 L_b3   (under the bridge on M5)
                  |
                 L_b4   B_b2 (gnd)
                  |
                  r

Store, tick line and spike line run side by side, and each stage's reader joins all three: with three stages or more
that cannot be drawn on one layer, so every stage has one such crossing. Both lines are ordinary JTLs; the arm's
third inductor goes under the tick's bridge.
"""

from __future__ import annotations

from dataclasses import replace

from cells.jtl import ARM, TICK, JtlValues
from cells.scaling import apart_um, nearer_um
from sfqgen.layout.free import free
from sfqgen.layout.plan import Change, FloorPlan, Part, Pin, Route, Strap
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Circuit
from sfqgen.netlist.views import lvs_view
from sfqgen.timing.bench import CellBench, cell_bench

LEAD_PH = 2.5
"""Bias leads of the drawn cell: from the rail past the crossing to the middle of each line."""


def circuit(tick: JtlValues = TICK, arm: JtlValues = ARM, name: str = "cross") -> Circuit:
    """Ports a, q (tick in and out), b, r (arm in and out)."""
    cell = CellBuilder(name, ("a", "q", "b", "r"))
    for line, (start, end), v in (("a", ("a", "q"), tick), ("b", ("b", "r"), arm)):
        cell.l(f"{line}1", start, f"n{line}1", v.l1_l_ph)
        cell.jj(f"{line}1", f"n{line}1", ic_ua=v.a_ic_ua)
        cell.l(f"{line}2", f"n{line}1", f"m{line}", v.l2_l_ph)
        cell.bias(line, f"m{line}", v.s_ib_ua, lead_ph=LEAD_PH)
        cell.l(f"{line}3", f"m{line}", f"n{line}2", v.l3_l_ph)
        cell.jj(f"{line}2", f"n{line}2", ic_ua=v.b_ic_ua)
        cell.l(f"{line}4", f"n{line}2", end, v.l4_l_ph)
    return cell.done()


def bench(tick: JtlValues = TICK, arm: JtlValues = ARM) -> CellBench:
    """Pulses on either line and on both at once leave on their own line only."""
    return cell_bench(circuit(tick, arm), {"a": [50.0, 150.0], "b": [100.0, 150.0]}, {"q": 2, "r": 2})


def floor_plan(cell: Circuit) -> FloorPlan:
    """Three tiles wide, six high: the tick's bridge across the middle column, the arm down that column and under it."""
    bridge = 24.2 + apart_um(cell["L_a2"].l_ph, TICK.l2_l_ph, 0.6)
    left, right = free("L_a1"), free("L_a4")
    near = nearer_um(cell["L_b3"].l_ph, ARM.l3_l_ph, 2.2)
    under = (("mb", (None, 28.6), Change("M5"), (None, 22.0), Change("M6"), "B_b2"))
    return FloorPlan(
        circuit=lvs_view(cell),
        tiles=(3, 6),
        rail_row=5,
        pins=(Pin("a", "left", 2), Pin("q", "right", 2), Pin("b", "top", 1), Pin("r", "bottom", 1)),
        pillars=((0, 5), (2, 5)),
        nodes={"ma": (15.0, bridge), "mb": (15.0, 31.2 - near)},
        parts=(
            Part("B_a1", 5.75, 25.6 - left), Part("B_a2", 24.25, 25.6 - right),
            Part("B_b1", 15.0, 44.5, "right"), Part("B_b2", 15.0, 15.6 + near, "right"),
            Part("RI_a", 25.0, 36.0 + free("LB_a"), "up", flipped=True),
            Part("RI_b", 5.0, 38.0 + free("LB_b"), "up", flipped=True),
        ),
        routes=(
            Route("L_a1", 1.1, ("pin a", (3.3, None), ("B_a1", -2.45, -2.2), ("B_a1", 0, -2.2)), (0.0, 7.0)),
            Route("L_a2", free("L_a2"), ("B_a1", (None, bridge), "ma"), (0.8, 1.7)),
            Route("L_a3", free("L_a3"), ("B_a2", (None, bridge), "ma"), (0.8, 1.7)),
            Route("L_a4", 1.1, ("B_a2", ("B_a2", 0, -2.2), ("B_a2", 2.45, -2.2), (None, 25.0), "pin q"), (0.0, 7.0)),
            Route("L_b1", free("L_b1"), ("pin b", "B_b1"), (1.2, 3.8)),
            Route("L_b2", free("L_b2"), ("B_b1", "mb"), (0.8, 3.2)),
            Route("L_b3", free("L_b3"), under, (1.6, 4.6)),
            Route("L_b4", free("L_b4"), ("B_b2", "pin r"), (1.2, 3.8)),
            Route("LB_a", 1.3, ("RI_a.start", (None, 26.5), (15.0, None), "ma"), (-9.0, 6.0)),
            Route("LB_b", 1.3, ("RI_b.start", (None, 31.2 - near), "mb"), (-6.0, 6.0)),
        ),
        straps=(
            Strap("vdd", 1.25, ("pillar 0", "RI_b.end")),
            Strap("vdd", 1.25, ("pillar 1", "RI_a.end")),
        ),
    )  # fmt: skip


def stage_plan(cell: Circuit) -> FloorPlan:
    """In a stage of the neuron, or a slice of sampled inputs: its bus joins the rails of the rows above and below."""
    return replace(floor_plan(cell), bus=((1, "up"), (1, "down")))
