"""DC/SFQ converter: each rising edge of a current at the pad gives one pulse; the falling edge re-arms it.

      a --L_a--+--L_g-- gnd
               +--L_1--[B_1]--+--L_2--+--L_3--+--L_q-- q
                          I_1 ->     B_2     B_3 <- I_3

The input current divides between L_g and the series junction B_1. Rising, it switches B_2 (a pulse leaves through B_3);
falling, it switches B_1 back, so that the loop is as before. An input of 600 uA is nominal.
"""

from __future__ import annotations

from dataclasses import dataclass

from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import GROUND, STIMULUS, Circuit, CurrentSource, Waveform
from sfqgen.timing.bench import CellBench, line, load_junction


@dataclass(frozen=True)
class DcsfqValues:
    """Figures of the public ColdFlux converter."""

    j1_ic_ua: float = 225.0
    j2_ic_ua: float = 225.0
    j3_ic_ua: float = 250.0
    i1_ib_ua: float = 275.0
    i3_ib_ua: float = 175.0
    a_l_ph: float = 1.0
    g_l_ph: float = 3.9
    l1_l_ph: float = 0.6
    l2_l_ph: float = 1.1
    l3_l_ph: float = 4.5
    q_l_ph: float = 2.07


def circuit(values: DcsfqValues = DcsfqValues(), name: str = "dcsfq") -> Circuit:
    """Ports a (current from the pad), q."""
    cell, v = CellBuilder(name, ("a", "q")), values
    cell.l("a", "a", "ng", v.a_l_ph)
    cell.l("g", "ng", GROUND, v.g_l_ph)
    cell.l("1", "ng", "n1", v.l1_l_ph)
    cell.jj("1", "n1", "nm", ic_ua=v.j1_ic_ua)
    cell.bias("1", "nm", v.i1_ib_ua)
    cell.l("2", "nm", "n2", v.l2_l_ph)
    cell.jj("2", "n2", ic_ua=v.j2_ic_ua)
    cell.l("3", "n2", "n3", v.l3_l_ph)
    cell.jj("3", "n3", ic_ua=v.j3_ic_ua)
    cell.bias("3", "n3", v.i3_ib_ua)
    cell.l("q", "n3", "q", v.q_l_ph)
    return cell.done()


def bench(values: DcsfqValues = DcsfqValues(), amplitude_ua: float = 600.0) -> CellBench:
    """Three trapezoids of 20 ps edges give three pulses."""
    top, jtl = CellBuilder("tb_dcsfq", ()), line()
    points = [0.0, 0.0]
    for start in (60.0, 200.0, 340.0):
        points += [start, 0.0, start + 20, amplitude_ua, start + 60, amplitude_ua, start + 80, 0.0]
    top.add(CurrentSource("I_a", GROUND, "a", Waveform("pwl", tuple(points)), STIMULUS))
    top.inst("dut", circuit(values), "a", "q")
    top.inst("load_q", jtl, "q", "e_q")
    top.load("end_q", "e_q")
    return CellBench(top.done(), 480.0, {"q": 3}, {load_junction("q"): 3})
