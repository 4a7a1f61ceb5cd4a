"""Test benches: a driver at each input pin of a device under test, a load at each output pin.

A driver is a triangular current pulse into 8 ohm and a two-junction JTL, so that the pin sees a real SFQ pulse; a load
is the same JTL into 2 ohm. What is counted are the junctions next to the pins on the outside, `B_b|X_drive_<port>` and
`B_a|X_load_<port>`; inner names are needed only for the store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Circuit

DUT = "dut"


@dataclass(frozen=True)
class CellBench:
    """A bench ready to run: how long, and how many pulses each output pin must give.

    `inside` are junctions of the device that are counted as well (net number of 2 pi steps), for cells with a state.
    """

    circuit: Circuit
    stop_ps: float
    expected: Mapping[str, int]
    inside: Mapping[str, int] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """Expected net steps by flat junction name."""
        return {**{load_junction(port): n for port, n in self.expected.items()}, **self.inside}


def cell_bench(dut: Circuit, drive: Mapping[str, Sequence[float]], expected: Mapping[str, int],
               inside: Mapping[str, int] | None = None) -> CellBench:  # fmt: skip
    """Bench of a cell; every port is either driven or expected to give pulses. Runs 60 ps past the last pulse."""
    last = max((time for times in drive.values() for time in times), default=0.0)
    return CellBench(bench(dut, drive, list(expected)), last + 60.0, dict(expected), dict(inside or {}))


def bench(dut: Circuit, drive: Mapping[str, Sequence[float]], load: Sequence[str] = ("out",)) -> Circuit:
    """`dut` as instance X_dut; `drive` maps input ports to pulse times in ps (an empty list still gets a driver)."""
    top, jtl = CellBuilder(f"tb_{dut.name}", ()), line()
    for port, times in drive.items():
        top.pulses(port, f"s_{port}", list(times))
        top.inst(f"drive_{port}", jtl, f"s_{port}", port)
    top.inst(DUT, dut, *dut.ports)
    for port in load:
        top.inst(f"load_{port}", jtl, port, f"e_{port}")
        top.load(f"end_{port}", f"e_{port}")
    return top.done()


def line(name: str = "bench_jtl") -> Circuit:
    """The bench's own JTL, with the standard values: a bench does not change with the cells that it tests."""
    cell = CellBuilder(name, ("a", "q"))
    cell.l("1", "a", "na", 2.07)
    cell.jj("a", "na", ic_ua=250.0)
    cell.l("2", "na", "m", 2.07)
    cell.bias("s", "m", 350.0)
    cell.l("3", "m", "nb", 2.07)
    cell.jj("b", "nb", ic_ua=250.0)
    cell.l("4", "nb", "q", 2.07)
    return cell.done()


def driver_junction(port: str) -> str:
    """Flat name of the junction that fires into an input pin."""
    return f"B_b|X_drive_{port}"


def load_junction(port: str) -> str:
    """Flat name of the first junction behind an output pin."""
    return f"B_a|X_load_{port}"
