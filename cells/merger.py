"""Merger (confluence buffer): a pulse at either input gives one pulse at the output.

      a --L_a1--+--L_a2--+--[B_a3]--L_a3--+
               B_a1     B_a2              |
               <- I_a                     m --L_m--+--L_q-- q
                                   I_m -> |       B_q <- I_q
      b --L_b1--+--L_b2--+--[B_b3]--L_b3--+
               B_b1     B_b2
               <- I_b

A pulse from `a` passes the series junction B_a3 and switches B_q; it cannot run back into `b`, because there B_b3
gives way before B_b2. Two pulses closer than the dead time (about 6 ps, see docs/neuron.md) leave as one: B_q is
still on its way. This is the loss that the spacing of a specification must respect.
"""

from __future__ import annotations

from dataclasses import dataclass

from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Circuit
from sfqgen.timing.bench import CellBench, cell_bench, driver_junction


@dataclass(frozen=True)
class MergerValues:
    """Own design study at schematic level; worst global margins alone: all Ic +19 %, all bias -19 %."""

    in_ic_ua: float = 250.0
    in_ib_ua: float = 175.0
    esc_ic_ua: float = 250.0
    ser_ic_ua: float = 175.0
    m_ib_ua: float = 230.0
    q_ic_ua: float = 250.0
    q_ib_ua: float = 175.0
    in_l_ph: float = 2.07
    mid_l_ph: float = 3.2
    ser_l_ph: float = 1.2
    m_l_ph: float = 3.6
    q_l_ph: float = 2.07


def circuit(values: MergerValues = MergerValues(), name: str = "merger") -> Circuit:
    """Ports a, b, q."""
    cell, v = CellBuilder(name, ("a", "b", "q")), values
    for p in "ab":
        cell.l(f"{p}1", p, f"n{p}1", v.in_l_ph)
        cell.jj(f"{p}1", f"n{p}1", ic_ua=v.in_ic_ua)
        cell.bias(p, f"n{p}1", v.in_ib_ua)
        cell.l(f"{p}2", f"n{p}1", f"n{p}2", v.mid_l_ph)
        cell.jj(f"{p}2", f"n{p}2", ic_ua=v.esc_ic_ua)
        cell.jj(f"{p}3", f"n{p}2", f"n{p}3", ic_ua=v.ser_ic_ua)
        cell.l(f"{p}3", f"n{p}3", "m", v.ser_l_ph)
    cell.bias("m", "m", v.m_ib_ua)
    cell.l("m", "m", "nq", v.m_l_ph)
    cell.jj("q", "nq", ic_ua=v.q_ic_ua)
    cell.bias("q", "nq", v.q_ib_ua)
    cell.l("q", "nq", "q", v.q_l_ph)
    return cell.done()


def bench(values: MergerValues = MergerValues()) -> CellBench:
    """Pulses at a, at b, then at both 10 ps apart: four leave, none runs back."""
    drive = {"a": [50.0, 150.0], "b": [100.0, 160.0]}
    return cell_bench(circuit(values), drive, {"q": 4}, {driver_junction("a"): 2, driver_junction("b"): 2})
