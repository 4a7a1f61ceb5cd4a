"""When a run counts as right: expected pulses of given junctions per window, or any callable on the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from sfqgen.errors import SfqgenError
from sfqgen.sim.plan import Monitor
from sfqgen.sim.result import PulseTable, Result

Criterion = Callable[[Result], np.ndarray]
"""Takes a result, returns (S,) bool: True where the sample is right."""

QUIET_PS = 50.0
"""A silence of this length separates the windows that `as_nominal` makes."""


@dataclass(frozen=True)
class PulseCounts:
    """Right when each junction gives the expected net number of pulses in each window [from, to), in ps.

    `windows[name]` and `expected[name]` are of equal length. What happens outside of the windows does not matter.
    """

    windows: Mapping[str, tuple[tuple[float, float], ...]]
    expected: Mapping[str, tuple[int, ...]]

    @property
    def junctions(self) -> list[str]:
        return list(self.expected)

    @property
    def end_ps(self) -> float:
        """Nothing after this matters."""
        return max(end for windows in self.windows.values() for _, end in windows)

    def __call__(self, result: Result) -> np.ndarray:
        return np.all(self.right(result.pulses), axis=1)

    def right(self, pulses: PulseTable) -> np.ndarray:
        """(S, all windows of all junctions) bool."""
        return np.concatenate([pulses.counts(name, self.windows[name]) == np.array(self.expected[name])
                               for name in self.expected], axis=1)  # fmt: skip

    def lost(self, pulses: PulseTable, reached_ps: float) -> np.ndarray:
        """Monitor for `Engine.run`: (S,) True where a window that is over was wrong."""
        over = np.concatenate([[end <= reached_ps for _, end in self.windows[name]] for name in self.expected])
        return np.any(~self.right(pulses) & over, axis=1)


def monitor_of(criterion: Criterion) -> Monitor | None:
    """The criterion's own monitor, which lets lost samples end early."""
    return getattr(criterion, "lost", None)


def junctions_of(criterion: Criterion) -> list[str] | None:
    """Junctions that the criterion looks at; None for a plain callable, which may look at any."""
    return getattr(criterion, "junctions", None)


def as_nominal(result: Result, junctions: Sequence[str], sample: int = 0, quiet_ps: float = QUIET_PS) -> PulseCounts:
    """The pulses of one sample as the rule for others: same counts in windows that part in the middle of silences.

    A silence is a gap of at least `quiet_ps` between the pulses of all given junctions together.
    """
    times = np.sort(np.abs(np.concatenate([result.pulses[name][sample] for name in junctions])))
    if len(times) == 0:
        raise SfqgenError(f"no pulse of {', '.join(junctions)} in the nominal run to go by",
                          remedy="name other junctions or give the expected pulses")  # fmt: skip
    gaps = np.flatnonzero(np.diff(times) >= quiet_ps)
    cuts = [0.0, *(0.5 * (times[k] + times[k + 1]) for k in gaps), result.stop_ps]
    windows = tuple(pairwise(cuts))
    counts = {name: tuple(int(n) for n in result.pulses.counts(name, windows)[sample]) for name in junctions}
    return PulseCounts(dict.fromkeys(junctions, windows), counts)


def read_criteria(path: str | Path) -> PulseCounts:
    """Criteria from a YAML file; see `criteria_from`."""
    import yaml

    source = Path(path)
    try:
        data = yaml.safe_load(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise SfqgenError(f"cannot be read ({error.strerror})", where=str(source)) from error
    except yaml.YAMLError as error:
        raise SfqgenError(f"is no YAML: {str(error).splitlines()[0]}", where=str(source)) from error
    return criteria_from(data, str(source))


def criteria_from(data: Any, where: str = "criteria") -> PulseCounts:
    """`frames` {first_ps, period_ps, count} or {starts_ps: [...]}, optional `window_ps` [from, to] after each start
    (default: one period), and `pulses` {junction: [count of each frame]} or {junction: count of every frame}.
    """
    if not isinstance(data, dict) or not {"frames", "pulses"} <= set(data):
        raise SfqgenError("frames or pulses are missing", where=where, allowed="frames: {...}, pulses: {...}")
    unknown = set(data) - {"frames", "pulses", "window_ps"}
    if unknown:
        raise SfqgenError(f"unknown key {sorted(unknown)[0]}", where=where, allowed="frames, window_ps, pulses")
    starts, period = _starts(data["frames"], f"{where}: frames")
    window = _numbers(data.get("window_ps", [0.0, period]), f"{where}: window_ps")
    if len(window) != 2 or not window[0] < window[1]:
        raise SfqgenError("is no window", where=f"{where}: window_ps", allowed="[from, to] with from < to")
    windows = tuple((start + window[0], start + window[1]) for start in starts)
    if not isinstance(data["pulses"], dict) or not data["pulses"]:
        raise SfqgenError("names no junction", where=f"{where}: pulses", allowed="junction: [counts]")
    expected = {}
    for name, counts in data["pulses"].items():
        row = [counts] * len(starts) if isinstance(counts, int) else counts
        whole = isinstance(row, list) and all(isinstance(n, int) and not isinstance(n, bool) for n in row)
        if not whole or len(row) != len(starts):
            raise SfqgenError(f"needs {len(starts)} whole numbers", where=f"{where}: pulses.{name}")
        expected[str(name)] = tuple(row)
    return PulseCounts(dict.fromkeys(expected, windows), expected)


def _starts(frames: Any, where: str) -> tuple[list[float], float]:
    if isinstance(frames, dict) and set(frames) == {"starts_ps"}:
        starts = _numbers(frames["starts_ps"], where)
        if len(starts) > 1 and not all(a < b for a, b in pairwise(starts)):
            raise SfqgenError("starts_ps do not rise", where=where)
        return starts, min((b - a for a, b in pairwise(starts)), default=np.inf)
    if isinstance(frames, dict) and set(frames) == {"first_ps", "period_ps", "count"}:
        first, period = _numbers([frames["first_ps"], frames["period_ps"]], where)
        count = frames["count"]
        if isinstance(count, int) and 0 < count <= 100_000 and period > 0:
            return [first + k * period for k in range(count)], period
    raise SfqgenError("are not understood", where=where,
                      allowed="{first_ps, period_ps, count} or {starts_ps: [...]}")  # fmt: skip


def _numbers(data: Any, where: str) -> list[float]:
    if not isinstance(data, list) or not data or not all(
        isinstance(x, int | float) and not isinstance(x, bool) for x in data
    ):
        raise SfqgenError("needs a list of numbers", where=where)
    return [float(x) for x in data]
