"""A small line with a driver and a load, for the tests of margins, yield and noise."""

from __future__ import annotations

from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Circuit
from sfqgen.sim.criteria import PulseCounts
from sfqgen.sim.farm import Bench

OUTPUT = "B_2|X_s1"


def line() -> Circuit:
    """Two cells of two junctions; pulses at 50 and 100 ps."""
    cell = CellBuilder("jtl", ("a", "q"))
    cell.jj("1", "n1", ic_ua=250)
    cell.jj("2", "n2", ic_ua=250)
    for name, plus, minus in (("1", "a", "n1"), ("2", "n1", "m"), ("3", "m", "n2"), ("4", "n2", "q")):
        cell.l(name, plus, minus, 2.07)
    cell.bias("b", "m", 350)
    done, top = cell.done(), CellBuilder("line", ())
    top.pulses("in", "p0", [50.0, 100.0])
    top.inst("s0", done, "p0", "p1")
    top.inst("s1", done, "p1", "p2")
    top.load("out", "p2")
    return top.done()


def bench(**options) -> Bench:
    """Right is one output pulse after each input pulse."""
    windows = ((0.0, 40.0), (40.0, 90.0), (90.0, 140.0))
    rule = PulseCounts({OUTPUT: windows}, {OUTPUT: (0, 1, 1)})
    return Bench(line(), 140.0, rule, step_ps=0.1, **options)
