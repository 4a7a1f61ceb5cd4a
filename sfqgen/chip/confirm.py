"""A chip judged at its pads: the law level by level with currents in and a voltage out, as its user will see it.

Counted are the neuron's pulses, as in a build (`sfqgen.timing.criteria`), and the voltage at the output's pad: each
output pulse toggles it, so after a frame it is high or low as the law's pulses up to then are odd or even.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cells.sfqdc import START_PS
from sfqgen.chip.bench import Times, record_core
from sfqgen.netlist.circuit import PHI0_UV_PS, Circuit
from sfqgen.timing.count import Outcome, frame_bounds, outcome
from sfqgen.timing.criteria import Criterion, TimingReport, basic_criteria, levels
from sfqgen.timing.exercise import exercises
from sfqgen.timing.use import Use

LEAST_PS = 40.0
"""Shortest time over which a level is read: four pulses at 0.2 mV."""
HIGH_UV, LOW_UV = 100.0, 40.0
"""At the pad: at least that much when high (0.21 mV is nominal), at most that much when low."""


@dataclass(frozen=True)
class Level:
    """The mean voltage at the output's pad between two pulses, and whether the law wants it high."""

    high: bool
    uv: float

    @property
    def right(self) -> bool:
        return self.uv >= HIGH_UV if self.high else self.uv <= LOW_UV


def verify_core(core: Circuit, use: Use, *, view: str) -> TimingReport:
    """Every exercise of a build's verdict through the pads of a core, schematic or extracted; no ladders of pace."""
    todo = exercises(use)
    recorded = record_core(core, todo)
    done = [outcome(pins, exercise) for (pins, _), exercise in zip(recorded, todo, strict=True)]
    read = [level for (_, pad), one in zip(recorded, done, strict=True) for level in pad_levels(pad, one)]
    return TimingReport(view, [*basic_criteria(done, use), *_of_levels(read)], levels(done, use))


def pad_levels(pad: Times, done: Outcome) -> Iterator[Level]:
    """The level after each frame that leaves time to read it, with what the law says; `pad`: pulses there, in ps."""
    pulses = 0
    for frame, (low, high) in zip(done.frames, frame_bounds(done.exercise.stimulus), strict=True):
        pulses += frame.expected.pulses
        last = max((spike + late for spike, late in zip(frame.expected.fired_ps, frame.latency_ps, strict=False)),
                   default=low)  # fmt: skip
        start, end = max(last, low, 0.0) + START_PS, min(high, done.exercise.stimulus.stop_ps)
        if end - start >= LEAST_PS:
            count = int(((pad >= start) & (pad < end)).sum())
            yield Level(pulses % 2 == 1, PHI0_UV_PS * count / (end - start))


def _of_levels(read: Sequence[Level]) -> list[Criterion]:
    """A level that was never read has no value, and is not met."""
    wrong = sum(not level.right for level in read) if read else None
    least = min(_uv(level for level in read if level.high), default=None)
    most = max(_uv(level for level in read if not level.high), default=None)
    return [
        Criterion(f"output level toggled by each pulse, read {len(read)} times", 0, wrong, "levels wrong", wrong == 0),
        Criterion("output pad, least voltage when high", HIGH_UV, least, "uV", least is not None and least >= HIGH_UV),
        Criterion("output pad, most voltage when low", LOW_UV, most, "uV", most is not None and most <= LOW_UV),
    ]


def _uv(read: Iterable[Level]) -> list[float]:
    return [round(level.uv, 1) for level in read]
