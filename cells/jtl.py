"""Josephson transmission line: repeats a pulse and gives it its full shape again.

      a --L_1--+--L_2--+--L_3--+--L_4-- q
              B_a     I_s     B_b
              gnd      |      gnd
                    bias rail

One pulse at `a` gives one pulse at `q`, 4 ps later; nothing else. Each inductor is Phi0 / (4 Ic), so that a pulse
spreads over about one junction spacing; the bias is 0.7 of the sum of both critical currents.

Three sets of values: `JtlValues()` is the standard one, `ARM` drives the swallow cell (its lower bias keeps a reader
from arming a stage whose bit is 0), `TICK` is the segment between two tick splitters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cells.scaling import apart_um
from sfqgen.layout.free import free
from sfqgen.layout.plan import FloorPlan, Part, Pin, Route, Strap
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Circuit
from sfqgen.netlist.views import lvs_view
from sfqgen.timing.bench import CellBench, cell_bench


@dataclass(frozen=True)
class JtlValues:
    """Standard values of the public ColdFlux JTL; margins of the neuron around it from our own simulations."""

    a_ic_ua: float = 242.0
    b_ic_ua: float = 242.0
    s_ib_ua: float = 316.5
    l1_l_ph: float = 1.96
    l2_l_ph: float = 1.96
    l3_l_ph: float = 1.96
    l4_l_ph: float = 1.96


ARM = JtlValues(a_ic_ua=217.0, b_ic_ua=217.0, s_ib_ua=273.0, l1_l_ph=1.72, l2_l_ph=1.72, l3_l_ph=1.72, l4_l_ph=1.72)
TICK = JtlValues(a_ic_ua=244.0, b_ic_ua=244.0, s_ib_ua=301.5, l1_l_ph=1.85, l2_l_ph=1.85, l3_l_ph=1.85, l4_l_ph=1.85)
TURN = JtlValues(a_ic_ua=248.0, b_ic_ua=248.0, s_ib_ua=339.5, l1_l_ph=2.01, l2_l_ph=2.01, l3_l_ph=2.01, l4_l_ph=3.1)
"""In front of the token cell, whose own input line is 1.1 pH shorter than the published one."""


def circuit(values: JtlValues = JtlValues(), name: str = "jtl") -> Circuit:
    """Ports a, q."""
    cell, v = CellBuilder(name, ("a", "q")), values
    cell.l("1", "a", "na", v.l1_l_ph)
    cell.jj("a", "na", ic_ua=v.a_ic_ua)
    cell.l("2", "na", "m", v.l2_l_ph)
    cell.bias("s", "m", v.s_ib_ua)
    cell.l("3", "m", "nb", v.l3_l_ph)
    cell.jj("b", "nb", ic_ua=v.b_ic_ua)
    cell.l("4", "nb", "q", v.l4_l_ph)
    return cell.done()


def chain(top: CellBuilder, name: str, kinds: Sequence[Circuit], node: str, backwards: int | None = None) -> str:
    """Adds JTLs `name`0, `name`1, ... in a row behind `node`, each with its output on a node of its own name; returns
    the last one. The one numbered `backwards` runs from q to a, which is all the same to a JTL."""
    for i, kind in enumerate(kinds):
        end = f"{name}{i}"
        top.inst(end, kind, *((end, node) if i == backwards else (node, end)))
        node = end
    return node


def bench(values: JtlValues = JtlValues()) -> CellBench:
    """Three pulses at 25 GHz pass."""
    return cell_bench(circuit(values), {"a": [50.0, 90.0, 130.0]}, {"q": 3})


def floor_plan(cell: Circuit, rows: int = 7) -> FloorPlan:
    """Two tiles wide. Both junctions hang from a bridge whose middle takes the bias; the pins drop to the heads.

    `rows` 7 stands in a 70 um library row; 5 is the same cell with a tile less above and below.
    """
    axis = 35.0 if rows == 7 else 25.0
    bridge = axis + 9.2
    return FloorPlan(
        circuit=lvs_view(cell),
        tiles=(2, rows),
        rail_row=rows - 1,
        pins=(Pin("a", "left", rows // 2), Pin("q", "right", rows // 2)),
        pillars=((0, rows - 1),),
        nodes={"m": (10.0, bridge)},
        parts=(
            Part("B_a", 5.7, axis + 0.6 - free("L_1")),
            Part("B_b", 14.3, axis + 0.6 - free("L_4")),
            Part("RI_s", 10.0, bridge + 10.0 + free("LB_s")),
        ),
        routes=(
            Route("L_1", 0.9, ("pin a", (3.25, None), ("B_a", -2.45, -2.2), ("B_a", 0, -2.2)), (-1.0, 6.0)),
            Route("L_2", free("L_2"), ("B_a", (None, bridge), "m"), (1.2, 2.6)),
            Route("L_3", free("L_3"), ("B_b", (None, bridge), "m"), (1.2, 2.6)),
            Route("L_4", 0.9, ("B_b", ("B_b", 0, -2.2), ("B_b", 2.45, -2.2), (None, axis), "pin q"), (-1.0, 6.0)),
            Route("LB_s", 0.9, ("RI_s.end", "m"), (-2.0, 4.6)),
        ),
        straps=(Strap("vdd", 1.25, ("pillar 0", (10.0, None), "RI_s.start")),),
    )


def turn_plan(cell: Circuit) -> FloorPlan:
    """Two tiles wide, six high: from the left round the corner and out below."""
    return round_the_corner(cell, (2, 6), pillar=1, bridge=26.6, most=(2.0, 2.0, 2.4), feed=("pillar 0", "RI_s.start"))


def round_the_corner(cell: Circuit, tiles: tuple[int, int], *, pillar: int, bridge: float,
                     most: tuple[float, float, float], feed: tuple) -> FloorPlan:  # fmt: skip
    """In from the left, out below, on six rows of tiles, with the rail's pillar in the column of that number.

    `bridge` is the height of the line between the junctions, `most` are the greatest widths of L_2 to L_4, `feed` is
    the way from the pillar to the resistor.
    """
    return FloorPlan(
        circuit=lvs_view(cell),
        tiles=tiles,
        rail_row=5,
        pins=(Pin("a", "left", 2), Pin("q", "bottom", 1)),
        pillars=((pillar, 5),),
        nodes={"m": (15.0, bridge)},
        parts=(
            Part("B_a", 5.75, 25.6 - free("L_1")), Part("B_b", 15.0, 14.4, "left"),
            Part("RI_s", 15.0, 52.0 - free("LB_s")),
        ),
        routes=(
            Route("L_1", 1.0, ("pin a", (3.3, None), ("B_a", -2.45, -2.2), ("B_a", 0, -2.2)), (-1.0, 6.0)),
            Route("L_2", free("L_2"), ("B_a", (None, bridge), "m"), (0.8, most[0])),
            Route("L_3", free("L_3"), ("m", "B_b"), (0.8, most[1])),
            Route("L_4", free("L_4"), ("B_b", "pin q"), (0.8, most[2])),
            Route("LB_s", 0.9, ("RI_s.end", "m"), (0.0, 20.0)),
        ),
        straps=(Strap("vdd", 1.25, feed),),
    )  # fmt: skip


def beside_plan(cell: Circuit, *, tap: tuple[float, float], bias_x: float, junctions: tuple[Part, Part],
                ends: tuple[float, float], middle: tuple[float, float],
                corners: Mapping[str, tuple] | None = None, **rest) -> FloorPlan:  # fmt: skip
    """Both junctions on the line, and the bias resistor upright beside it: it comes in at `tap` from `bias_x`.

    `ends` and `middle` bound the widths of L_1 and L_4, and of L_2 and L_3; `corners` are the bends of the line by
    inductor; `rest` as in a `FloorPlan`.
    """
    x, y = tap
    ways = {"L_1": ("pin a", "B_a"), "L_2": ("B_a", "m"), "L_3": ("m", "B_b"), "L_4": ("B_b", "pin q")}
    bends = corners or {}
    return FloorPlan(
        circuit=lvs_view(cell),
        nodes={"m": (x, y)},
        parts=(*junctions, Part("RI_s", bias_x, y + 2.5 + free("LB_s"), "up", flipped=True)),
        routes=(
            *(Route(name, free(name), (start, *bends.get(name, ()), end), ends if name in ("L_1", "L_4") else middle)
              for name, (start, end) in ways.items()),
            Route("LB_s", 1.6, ("RI_s.start", (None, y), "m"), (-1.5, 8.0)),
        ),
        straps=(Strap("vdd", 1.25, ("pillar 0", "RI_s.end")),),
        **rest,
    )  # fmt: skip


def long_plan(cell: Circuit) -> FloorPlan:
    """Five tiles wide and high, straight on."""
    return FloorPlan(
        circuit=lvs_view(cell),
        tiles=(5, 5),
        rail_row=4,
        pins=(Pin("a", "left", 2), Pin("q", "right", 2)),
        pillars=((2, 4),),
        nodes={"m": (25.0, 25.0)},
        parts=(
            Part("B_a", 15.0, 25.0, "down"), Part("B_b", 35.0, 25.0, "down"), Part("RI_s", 25.0, 42.0 - free("LB_s")),
        ),
        routes=(
            Route("L_1", free("L_1"), ("pin a", "B_a"), (1.2, 3.4)),
            Route("L_2", free("L_2"), ("B_a", "m"), (0.8, 2.0)),
            Route("L_3", free("L_3"), ("m", "B_b"), (0.8, 2.0)),
            Route("L_4", free("L_4"), ("B_b", "pin q"), (1.2, 3.4)),
            Route("LB_s", 0.9, ("RI_s.end", "m"), (0.0, 10.0)),
        ),
        straps=(Strap("vdd", 1.25, ("pillar 0", "RI_s.start")),),
    )  # fmt: skip


def straight_plan(cell: Circuit) -> FloorPlan:
    """Three tiles wide: from left to right, both ends at one height."""
    bridge = 24.2 + apart_um(cell["L_2"].l_ph, JtlValues.l2_l_ph, 0.6)
    return FloorPlan(
        circuit=lvs_view(cell),
        tiles=(3, 5),
        rail_row=4,
        pins=(Pin("a", "left", 2), Pin("q", "right", 2)),
        pillars=((2, 4),),
        nodes={"m": (15.0, bridge)},
        parts=(
            Part("B_a", 5.75, 25.6 - free("L_1")), Part("B_b", 24.25, 25.6 - free("L_4")),
            Part("RI_s", 25.0, 28.0 + free("LB_s"), "up", flipped=True),
        ),
        routes=(
            Route("L_1", 1.0, ("pin a", (3.3, None), ("B_a", -2.45, -2.2), ("B_a", 0, -2.2)), (-1.0, 7.0)),
            Route("L_2", free("L_2"), ("B_a", (None, bridge), "m"), (0.8, 1.7)),
            Route("L_3", free("L_3"), ("B_b", (None, bridge), "m"), (0.8, 1.7)),
            Route("L_4", 1.0, ("B_b", ("B_b", 0, -1.0), ("B_b", 2.45, -1.0), (None, 25.0), "pin q"), (-2.0, 7.0)),
            Route("LB_s", 1.6, ("RI_s.start", (None, 26.3), (15.0, None), "m"), (-1.0, 6.0)),
        ),
        straps=(Strap("vdd", 1.25, ("pillar 0", "RI_s.end")),),
    )  # fmt: skip
