"""Thermal noise: how often pulses go wrong, and how much their times jitter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sfqgen.errors import SfqgenError
from sfqgen.sim.confidence import wilson
from sfqgen.sim.criteria import PulseCounts
from sfqgen.sim.farm import Bench, Progress


@dataclass(frozen=True)
class NoiseReport:
    """`errors` of `trials` windows (or runs, for a plain criterion) were wrong; 95 % interval of the error rate.

    `jitter_ps[name]`: standard deviation of each pulse of a junction over the runs that have all pulses, pulses in
    order of time; `shift_ps[name]`: their mean shift against the run without noise.
    """

    temperature_k: float
    runs: int
    trials: int
    errors: int
    low: float
    high: float
    jitter_ps: dict[str, np.ndarray]
    shift_ps: dict[str, np.ndarray]
    seed: int
    step_ps: float

    @property
    def error_rate(self) -> float:
        return self.errors / self.trials

    def as_dict(self) -> dict[str, Any]:
        return {
            "temperature_k": self.temperature_k, "runs": self.runs, "trials": self.trials, "errors": self.errors,
            "error_rate": self.error_rate, "low_95": self.low, "high_95": self.high, "seed": self.seed,
            "step_ps": self.step_ps, "jitter_ps": {k: v.tolist() for k, v in self.jitter_ps.items()},
        }  # fmt: skip


def noise(bench: Bench, runs: int, *, junctions: Sequence[str] | None = None,
          progress: Progress | None = None) -> NoiseReport:  # fmt: skip
    """`runs` runs of the nominal circuit at `bench.temperature_k`, each with its own noise.

    `junctions`: whose jitter is wanted; default: those of the criterion. SfqgenError without a temperature, or when
    the circuit is wrong even without noise.
    """
    if bench.temperature_k <= 0 or runs < 2:
        raise SfqgenError(f"{runs} runs at {bench.temperature_k:g} K", allowed="at least 2 runs above 0 K")
    quiet = replace(bench, temperature_k=0.0, scheduler=None, _kept={})
    quiet.check_nominal()
    names = list(junctions if junctions is not None else getattr(bench.criterion, "junctions", []))
    nominal = quiet.run(1).pulses
    result = bench.run(runs, progress=progress)
    if isinstance(bench.criterion, PulseCounts):
        wrong = ~bench.criterion.right(result.pulses)
    else:
        wrong = ~np.asarray(bench.criterion(result))[:, None]
    jitter, shift = {}, {}
    for name in names:
        jitter[name], shift[name] = _jitter(result.pulses[name], nominal[name][0])
    low, high = wilson(int(wrong.sum()), wrong.size)
    return NoiseReport(bench.temperature_k, runs, wrong.size, int(wrong.sum()), low, high, jitter, shift, bench.seed,
                       bench.step_ps)  # fmt: skip


def _jitter(times: Sequence[np.ndarray], nominal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    complete = [np.abs(row) for row in times if len(row) == len(nominal)]
    if len(complete) < 2:
        return np.full(len(nominal), np.nan), np.full(len(nominal), np.nan)
    table = np.array(complete)
    return table.std(axis=0, ddof=1), table.mean(axis=0) - np.abs(nominal)
