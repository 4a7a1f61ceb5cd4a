"""Token cell (an RSFQ D flip-flop): the tick loads one token, the first spike that arrives takes it to the output.

      a --L_a--+--L_b--[B_e]-- n3 --L_m-- n4 --L_o--+--L_q-- q
              B_a <- I_a       |          |        B_o <- I_o
                              B_s <- I_s  B_d
                                          |
      c --L_c--+--L_f--[B_f]--------------+
              B_c <- I_c

`a` loads (a second load meets B_e and is absorbed), `c` reads: with a token B_d switches and a pulse leaves at `q`,
without one B_f gives way and nothing leaves. So a frame gives at most one output pulse.
The token is one quantum in B_s - L_m - B_d, Phi0 / L_m about 240 uA.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sfqgen.layout.free import free
from sfqgen.layout.plan import Change, FloorPlan, Part, Pin, Route, Strap, escape_um
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Circuit
from sfqgen.netlist.views import lvs_view
from sfqgen.timing.bench import CellBench, cell_bench


@dataclass(frozen=True)
class TokenValues:
    """Started from the published D flip-flop values of the ColdFlux library, centred in the neuron by simulation."""

    a_ic_ua: float = 237.0
    a_ib_ua: float = 165.5
    e_ic_ua: float = 164.0
    s_ic_ua: float = 225.0
    s_ib_ua: float = 221.0
    d_ic_ua: float = 191.0
    c_ic_ua: float = 237.0
    c_ib_ua: float = 165.5
    f_ic_ua: float = 160.0
    o_ic_ua: float = 237.0
    o_ib_ua: float = 165.5
    a_l_ph: float = 0.88  # the JTL in front of it carries the 1.1 pH to the published 2.0
    b_l_ph: float = 3.36  # and the metal between B_e and B_s the 0.35 pH to 3.9
    m_l_ph: float = 8.14
    c_l_ph: float = 1.94
    f_l_ph: float = 3.6
    o_l_ph: float = 4.41
    q_l_ph: float = 1.7


def circuit(values: TokenValues = TokenValues(), name: str = "token") -> Circuit:
    """Ports a (load), c (spike), q (output)."""
    cell, v = CellBuilder(name, ("a", "c", "q")), values
    cell.l("a", "a", "n1", v.a_l_ph)
    cell.jj("a", "n1", ic_ua=v.a_ic_ua)
    cell.bias("a", "n1", v.a_ib_ua, lead_ph=1.5)
    cell.l("b", "n1", "n2", v.b_l_ph)
    cell.jj("e", "n3", "n2", ic_ua=v.e_ic_ua)
    cell.jj("s", "n3", ic_ua=v.s_ic_ua)
    cell.bias("s", "n3", v.s_ib_ua, lead_ph=1.5)
    cell.l("m", "n3", "n4", v.m_l_ph)
    cell.jj("d", "n4", ic_ua=v.d_ic_ua)
    cell.l("c", "c", "n5", v.c_l_ph)
    cell.jj("c", "n5", ic_ua=v.c_ic_ua)
    cell.bias("c", "n5", v.c_ib_ua)
    cell.l("f", "n5", "nf", v.f_l_ph)
    cell.jj("f", "n4", "nf", ic_ua=v.f_ic_ua)
    cell.l("o", "n4", "no", v.o_l_ph)
    cell.jj("o", "no", ic_ua=v.o_ic_ua)
    cell.bias("o", "no", v.o_ib_ua)
    cell.l("q", "no", "q", v.q_l_ph)
    return cell.done()


def bench(values: TokenValues = TokenValues()) -> CellBench:
    """No token, no pulse; loaded twice, the first spike gives one pulse and the second none."""
    return cell_bench(circuit(values), {"a": [110.0, 140.0], "c": [60.0, 200.0, 260.0]}, {"q": 1})


def floor_plan(cell: Circuit) -> FloorPlan:
    """Six tiles wide, five high: token from above into the left loop, spikes along the middle to the right."""
    c, o = free("L_c"), free("L_o")
    to_f = (("B_c", 0, -0.45), (26.3 - escape_um(cell["B_f"].ic_ua), None), Change("M5"), ("B_f.base", 0, -0.15))
    via_e = 18.0 + escape_um(cell["B_e"].ic_ua)
    return FloorPlan(
        circuit=lvs_view(cell),
        tiles=(6, 5),
        rail_row=4,
        pins=(Pin("a", "top", 2), Pin("c", "left", 2), Pin("q", "right", 2)),
        pillars=((0, 4), (4, 4)),
        parts=(
            Part("B_a", 26.0, 44.5, "right"),
            Part("B_e", 18.0, 36.2, "down"),
            Part("B_s", 14.25, 36.2, "up"),
            Part("B_c", 10.0 + c, 25.6, "down"),
            Part("B_f", 26.3, 25.3, "down"),
            Part("B_d", 30.1, 25.35, "down"),
            Part("B_o", 48.0 + o, 25.6, "down"),
            Part("RI_a", 7.85 + free("LB_a"), 44.5, "right"),
            Part("RI_c", 3.45, 42.1 - free("LB_c")),
            Part("RI_s", 6.2, 36.2, "up", flipped=True),
            Part("RI_o", 45.0, 42.1 - free("LB_o")),
        ),
        routes=(
            Route("L_a", free("L_a"), ("pin a", ("B_a", -1.0, 0)), (0.9, 2.4)),
            Route("L_b", free("L_b"), ("B_a", (None, 36.2), (via_e, None), Change("M5"), "B_e.base"), (0.8, 2.0)),
            Route("L_m", 0.8, (
                "B_s", (None, 27.2), (23.2, None), (None, 30.0 + free("L_m")), (26.8, None), ("B_f", 0.5, 0),
            ), (-2.4, 4.6)),
            Route("L_c", 1.0, ("pin c", ("B_c", 0, -0.6)), (-3.0, 3.0)),
            Route("L_f", free("L_f"), to_f, (0.8, 2.2)),
            Route("L_o", 0.84, (("B_d", 0, -0.05), ("B_o", 0, -0.3)), (-4.0, 4.0)),
            Route("L_q", free("L_q"), (("B_o", 0, -0.6), "pin q"), (0.8, 4.0)),
            Route("LB_a", 0.8, ("RI_a.end", "B_a"), (0.0, 6.0)),
            Route("LB_c", 1.2, ("RI_c.end", (None, 26.7), ("B_c", 0, 1.1)), (-0.5, 6.0)),
            Route("LB_s", free("LB_s"), ("RI_s.start", "B_s"), (0.8, 2.2)),
            Route("LB_o", 0.8, ("RI_o.end", (None, 26.65), ("B_o", 0, 1.05)), (-0.5, 5.0)),
        ),
        straps=(
            Strap("n3", 2.2, ("B_s", "B_e")),
            Strap("n4", 2.0, ("B_f", ("B_d", 0, -0.05))),
            Strap("vdd", 1.25, (("pillar 0", 0, -0.5), "RI_a.start")),
            Strap("vdd", 1.25, (("pillar 0", -1.55, -1.6), "RI_c.start")),
            Strap("vdd", 1.25, (("pillar 0", 1.2, -1.6), "RI_s.end")),
            Strap("vdd", 1.25, ("pillar 1", "RI_o.start")),
        ),
    )  # fmt: skip


def read_plan(cell: Circuit) -> FloorPlan:
    """Six tiles wide and high: loaded from above, read from below on the left, out below on the right."""
    plan = floor_plan(cell)
    moved = {
        "B_c": Part("B_c", 15.0, 18.0, "left"),
        "B_o": Part("B_o", 45.0, 18.5, "left"),
        "RI_c": Part("RI_c", 3.45, 30.0 + free("LB_c")),
        "RI_o": Part("RI_o", 53.45, 42.1 - free("LB_o")),
    }
    escape = 26.3 - escape_um(cell["B_f"].ic_ua)
    routes = {
        "L_c": Route("L_c", free("L_c"), ("pin c", "B_c"), (1.2, 4.4)),
        "L_f": Route("L_f", free("L_f"), (
            "B_c", (20.0, None), (None, 25.15), (escape, None), Change("M5"), ("B_f.base", 0, -0.15),
        ), (0.8, 2.6)),
        "L_o": Route("L_o", free("L_o"), (("B_d", 0, -0.05), (45.0, None), "B_o"), (0.8, 2.4)),
        "L_q": Route("L_q", free("L_q"), ("B_o", "pin q"), (0.8, 4.4)),
        "LB_c": Route("LB_c", 2.4, ("RI_c.end", (None, 22.2), (15.0, None), "B_c"), (-4.0, 9.0)),
        "LB_o": Route("LB_o", 2.0, ("RI_o.end", (None, 18.8), ("B_o", 0, 0.3)), (-4.0, 14.0)),
    }  # fmt: skip
    feed = Strap("vdd", 1.25, (("pillar 1", -1.55, -1.6), "RI_o.start"))
    straps = tuple(feed if "pillar 1" in strap.path else strap for strap in plan.straps)
    return replace(
        plan, tiles=(6, 6), pins=(Pin("a", "top", 2), Pin("c", "bottom", 1), Pin("q", "bottom", 4)),
        pillars=((0, 4), (5, 4)), parts=tuple(moved.get(p.name, p) for p in plan.parts),
        routes=tuple(routes.get(r.name, r) for r in plan.routes), straps=straps, bus=((4, "down"),),
    )  # fmt: skip
