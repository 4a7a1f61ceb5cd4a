"""Cells of the columns of the input tree, three tiles wide: from the output of one level to the merger of the next.

    from level L  --> corner        A corner turns the line, risers lead it on, and the merger of the next level (`tee`)
                        |           takes one line from above and one from below. The lower branch is the upper one
                      riser         upside down. Where a level has no second line, the first one goes through a JTL
                        |           instead (`step`).
                       tee
                        | `-> to level L + 2
                      riser         The output of every merger and step leaves 20 um below its axis: that is how the
                        |           long line to its output junction fits a column of 30 um.
    from level L  --> corner

Circuits as of `cells.jtl` and `cells.merger`; only the floor plans differ. The bias rail runs up and down each column
and goes to the right below every output; the next column's corners, mergers and steps take it in with the line.
"""

from __future__ import annotations

from dataclasses import replace

from cells import jtl
from sfqgen.layout.free import free
from sfqgen.layout.plan import Change, FloorPlan, Part, Pin, Route, Strap
from sfqgen.netlist.circuit import Circuit
from sfqgen.netlist.views import lvs_view

COLUMN_TILES, BUS = 3, 2
"""Tiles across a column, and the one in which its bus of the bias rail runs."""
CORNER_UM, RISER_UM, LEAF_UM, TEE_UM, STEP_UM = 60, 60, 60, 70, 50
ABOVE_CORNER_UM, BELOW_UM, DROP_UM = 35, 35, 20
"""From the axis of a corner's input to its closed edge; of mergers and steps, from their axis to the lower edge and
down to the output."""
UP_AND_DOWN = ((BUS, "up"), (BUS, "down"))
OUT_ROW, AXIS_ROW = 1, 3
"""Tile rows of output and axis of mergers and steps."""


