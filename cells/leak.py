"""Leak: the first spike opens a window; when it closes, whatever was counted is forgotten.

    x -- X_s (splitter) -- X_j (JTL) -- y                       spikes, on to the first stage
           |
           +-- X_d (token) -- X_w0 ... X_w(N-1) (JTLs) --+
                 |                                       |
               X_t (JTL)                                 +-- X_m (merger) -- X_r (splitter) -- reset
                 |                                       |                     |
                 +-- X_p1 -- X_p0 (JTLs) <---------------|---------------------+
                                                       tick

The pulse that leaves the delay line X_w does what a tick does: it arms the stages that the store enables, loads the
token of the output, and loads X_d. The first spike after it takes the token of X_d into the delay line, later ones
find none. So after one tick at power-up a neuron with a leak runs by itself: each window is opened by a spike.

Window, from its opening spike to the spike that is no longer counted with it, both at the pins:
    W = FIXED_PS[reset] + JTL_PS N,        N the JTLs of the delay line
The closing wave runs beside the spikes, so that a spike is before it in every stage or behind it in every stage. The
JTLs X_p hold X_d back until the stages are about to be armed.
Junctions: 26 + 2 N, and 6 more in the longer way of the token with frame reset. N dominates: with self reset a leak of
200 ps costs 102 junctions and 15 mA.
"""

from __future__ import annotations

from dataclasses import dataclass

from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Circuit
from sfqgen.timing.bounds import LEAK_FIXED_PS, LEAK_JTL_PS

LOAD_JTLS = 2


@dataclass(frozen=True)
class LeakCells:
    """The cells of the neuron that a leak is made of."""

    jtl: Circuit
    turn: Circuit
    splitter: Circuit
    merger: Circuit
    token: Circuit


def delay_jtls(window_ps: float, reset: str) -> int:
    """JTLs in the delay line of the window nearest to `window_ps`; below the least window: 0."""
    return max(0, round((window_ps - LEAK_FIXED_PS[reset]) / LEAK_JTL_PS))


def circuit(cells: LeakCells, delays: int) -> Circuit:
    """Ports x (spikes), y (spikes, on to the first stage), tick, reset (into the tick line)."""
    top = CellBuilder("leak", ("x", "y", "tick", "reset"))
    top.inst("s", cells.splitter, "x", "xy", "first")
    top.inst("j", cells.jtl, "xy", "y")
    top.inst("d", cells.token, "load", "first", "w0")
    for i in range(delays):
        top.inst(f"w{i}", cells.jtl, f"w{i}", f"w{i + 1}")
    top.inst("m", cells.merger, "tick", f"w{delays}", "close")
    top.inst("r", cells.splitter, "close", "reset", "p0")
    for i in range(LOAD_JTLS):
        top.inst(f"p{i}", cells.jtl, f"p{i}", f"p{i + 1}")
    top.inst("t", cells.turn, f"p{LOAD_JTLS}", "load")
    return top.done()
