"""From exercises to a verdict: each criterion with its limit and what was measured, and the law level by level.

Counted is what a user of the neuron sees: pulses at the output pin per frame, the store's content at each tick, stray
pulses at any pin. Inner junctions are free to do as they like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sfqgen.netlist.circuit import Circuit
from sfqgen.timing.bounds import LEAK_TOLERANCE_PS
from sfqgen.timing.count import Outcome, outcome
from sfqgen.timing.exercise import Exercise, exercise, exercises
from sfqgen.timing.ladder import farthest, rate_ladder, spacing_ladder
from sfqgen.timing.record import STEP_PS, Bias, record
from sfqgen.timing.use import Use


@dataclass(frozen=True)
class Criterion:
    name: str
    limit: float
    measured: float | None
    unit: str
    passed: bool

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name, "limit": self.limit, "measured": self.measured, "unit": self.unit,
                "pass": self.passed}  # fmt: skip


@dataclass(frozen=True)
class Level:
    """One threshold: the law in words, frames in which it was in force, frames that broke it, latency range."""

    k: int
    law: str
    volleys: int
    errors: int
    latency_ps: tuple[float, float] | None

    def as_dict(self) -> dict[str, Any]:
        return {"k": self.k, "law": self.law, "volleys": self.volleys, "errors": self.errors,
                "latency_ps": list(self.latency_ps) if self.latency_ps else None}  # fmt: skip


@dataclass(frozen=True)
class TimingReport:
    view: str
    criteria: list[Criterion]
    levels: list[Level]

    @property
    def passed(self) -> bool:
        return all(c.passed for c in self.criteria) and not any(level.errors for level in self.levels)

    def as_dict(self) -> dict[str, Any]:
        """The `timing` entry of report.json."""
        return {"view": self.view, "criteria": [c.as_dict() for c in self.criteria],
                "levels": [level.as_dict() for level in self.levels]}  # fmt: skip


def verify(dut: Circuit, use: Use, *, view: str = "schematic", bias: Bias = "resistor", engine: str = "builtin",
           step_ps: float = STEP_PS, ladders: bool = True, converters: bool = False) -> TimingReport:  # fmt: skip
    """The whole set of criteria on a circuit with a neuron's ports and store names, schematic or extracted.

    `ladders` adds the measured limits (highest rate, least spacing); they need the built-in engine.
    `converters`: every criterion through DC/SFQ and SFQ/DC converters (built-in engine).
    """
    main = exercises(use)
    steps = [*rate_ladder(use), *spacing_ladder(use)] if ladders and engine == "builtin" else []
    todo = [*main, *(exercise for _, exercise in steps)]
    recorded = record(dut, todo, bias=bias, engine=engine, step_ps=step_ps, converters=converters)
    found = [outcome(r, e) for r, e in zip(recorded, todo, strict=True)]
    done = found[: len(main)]
    criteria = basic_criteria(done, use, found)
    if ladders and engine == "builtin" and use.leak_ps is not None:
        criteria += _windows(dut, use, bias, step_ps)
    if steps:
        climbed = [(value, result) for (value, _), result in zip(steps, found[len(main):], strict=True)]
        criteria += _ladders(climbed, use)
    return TimingReport(view, criteria, levels(done, use))


def basic_criteria(done: Sequence[Outcome], use: Use, found: Sequence[Outcome] = ()) -> list[Criterion]:
    """Frames that break the law, stray pulses (in `found`, if given, instead of `done`), latency."""
    return [*_counts(done), _stray(found or done), _latency(done, use)]


COUNTED = {"walk": "walk through all levels, up and down", "saturation": "INC and DEC beyond the ends",
           "bursts": "fullest frames", "held out": "held-out random trains"}  # fmt: skip


def _counts(done: Sequence[Outcome]) -> list[Criterion]:
    rows = []
    for name, title in COUNTED.items():
        chosen = [o for o in done if o.exercise.name.startswith(name)]
        frames, wrong = sum(len(o.frames) for o in chosen), sum(o.wrong for o in chosen)
        rows.append(Criterion(f"{title}, {frames} frames", 0, wrong, "frames wrong", wrong == 0))
    return rows


def _stray(found: Sequence[Outcome]) -> Criterion:
    stray = sum(o.returned + sum(f.negative for f in o.frames) for o in found)
    return Criterion("stray pulses at the pins", 0, stray, "pulses", stray == 0)


def _latency(done: Sequence[Outcome], use: Use) -> Criterion:
    worst = max((t for o in done for f in o.frames for t in f.latency_ps), default=None)
    within = worst is not None and worst <= use.latency_ps
    name = f"latency, {'tick' if use.sampled else 'deciding spike'} to output"
    return Criterion(name, use.latency_ps, _rounded(worst), "ps", within)


def _windows(dut: Circuit, use: Use, bias: Bias, step_ps: float) -> list[Criterion]:
    """Leak: the measured edge of the window at each threshold; it has to lie LEAK_TOLERANCE_PS about the one asked."""
    from sfqgen.timing.window import near, windows

    return [Criterion(f"window at threshold {w.k}, within {LEAK_TOLERANCE_PS:g} ps", use.leak_ps, w.edge_ps, "ps",
                      not w.faults and abs(w.edge_ps - use.leak_ps) <= LEAK_TOLERANCE_PS)
            for w in windows(dut, use, near(use.leak_ps), bias=bias, step_ps=step_ps)]  # fmt: skip


def _ladders(climbed: list[tuple[tuple[str, float], Outcome]], use: Use) -> list[Criterion]:
    rates = [(value, o) for (kind, value), o in climbed if kind == "rate"]
    gaps = [(value, o) for (kind, value), o in climbed if kind == "spacing"]
    rows = []
    if rates:
        least, best = round(1000.0 / use.frame_ps, 3), farthest(rates)
        rows.append(Criterion("frames per second", least, _rounded(best, 3), "GHz", best is not None and best >= least))
    if not gaps:
        return rows
    best = farthest(gaps)
    within = best is not None and best <= use.spacing_ps
    return [*rows, Criterion("spacing of spikes", use.spacing_ps, _rounded(best), "ps", within)]


def _rounded(value: float | None, digits: int = 2) -> float | None:
    return None if value is None else round(value, digits)


def levels(done: Sequence[Outcome], use: Use) -> list[Level]:
    """Every frame of every exercise sorted by the threshold that was in force."""
    rows = []
    for k in range(1, use.levels + 1):
        frames = [f for o in done for f in o.frames if f.expected.k == k]
        times = [t for f in frames for t in f.latency_ps]
        law = f"one pulse if n >= {k}, else none" if use.reset == "frame" else f"one pulse per {k} counted spikes"
        rows.append(Level(k, law, len(frames), sum(not f.right for f in frames),
                          (round(min(times), 2), round(max(times), 2)) if times else None))  # fmt: skip
    return rows


__all__ = ["Criterion", "Exercise", "Level", "TimingReport", "exercise", "levels", "verify"]
