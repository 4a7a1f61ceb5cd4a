"""Sampled inputs: spikes may come at any time, together or not; the frame tick reads them out one after the other.

    in0 -- X_t0 (JTL) -- X_d0 (token) -- s0   into the input tree
                           | read
    tick -- X_a (splitter) -- X_w0 ... X_w(D-1) (JTLs) -- X_s0 (splitter) -- X_j0_0 .. (JTLs) -- X_s1 ... -- X_d(N-1)
              |                                             read 0                   read 1
              +-- on                                  into the tick line of the neuron

A merger loses one of two spikes that meet in it. Here no two meet: each input holds its spike in a token cell until
the tick, running along the chain, reads it. The reads are a splitter and STEP_JTLS JTLs apart, STEP_PS, more than the
dead time of a merger, and both follow the process alike (with one JTL all biases had a margin of -6 %). X_w holds the
first read back until the stages are armed.

A spike counts in the frame whose tick reads it; so the output comes one frame later than without a sampler. An input
counts once per frame, however often it spikes. A spike within SAMPLE_BAND_PS of the moment at which its input is read
counts in this frame or in the next, never in both and never in none.

Junctions: 16 N + 2 D - 4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Circuit

JTL_PS, SPLIT_PS = 4.15, 5.1
"""Delay of a JTL and of a splitter (simulated, bias through resistors)."""
STEP_JTLS = 2
STEP_PS = SPLIT_PS + STEP_JTLS * JTL_PS
READ_PS = SPLIT_PS + 9.0
"""First splitter of the chain and token cell."""


@dataclass(frozen=True)
class SamplerCells:
    """The cells of the neuron that a sampler is made of."""

    jtl: Circuit
    turn: Circuit
    splitter: Circuit
    token: Circuit


def delay_jtls(armed_ps: float, tree_ps: float) -> int:
    """JTLs that bring the first read to the first stage `armed_ps` after the tick, behind a tree of `tree_ps`."""
    return max(1, math.ceil((armed_ps - tree_ps - READ_PS) / JTL_PS))


def circuit(cells: SamplerCells, inputs: int, delays: int) -> Circuit:
    """Ports in0 .., tick, s0 .. (into the tree), on (into the tick line)."""
    spikes, reads = [f"in{i}" for i in range(inputs)], [f"s{i}" for i in range(inputs)]
    top = CellBuilder("sampler", (*spikes, "tick", *reads, "on"))
    top.inst("a", cells.splitter, "tick", "on", "w0")
    for i in range(delays):
        top.inst(f"w{i}", cells.jtl, f"w{i}", f"w{i + 1}")
    line = f"w{delays}"
    for i in range(inputs - 1):
        top.inst(f"s{i}", cells.splitter, line, f"c{i}", f"n{i}")
        line = f"n{i}"
        for j in range(STEP_JTLS):
            top.inst(f"j{i}_{j}", cells.jtl, line, f"n{i}_{j}")
            line = f"n{i}_{j}"
    for i, read in enumerate([*(f"c{i}" for i in range(inputs - 1)), line]):
        top.inst(f"t{i}", cells.turn, f"in{i}", f"l{i}")
        top.inst(f"d{i}", cells.token, f"l{i}", read, f"s{i}")
    return top.done()
