"""Counting pulses at the pins and quanta in the store, frame by frame, and comparing them with the law.

A recording maps a junction's flat name to its pulses: times in ps, and signs (+1 for a 2 pi step up, -1 for one
down). Any engine delivers it, and nothing else of a run is needed to judge a neuron.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from sfqgen.timing.bench import driver_junction, load_junction
from sfqgen.timing.exercise import Exercise
from sfqgen.timing.law import Expected
from sfqgen.timing.stimulus import Stimulus

Recording: TypeAlias = Mapping[str, tuple[np.ndarray, np.ndarray]]

STORE_IN, STORE_OUT = "B_s|X_si|X_dut", "B_m|X_so|X_dut"
"""First and last junction of the threshold store: quanta that entered minus quanta that left are its content."""


@dataclass(frozen=True)
class FrameResult:
    """One frame as measured beside what the law expects; `latency_ps`: deciding spike to pulse, one per pulse."""

    expected: Expected
    pulses: int
    store: int
    negative: int
    latency_ps: tuple[float, ...]

    @property
    def right(self) -> bool:
        """Pulse count and store as the law says, every pulse after its deciding spike, none downwards."""
        return (self.pulses == self.expected.pulses and self.store == self.expected.store and not self.negative
                and all(latency > 0 for latency in self.latency_ps))  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """All frames of one exercise; `returned`: pulses that ran out of an input pin or into it without being sent."""

    exercise: Exercise
    frames: list[FrameResult]
    returned: int

    @property
    def wrong(self) -> int:
        """Frames that break the law, plus one for any stray pulse at an input pin."""
        return sum(not frame.right for frame in self.frames) + (1 if self.returned else 0)


def junctions() -> list[str]:
    """What an engine must record besides the drivers."""
    return [load_junction("out"), STORE_IN, STORE_OUT]


def outcome(recording: Recording, exercise: Exercise) -> Outcome:
    """Every frame judged. Pulses before the first frame count in the first one, so an early pulse is an error."""
    times, signs = recording[load_junction("out")]
    stimulus, frames = exercise.stimulus, []
    for (low, high), frame, law in zip(frame_bounds(stimulus), stimulus.frames, exercise.expected, strict=True):
        inside = (times >= low) & (times < high)
        risen = times[inside & (signs > 0)]
        store = _content(recording, frame.start_ps)
        frames.append(FrameResult(law, len(risen), store, int(np.sum(inside & (signs < 0))), _latency(risen, law)))
    return Outcome(exercise, frames, _returned(recording, stimulus))


def frame_bounds(stimulus: Stimulus) -> list[tuple[float, float]]:
    """A frame's pulses are counted until the first pulse of the next frame may come."""
    starts = [f.start_ps + (stimulus.pace.out_ps if f.ticked else 0.0) for f in stimulus.frames[1:]]
    return list(zip([-np.inf, *starts], [*starts, np.inf], strict=True))


def _content(recording: Recording, at_ps: float) -> int:
    def steps(name: str) -> int:
        times, signs = recording[name]
        return int(np.sum(signs[times < at_ps]))

    return steps(STORE_IN) - steps(STORE_OUT)


def _latency(risen: np.ndarray, law: Expected) -> tuple[float, ...]:
    if len(risen) != law.pulses:
        return ()
    return tuple(float(pulse - spike) for pulse, spike in zip(risen, law.fired_ps, strict=True))


def _returned(recording: Recording, stimulus: Stimulus) -> int:
    return sum(abs(len(recording[driver_junction(port)][0]) - len(stimulus.times(port))) for port in stimulus.ports())
