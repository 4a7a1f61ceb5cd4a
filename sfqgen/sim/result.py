"""What a transient run returns: pulses of each watched junction and sample, waveforms if asked for, and their error."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sfqgen.sim.waveforms import Waveforms


@dataclass(frozen=True)
class PulseTable:
    """Every 2 pi step of the watched junctions, sorted by sample, junction, time.

    `t_ps`, `sample`, `junction` (index into `names`), `direction` (+1 or -1): arrays (events,).
    """

    names: tuple[str, ...]
    samples: int
    t_ps: np.ndarray
    sample: np.ndarray
    junction: np.ndarray
    direction: np.ndarray

    @classmethod
    def of(cls, names: tuple[str, ...], samples: int, rows: np.ndarray) -> PulseTable:
        """From unsorted rows (sample, junction, direction, time)."""
        rows = rows[np.lexsort((rows[:, 3], rows[:, 1], rows[:, 0]))]
        sample, junction, direction = rows[:, :3].astype(int).T
        return cls(names, samples, rows[:, 3], sample, junction, direction)

    def __getitem__(self, name: str) -> list[np.ndarray]:
        """Times (ps) at which the phase of a junction passes (2k+1) pi, per sample; negative for a step down."""
        chosen = self.junction == self._place(name)
        times = self.t_ps[chosen] * self.direction[chosen]
        bounds = np.searchsorted(self.sample[chosen], np.arange(self.samples + 1))
        return [times[a:b] for a, b in pairwise(bounds)]

    def _place(self, name: str) -> int:
        for k, known in enumerate(self.names):
            if known.lower() == name.lower():
                return k
        raise KeyError(f"junction {name} was not watched; watched are {', '.join(self.names[:20])}")

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def items(self) -> Iterator[tuple[str, list[np.ndarray]]]:
        return ((name, self[name]) for name in self.names)

    def counts(self, name: str, windows_ps: Sequence[tuple[float, float]]) -> np.ndarray:
        """Net pulses (up minus down) of a junction within each window [from, to): (S, windows)."""
        chosen = self.junction == self._place(name)
        result = np.zeros((self.samples, len(windows_ps)), dtype=int)
        for k, (start, end) in enumerate(windows_ps):
            inside = chosen & (self.t_ps >= start) & (self.t_ps < end)
            np.add.at(result[:, k], self.sample[inside], self.direction[inside])
        return result

    @staticmethod
    def joined(tables: Sequence[PulseTable]) -> PulseTable:
        """Tables of consecutive samples as one."""
        starts = np.cumsum([0, *(table.samples for table in tables)])
        sample = np.concatenate([table.sample + start for table, start in zip(tables, starts, strict=False)])
        t_ps, junction, direction = (np.concatenate([getattr(table, name) for table in tables])
                                     for name in ("t_ps", "junction", "direction"))  # fmt: skip
        return PulseTable(tables[0].names, int(starts[-1]), t_ps, sample, junction, direction)


@dataclass(frozen=True)
class Result:
    """`pulses[name][sample]`: signed pulse times of a watched junction.

    `timing_error_ps`: estimated error of the pulse times against an infinitely fine step, without noise; infinite
    when a finer or coarser run has other pulses; None when it was not asked for or there is no pulse to time.
    `stopped` (S,): samples that were given up before the end because a monitor had seen enough.
    """

    pulses: PulseTable
    samples: int
    step_ps: float
    stop_ps: float
    timing_error_ps: float | None
    stopped: np.ndarray
    records: Mapping[int, Waveforms]

    def waveforms(self, sample: int = 0) -> Waveforms:
        """Signals of one sample; KeyError if none were kept."""
        if sample not in self.records:
            raise KeyError(f"no waveforms of sample {sample}; kept are those of samples {sorted(self.records)}")
        return self.records[sample]

    @property
    def phase_turns(self) -> dict[str, np.ndarray]:
        """Net 2 pi steps of each watched junction from start to end, (S,)."""
        return {name: self.counts(name, [(0.0, math.inf)])[:, 0] for name in self.pulses.names}

    def counts(self, name: str, windows_ps: Sequence[tuple[float, float]]) -> np.ndarray:
        """Net pulses (up minus down) of a junction within each window [from, to): (S, windows)."""
        return self.pulses.counts(name, windows_ps)


def timing_shift(one: PulseTable, other: PulseTable, samples: int) -> float | None:
    """Largest shift of matching pulses of the first samples; None without pulses, infinite if the pulses differ."""
    rows = [table.sample < samples for table in (one, other)]
    if not rows[0].any() and not rows[1].any():
        return None
    if rows[0].sum() != rows[1].sum():
        return math.inf
    for name in ("sample", "junction", "direction"):
        if np.any(getattr(one, name)[rows[0]] != getattr(other, name)[rows[1]]):
            return math.inf
    return float(np.max(np.abs(one.t_ps[rows[0]] - other.t_ps[rows[1]])))
