"""Margins: how far each parameter may move, one at a time, both sides, all of them in one batch per round.

Convention: a side's margin is the largest deviation in per cent of nominal, on a grid of `resolution_pct`, that
bisection from a passing nominal towards the cap finds to pass; a parameter that passes at the cap has "at least the
cap". The critical parameter is the one with the least margin on either side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sfqgen.errors import SfqgenError
from sfqgen.sim.farm import Bench, Progress
from sfqgen.sim.parameters import GLOBALS, Parameter, scaled_values

CONVENTION = (
    "per side: largest deviation from nominal, in per cent, of one parameter alone that passes; found by bisection"
    " between nominal and the cap; shunts follow the critical current; negative is low, positive is high"
)


@dataclass(frozen=True)
class Margin:
    """`low_pct` <= 0 <= `high_pct`: passing deviations; `low_capped`, `high_capped`: the cap itself passes."""

    name: str
    low_pct: float
    high_pct: float
    low_capped: bool
    high_capped: bool
    elements: tuple[str, ...]

    @property
    def worst_pct(self) -> float:
        return min(-self.low_pct, self.high_pct)

    @property
    def is_global(self) -> bool:
        return self.name in GLOBALS


@dataclass(frozen=True)
class Margins:
    """All margins of a run; `critical`: the least one of a single parameter, `critical_global`: of a global."""

    parameters: tuple[Margin, ...]
    resolution_pct: float
    cap_pct: float
    runs: int
    step_ps: float

    @property
    def critical(self) -> Margin | None:
        return min((m for m in self.parameters if not m.is_global), key=lambda m: m.worst_pct, default=None)

    @property
    def critical_global(self) -> Margin | None:
        return min((m for m in self.parameters if m.is_global), key=lambda m: m.worst_pct, default=None)

    def __getitem__(self, name: str) -> Margin:
        for margin in self.parameters:
            if margin.name.lower() == name.lower():
                return margin
        raise KeyError(f"no margin of {name}")

    def as_dict(self) -> dict[str, Any]:
        """The `margins` part of a report."""
        return {
            "convention": CONVENTION, "resolution_pct": self.resolution_pct, "cap_pct": self.cap_pct,
            "step_ps": self.step_ps, "runs": self.runs,
            "parameters": [
                {"name": m.name, "low_pct": m.low_pct, "high_pct": m.high_pct, "low_capped": m.low_capped,
                 "high_capped": m.high_capped, "elements": list(m.elements)} for m in self.parameters
            ],
            "critical": self.critical.name if self.critical else None,
            "critical_global": self.critical_global.name if self.critical_global else None,
        }  # fmt: skip


def margins(bench: Bench, parameters: Sequence[Parameter], *, resolution_pct: float = 2.0, cap_pct: float = 40.0,
            progress: Progress | None = None) -> Margins:  # fmt: skip
    """Margins of all parameters. Every round is one batch: first all caps, then the middles of what is still open.

    Raises SfqgenError when the nominal circuit does not pass, or the grid has no point.
    """
    if not 0 < resolution_pct <= cap_pct < 100:
        raise SfqgenError(f"resolution {resolution_pct:g} % with a cap of {cap_pct:g} %",
                          allowed="0 < resolution <= cap < 100")  # fmt: skip
    if not parameters:
        raise SfqgenError("there is no parameter to move", where=f"circuit {bench.circuit.name}")
    last = int(np.floor(cap_pct / resolution_pct + 1e-9))
    sides = [(p, sign) for p in parameters for sign in (-1, 1)]
    search = _Search(bench, sides, resolution_pct, last, progress)
    good = search.run()
    return Margins(
        tuple(Margin(p.name, -float(good[2 * k] * resolution_pct), float(good[2 * k + 1] * resolution_pct),
                     bool(good[2 * k] == last), bool(good[2 * k + 1] == last), (*p.elements, *p.inverse))
              for k, p in enumerate(parameters)),
        resolution_pct, last * resolution_pct, search.runs, bench.step_ps,
    )  # fmt: skip


@dataclass
class _Search:
    """Grid points 0 (nominal) .. last of every side: `good` passes, `bad` fails; bisect until they are neighbours."""

    bench: Bench
    sides: list[tuple[Parameter, int]]
    resolution_pct: float
    last: int
    progress: Progress | None
    runs: int = 0

    def run(self) -> np.ndarray:
        count = len(self.sides)
        good, bad = np.zeros(count, dtype=int), np.full(count, self.last + 1)
        passed = self._tried(np.arange(count), np.full(count, self.last), with_nominal=True)
        good[passed], bad[~passed] = self.last, self.last
        rounds, done = int(np.ceil(np.log2(self.last + 1))), 0
        while (open_sides := np.flatnonzero(bad - good > 1)).size:
            done += 1
            middle = (good[open_sides] + bad[open_sides]) // 2
            passed = self._tried(open_sides, middle, share=(done / (rounds + 1), 1 / (rounds + 1)))
            good[open_sides[passed]] = middle[passed]
            bad[open_sides[~passed]] = middle[~passed]
        if self.progress:
            self.progress(1.0)
        return good

    def _tried(self, which: np.ndarray, points: np.ndarray, with_nominal: bool = False,
               share: tuple[float, float] = (0.0, 0.5)) -> np.ndarray:  # fmt: skip
        """Verdicts of side which[k] at grid point points[k]. Sides most likely to fail lie together, to end early."""
        count = len(which) + with_nominal
        factors: dict[str, tuple[Parameter, np.ndarray]] = {}
        for k, (side, point) in enumerate(zip(which, points, strict=True)):
            parameter, sign = self.sides[side]
            row = factors.setdefault(parameter.name, (parameter, np.ones(count)))[1]
            row[k] = 1.0 + sign * point * self.resolution_pct / 100.0
        values = scaled_values(self.bench.circuit, list(factors.values()))
        told = (lambda x: self.progress(share[0] + share[1] * x)) if self.progress else None
        verdict = self.bench.right(count, values, progress=told)
        self.runs += count
        if with_nominal and not verdict[-1]:
            raise SfqgenError("the nominal circuit does not meet the criterion",
                              where=f"circuit {self.bench.circuit.name}",
                              remedy="simulate it and compare the pulses with the criterion")  # fmt: skip
        return verdict[: len(which)]
