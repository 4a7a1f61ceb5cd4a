"""Threshold store: a line of superconducting cells that parks flux quanta; one quantum raises the threshold by one.

    inc --L_a--+--L_a2--[B_e]--+--L_q--|--L_m1--+--L_m2--+--L_q--| ... |--L_m1--+--L_m2--+--[B_e]--L_b2--+--L_b-- dec
              B_d <- I_d      B_s <- I_s       tap      B_s <- I_s             tap      B_m             B_d <- I_d
    |------ store_in ------------------|------ store_bit --------|     |------ store_end ------------------------|

(| are cell borders; [B_e] is a series junction; the tap leaves through L_t to the reader of that stage.)

INC pushes a quantum in at the left. It runs right until it meets an occupied cell, so that the occupied cells are
always the rightmost ones: a thermometer. DEC pops the rightmost; the others move up by one. A full store absorbs INC
in the series junction of `store_in`, an empty one absorbs DEC in that of `store_end`. The state is n quanta in
superconducting loops: it does not fade and costs no static power beyond the bias.

Design equations (Ic of a junction, Ib its bias, I_m the current that one quantum sends through a junction):
    cell current          I_m = Phi0 / (L_m1 + L_m2 + L_J),  L_J the two junctions' own inductance
    middle junction       holds alone:            Ib_s < Ic_s
                          lets a quantum through: Ib_s + I_m > Ic_s
    last junction         holds one quantum:      I_m < Ic_m              (it has no bias of its own)
                          releases it on DEC:     I_m + (kick of B_d through B_e) > Ic_m
"""

from __future__ import annotations

from dataclasses import dataclass

from sfqgen.layout.free import free
from sfqgen.layout.plan import Change, FloorPlan, Part, Pin, Route, Strap, escape_um
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Circuit
from sfqgen.netlist.views import lvs_view

LEAD_PH = 1.5
"""Bias leads of the drawn cells: as long as the room between pillar and junction."""


@dataclass(frozen=True)
class StoreValues:
    """All three cells of the line, from our own centring at schematic level."""

    ind_ic_ua: float = 250.0
    ind_ib_ua: float = 172.5
    ine_ic_ua: float = 210.0
    s0_ic_ua: float = 203.0
    s0_ib_ua: float = 181.5
    s_ic_ua: float = 201.0
    s_ib_ua: float = 160.0
    m_ic_ua: float = 320.0
    oute_ic_ua: float = 253.0
    outd_ic_ua: float = 272.0
    outd_ib_ua: float = 171.5
    a_l_ph: float = 2.1
    a2_l_ph: float = 1.6
    q_l_ph: float = 1.0
    m1_l_ph: float = 2.34
    m2_l_ph: float = 3.4
    end1_l_ph: float = 2.38
    end2_l_ph: float = 2.95
    t_l_ph: float = 0.5
    b2_l_ph: float = 1.6
    b_l_ph: float = 2.1


def store_in(values: StoreValues = StoreValues(), name: str = "store_in") -> Circuit:
    """INC end. Ports inc, q."""
    cell, v = CellBuilder(name, ("inc", "q")), values
    cell.l("a", "inc", "nd", v.a_l_ph)
    cell.jj("d", "nd", ic_ua=v.ind_ic_ua)
    cell.bias("d", "nd", v.ind_ib_ua, lead_ph=LEAD_PH)
    cell.l("a2", "nd", "ne", v.a2_l_ph)
    cell.jj("e", "ns", "ne", ic_ua=v.ine_ic_ua)
    cell.jj("s", "ns", ic_ua=v.s0_ic_ua)
    cell.bias("s", "ns", v.s0_ib_ua, lead_ph=LEAD_PH)
    cell.l("q", "ns", "q", v.q_l_ph)
    return cell.done()


def store_bit(values: StoreValues = StoreValues(), name: str = "store_bit") -> Circuit:
    """One cell of the line with its junction. Ports a, t, q."""
    cell, v = CellBuilder(name, ("a", "t", "q")), values
    _cell_with_tap(cell, v, "ns", v.m1_l_ph, v.m2_l_ph)
    cell.jj("s", "ns", ic_ua=v.s_ic_ua)
    cell.bias("s", "ns", v.s_ib_ua, lead_ph=LEAD_PH)
    cell.l("q", "ns", "q", v.q_l_ph)
    return cell.done()


def store_end(values: StoreValues = StoreValues(), name: str = "store_end") -> Circuit:
    """Last cell of the line and the DEC end. Ports a, t, dec."""
    cell, v = CellBuilder(name, ("a", "t", "dec")), values
    _cell_with_tap(cell, v, "nm", v.end1_l_ph, v.end2_l_ph)
    cell.jj("m", "nm", ic_ua=v.m_ic_ua)
    cell.jj("e", "nm", "ne", ic_ua=v.oute_ic_ua)
    cell.l("b2", "nd", "ne", v.b2_l_ph)
    cell.jj("d", "nd", ic_ua=v.outd_ic_ua)
    cell.bias("d", "nd", v.outd_ib_ua, lead_ph=LEAD_PH)
    cell.l("b", "dec", "nd", v.b_l_ph)
    return cell.done()


def _cell_with_tap(cell: CellBuilder, v: StoreValues, right: str, left_ph: float, right_ph: float) -> None:
    cell.l("m1", "a", "nt", left_ph)
    cell.l("t", "nt", "t", v.t_l_ph)
    cell.l("m2", "nt", right, right_ph)


