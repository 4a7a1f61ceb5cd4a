"""Swallow cell (an RSFQ inverter): armed, it deletes the next spike and disarms; else it lets spikes through.

      a --L_a--+--L_b--[B_e]--L_b2-- n3 --L_u--[B_u]-- n8 --L_o--+--L_q-- q
              B_a <- I_a            ^ |                |        B_o <- I_o
                                  I_s L_v             B_g
                                      |                |
                                     [B_v]           [B_w] with L_w
                                      |                |
      c --L_c--+--L_f---------------- n6 --------------+
              B_c <- I_c

`a` arms, `c` is the spike, `q` the spike that is let through. Arming stores one quantum in the loop n3 - B_u - B_g;
a second arm pulse meets B_e and is absorbed. A spike at `c` meets B_w: with the quantum stored B_v switches in its
place and takes the quantum away, without it the kick reaches B_g and B_o.
"""

from __future__ import annotations

from dataclasses import dataclass

from cells.scaling import nearer_um
from sfqgen.layout.free import free
from sfqgen.layout.plan import Change, FloorPlan, Part, Pin, Route, Strap, escape_um
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Circuit
from sfqgen.netlist.views import lvs_view
from sfqgen.timing.bench import CellBench, cell_bench

LEAD_PH = 1.2
"""Bias leads of the drawn cell: as long as the room between rail and junction."""


@dataclass(frozen=True)
class SwallowValues:
    """Started from the published inverter values of the ColdFlux library, centred in the neuron by our simulations."""

    a_ic_ua: float = 253.0
    a_ib_ua: float = 172.0
    e_ic_ua: float = 81.0
    s_ib_ua: float = 133.5
    u_ic_ua: float = 85.0
    v_ic_ua: float = 275.0
    c_ic_ua: float = 260.0
    c_ib_ua: float = 153.0
    w_ic_ua: float = 141.0
    g_ic_ua: float = 91.0
    o_ic_ua: float = 225.0
    o_ib_ua: float = 187.0
    a_l_ph: float = 0.85
    b_l_ph: float = 1.19  # L_b and L_b2 are one inductor of 2.75 pH that B_e cuts where the layout wants it
    b2_l_ph: float = 1.52
    u_l_ph: float = 0.9
    v_l_ph: float = 6.96
    c_l_ph: float = 0.88
    f_l_ph: float = 3.2
    w_l_ph: float = 1.2
    o_l_ph: float = 4.36
    q_l_ph: float = 0.88


def circuit(values: SwallowValues = SwallowValues(), name: str = "swallow") -> Circuit:
    """Ports a (arm), c (spike in), q (spike out)."""
    cell, v = CellBuilder(name, ("a", "c", "q")), values
    cell.l("a", "a", "n1", v.a_l_ph)
    cell.jj("a", "n1", ic_ua=v.a_ic_ua)
    cell.bias("a", "n1", v.a_ib_ua, lead_ph=LEAD_PH)
    cell.l("b", "n1", "n2", v.b_l_ph)
    cell.jj("e", "n2", "ne", ic_ua=v.e_ic_ua)
    cell.l("b2", "ne", "n3", v.b2_l_ph)
    cell.bias("s", "n3", v.s_ib_ua, lead_ph=3.4)
    cell.l("u", "n3", "nu", v.u_l_ph)
    cell.jj("u", "n8", "nu", ic_ua=v.u_ic_ua)
    cell.l("v", "n3", "nv", v.v_l_ph)
    cell.jj("v", "n6", "nv", ic_ua=v.v_ic_ua)
    cell.l("c", "c", "n5", v.c_l_ph)
    cell.jj("c", "n5", ic_ua=v.c_ic_ua)
    cell.bias("c", "n5", v.c_ib_ua, lead_ph=LEAD_PH)
    cell.l("f", "n5", "n6", v.f_l_ph)
    cell.jj("w", "n6", "nw", ic_ua=v.w_ic_ua)
    cell.l("w", "nw", "n8", v.w_l_ph)
    cell.jj("g", "n8", ic_ua=v.g_ic_ua)
    cell.l("o", "n8", "no", v.o_l_ph)
    cell.jj("o", "no", ic_ua=v.o_ic_ua)
    cell.bias("o", "no", v.o_ib_ua, lead_ph=LEAD_PH)
    cell.l("q", "no", "q", v.q_l_ph)
    return cell.done()


