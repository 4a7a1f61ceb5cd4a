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
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Circuit
from sfqgen.timing.bench import CellBench, cell_bench


@dataclass(frozen=True)
class ReaderValues:
    """Own centring at schematic level."""

    r_ic_ua: float = 52.0
    u_ic_ua: float = 85.0
    c_ic_ua: float = 229.0
    f_ic_ua: float = 76.0
    o_ic_ua: float = 128.0
    v_ib_ua: float = 77.5
    c_ib_ua: float = 167.0
    o_ib_ua: float = 104.5
    r1_l_ph: float = 0.5
    r2_l_ph: float = 0.5
    v_l_ph: float = 2.15
    c_l_ph: float = 1.43
    f_l_ph: float = 4.34
    o_l_ph: float = 6.06
    q_l_ph: float = 1.66


def circuit(values: ReaderValues = ReaderValues(), name: str = "reader") -> Circuit:
    """Ports t (tap of the store cell), c (tick), q (arm)."""
    cell, v = CellBuilder(name, ("t", "c", "q")), values
    cell.l("r1", "t", "nt", v.r1_l_ph)
    cell.jj("r", "nt", "nr", ic_ua=v.r_ic_ua)
    cell.l("r2", "nr", "nv", v.r2_l_ph)
    cell.bias("v", "nv", v.v_ib_ua)
    cell.l("v", "nv", "nu", v.v_l_ph)
    cell.jj("u", "nu", ic_ua=v.u_ic_ua)
    cell.l("c", "c", "nc", v.c_l_ph)
    cell.jj("c", "nc", ic_ua=v.c_ic_ua)
    cell.bias("c", "nc", v.c_ib_ua)
    cell.l("f", "nc", "nf", v.f_l_ph)
    cell.jj("f", "nf", "nu", ic_ua=v.f_ic_ua)
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
