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

from dataclasses import dataclass

from sfqgen.layout.free import free
from sfqgen.layout.plan import Change, FloorPlan, Part, Pin, Route, Strap
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Circuit
from sfqgen.netlist.views import lvs_view
from sfqgen.timing.bench import CellBench, cell_bench


@dataclass(frozen=True)
class TokenValues:
    """Started from the published D flip-flop values of the ColdFlux library, centred in the neuron by simulation."""

    a_ic_ua: float = 250.0
    a_ib_ua: float = 175.0
    e_ic_ua: float = 167.0
    s_ic_ua: float = 238.0
    s_ib_ua: float = 227.5
    d_ic_ua: float = 202.0
    c_ic_ua: float = 250.0
    c_ib_ua: float = 175.0
    f_ic_ua: float = 169.0
    o_ic_ua: float = 250.0
    o_ib_ua: float = 175.0
    a_l_ph: float = 2.0
    b_l_ph: float = 3.9
    m_l_ph: float = 8.6
    c_l_ph: float = 2.05
    f_l_ph: float = 3.8
    o_l_ph: float = 4.66
    q_l_ph: float = 1.8


def circuit(values: TokenValues = TokenValues(), name: str = "token") -> Circuit:
    """Ports a (load), c (spike), q (output)."""
    cell, v = CellBuilder(name, ("a", "c", "q")), values
    cell.l("a", "a", "n1", v.a_l_ph)
    cell.jj("a", "n1", ic_ua=v.a_ic_ua)
    cell.bias("a", "n1", v.a_ib_ua)
    cell.l("b", "n1", "n2", v.b_l_ph)
    cell.jj("e", "n2", "n3", ic_ua=v.e_ic_ua)
    cell.jj("s", "n3", ic_ua=v.s_ic_ua)
    cell.bias("s", "n3", v.s_ib_ua)
    cell.l("m", "n3", "n4", v.m_l_ph)
    cell.jj("d", "n4", ic_ua=v.d_ic_ua)
    cell.l("c", "c", "n5", v.c_l_ph)
    cell.jj("c", "n5", ic_ua=v.c_ic_ua)
    cell.bias("c", "n5", v.c_ib_ua)
    cell.l("f", "n5", "nf", v.f_l_ph)
    cell.jj("f", "nf", "n4", ic_ua=v.f_ic_ua)
    cell.l("o", "n4", "no", v.o_l_ph)
    cell.jj("o", "no", ic_ua=v.o_ic_ua)
    cell.bias("o", "no", v.o_ib_ua)
    cell.l("q", "no", "q", v.q_l_ph)
    return cell.done()


def bench(values: TokenValues = TokenValues()) -> CellBench:
    """No token, no pulse; loaded twice, the first spike gives one pulse and the second none."""
    return cell_bench(circuit(values), {"a": [110.0, 140.0], "c": [60.0, 200.0, 260.0]}, {"q": 1})
