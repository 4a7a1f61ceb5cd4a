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

from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Circuit
from sfqgen.timing.bench import CellBench, cell_bench


@dataclass(frozen=True)
class SplitterValues:
    """Inductors and input junction of the public ColdFlux splitter; output junctions from our own centring."""

    a_ic_ua: float = 250.0
    a_ib_ua: float = 175.0
    q_ic_ua: float = 234.0
    q_ib_ua: float = 178.5
    i_l_ph: float = 2.07
    c_l_ph: float = 2.07
    d_l_ph: float = 2.07
    q_l_ph: float = 2.07


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
