"""Ladders: the same short walk at ever faster frames or ever closer spikes, to measure how far the neuron goes."""

from __future__ import annotations

from collections.abc import Sequence

from sfqgen.timing.count import Outcome
from sfqgen.timing.exercise import Exercise, exercise
from sfqgen.timing.stimulus import Plan
from sfqgen.timing.use import Use

RATE_STEPS = (1.0, 1.1, 1.2, 1.35, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)
SPACINGS_PS = (40.0, 30.0, 20.0, 15.0, 12.0, 10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0)
Rung = tuple[tuple[str, float], Exercise]


def short_walk(levels: int) -> Plan:
    """n = k-1 and k at each level, up and down.

    >>> short_walk(2)
    [(0, 0), (1, 1), (1, 0), (2, -1), (0, 0), (1, 0)]
    """
    up = [(n, 0 if n < k or k == levels else 1) for k in range(1, levels + 1) for n in (k - 1, k)]
    up[-1] = (levels, -1)
    down = [(n, 0 if n < k or k == 1 else -1) for k in range(levels - 1, 0, -1) for n in (k - 1, k)]
    return up + down


def rate_ladder(use: Use) -> list[Rung]:
    """Frames from the specified rate upwards, as far as k spikes at the specified spacing fit. Not for self reset."""
    if use.reset == "self":
        return []
    rungs = []
    for step in RATE_STEPS:
        faster = use.at(frame_ps=use.frame_ps / step)
        if faster.fitting >= use.levels and faster.frame_ps >= faster.shortest_ps:
            rungs.append((("rate", step * 1000.0 / use.frame_ps), exercise("rate", short_walk(use.levels), faster,
                                                                           seed=use.seed)))  # fmt: skip
    return rungs


def spacing_ladder(use: Use) -> list[Rung]:
    """Spikes from the specified spacing downwards; sampled inputs know no least spacing."""
    if use.sampled:
        return []
    gaps = [use.spacing_ps, *(gap for gap in SPACINGS_PS if gap < use.spacing_ps)]
    return [(("spacing", gap), exercise("spacing", short_walk(use.levels), use.at(spacing_ps=gap), seed=use.seed))
            for gap in gaps]  # fmt: skip


def farthest(climbed: Sequence[tuple[float, Outcome]]) -> float | None:
    """The last value before the first that fails; None if the first one fails."""
    best = None
    for value, result in climbed:
        if result.wrong:
            break
        best = value
    return best