def bench(values: SwallowValues = SwallowValues()) -> CellBench:
    """A spike passes; armed (twice), the next one is swallowed and the one after it passes."""
    return cell_bench(circuit(values), {"a": [110.0, 140.0], "c": [60.0, 200.0, 260.0]}, {"q": 2})


def floor_plan(cell: Circuit) -> FloorPlan:
    """Four tiles wide, five high: arm from above, spikes along the middle, both storing junction pairs below."""
    c, o = free("L_c"), free("L_q")
    above_v = 15.1 + escape_um(cell["B_v"].ic_ua)
    near = nearer_um(cell["L_u"].l_ph, SwallowValues.u_l_ph, 5.0)
    n3 = 23.4 - near
    to_n8 = (("B_w.base", 0, -0.5), (21.2, None), Change("M6"), "B_g")
    return FloorPlan(
        circuit=lvs_view(cell),
        tiles=(4, 5),
        rail_row=4,
        pins=(Pin("a", "top", 2), Pin("c", "left", 2), Pin("q", "right", 2)),
        pillars=((0, 4), (3, 4)),
        nodes={"n3": (24.2, n3, "M5")},
        parts=(
            Part("B_a", 25.0, 44.2, "right"),
            Part("B_e", 25.0, 34.8, "right"),
            Part("B_c", 5.0 + c, 25.0, "right"),
            Part("B_o", 35.0 - o, 25.0, "left"),
            Part("B_v", 14.5, 15.0, "down"),
            Part("B_w", 21.2 - escape_um(cell["B_w"].ic_ua), 15.0, "down"),
            Part("B_u", 24.2, 17.8, "right"),
            Part("B_g", 24.2, 14.5, "down"),
            Part("RI_a", 7.85 + free("LB_a"), 44.2, "right"),
            Part("RI_c", 4.1 + c, 42.1 - free("LB_c")),
            Part("RI_o", 35.9 - o, 42.1 - free("LB_o")),
            Part("RI_s", 20.4 - free("LB_s"), 34.8, "left", flipped=True),
        ),
        routes=(
            Route("L_a", free("L_a"), ("pin a", "B_a"), (0.9, 2.6)),
            Route("L_b", free("L_b"), ("B_a", "B_e"), (1.0, 3.4)),
            Route("L_b2", free("L_b2"), ("B_e.base", (None, n3), "n3"), (1.4, 3.4 + near), "M5"),
            Route("L_u", free("L_u"), ("n3", "B_u.base"), (1.6, 4.3), "M5"),
            Route("L_v", 0.9, (
                "n3", Change("M6"), (16.9, None), (None, 29.0 + free("L_v")), (14.5, None), (None, above_v),
                Change("M5"), "B_v.base",
            ), (-4.0, 5.0)),
            Route("L_c", 1.0, ("pin c", "B_c"), (-1.0, 2.0)),
            Route("L_f", free("L_f"), ("B_c", (None, 15.0), "B_v"), (0.8, 2.0)),
            Route("L_w", free("L_w"), to_n8, (0.8, 3.6), "M5"),
            Route("L_o", free("L_o"), (("B_g", 0, 0.5), (35.5 - o, None), ("B_o", 0.5, 0)), (0.8, 1.8)),
            Route("L_q", 1.0, ("B_o", "pin q"), (-1.0, 2.0)),
            Route("LB_a", 0.8, ("RI_a.end", "B_a"), (-0.5, 6.0)),
            Route("LB_c", 0.8, ("RI_c.end", ("B_c", -0.9, 0)), (-0.5, 5.0)),
            Route("LB_o", 0.8, ("RI_o.end", ("B_o", 0.9, 0)), (-0.5, 5.0)),
            Route("LB_s", 1.1, ("n3", Change("M6"), (22.2, None), (None, 34.8), "RI_s.start"), (0.0, 4.0)),
        ),
        straps=(
            Strap("n6", 2.9, ("B_v", "B_w")),
            Strap("n8", 1.8, ("B_u", "B_g")),
            Strap("vdd", 1.25, (("pillar 0", 0, -0.8), "RI_a.start")),
            Strap("vdd", 1.25, (("pillar 0", -0.9 + c, -1.6), "RI_c.start")),
            Strap("vdd", 1.25, (("pillar 0", 1.55, -1.6), (None, 34.8), "RI_s.end")),
            Strap("vdd", 1.25, (("pillar 1", 0.9 - o, -1.6), "RI_o.start")),
        ),
    )  # fmt: skip