def corner_plan(cell: Circuit) -> FloorPlan:
    """In from the left, out below; a JTL. Its rail lies in the row of the input, which stays the same upside down."""
    plan = jtl.round_the_corner(cell, (COLUMN_TILES, CORNER_UM // 10), pillar=1, bridge=27.2, most=(2.4, 3.4, 3.6),
                                feed=("pillar 0", "RI_s.start"))  # fmt: skip
    return replace(plan, rail_row=2, rail_open=(True, False), bus=UP_AND_DOWN)


def riser_plan(cell: Circuit) -> FloorPlan:
    """In from above, out below; a JTL whose junctions stand 30 um apart."""
    return jtl.beside_plan(
        cell, tap=(15.0, 30.0), bias_x=25.0, ends=(1.2, 3.6), middle=(0.8, 4.0),
        junctions=(Part("B_a", 15.0, 45.0, "right"), Part("B_b", 15.0, 15.0, "left")),
        tiles=(COLUMN_TILES, RISER_UM // 10),
        pins=(Pin("a", "top", 1), Pin("q", "bottom", 1)),
        rail_row=5, rail_open=(False, False), bus=UP_AND_DOWN, pillars=((BUS, 5),),
    )  # fmt: skip


def step_plan(cell: Circuit, first: bool = False) -> FloorPlan:
    """A JTL from left to right in the place of a merger, with its output as low; of the `first` level or beyond."""
    axis, out, middle = 35.0, 15.0, 15.0
    return jtl.beside_plan(
        cell, tap=(middle, (axis + out) / 2), bias_x=25.0, ends=(0.8, 4.0), middle=(0.8, 4.0),
        junctions=(Part("B_a", middle, axis, "up"), Part("B_b", middle, out, "down")),
        tiles=(COLUMN_TILES, STEP_UM // 10),
        pins=(Pin("a", "left", AXIS_ROW), Pin("q", "right", OUT_ROW)),
        rail_row=AXIS_ROW, rail_open=(not first, False), bus=UP_AND_DOWN, feeds=((OUT_ROW, BUS),),
        pillars=((BUS, 4),),
    )  # fmt: skip


def leaf_plan(cell: Circuit) -> FloorPlan:
    """The merger of the first level: two inputs from the left, 20 um apart."""
    pins = (Pin("a", "left", AXIS_ROW + 1), Pin("b", "left", AXIS_ROW - 1))
    return _merger_plan(cell, LEAF_UM // 10, pins, {side: () for side in (1, -1)})


def wide_plan(cell: Circuit, root: bool = False) -> FloorPlan:
    """The merger of the second level: two inputs from the left, 60 um apart."""
    pins = (Pin("a", "left", AXIS_ROW + 3), Pin("b", "left", AXIS_ROW - 3))
    corners = {side: ((5.0, None), (None, 35.0 + 10.0 * side)) for side in (1, -1)}
    plan = _merger_plan(cell, TEE_UM // 10, pins, corners, root)
    return replace(plan, feeds_left=((AXIS_ROW + 3, BUS), (AXIS_ROW - 3, BUS)))


def tee_plan(cell: Circuit, root: bool = False) -> FloorPlan:
    """The merger beyond the second level: its inputs come from above and below."""
    return _merger_plan(cell, TEE_UM // 10, (Pin("a", "top", 1), Pin("b", "bottom", 1)), None, root)


def _merger_plan(cell: Circuit, rows: int, pins: tuple[Pin, ...], corners: dict[int, tuple] | None,
                 root: bool = False) -> FloorPlan:  # fmt: skip
    """Both inputs mirror images about the axis; the line to the output junction turns down, and so does its bias.

    `corners` are those of the lines that come from the left, by side; none for lines from above and below. The rail
    leads on below the output, at the `root` of a tree two rows above it, where the spike line has its own.
    """
    axis, x_q, x_bias = 35.0, 22.6, 25.6
    y_out = axis - DROP_UM
    y_q = y_out + 1.2
    return FloorPlan(
        circuit=lvs_view(cell),
        tiles=(COLUMN_TILES, rows),
        rail_row=AXIS_ROW,
        rail_open=(False, False),
        bus=UP_AND_DOWN,
        feeds=((AXIS_ROW if root else OUT_ROW, BUS),),
        pins=(*pins, Pin("q", "right", OUT_ROW)),
        pillars=((0, AXIS_ROW), (BUS, AXIS_ROW + 1)),
        nodes={"m": (15.0, axis)},
        parts=(
            *_input_parts("a", axis, 1, corners is None), *_input_parts("b", axis, -1, corners is None),
            Part("B_q", x_q, y_q, "down"),
            Part("RI_m", 4.0, axis + 3.2 + free("LB_m"), "right"),
            Part("RI_q", x_bias, y_q + 5.0 + free("LB_q"), "up", flipped=True),
        ),
        routes=(
            *_input_routes("a", axis, 1, corners), *_input_routes("b", axis, -1, corners),
            Route("L_m", free("L_m"), ("m", (x_q, None), "B_q"), (0.8, 1.6)),
            Route("L_q", free("L_q"), (("B_q", 0, y_out - y_q), "pin q"), (0.8, 1.6)),
            Route("LB_m", 0.8, ("RI_m.end", (None, axis), "m"), (-0.3, 4.0)),
            Route("LB_q", 0.8, ("RI_q.start", (None, y_q + 0.7), ("B_q", 0, 0.7)), (-2.0, 4.0)),
        ),
        straps=(
            Strap("na1", 2.0, ("B_a2", "B_a1")), Strap("nb1", 2.0, ("B_b2", "B_b1")),
            Strap("vdd", 1.25, (("pillar 0", -1.0, 0), "RI_m.start")),
            Strap("vdd", 1.25, (("pillar 1", x_bias - 25.0, 0), "RI_q.end")),
        ),
    )  # fmt: skip


def _input_parts(p: str, axis: float, side: int, upright: bool) -> tuple[Part, ...]:
    """Junctions of one input; `side` is 1 above the axis and -1 below it. An `upright` line runs between their bars."""
    y, outward = axis + side * 8.7, "up" if side > 0 else "down"
    return Part(f"B_{p}1", 18.9, y, outward), Part(f"B_{p}2", 15.0, y, "left" if upright else outward)


def _input_routes(p: str, axis: float, side: int, corners: dict[int, tuple] | None) -> tuple[Route, ...]:
    way = (f"pin {p}", *(corners[side] if corners else ()), (f"B_{p}2", 0, side * 1.3))
    escape = (f"B_{p}2.base", (None, axis + side * 5.6), Change("M6"), "m")
    return (
        Route(f"L_{p}1", free(f"L_{p}1"), way, (1.2, 4.4)),
        Route(f"L_{p}2", free(f"L_{p}2"), escape, (1.4, 3.8), "M5"),
    )
