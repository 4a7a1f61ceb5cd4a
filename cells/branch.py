"""Cells of the upright branches of the input tree: from the output of one level to the merger of the next.

    from level L  --> corner        Columns of five tiles. A corner turns the line, risers lead it on, and the merger
                        |           of the next level (`tee`) takes one line from above and one from below. The lower
                      riser         branch is the upper one upside down. Where a level has no second line, the first
                        |           one goes through a JTL in the same place (`tee_jtl`), as slow as a merger.
                       tee  --> to level L + 2
                        |
                      riser         Circuits as of `cells.jtl` and `cells.merger`; only the floor plans differ.
                        |
    from level L  --> corner
"""

from __future__ import annotations

from dataclasses import replace

from cells import jtl, merger
from sfqgen.layout.free import free
from sfqgen.layout.plan import FloorPlan, Part, Pin, Route, Strap
from sfqgen.netlist.circuit import Circuit
from sfqgen.netlist.views import lvs_view

COLUMN_TILES, BUS = 5, 3
"""Tiles across a column, and the one in which its bus of the bias rail runs."""
CORNER_UM, RISER_UM, TEE_UM = 60, 60, 70
ABOVE_CORNER_UM = 35
"""From the axis of a corner's input to its closed edge."""
TIE_UM, TIE_ROW = 50, 4
"""Height of the plane left of a tee, and the tile row in which the rail leads from its bus to the tee's."""


def corner_plan(cell: Circuit) -> FloorPlan:
    """In from the left, out below; a JTL."""
    return jtl.round_the_corner(cell, (COLUMN_TILES, CORNER_UM // 10), pillar=BUS, bridge=27.2, most=(2.4, 3.4, 3.6),
                                feed=("pillar 0", (15.0, None), "RI_s.start"))  # fmt: skip


def riser_plan(cell: Circuit) -> FloorPlan:
    """In from above, out below; a JTL whose junctions stand 30 um apart."""
    tap = 30.0
    return FloorPlan(
        circuit=lvs_view(cell),
        tiles=(COLUMN_TILES, RISER_UM // 10),
        rail_row=5,
        pins=(Pin("a", "top", 1), Pin("q", "bottom", 1)),
        pillars=((3, 5),),
        nodes={"m": (15.0, tap)},
        parts=(
            Part("B_a", 15.0, 45.0, "right"), Part("B_b", 15.0, 15.0, "left"),
            Part("RI_s", 25.0, tap + 2.5 + free("LB_s"), "up", flipped=True),
        ),
        routes=(
            Route("L_1", free("L_1"), ("pin a", "B_a"), (1.2, 3.6)),
            Route("L_2", free("L_2"), ("B_a", "m"), (0.8, 4.0)),
            Route("L_3", free("L_3"), ("m", "B_b"), (0.8, 4.0)),
            Route("L_4", free("L_4"), ("B_b", "pin q"), (1.2, 3.6)),
            Route("LB_s", 1.6, ("RI_s.start", (None, tap), "m"), (-1.5, 8.0)),
        ),
        straps=(Strap("vdd", 1.25, ("pillar 0", (25.0, None), "RI_s.end")),),
    )  # fmt: skip


def tee_plan(cell: Circuit, root: bool = False) -> FloorPlan:
    """The merger with its inputs from above and below; its rail is fed from the left, and leads on at the `root`."""
    plan = merger.floor_plan(cell, spread=3)
    ends = {f"L_{p}1": (f"pin {p}", (f"B_{p}2", 0, side * 1.3)) for p, side in (("a", 1), ("b", -1))}
    routes = tuple(replace(r, path=ends.get(r.name, r.path)) for r in plan.routes)
    parts = tuple(replace(p, points="left") if p.name in ("B_a2", "B_b2") else p for p in plan.parts)
    pins = (Pin("a", "top", 1), Pin("b", "bottom", 1), Pin("q", "right", 3))
    return replace(plan, parts=parts, routes=routes, pins=pins, rail_row=5, rail_open=(True, root))


def tee_jtl_plan(cell: Circuit, rows: int = 7) -> FloorPlan:
    """In from above, out to the right, in the place of a merger; with six rows, without its uppermost tiles."""
    axis, entry = 35.0, 10.0 * rows - 21.0
    return FloorPlan(
        circuit=lvs_view(cell),
        tiles=(COLUMN_TILES, rows),
        rail_row=5,
        rail_open=(True, False),
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
