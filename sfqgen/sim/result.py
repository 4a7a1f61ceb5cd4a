"""What a transient run returns: pulses of each watched junction and sample, waveforms if asked for, and their error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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

    def __getitem__(self, name: str) -> list[np.ndarray]:
        """Times (ps) at which the phase of a junction passes (2k+1) pi, per sample; negative for a step down."""
        place = {known.lower(): k for k, known in enumerate(self.names)}
        if name.lower() not in place:
            raise KeyError(f"junction {name} was not watched; watched are {', '.join(self.names[:20])}")
        chosen = self.junction == place[name.lower()]
        times = self.t_ps[chosen] * self.direction[chosen]
        bounds = np.searchsorted(self.sample[chosen], np.arange(self.samples + 1))
        return [times[a:b] for a, b in zip(bounds, bounds[1:], strict=False)]

    def __iter__(self):
        return iter(self.names)

    def items(self):
        return ((name, self[name]) for name in self.names)


@dataclass(frozen=True)
class Result:
    """`pulses[name][sample]`: signed pulse times. `timing_error_ps`: estimated error of the pulse times.

    The estimate compares with a run at twice the step: a third of the largest shift of any pulse, infinite when the
    two runs differ in the number of pulses. It is None when no second run was asked for.
    """

    pulses: PulseTable
    samples: int
    step_ps: float
    stop_ps: float
    timing_error_ps: float | None
    records: Mapping[int, Waveforms]

    def waveforms(self, sample: int = 0) -> Waveforms:
        """Signals of one sample; KeyError if no probes were asked for."""
        if sample not in self.records:
            raise KeyError(f"no waveforms of sample {sample}; kept are those of samples {sorted(self.records)}")
        return self.records[sample]

    @property
    def phase_turns(self) -> dict[str, np.ndarray]:
        """Net 2 pi steps of each watched junction at the end, (S,)."""
        return {name: self.counts(name, [(0.0, np.inf)])[:, 0] for name in self.pulses.names}

    def counts(self, name: str, windows_ps) -> np.ndarray:
        """Net pulses (up minus down) within each window [from, to): (S, windows)."""
        rows = []
        for times in self.pulses[name]:
            when = np.abs(times)
            rows.append([np.sign(times[(when >= a) & (when < b)]).sum() for a, b in windows_ps])
        return np.array(rows, dtype=int).reshape(self.samples, -1)