def line(stages: int, values: StoreValues = StoreValues()) -> Circuit:
    """The whole store alone, with ports inc, t0 .. t(stages-1), dec; instances X_si, X_s0 .., X_so as in a neuron."""
    top = CellBuilder("store", ("inc", *(f"t{i}" for i in range(stages)), "dec"))
    top.inst("si", store_in(values), "inc", "p0")
    middle = store_bit(values)
    for i in range(stages - 1):
        top.inst(f"s{i}", middle, f"p{i}", f"t{i}", f"p{i + 1}")
    top.inst("so", store_end(values), f"p{stages - 1}", f"t{stages - 1}", "dec")
    return top.done()


def store_in_plan(cell: Circuit) -> FloorPlan:
    """Four tiles wide: INC from the left, its series junction and the first junction of the line side by side."""
    via = 25.8 - escape_um(cell["B_e"].ic_ua)
    return FloorPlan(
        circuit=lvs_view(cell),
        tiles=(4, 3),
        rail_row=2,
        pins=(Pin("inc", "left", 0), Pin("q", "right", 0)),
        pillars=((1, 2), (2, 2)),
        parts=(
            Part("B_d", 17.4, 5.0, "up"), Part("B_e", 25.8, 5.0, "up"), Part("B_s", 30.2, 5.0, "up"),
            Part("RI_d", 14.7, 22.2 - free("LB_d")), Part("RI_s", 23.45, 22.2 - free("LB_s")),
        ),
        routes=(
            Route("L_a", free("L_a"), ("pin inc", "B_d"), (1.2, 3.2)),
            Route("L_a2", free("L_a2"), ("B_d", (via, None), Change("M5"), "B_e.base"), (1.0, 2.6)),
            Route("L_q", free("L_q"), ("B_s", "pin q"), (1.2, 4.4)),
            Route("LB_d", 0.8, ("RI_d.end", (None, 7.6), ("B_d", -1.0, 2.6)), (-1.0, 6.0)),
            Route("LB_s", 0.8, ("RI_s.end", (None, 6.9), ("B_e", 0, 1.9)), (-1.0, 6.0)),
        ),
        straps=(
            Strap("ns", 2.2, ("B_e", "B_s")),
            Strap("vdd", 1.25, (("pillar 0", -0.3, -1.6), "RI_d.start")),
            Strap("vdd", 1.25, (("pillar 1", -1.55, -1.6), "RI_s.start")),
        ),
    )  # fmt: skip


def store_bit_plan(cell: Circuit) -> FloorPlan:
    """Six tiles wide, the pitch of the stages; the tap leaves downwards in the third tile."""
    return FloorPlan(
        circuit=lvs_view(cell),
        tiles=(6, 3),
        rail_row=2,
        pins=(Pin("a", "left", 0), Pin("t", "bottom", 2), Pin("q", "right", 0)),
        pillars=((5, 2),),
        nodes={"nt": (25.0, 5.0)},
        parts=(Part("B_s", 53.8, 5.0, "up"), Part("RI_s", 56.55, 23.4 - free("LB_s"))),
        routes=(
            *_line_with_tap("B_s"),
            Route("L_q", free("L_q"), ("B_s", "pin q"), (0.8, 1.8)),
            Route("LB_s", 0.8, ("RI_s.end", (None, 7.0), ("B_s", 0, 2.0)), (-1.0, 6.0)),
        ),
        straps=(Strap("vdd", 1.25, (("pillar 0", 1.55, -1.6), "RI_s.start")),),
    )


def _line_with_tap(right: str) -> tuple[Route, ...]:
    return (
        Route("L_m1", free("L_m1"), ("pin a", "nt"), (1.4, 4.0)),
        Route("L_t", free("L_t"), ("nt", "pin t"), (1.0, 3.6)),
        Route("L_m2", free("L_m2"), ("nt", right), (1.4, 4.0)),
    )


def store_end_plan(cell: Circuit) -> FloorPlan:
    """Eight tiles wide: the last cell of the line, then the DEC end mirrored against `store_in`."""
    via = 54.8 + escape_um(cell["B_e"].ic_ua)
    return FloorPlan(
        circuit=lvs_view(cell),
        tiles=(8, 3),
        rail_row=2,
        pins=(Pin("a", "left", 0), Pin("t", "bottom", 2), Pin("dec", "right", 0)),
        pillars=((6, 2),),
        nodes={"nt": (25.0, 5.0)},
        parts=(
            Part("B_m", 50.5, 5.0, "up"), Part("B_e", 54.8, 5.0, "up"), Part("B_d", 63.0, 5.0, "up"),
            Part("RI_d", 65.6, 22.2 - free("LB_d")),
        ),
        routes=(
            *_line_with_tap("B_m"),
            Route("L_b2", free("L_b2"), ("B_d", (via, None), Change("M5"), "B_e.base"), (1.0, 2.6)),
            Route("L_b", free("L_b"), ("pin dec", "B_d"), (1.2, 3.2)),
            Route("LB_d", 0.8, ("RI_d.end", (None, 7.5), ("B_d", 1.0, 2.5)), (-1.0, 6.0)),
        ),
        straps=(
            Strap("nm", 2.2, ("B_m", "B_e")),
            Strap("vdd", 1.25, (("pillar 0", 0.6, -1.6), "RI_d.start")),
        ),
    )  # fmt: skip
