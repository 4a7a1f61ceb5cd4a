"""Self reset: how long after a deciding spike the next one is ignored, level by level, and how sharp the edge is.

Per gap one run: at each threshold k spikes fire the neuron, one more comes `gap_ps` after the deciding one, and k - 1
follow at leisure. A second pulse after the last spike means that it was counted, none that it was ignored; a second
pulse any earlier is a fault: the spike met an output that was open before the stages were armed.
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

APART_PS = 200.0
"""Between spikes that shall all be counted; longer than any refractory time of eight levels."""


@dataclass(frozen=True)
class Refractory:
    """At threshold k: every gap up to `ignored_ps` is ignored, from `counted_ps` on counted; `faults` in between."""

    k: int
    ignored_ps: float
    counted_ps: float
    faults: int = 0


def refractory(dut: Circuit, use: Use, gaps_ps: Sequence[float], *, bias: Bias = "resistor",
               step_ps: float = STEP_PS) -> list[Refractory]:  # fmt: skip
    """The edge per level, to the spacing of the gaps tried (in rising order)."""
    probes = [_probe(use, gap) for gap in gaps_ps]
    found = record(dut, probes, bias=bias, step_ps=step_ps)
    seen = np.array([[_seen(r, f) for f in e.stimulus.frames] for r, e in zip(found, probes, strict=True)])
    return [_edge(k + 1, gaps_ps, seen[:, k]) for k in range(use.levels)]


def _probe(use: Use, gap_ps: float) -> Exercise:
    """One frame per threshold; the tick at its start arms the stages that the INC before it has enabled."""
    frames, start = [], SETTLE_PS
    for k in range(1, use.levels + 1):
        first = start + APART_PS
        fire = [first + APART_PS * i for i in range(k)]
        after = fire[-1] + gap_ps
        more = [after + APART_PS * i for i in range(k)]
        spikes = tuple((i % use.inputs, round(t, 3)) for i, t in enumerate([*fire, *more]))
        end = more[-1] + APART_PS + use.tree_ps
        frames.append(Frame(start, True, spikes, 1, end))
        start = end + APART_PS
    return Exercise("refractory", Stimulus(use.inputs, tuple(frames), use.pace, start + TAIL_PS), [])


def _seen(recording: Recording, frame: Frame) -> str:
    times, signs = recording[load_junction("out")]
    pulses = times[(times >= frame.start_ps) & (times < frame.train_ps) & (signs > 0)]
    if len(pulses) == 1:
        return "ignored"
    return "counted" if len(pulses) == 2 and pulses[1] > frame.spikes[-1][1] else "fault"


def _edge(k: int, gaps: Sequence[float], seen: np.ndarray) -> Refractory:
    ignored = [gap for gap, good in zip(gaps, np.logical_and.accumulate(seen == "ignored"), strict=True) if good]
    counted = [gap for gap, good in zip(gaps[::-1], np.logical_and.accumulate(seen[::-1] == "counted"), strict=True)
               if good]  # fmt: skip
    return Refractory(k, ignored[-1] if ignored else 0.0, counted[-1] if counted else float("inf"),
                      int(np.sum(seen == "fault")))  # fmt: skip
