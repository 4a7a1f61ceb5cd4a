"""Reader: repeats a tick if its store cell holds a quantum, and leaves the quantum where it is.

      t --L_r1--[B_r]--L_r2-- v --L_v--+--L_o--+--L_q-- q
                              ^        |      B_o <- I_o
                             I_v      B_u
                                       |      (u: the deciding node; B_u grounded)
      c --L_c--+--L_f--[B_f]-----------+
              B_c <- I_c

The tap current of an occupied cell adds to the bias of the deciding junction B_u: a tick then switches B_u, which
sends a pulse to `q`; the 2 pi that this leaves at the tap is let out by B_r, so the store keeps its quantum.
Without the tap current B_f gives way instead and nothing leaves.

Design equation: with r the share of the tick's kick that reaches u, and I_u0, I_u1 the current of B_u without and
with a quantum,   Ic_u - I_u1  <  r Ic_f  <  Ic_u - I_u0,   best about halfway.
The junctions are small (52 to 85 uA) so that reading takes little current out of the store.
"""

from __future__ import annotations

from dataclasses import dataclass

from cells import store
from sfqgen.layout.free import free
from sfqgen.layout.plan import Change, FloorPlan, Part, Pin, Route, Strap, escape_um
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Circuit
from sfqgen.netlist.views import lvs_view
from sfqgen.timing.bench import CellBench, cell_bench


@dataclass(frozen=True)
class ReaderValues:
    """Own centring at schematic level."""

    r_ic_ua: float = 50.0
    u_ic_ua: float = 71.0
    c_ic_ua: float = 197.0
    f_ic_ua: float = 66.0
    o_ic_ua: float = 104.0
    v_ib_ua: float = 80.0
    c_ib_ua: float = 125.0
    o_ib_ua: float = 81.0
    r1_l_ph: float = 0.67
    r2_l_ph: float = 0.8
    v_l_ph: float = 1.9
    c_l_ph: float = 1.25
    f_l_ph: float = 3.67
    o_l_ph: float = 5.88
    q_l_ph: float = 1.59


def circuit(values: ReaderValues = ReaderValues(), name: str = "reader") -> Circuit:
    """Ports t (tap of the store cell), c (tick), q (arm)."""
    cell, v = CellBuilder(name, ("t", "c", "q")), values
    cell.l("r1", "t", "nt", v.r1_l_ph)
    cell.jj("r", "nt", "nr", ic_ua=v.r_ic_ua)
    cell.l("r2", "nr", "nv", v.r2_l_ph)
    cell.bias("v", "nv", v.v_ib_ua, lead_ph=1.3)
    cell.l("v", "nv", "nu", v.v_l_ph)
    cell.jj("u", "nu", ic_ua=v.u_ic_ua)
    cell.l("c", "c", "nc", v.c_l_ph)
    cell.jj("c", "nc", ic_ua=v.c_ic_ua)
    cell.bias("c", "nc", v.c_ib_ua)
    cell.l("f", "nc", "nf", v.f_l_ph)
    cell.jj("f", "nu", "nf", ic_ua=v.f_ic_ua)
    cell.l("o", "nu", "no", v.o_l_ph)
    cell.jj("o", "no", ic_ua=v.o_ic_ua)
    cell.bias("o", "no", v.o_ib_ua)
    cell.l("q", "no", "q", v.q_l_ph)
    return cell.done()


def bench(values: ReaderValues = ReaderValues(), stages: int = 1) -> CellBench:
    """Reader on the last cell of a store: silent at 0, repeats two ticks at 1, silent again after DEC."""
    top = CellBuilder("read_store", ("inc", "c", "dec", "q"))
    top.inst("store", store.line(stages), "inc", *(f"t{i}" for i in range(stages)), "dec")
    top.inst("k", circuit(values), f"t{stages - 1}", "c", "q")
    drive = {"inc": [120.0], "c": [60.0, 200.0, 300.0, 450.0], "dec": [380.0]}
    return cell_bench(top.done(), drive, {"q": 2})


def floor_plan(cell: Circuit) -> FloorPlan:
    """Six tiles wide and four high: tap from above, tick and arm below, the deciding node in the middle column."""
    f_level = 24.8 - free("L_v")
    v_level = 35.5 - escape_um(cell["B_r"].ic_ua)
    to_f = ("B_c", (None, f_level), (21.9, None), Change("M5"), "B_f.base")
    return FloorPlan(
        circuit=lvs_view(cell),
        tiles=(6, 4),
        rail_row=3,
        pins=(Pin("t", "top", 2), Pin("c", "bottom", 1), Pin("q", "bottom", 4)),
        pillars=((0, 3), (5, 3)),
        nodes={"nv": (25.0, v_level)},
        parts=(
            Part("B_r", 25.0, 36.2, "left"),
            Part("B_f", 25.0, f_level, "down"),
            Part("B_u", 28.6, f_level + 1.8, "right"),
            Part("B_c", 15.0, 12.0, "right"),
            Part("B_o", 45.0, 12.0, "left"),
            Part("RI_v", 29.0 + free("LB_v"), v_level, "right", flipped=True),
            Part("RI_c", 4.0, 14.8 + free("LB_c"), "up", flipped=True),
            Part("RI_o", 56.0, 14.8 + free("LB_o"), "up", flipped=True),
        ),
        routes=(
            Route("L_r1", free("L_r1"), ("pin t", "B_r"), (0.7, 3.6)),
            Route("L_r2", free("L_r2"), ("B_r.base", "nv", Change("M6"), "nv"), (0.8, 4.4), "M5"),
            Route("L_v", 1.0, ("nv", "B_f"), (-3.5, 3.5)),
            Route("L_o", free("L_o"), (("B_f", 0, -0.85), (45.0, None), "B_o"), (0.8, 2.4)),
            Route("L_f", free("L_f"), to_f, (0.8, 3.0)),
            Route("L_c", free("L_c"), ("pin c", "B_c"), (1.4, 4.2)),
            Route("L_q", free("L_q"), ("B_o", "pin q"), (1.2, 3.8)),
            Route("LB_v", 0.8, ("RI_v.start", "nv"), (-1.0, 8.0)),
            Route("LB_c", 1.5, ("RI_c.start", (None, 12.0), "B_c"), (-2.8, 4.0)),
            Route("LB_o", 1.5, ("RI_o.start", (None, 12.0), "B_o"), (-2.8, 4.0)),
        ),
        straps=(
            Strap("nu", 1.6, ("B_f", (None, f_level + 1.6), (28.6, None), "B_u")),
            Strap("vdd", 1.25, (("pillar 0", -1.0, 0), "RI_c.end")),
            Strap("vdd", 1.25, (("pillar 1", 1.0, 0), "RI_o.end")),
            Strap("vdd", 1.25, (("pillar 1", -1.5, v_level - 35.0), "RI_v.end")),
        ),
    )
