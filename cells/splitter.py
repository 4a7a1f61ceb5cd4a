"""Splitter: one pulse in, one pulse out at each of two outputs.

                                +--L_d0--+--L_0-- q0
                                |       B_0 <- I_0
      a --L_i--+--L_c-- m ------+
              B_a <- I_a        |
                                +--L_d1--+--L_1-- q1
                                        B_1 <- I_1

All three junctions are grounded. The input junction alone kicks both outputs: each gets half of its pulse current,
which is why the output junctions are a little smaller (or their bias higher) than the input junction.
"""

from __future__ import annotations

from dataclasses import dataclass

from sfqgen.layout.free import free
from sfqgen.layout.plan import FloorPlan, Part, Pin, Route, Strap
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Circuit
from sfqgen.netlist.views import lvs_view
from sfqgen.timing.bench import CellBench, cell_bench


@dataclass(frozen=True)
class SplitterValues:
    """Inductors and input junction of the public ColdFlux splitter; output junctions from our own centring."""

    a_ic_ua: float = 223.0
    a_ib_ua: float = 149.5
    q_ic_ua: float = 221.0
    q_ib_ua: float = 147.5
    i_l_ph: float = 1.85
    c_l_ph: float = 1.85
    d_l_ph: float = 1.85
    q_l_ph: float = 1.79


def circuit(values: SplitterValues = SplitterValues(), name: str = "splitter") -> Circuit:
    """Ports a, q0, q1."""
    cell, v = CellBuilder(name, ("a", "q0", "q1")), values
    cell.l("i", "a", "na", v.i_l_ph)
    cell.jj("a", "na", ic_ua=v.a_ic_ua)
    cell.bias("a", "na", v.a_ib_ua)
    cell.l("c", "na", "m", v.c_l_ph)
    for output in "01":
        cell.l(f"d{output}", "m", f"n{output}", v.d_l_ph)
        cell.jj(output, f"n{output}", ic_ua=v.q_ic_ua)
        cell.bias(output, f"n{output}", v.q_ib_ua)
        cell.l(output, f"n{output}", f"q{output}", v.q_l_ph)
    return cell.done()


def bench(values: SplitterValues = SplitterValues()) -> CellBench:
    """Three pulses in, three at each output."""
    return cell_bench(circuit(values), {"a": [50.0, 90.0, 130.0]}, {"q0": 3, "q1": 3})


def floor_plan(cell: Circuit, rows: int = 7) -> FloorPlan:
    """Three tiles wide: the input junction left, one output right, the other up; branch point in the middle column.

    `rows` 7 stands in a 70 um library row; 6 is the same cell without its lowest tiles.
    """
    base = 10.0 * (rows - 7)
    axis, street, rail = base + 35.0, base + 44.6, base + 62.1
    left, right = free("L_i"), free("L_1")
    return FloorPlan(
        circuit=lvs_view(cell),
        tiles=(3, rows),
        rail_row=rows - 1,
        pins=(Pin("a", "left", rows - 4), Pin("q0", "top", 1), Pin("q1", "right", rows - 4)),
        pillars=((0, rows - 1), (2, rows - 1)),
        nodes={"m": (15.0, street)},
        parts=(
            Part("B_a", 5.75, axis + 2.8 + left),
            Part("B_1", 24.25, axis + 2.8 + right),
            Part("B_0", 15.0, axis + 18.2, "right"),
            Part("RI_a", 3.45, rail - free("LB_a")),
            Part("RI_0", 6.5, axis + 17.5, "up", flipped=True),
            Part("RI_1", 26.55, rail - free("LB_1")),
        ),
        routes=(
            Route("L_i", 1.0, ("pin a", (3.3, None), ("B_a", -2.45, -2.2), ("B_a", 0, -2.2)), (2.0, 7.0)),
            Route("L_c", free("L_c"), ("B_a", (None, street), "m"), (0.8, 2.8)),
            Route("L_d0", free("L_d0"), ("m", "B_0"), (0.8, 2.4)),
            Route("L_d1", free("L_d1"), ("m", (24.25, None), "B_1"), (0.8, 2.8)),
            Route("L_0", free("L_0"), ("B_0", "pin q0"), (1.4, 3.4)),
            Route("L_1", 1.0, ("B_1", ("B_1", 0, -2.2), ("B_1", 2.45, -2.2), (None, axis), "pin q1"), (2.0, 7.0)),
            Route("LB_a", 0.8, ("RI_a.end", (None, axis + 2.8 + left), "B_a"), (-1.0, 8.0)),
            Route("LB_0", free("LB_0"), ("RI_0.start", ("B_0", 0, -0.7)), (0.8, 1.4)),
            Route("LB_1", 0.8, ("RI_1.end", (None, axis + 2.8 + right), "B_1"), (-1.0, 8.0)),
        ),
        straps=(
            Strap("vdd", 1.25, (("pillar 0", -1.55, -1.6), "RI_a.start")),
            Strap("vdd", 1.25, (("pillar 0", 1.5, -1.6), "RI_0.end")),
            Strap("vdd", 1.25, (("pillar 1", 1.55, -1.6), "RI_1.start")),
        ),
    )
