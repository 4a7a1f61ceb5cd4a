"""The bench of a chip: DC/SFQ converters at the input pins, an SFQ/DC converter at the output pin.

As in `sfqgen.timing.bench` an instance X_drive_<port> fires into each input and X_load_out takes the output, so that
whatever counts pulses there counts them here; only the junction at an input has another name.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import GROUND, STIMULUS, Circuit, CurrentSource, Waveform
from sfqgen.timing.bench import DUT

PEAK_UA = 600.0
EDGE_PS, TOP_PS = 20.0, 60.0
"""Rising edge, and longest time until the falling one. Edges of equipment are slower; what a slow edge costs is jitter,
which a schematic without noise does not show."""


def converter_bench(dut: Circuit, drive: Mapping[str, Sequence[float]]) -> Circuit:
    """`dut` as instance X_dut; `drive` maps input ports to the times in ps at which their current rises."""
    from cells import dcsfq, sfqdc

    top, entry = CellBuilder(f"tb_{dut.name}", ()), dcsfq.circuit()
    for port, wave in level_trains(drive).items():
        top.add(CurrentSource(f"I_{port}", GROUND, f"s_{port}", wave, STIMULUS))
        top.inst(f"drive_{port}", entry, f"s_{port}", port)
    top.inst(DUT, dut, *dut.ports)
    top.inst("load_out", sfqdc.circuit(), "out", "e_out")
    top.load("end_out", "e_out", sfqdc.LOAD_OHM)
    return top.done()


def converter_junction(port: str) -> str:
    """Flat name of the junction that fires into an input pin."""
    return f"B_3|X_drive_{port}"


def level_trains(drive: Mapping[str, Sequence[float]]) -> dict[str, Waveform]:
    """Per port trapezoids of PEAK_UA whose rising edges pass half their height at the given times.

    All edges are alike, so that all ports have the same delay: EDGE_PS, or a quarter of the least time between two
    pulses of one port.
    """
    gaps = [b - a for times in drive.values() for a, b in itertools.pairwise(sorted(times))]
    edge = min(EDGE_PS, min(gaps, default=math.inf) / 4)
    return {port: Waveform("pwl", tuple(_trapezoids(sorted(times), edge))) for port, times in drive.items()}


def _trapezoids(times: Sequence[float], edge: float) -> Iterator[float]:
    yield from (0.0, 0.0)
    for time, following in itertools.zip_longest(times, times[1:], fillvalue=math.inf):
        fall = time + min((following - time) / 2, TOP_PS)
        corners = ((time, -0.5, 0.0), (time, 0.5, PEAK_UA), (fall, -0.5, PEAK_UA), (fall, 0.5, 0.0))
        for at, side, height in corners:
            yield from (round(at + side * edge, 3), height)
