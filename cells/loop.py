"""Cells of the loop of self reset: from the output back to the start of the tick line, below the spike line.

    tick --- om (merger) --- ot (JTL) --- X_x0 ...  tick line  ... oj0 .. oj4 (JTLs) --- X_t
              |                                                                           | token
    x --- oc (cross) --- X_xj --- X_w0 ...  spike line  ... oy0 - oy1 (JTLs) ------------ X_d --- os (splitter) --- X_z
              |                                                                                    |
             or (JTL) --- ob<n> ... (JTLs, 60 um apart, from right to left) ... --- ol --- of (JTL)

The line back crosses the spikes in `oc`. Circuits as of the cells they are made from; only the floor plans differ.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cells import cross, jtl, merger, splitter
from cells.jtl import JtlValues
from cells.merger import MergerValues
from cells.splitter import SplitterValues
from sfqgen.layout.free import free
from sfqgen.layout.plan import FloorPlan, Part, Pin, Route, Strap
from sfqgen.netlist.circuit import Circuit
from sfqgen.netlist.views import lvs_view

REACH_UM = 60
TOKEN_JTLS, SPIKE_JTLS = 5, 2
"""In front of the token, and of the spikes beside them: the reset wave arms the stages three JTLs before it opens the
output. The five and the two are equally long."""


@dataclass(frozen=True)
class LoopCells:
    """The cells of the loop by their place in it."""

    merger: Circuit
    row: Circuit
    stretch: Circuit
    splitter: Circuit
    fall: Circuit
    reach: Circuit
    rise: Circuit
    cross: Circuit
    start: Circuit


def cells(line: JtlValues, ended: JtlValues, tick: JtlValues, arm: JtlValues, joined: MergerValues,
          split: SplitterValues) -> LoopCells:  # fmt: skip
    """`ended` are the values of a JTL in the tree (`cells.tree`), on whose plans most of these are built."""
    return LoopCells(
        merger=merger.circuit(joined, "merger_loop"),
        row=jtl.circuit(line, "jtl_row"),
        stretch=jtl.circuit(ended, "jtl_stretch"),
        splitter=splitter.circuit(split, "splitter_loop"),
        fall=jtl.circuit(ended, "jtl_fall"),
        reach=jtl.circuit(ended, "jtl_reach"),
        rise=jtl.circuit(ended, "jtl_rise"),
        cross=cross.circuit(tick, arm, "cross_loop"),
        start=jtl.circuit(ended, "jtl_start"),
    )


def back_jtls(stages: int) -> int:
    """JTLs `ob` of the line back."""
    return stages + 2


def merger_plan(cell: Circuit) -> FloorPlan:
    """The merger of the tick row: tick from the left, the line back from below."""
    plan = merger.floor_plan(cell, rows=6)
    routes = tuple(replace(r, path=("pin b", ("B_b2", 0, -1.3))) if r.name == "L_b1" else r for r in plan.routes)
    parts = tuple(replace(p, points="left") if p.name == "B_b2" else p for p in plan.parts)
    pins = (Pin("a", "left", 3), Pin("b", "bottom", 1), Pin("q", "right", 2))
    return replace(plan, parts=parts, routes=routes, pins=pins, rail_open=(False, True))


def row_plan(cell: Circuit) -> FloorPlan:
    """A JTL of the tick row, six tiles high."""
    return replace(jtl.floor_plan(cell, rows=5), tiles=(2, 6), rail_row=5)


def splitter_plan(cell: Circuit) -> FloorPlan:
    """To stand upside down in the spike row: one output below."""
    return replace(splitter.floor_plan(cell, rows=6), rail_row=0, bus=((0, "up"),))


def cross_plan(cell: Circuit) -> FloorPlan:
    """To stand upside down in the spike row: the line back comes from below."""
    return replace(cross.floor_plan(cell), rail_row=0)


def fall_plan(cell: Circuit) -> FloorPlan:
    """To stand mirrored: in from above, out to the left; its rail comes from above."""
    axis, entry = 35.0, 39.0
    return FloorPlan(
        circuit=lvs_view(cell),
        tiles=(5, 6),
        rail_row=5,
        rail_open=(False, True),
        bus=((2, "up"),),
        pins=(Pin("a", "top", 1), Pin("q", "right", 3)),
        pillars=((3, 5),),
        nodes={"m": (22.0, axis)},
        parts=(
            Part("B_a", 15.0, entry, "left"), Part("B_b", 35.0, axis, "down"), Part("RI_s", 22.0, 52.0 - free("LB_s")),
        ),
        routes=(
            Route("L_1", free("L_1"), ("pin a", "B_a"), (1.2, 4.0)),
            Route("L_2", free("L_2"), ("B_a", (None, axis), "m"), (0.8, 4.0)),
            Route("L_3", free("L_3"), ("m", "B_b"), (0.8, 2.4)),
            Route("L_4", free("L_4"), ("B_b", "pin q"), (1.2, 3.6)),
            Route("LB_s", 0.9, ("RI_s.end", "m"), (0.0, 20.0)),
        ),
        straps=(Strap("vdd", 1.25, ("pillar 0", (22.0, None), "RI_s.start")),),
    )  # fmt: skip


def rise_plan(cell: Circuit) -> FloorPlan:
    """To stand turned by half: in from the right, out above."""
    plan = jtl.round_the_corner(cell, (5, 6), pillar=3, bridge=27.2, most=(2.4, 3.4, 3.6),
                                feed=("pillar 0", (15.0, None), "RI_s.start"))  # fmt: skip
    return replace(plan, rail_row=0, rail_open=(True, False))


def reach_plan(cell: Circuit) -> FloorPlan:
    """Six tiles wide, straight on."""
    return FloorPlan(
        circuit=lvs_view(cell),
        tiles=(REACH_UM // 10, 5),
        rail_row=4,
        pins=(Pin("a", "left", 2), Pin("q", "right", 2)),
        pillars=((2, 4),),
        nodes={"m": (25.0, 25.0)},
        parts=(
            Part("B_a", 15.0, 25.0, "down"), Part("B_b", 45.0, 25.0, "down"), Part("RI_s", 25.0, 42.0 - free("LB_s")),
        ),
        routes=(
            Route("L_1", free("L_1"), ("pin a", "B_a"), (1.2, 3.6)),
            Route("L_2", free("L_2"), ("B_a", "m"), (0.8, 2.2)),
            Route("L_3", free("L_3"), ("m", "B_b"), (0.8, 4.0)),
            Route("L_4", free("L_4"), ("B_b", "pin q"), (1.2, 3.6)),
            Route("LB_s", 0.9, ("RI_s.end", "m"), (0.0, 10.0)),
        ),
        straps=(Strap("vdd", 1.25, ("pillar 0", "RI_s.start")),),
    )  # fmt: skip


PLANS = {
    "merger_loop": merger_plan, "jtl_row": row_plan, "jtl_stretch": jtl.long_plan, "splitter_loop": splitter_plan,
    "jtl_fall": fall_plan, "jtl_reach": reach_plan, "jtl_rise": rise_plan, "cross_loop": cross_plan,
    "jtl_start": jtl.straight_plan,
}  # fmt: skip
