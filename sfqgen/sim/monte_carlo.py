"""Yield: the share of fabricated circuits that work, by seeded Monte Carlo over the spread of the process."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import STIMULUS, Element, Inductor, Junction, Resistor, VoltageSource, value_of
from sfqgen.sim.confidence import wilson
from sfqgen.sim.farm import Bench, Progress
from sfqgen.sim.parameters import Circuitry

CLASSES = ("ic", "l", "r", "bias")
LEAST_FACTOR = 0.05  # a drawn value never falls below this part of nominal, whatever the sigma
PART = 2048  # samples whose values are held at once


@dataclass(frozen=True)
class Spreads:
    """Relative standard deviations (0.02 = 2 %): `local` per element, `global_` common to a class in one sample."""

    ic_local: float = 0.02
    ic_global: float = 0.0
    l_local: float = 0.0
    l_global: float = 0.0
    r_local: float = 0.0
    r_global: float = 0.0
    bias_local: float = 0.0
    bias_global: float = 0.0

    def __post_init__(self) -> None:
        for name, sigma in asdict(self).items():
            if not 0.0 <= sigma < 1.0:
                raise SfqgenError(f"a spread of {sigma:g}", where=f"spreads: {name}", allowed="0 to 1 (0.02 = 2 %)")


@dataclass(frozen=True)
class Yield:
    """`right` (S,): verdict per sample; `low`, `high`: 95 % confidence interval of the yield (Wilson).

    `suspects`: (name, shift) of the elements and classes whose deviates differ most between wrong and right samples,
    in their own sigmas.
    """

    right: np.ndarray
    low: float
    high: float
    spreads: Spreads
    seed: int
    step_ps: float
    suspects: tuple[tuple[str, float], ...]

    @property
    def fraction(self) -> float:
        return float(np.mean(self.right))

    def as_dict(self) -> dict[str, Any]:
        return {
            "samples": len(self.right), "right": int(self.right.sum()), "yield": self.fraction,
            "low_95": self.low, "high_95": self.high, "seed": self.seed, "step_ps": self.step_ps,
            "spreads": asdict(self.spreads), "suspects": [{"name": n, "shift_sigma": s} for n, s in self.suspects],
        }  # fmt: skip


class Spread:
    """Draws values: sample s of a seed is the same whatever else is drawn with it."""

    def __init__(self, circuit, spreads: Spreads, seed: int) -> None:
        work = Circuitry(circuit)
        self.members = [(e, c) for e in work.flat.elements if (c := _class_of(work, e))]
        self.local = np.array([getattr(spreads, f"{c}_local") for _, c in self.members])
        self.common = np.array([getattr(spreads, f"{c}_global") for c in CLASSES])
        self.place = np.array([CLASSES.index(c) for _, c in self.members], dtype=int)
        self.seed = seed
        self.names = [*(f"global {c}" for c in CLASSES), *(e.name for e, _ in self.members)]

    def deviates(self, first: int, count: int) -> np.ndarray:
        """Standard normal numbers (count, 4 + elements): of the classes, then of the elements."""
        size = len(CLASSES) + len(self.members)
        return np.array([np.random.default_rng(np.random.SeedSequence((self.seed, s))).standard_normal(size)
                         for s in range(first, first + count)])  # fmt: skip

    def values(self, deviates: np.ndarray) -> dict[str, np.ndarray]:
        """Element values for `Engine.run`, of elements that vary at all."""
        common, own = deviates[:, : len(CLASSES)], deviates[:, len(CLASSES) :]
        factors = (1.0 + own * self.local) * (1.0 + (common * self.common)[:, self.place])
        values = {}
        for k, (element, _) in enumerate(self.members):
            if self.local[k] or self.common[self.place[k]]:
                nominal = 1.0 if (v := value_of(element)) is None else v
                values[element.name] = nominal * np.maximum(factors[:, k], LEAST_FACTOR)
        return values


def _class_of(work: Circuitry, element: Element) -> str | None:
    if getattr(element, "role", "") == STIMULUS and not isinstance(element, VoltageSource):
        return None
    match element:
        case Junction():
            return "ic"
        case Inductor():
            return "l" if element.l_ph else None
        case Resistor():
            return "r" if element.r_ohm else None
        case _:
            return "bias" if work.is_bias(element) else None


def monte_carlo(bench: Bench, spreads: Spreads, samples: int, *, progress: Progress | None = None) -> Yield:
    """Yield from `samples` seeded draws (`bench.seed`). SfqgenError when the nominal circuit is wrong."""
    if samples < 1:
        raise SfqgenError(f"{samples} samples", allowed="at least 1")
    bench.check_nominal()
    spread = Spread(bench.circuit, spreads, bench.seed)
    right = np.zeros(samples, dtype=bool)
    size = len(spread.names)
    totals = {verdict: np.zeros(size) for verdict in (True, False)}
    for first in range(0, samples, PART):
        count = min(PART, samples - first)
        deviates = spread.deviates(first, count)
        told = (lambda x, a=first, n=count: progress((a + n * x) / samples)) if progress else None
        verdict = bench.right(count, spread.values(deviates), first_sample=first, progress=told)
        right[first : first + count] = verdict
        for outcome in totals:
            totals[outcome] += deviates[verdict == outcome].sum(axis=0)
    low, high = wilson(int(right.sum()), samples)
    return Yield(right, low, high, spreads, bench.seed, bench.step_ps, _suspects(spread, totals, right))


def _suspects(spread: Spread, totals: dict[bool, np.ndarray], right: np.ndarray) -> tuple[tuple[str, float], ...]:
    """Up to five names whose mean deviate differs between wrong and right by more than three standard errors."""
    good, bad = int(right.sum()), int((~right).sum())
    if good == 0 or bad == 0:
        return ()
    shift = totals[False] / bad - totals[True] / good
    active = np.concatenate([spread.common > 0, spread.local > 0])
    sure = np.flatnonzero(active & (np.abs(shift) > 3.0 * np.sqrt(1.0 / bad + 1.0 / good)))
    best = sure[np.argsort(-np.abs(shift[sure]), kind="stable")][:5]
    return tuple((spread.names[k], float(shift[k])) for k in best)
