"""Swallow cell (an RSFQ inverter): armed, it deletes the next spike and disarms; else it lets spikes through.

      a --L_a--+--L_b--[B_e]-- n3 --L_u--[B_u]-- n8 --L_o--+--L_q-- q
              B_1 <- I_1      ^ |                |        B_o <- I_o
                             I_s L_v            B_g
                                |                |
                               [B_v]           [B_w] with L_w
                                |                |
      c --L_c--+--L_f---------- n6 --------------+
              B_c <- I_c

`a` arms, `c` is the spike, `q` the spike that is let through. Arming stores one quantum in the loop n3 - B_u - B_g;
a second arm pulse meets B_e and is absorbed. A spike at `c` meets B_w: with the quantum stored B_v switches in its
place and takes the quantum away, without it the kick reaches B_g and B_o.
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
class SwallowValues:
    """Started from the published inverter values of the ColdFlux library, centred in the neuron by our simulations."""

    a_ic_ua: float = 250.0
    a_ib_ua: float = 175.0
    e_ic_ua: float = 80.0
    s_ib_ua: float = 131.0
    u_ic_ua: float = 86.0
    v_ic_ua: float = 269.0
    c_ic_ua: float = 250.0
    c_ib_ua: float = 175.0
    w_ic_ua: float = 145.0
    g_ic_ua: float = 103.0
    o_ic_ua: float = 250.0
    o_ib_ua: float = 179.5
    a_l_ph: float = 0.9
    b_l_ph: float = 2.75
    u_l_ph: float = 0.74
    v_l_ph: float = 7.54
    c_l_ph: float = 0.9
    f_l_ph: float = 3.03
    w_l_ph: float = 0.94
    o_l_ph: float = 4.28
    q_l_ph: float = 0.93


def circuit(values: SwallowValues = SwallowValues(), name: str = "swallow") -> Circuit:
    """Ports a (arm), c (spike in), q (spike out)."""
    cell, v = CellBuilder(name, ("a", "c", "q")), values
    cell.l("a", "a", "n1", v.a_l_ph)
    cell.jj("a", "n1", ic_ua=v.a_ic_ua)
    cell.bias("a", "n1", v.a_ib_ua)
    cell.l("b", "n1", "n2", v.b_l_ph)
    cell.jj("e", "n2", "n3", ic_ua=v.e_ic_ua)
    cell.bias("s", "n3", v.s_ib_ua)
    cell.l("u", "n3", "nu", v.u_l_ph)
    cell.jj("u", "nu", "n8", ic_ua=v.u_ic_ua)
    cell.l("v", "n3", "nv", v.v_l_ph)
    cell.jj("v", "nv", "n6", ic_ua=v.v_ic_ua)
    cell.l("c", "c", "n5", v.c_l_ph)
    cell.jj("c", "n5", ic_ua=v.c_ic_ua)
    cell.bias("c", "n5", v.c_ib_ua)
    cell.l("f", "n5", "n6", v.f_l_ph)
    cell.jj("w", "n6", "nw", ic_ua=v.w_ic_ua)
    cell.l("w", "nw", "n8", v.w_l_ph)
    cell.jj("g", "n8", ic_ua=v.g_ic_ua)
    cell.l("o", "n8", "no", v.o_l_ph)
    cell.jj("o", "no", ic_ua=v.o_ic_ua)
    cell.bias("o", "no", v.o_ib_ua)
    cell.l("q", "no", "q", v.q_l_ph)
    return cell.done()


def bench(values: SwallowValues = SwallowValues()) -> CellBench:
    """A spike passes; armed (twice), the next one is swallowed and the one after it passes."""
    return cell_bench(circuit(values), {"a": [110.0, 140.0], "c": [60.0, 200.0, 260.0]}, {"q": 2})
