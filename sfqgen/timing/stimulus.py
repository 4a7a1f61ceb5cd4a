"""What is sent to a neuron under test: frames of spikes, INC and DEC pulses and ticks, with their times at the pins.

A `Frame` begins where its tick is due and ends where the next one begins. The law (`sfqgen.timing.law`) is run on the
same frames, so that stimulus and expectation cannot disagree. Times are those of the current pulses at the drivers'
inputs; a driver adds about 4 ps, the same for every port (see `sfqgen.timing.bench`).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

SETTLE_PS = 100.0
"""Power-up (10 ps bias ramp) to the first tick."""
OUT_PS = 85.0
"""Tick to the earliest pulse of its frame: the first spike meets the first stage 70 ps after the tick."""
TAIL_PS = 120.0
"""Run on after the last frame, for the latest output pulse."""


@dataclass(frozen=True)
class Pace:
    """Times within a frame, in ps: its length, tick to first spike, spike to spike, training pulse to next tick, and
    tick to the earliest pulse of its frame."""

    frame_ps: float = 333.3
    first_ps: float = 70.0
    spacing_ps: float = 15.0
    guard_ps: float = 55.0
    out_ps: float = OUT_PS


@dataclass(frozen=True)
class Frame:
    """`spikes` are (input, time) in time order; `train` is +1 for an INC, -1 for a DEC at `train_ps`, 0 for neither."""

    start_ps: float
    ticked: bool
    spikes: tuple[tuple[int, float], ...]
    train: int = 0
    train_ps: float = 0.0


@dataclass(frozen=True)
class Stimulus:
    """Frames in time order for a neuron with `inputs` inputs; outputs belong to the frame in which they are counted."""

    inputs: int
    frames: tuple[Frame, ...]
    pace: Pace
    stop_ps: float

    def times(self, port: str) -> list[float]:
        """Pulse times of a port: in<i>, tick, inc or dec; in order."""
        if port == "tick":
            return [frame.start_ps for frame in self.frames if frame.ticked]
        if port in ("inc", "dec"):
            sign = 1 if port == "inc" else -1
            return [frame.train_ps for frame in self.frames if frame.train == sign]
        return [time for frame in self.frames for number, time in frame.spikes if port == f"in{number}"]

    def ports(self) -> list[str]:
        return [*(f"in{i}" for i in range(self.inputs)), "tick", "inc", "dec"]


Plan = Sequence[tuple[int, int]]
"""(spikes, training) per frame."""


def walk_plan(levels: int, over: int = 2) -> list[tuple[int, int]]:
    """Every level on the way up with n = k-1 .. k+`over` spikes, then every level on the way down with k-1 and k.

    >>> walk_plan(2)
    [(0, 0), (1, 0), (2, 0), (3, 1), (1, 0), (2, 0), (3, 0), (4, -1), (0, 0), (1, 0)]
    """
    plan: list[tuple[int, int]] = []
    for k in range(1, levels + 1):
        plan += [(n, 0) for n in range(k - 1, k + over)]
        plan.append((k + over, 1 if k < levels else -1))
    for k in range(levels - 1, 0, -1):
        plan += [(k - 1, 0), (k, -1 if k > 1 else 0)]
    return plan


def saturation_plan(levels: int) -> list[tuple[int, int]]:
    """Two INC more than the store takes, then the top level probed; two DEC more than it holds, then the bottom."""
    up = [(1, 1)] * (levels + 1) + [(levels - 1, 0), (levels, -1)]
    down = [(levels, -1)] * levels + [(0, 0), (1, 0)]
    return up + down


def burst_plan(levels: int, most: int) -> list[tuple[int, int]]:
    """At every level `most` spikes in one frame (n >= 2k included), then k-1 and k: what a burst leaves behind."""
    plan: list[tuple[int, int]] = []
    for k in range(1, levels + 1):
        plan += [(most, 0), (k - 1, 0), (k, 1 if k < levels else 0)]
    return plan


def random_plan(levels: int, frames: int, most: int, seed: int) -> list[tuple[int, int]]:
    """Random spike counts 0 .. `most`, biased to the neighbourhood of the threshold, and random INC and DEC."""
    rng = random.Random(f"plan {levels} {frames} {most} {seed}")
    count, plan = 0, []
    for _ in range(frames):
        near = min(most, max(0, count + rng.choice((0, 1, 1, 2))))
        n = near if rng.random() < 0.7 else rng.randint(0, most)
        train = rng.choice((0, 0, 1, 1, -1, -1))
        count = min(levels - 1, max(0, count + train))
        plan.append((n, train))
    return plan


def framed(plan: Plan, inputs: int, pace: Pace, *, seed: int = 0, jitter_ps: float = 0.0,
           room_ps: float = float("inf")) -> Stimulus:  # fmt: skip
    """One tick per frame; spikes on shuffled inputs, `spacing_ps` apart plus up to `jitter_ps` more (seeded).

    The first and the last spike of a frame are at most `room_ps` apart: fuller frames get less jitter.
    """
    rng = random.Random(f"framed {seed}")
    frames = []
    for number, (count, train) in enumerate(plan):
        start = SETTLE_PS + number * pace.frame_ps
        spare = room_ps / max(count - 1, 1) - pace.spacing_ps
        spikes = _spikes(count, inputs, start + pace.first_ps, pace.spacing_ps, max(0.0, min(jitter_ps, spare)), rng)
        frames.append(Frame(round(start, 3), True, spikes, train, round(start + pace.frame_ps - pace.guard_ps, 3)))
    return Stimulus(inputs, tuple(frames), pace, round(SETTLE_PS + len(plan) * pace.frame_ps + TAIL_PS, 1))


def _spikes(count: int, inputs: int, first: float, spacing: float, jitter: float,
            rng: random.Random) -> tuple[tuple[int, float], ...]:  # fmt: skip
    time, spikes = first, []
    for number in input_order(count, inputs, rng):
        spikes.append((number, round(time, 3)))
        time += spacing + (rng.uniform(0.0, jitter) if jitter else 0.0)
    return tuple(spikes)


def input_order(count: int, inputs: int, rng: random.Random) -> list[int]:
    """`count` inputs in random order; each is used once before any is used again."""
    order: list[int] = []
    while len(order) < count:
        turn = list(range(inputs))
        rng.shuffle(turn)
        order += turn
    return order[:count]
