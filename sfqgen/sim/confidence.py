"""Confidence interval of a share that was counted."""

from __future__ import annotations

import math


def wilson(hits: int, trials: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's score interval of a binomial share, 95 % by default; also sensible at 0 and at all.

    >>> low, high = wilson(0, 100); low, round(high, 4)
    (0.0, 0.037)
    """
    if trials <= 0:
        return 0.0, 1.0
    share = hits / trials
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    centre, scale = share + z * z / (2 * trials), 1 + z * z / trials
    low = 0.0 if hits == 0 else max(0.0, (centre - spread) / scale)
    high = 1.0 if hits == trials else min(1.0, (centre + spread) / scale)
    return low, high
