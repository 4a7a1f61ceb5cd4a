"""Counting pulses at the pins and quanta in the store, frame by frame, and comparing them with the law.

A recording maps a junction's flat name to its pulses: arrays of times in ps and of signs (+1 for a 2 pi step up, -1
for one down). Any engine delivers it, and nothing else of a run is needed to judge a neuron.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from sfqgen.timing.bench import load_junction
from sfqgen.timing.law import Expected
from sfqgen.timing.stimulus import Stimulus

Recording: TypeAlias = Mapping[str, tuple[np.ndarray, np.ndarray]]

STORE_IN, STORE_OUT = "B_s|X_si|X_dut", "B_m|X_so|X_dut"
"""First and last junction of the threshold store: quanta that entered minus quanta that left are the content."""


@dataclass(frozen=True)
class FrameResult:
    """One frame as measured, beside what the law expects. `latency_ps`: deciding spike to pulse, nan if none."""

    expected: Expected
    pulses: int
    store: int
    negative: int
    latency_ps: float

    @property
    def right(self) -> bool:
        return self.pulses == self.expected.pulses and self.store == self.expected.store and not self.negative


def frames_of(recording: Recording, stimulus: Stimulus, expected: list[Expected]) -> list[FrameResult]:
    """Every frame judged. Pulses before the first frame count in the first one, so an early pulse is an error."""
    times, signs = recording[load_junction("out")]
    bounds = _boundaries(stimulus)
    results = []
    for (low, high), frame, law in zip(bounds, stimulus.frames, expected, strict=True):
        inside = (times >= low) & (times < high)
        risen = times[inside & (signs > 0)]
        results.append(FrameResult(
            law, len(risen), _content(recording, frame.start_ps), int(np.sum(inside & (signs < 0))),
            _latency(risen, law),
        ))  # fmt: skip
    return results


def errors(results: list[FrameResult]) -> int:
    return sum(not result.right for result in results)


def junctions() -> list[str]:
    """What an engine must record for `frames_of`."""
    return [load_junction("out"), STORE_IN, STORE_OUT]


def _boundaries(stimulus: Stimulus) -> list[tuple[float, float]]:
    """A frame's pulses are counted until the first spike of the next frame may arrive."""
    starts = [f.start_ps + (stimulus.pace.first_ps if f.ticked else 0.0) for f in stimulus.frames]
    lows, highs = [float("-inf"), *starts[1:]], [*starts[1:], float("inf")]
    return list(zip(lows, highs, strict=True))


def _content(recording: Recording, at_ps: float) -> int:
    def steps(name: str) -> int:
        times, signs = recording[name]
        return int(np.sum(signs[times < at_ps]))

    return steps(STORE_IN) - steps(STORE_OUT)


def _latency(risen: np.ndarray, law: Expected) -> float:
    return float(risen[0] - law.fired_ps[0]) if len(risen) and law.pulses else float("nan")
