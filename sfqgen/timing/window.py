"""Leak: how long after the spike that opened a window another one is still counted with it, level by level.

Per gap one run: at each threshold k the spike that opens a window and k - 2 more come at once, the last one `gap_ps`
after the first. With k spikes in the window the neuron fires; without, the last one opens a window of its own. At
k = 1 it is the second pulse that tells; with self reset k = 1 fires on every spike and has no window. Then, at
leisure, k spikes must fire once more: nothing is left behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sfqgen.netlist.circuit import Circuit
from sfqgen.timing.bench import load_junction
from sfqgen.timing.count import Recording
from sfqgen.timing.exercise import Exercise
from sfqgen.timing.record import STEP_PS, Bias, record
from sfqgen.timing.stimulus import SETTLE_PS, TAIL_PS, Frame, Stimulus
from sfqgen.timing.use import Use

APART_PS = 250.0
"""Beside the longest gap: between the groups of a probe, longer than latency and refractory time of eight levels."""


@dataclass(frozen=True)
class Window:
    """At threshold k: every gap up to `counted_ps` counts, from `forgotten_ps` on none does; `faults`: probes after
    which k spikes did not fire, or in which the neuron fired with too few."""

    k: int
    counted_ps: float
    forgotten_ps: float
    faults: int = 0

    @property
    def edge_ps(self) -> float:
        return (self.counted_ps + self.forgotten_ps) / 2


def windows(dut: Circuit, use: Use, gaps_ps: Sequence[float], *, bias: Bias = "resistor",
            step_ps: float = STEP_PS) -> list[Window]:  # fmt: skip
    """The edge per level, to the spacing of the gaps tried (in rising order)."""
    probes = [_probe(use, gap, max(gaps_ps) + APART_PS) for gap in gaps_ps]
    found = record(dut, probes, bias=bias, step_ps=step_ps)
    rows = []
    for k in range(1 if use.reset == "frame" else 2, use.levels + 1):
        seen = np.array([_seen(r, e.stimulus.frames[2 * k - 2 : 2 * k], k)
                         for r, e in zip(found, probes, strict=True)])  # fmt: skip
        rows.append(_edge(k, gaps_ps, seen))
    return rows


def near(leak_ps: float, reach_ps: float = 24.0, step_ps: float = 2.0) -> list[float]:
    """Gaps around a window."""
    count = round(2 * reach_ps / step_ps)
    return [round(leak_ps - reach_ps + step_ps * i, 3) for i in range(count + 1)]


def _probe(use: Use, gap_ps: float, apart_ps: float) -> Exercise:
    """Per threshold two frames: the gap behind a tick, and k spikes without one; then an INC for the next threshold."""
    frames, start = [], SETTLE_PS
    for k in range(1, use.levels + 1):
        first = start + APART_PS
        tried = [*(first + use.spacing_ps * i for i in range(max(1, k - 1))), first + gap_ps]
        again = tried[-1] + apart_ps
        after = [again + use.spacing_ps * i for i in range(k)]
        frames += [Frame(start, True, _spikes(tried, use)), Frame(again, False, _spikes(after, use), 1,
                                                                   after[-1] + apart_ps)]  # fmt: skip
        start = after[-1] + 2 * apart_ps
    return Exercise("window", Stimulus(use.inputs, tuple(frames), use.pace, start + TAIL_PS), [])


def _spikes(times: Sequence[float], use: Use) -> tuple[tuple[int, float], ...]:
    return tuple((i % use.inputs, round(t, 3)) for i, t in enumerate(times))


def _seen(recording: Recording, frames: Sequence[Frame], k: int) -> str:
    times, signs = recording[load_junction("out")]
    low, middle, high = frames[0].start_ps, frames[1].start_ps, frames[1].train_ps
    tried = int(np.sum((times >= low) & (times < middle) & (signs > 0)))
    after = int(np.sum((times >= middle) & (times < high) & (signs > 0)))
    told = {0: "forgotten", 1: "counted"} if k > 1 else {1: "counted", 2: "forgotten"}
    return told.get(tried, "fault") if after == 1 else "fault"


def _edge(k: int, gaps: Sequence[float], seen: np.ndarray) -> Window:
    counted = [gap for gap, good in zip(gaps, np.logical_and.accumulate(seen == "counted"), strict=True) if good]
    gone = [gap for gap, good in zip(gaps[::-1], np.logical_and.accumulate(seen[::-1] == "forgotten"), strict=True)
            if good]  # fmt: skip
    return Window(k, counted[-1] if counted else 0.0, gone[-1] if gone else float("inf"), int(np.sum(seen == "fault")))
