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

from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Circuit


@dataclass(frozen=True)
class StoreValues:
    """All three cells of the line, from our own centring at schematic level."""

    ind_ic_ua: float = 280.0
    ind_ib_ua: float = 207.0
    ine_ic_ua: float = 215.0
    s0_ic_ua: float = 243.0
    s0_ib_ua: float = 203.0
    s_ic_ua: float = 235.0
    s_ib_ua: float = 173.0
    m_ic_ua: float = 305.0
    oute_ic_ua: float = 261.0
    outd_ic_ua: float = 296.0
    outd_ib_ua: float = 188.5
    a_l_ph: float = 2.0
    a2_l_ph: float = 1.6
    q_l_ph: float = 1.0
    m1_l_ph: float = 2.55
    m2_l_ph: float = 3.4
    t_l_ph: float = 0.5
    b2_l_ph: float = 1.56
    b_l_ph: float = 2.0


def store_in(values: StoreValues = StoreValues(), name: str = "store_in") -> Circuit:
    """INC end. Ports inc, q."""
    cell, v = CellBuilder(name, ("inc", "q")), values
    cell.l("a", "inc", "nd", v.a_l_ph)
    cell.jj("d", "nd", ic_ua=v.ind_ic_ua)
    cell.bias("d", "nd", v.ind_ib_ua)
    cell.l("a2", "nd", "ne", v.a2_l_ph)
    cell.jj("e", "ne", "ns", ic_ua=v.ine_ic_ua)
    cell.jj("s", "ns", ic_ua=v.s0_ic_ua)
    cell.bias("s", "ns", v.s0_ib_ua)
    cell.l("q", "ns", "q", v.q_l_ph)
    return cell.done()


def store_bit(values: StoreValues = StoreValues(), name: str = "store_bit") -> Circuit:
    """One cell of the line with its junction. Ports a, t, q."""
    cell, v = CellBuilder(name, ("a", "t", "q")), values
    _cell_with_tap(cell, v, "ns")
    cell.jj("s", "ns", ic_ua=v.s_ic_ua)
    cell.bias("s", "ns", v.s_ib_ua)
    cell.l("q", "ns", "q", v.q_l_ph)
    return cell.done()


def store_end(values: StoreValues = StoreValues(), name: str = "store_end") -> Circuit:
    """Last cell of the line and the DEC end. Ports a, t, dec."""
    cell, v = CellBuilder(name, ("a", "t", "dec")), values
    _cell_with_tap(cell, v, "nm")
    cell.jj("m", "nm", ic_ua=v.m_ic_ua)
    cell.jj("e", "ne", "nm", ic_ua=v.oute_ic_ua)
    cell.l("b2", "nd", "ne", v.b2_l_ph)
    cell.jj("d", "nd", ic_ua=v.outd_ic_ua)
    cell.bias("d", "nd", v.outd_ib_ua)
    cell.l("b", "dec", "nd", v.b_l_ph)
    return cell.done()


def _cell_with_tap(cell: CellBuilder, v: StoreValues, right: str) -> None:
    cell.l("m1", "a", "nt", v.m1_l_ph)
    cell.l("t", "nt", "t", v.t_l_ph)
    cell.l("m2", "nt", right, v.m2_l_ph)


def line(stages: int, values: StoreValues = StoreValues()) -> Circuit:
    """The whole store alone, with ports inc, t0 .. t(stages-1), dec; instances X_si, X_s0 .., X_so as in a neuron."""
    top = CellBuilder("store", ("inc", *(f"t{i}" for i in range(stages)), "dec"))
    top.inst("si", store_in(values), "inc", "p0")
    middle = store_bit(values)
    for i in range(stages - 1):
        top.inst(f"s{i}", middle, f"p{i}", f"t{i}", f"p{i + 1}")
    top.inst("so", store_end(values), f"p{stages - 1}", f"t{stages - 1}", "dec")
    return top.done()
