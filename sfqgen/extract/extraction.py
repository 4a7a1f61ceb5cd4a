"""What an extraction returns, put together from the answers of its field problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan, sqrt

from sfqgen.extract.fit import LEAST_COUPLING
from sfqgen.extract.problem import Problem


@dataclass(frozen=True)
class Extraction:
    """`l_ph` and `error_ph` by inductor: NaN where no port decides a value; error bars only from a sign-off.

    `couplings` hold (inductor, inductor, k) above 1 %, or named by the netlist. `residual_pct` is the worst problem's,
    `windows` counts the field problems. `notes` say where the layout could not be cut cell by cell.
    """

    l_ph: dict[str, float]
    error_ph: dict[str, float]
    couplings: tuple[tuple[str, str, float], ...]
    residual_pct: float
    grid_um: float
    windows: int
    unknowns: int
    ports: int
    iterations: int
    dropped: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What one field problem says; its branches belong to inductors as `FieldProblem.parts` says."""

    l_ph: dict[str, float]
    couplings: tuple[tuple[str, str, float], ...]
    parts: Mapping[str, tuple[str, int]]
    residual_pct: float
    unknowns: int
    ports: int
    iterations: int
    dropped: int


def collected(problem: Problem, fine: Sequence[Answer], coarse: Sequence[Answer] | None,
               grid_um: float, notes: tuple[str, ...]) -> Extraction:  # fmt: skip
    """Parts of lines summed, with the step between both grids taken once more and given as error bar."""
    l_ph: dict[str, float] = {}
    error_ph: dict[str, float] = {}
    for number, answer in enumerate(fine):
        for part, (name, _) in answer.parts.items():
            value = answer.l_ph[part]
            if coarse:
                step = value - coarse[number].l_ph[part]
                value, error_ph[name] = value + step, error_ph.get(name, 0.0) + abs(step)
            l_ph[name] = l_ph.get(name, 0.0) + value
    l_ph = {branch.name: l_ph.get(branch.name, nan) for branch in problem.branches}
    return Extraction(
        l_ph, error_ph, _couplings(problem, l_ph, fine), max((a.residual_pct for a in fine), default=0.0), grid_um,
        len(fine), sum(a.unknowns for a in fine), max((a.ports for a in fine), default=0),
        max((a.iterations for a in fine), default=0), sum(a.dropped for a in fine), notes,
    )  # fmt: skip


def _couplings(problem: Problem, l_ph: Mapping[str, float],
               answers: Sequence[Answer]) -> tuple[tuple[str, str, float], ...]:  # fmt: skip
    """Coupling factors of inductors from those of their parts; a window's only where it answers for one of the two."""
    named = {frozenset(pair) for pair in problem.pairs}
    mutual_ph: dict[tuple[str, str], float] = {}
    seen: set[frozenset[str]] = set()
    for answer in answers:
        here: dict[tuple[str, str], float] = {}
        for first, second, k in answer.couplings:
            if first in answer.parts or second in answer.parts:
                (a, s), (b, t) = (answer.parts.get(part, (part, 1)) for part in (first, second))
                pair = (a, b) if (b, a) not in here else (b, a)
                if a != b:
                    here[pair] = here.get(pair, 0.0) + s * t * k * sqrt(answer.l_ph[first] * answer.l_ph[second])
        cut = {name for part, (name, _) in answer.parts.items() if part != name}
        for (a, b), m in here.items():
            # Windows overlap and tell one coupling twice; parts of cut lines add up.
            if frozenset((a, b)) not in seen or {a, b} & cut:
                pair = (a, b) if (b, a) not in mutual_ph else (b, a)
                mutual_ph[pair] = mutual_ph.get(pair, 0.0) + m
        seen |= {frozenset(pair) for pair in here}
    found = ((a, b, m / sqrt(l_ph[a] * l_ph[b])) for (a, b), m in mutual_ph.items() if l_ph[a] > 0 and l_ph[b] > 0)
    return tuple((a, b, k) for a, b, k in found if abs(k) >= LEAST_COUPLING or frozenset((a, b)) in named)
