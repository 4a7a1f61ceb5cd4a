"""Netlist inductances from a port inductance matrix: the values with which the netlist stores the same energy.

For port current patterns k the netlist predicts M_kl = sum_b L_b i_bk i_bl + sum_bc m_bc (i_bk i_cl + i_ck i_bl)
with the branch currents i that its nodes demand. L and m are fitted by least squares after whitening with the Cholesky
factor of M, so that the result does not depend on the choice of patterns. In a tree the currents follow from
Kirchhoff alone; around inductor loops they depend on L, and a few fixed-point steps settle both.

Inductors that carry the same current whatever the ports do (the two sides of a series junction) are told apart by
nothing: their sum is measured, and shared in proportion to their estimates where they have them.

Ports see loops, not branches: the coupling of two lines that share loops cannot always be told from their
inductances. Couplings are therefore held near what is expected of them (nothing, unless the caller knows better) and
move from there as far as the matrix demands; those that the netlist names are left free.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan, sqrt

import numpy as np

from sfqgen.errors import SfqgenError
from sfqgen.extract.solve import cycles

LEAST_COUPLING = 0.01
"""Mutual inductances with a smaller coupling factor are not reported."""
NOISE = 0.002
"""Relative accuracy of the port matrix, against which couplings are weighed."""
USUAL_COUPLING = 0.02
"""Size of a coupling factor that surprises nobody; an expected one may be wrong by half."""
LOOP_STEPS = 12


@dataclass(frozen=True)
class Branch:
    """An inductor of the netlist; current flows from `plus` to `minus`. `estimate_ph` weighs it in a series."""

    name: str
    plus: str
    minus: str
    estimate_ph: float = nan


@dataclass(frozen=True)
class PortNodes:
    """A port of the netlist: current enters the network at `plus` and leaves it at `minus`."""

    name: str
    plus: str
    minus: str


@dataclass(frozen=True)
class Fit:
    """`l_ph` by inductor (NaN where no pattern decides it) and coupling factors above LEAST_COUPLING.

    `residual_pct` is what inductors and named couplings alone leave of the port matrix: beyond a few percent the
    netlist is wrong or misses a coupling. `currents` (branches, patterns) are the branch currents of each pattern.
    """

    l_ph: dict[str, float]
    couplings: dict[tuple[str, str], float]
    residual_pct: float
    currents: np.ndarray


def fit(matrix: np.ndarray, patterns: np.ndarray, branches: Sequence[Branch], ports: Sequence[PortNodes],
        pairs: Sequence[tuple[str, str]] = (),
        expected: Mapping[tuple[str, str], float] | None = None) -> Fit:  # fmt: skip
    """Fit the netlist to `matrix` (k, k) pH of `patterns` (ports, k).

    `pairs` are couplings that the netlist names. `expected` gives the coupling factors of all pairs that may couple
    besides; without it every pair may, with 0 expected. The netlist must allow the patterns, see `check_kirchhoff`.
    """
    network = _Network(branches, ports)
    whiten = np.linalg.inv(np.linalg.cholesky(matrix)) if len(matrix) else np.zeros((0, 0))
    mutuals: list[_Mutual] = [m for m in _mutuals(branches, pairs, {}) if m.named]
    values = np.ones(len(branches))
    for _ in range(LOOP_STEPS):
        currents = network.currents(patterns, values)
        known, m, residual = _least_squares(whiten, currents, mutuals, values)
        settled = np.allclose(known, values, rtol=1e-7, equal_nan=True)
        values = np.where(np.isfinite(known) & (known > 1e-4), known, 1e-4)
        if settled or not network.loops:
            break
    mutuals = _mutuals(branches, pairs, expected)
    known, m, _ = _least_squares(whiten, currents, mutuals, values)
    if not all(np.isfinite(known)):
        known = _with_series(known, whiten, currents, mutuals, branches, values)
    couplings = {}
    for mutual, value in zip(mutuals, m, strict=True):
        product = known[mutual.first] * known[mutual.second]
        k = value / sqrt(product) if product > 0 else np.nan
        if np.isfinite(k) and (mutual.named or abs(k) >= LEAST_COUPLING):
            couplings[branches[mutual.first].name, branches[mutual.second].name] = float(k)
    l_ph = {branch.name: float(value) for branch, value in zip(branches, known, strict=True)}
    return Fit(l_ph, couplings, residual, currents)


@dataclass(frozen=True)
class _Mutual:
    """A coupling to fit: free when the netlist names it, otherwise held near the expected coupling factor."""

    first: int
    second: int
    named: bool
    expected: float


def _mutuals(branches: Sequence[Branch], pairs: Sequence[tuple[str, str]],
             expected: Mapping[tuple[str, str], float] | None) -> list[_Mutual]:  # fmt: skip
    numbers = {branch.name.lower(): n for n, branch in enumerate(branches)}
    if expected is None:
        names = [branch.name for branch in branches]
        expected = {(a, b): 0.0 for n, a in enumerate(names) for b in names[n + 1 :]}
    found: dict[tuple[int, int], _Mutual] = {}
    for named, entries in ((True, dict.fromkeys(pairs, 0.0)), (False, expected)):
        for (a, b), value in entries.items():
            first, second = numbers.get(a.lower()), numbers.get(b.lower())
            if first is not None and second is not None and first != second:
                found.setdefault((min(first, second), max(first, second)), _Mutual(first, second, named, value))
    return list(found.values())


def determined(patterns: np.ndarray, branches: Sequence[Branch], ports: Sequence[PortNodes]) -> set[str]:
    """Names of the inductors that these port patterns decide, before anything is solved."""
    currents = _Network(branches, ports).currents(patterns, np.ones(len(branches)))
    upper = np.triu_indices(patterns.shape[1])
    design = np.array([np.outer(i, i)[upper] for i in currents]).reshape(len(branches), -1).T
    return {branch.name for branch, known in zip(branches, _determined(design), strict=True) if known}


def series(patterns: np.ndarray, branches: Sequence[Branch], ports: Sequence[PortNodes]) -> list[tuple[str, ...]]:
    """Names of inductors that carry one current in all patterns, whose sum is decided and whose estimates are known."""
    currents = _Network(branches, ports).currents(patterns, np.ones(len(branches)))
    groups = _series(currents, branches)
    upper = np.triu_indices(patterns.shape[1])
    design = np.array([np.outer(currents[g[0]], currents[g[0]])[upper] for g in groups]).reshape(len(groups), -1).T
    return [tuple(branches[n].name for n in group) for group, known in zip(groups, _determined(design), strict=True)
            if known and len(group) > 1]  # fmt: skip


def _series(currents: np.ndarray, branches: Sequence[Branch]) -> list[list[int]]:
    """All branches, those of equal current (whatever its sign) and known estimate together."""
    groups: dict[tuple, list[int]] = {}
    for n, row in enumerate(np.round(currents, 7)):
        first = np.flatnonzero(row)
        oriented = row * np.sign(row[first[0]]) if len(first) else row
        alone = not len(first) or not isfinite(branches[n].estimate_ph)
        groups.setdefault((n if alone else -1, *(oriented + 0.0).tolist()), []).append(n)
    return list(groups.values())


def _with_series(known: np.ndarray, whiten: np.ndarray, currents: np.ndarray, mutuals: Sequence[_Mutual],
                 branches: Sequence[Branch], values: np.ndarray) -> np.ndarray:  # fmt: skip
    """Undecided inductors of a decided series get their share of its sum."""
    groups = _series(currents, branches)
    if len(groups) == len(branches):
        return known
    number = {n: g for g, group in enumerate(groups) for n in group}
    between = {}
    for m in mutuals:
        first, second = sorted((number[m.first], number[m.second]))
        if first != second:
            between.setdefault((first, second), _Mutual(first, second, m.named, m.expected))
    sums, _, _ = _least_squares(whiten, currents[[group[0] for group in groups]], list(between.values()),
                                np.array([values[group].sum() for group in groups]))  # fmt: skip
    shared = known.copy()
    for group, total in zip(groups, sums, strict=True):
        if len(group) > 1:
            weights = np.array([max(branches[n].estimate_ph, 1e-3) for n in group])
            shared[group] = total * weights / weights.sum()
    return shared


def netlist_patterns(branches: Sequence[Branch], ports: Sequence[PortNodes]) -> np.ndarray:
    """(ports, k) independent port currents that the netlist allows."""
    piece = _pieces([(b.plus, b.minus) for b in branches], [n for p in ports for n in (p.plus, p.minus)])
    return cycles(np.array([(piece[p.plus], piece[p.minus]) for p in ports], int).reshape(-1, 2))


def check_kirchhoff(patterns: np.ndarray, branches: Sequence[Branch], ports: Sequence[PortNodes]) -> None:
    """The netlist must allow exactly the port currents that the metal allows.

    Raises SfqgenError naming the ports whose metal and netlist disagree (a label on the wrong metal, a swapped
    port, a missing via, or another netlist).
    """
    piece = _pieces([(b.plus, b.minus) for b in branches], [n for p in ports for n in (p.plus, p.minus)])
    count = max(piece.values(), default=-1) + 1
    incidence = np.zeros((count, len(ports)))
    for column, port in enumerate(ports):
        incidence[piece[port.plus], column] += 1
        incidence[piece[port.minus], column] -= 1
    wrong = np.abs(incidence @ patterns) > 1e-9
    if wrong.any():
        pattern = int(np.flatnonzero(wrong.any(axis=0))[0])
        names = ", ".join(ports[n].name for n in np.flatnonzero(patterns[:, pattern]))
        raise SfqgenError(f"the metal lets a current through ports {names} that the netlist has no way for",
                          where="Kirchhoff check", remedy="compare labels and netlist at these ports")  # fmt: skip
    free = len(ports) - np.linalg.matrix_rank(incidence) if len(ports) else 0
    if free > patterns.shape[1]:
        raise SfqgenError(
            f"the netlist allows {free} independent port currents, the metal {patterns.shape[1]}",
            where="Kirchhoff check", remedy="a line is cut or a via is missing between the ports; run lvs",
        )  # fmt: skip


class _Network:
    """Branch currents of a netlist for given port currents."""

    def __init__(self, branches: Sequence[Branch], ports: Sequence[PortNodes]) -> None:
        names = [n for b in branches for n in (b.plus, b.minus)] + [n for p in ports for n in (p.plus, p.minus)]
        number = {name: n for n, name in enumerate(dict.fromkeys(names))}
        self.incidence = np.zeros((len(number), len(branches)))
        for column, branch in enumerate(branches):
            self.incidence[number[branch.plus], column] += 1
            self.incidence[number[branch.minus], column] -= 1
        self.injection = np.zeros((len(number), len(ports)))
        for column, port in enumerate(ports):
            self.injection[number[port.plus], column] += 1
            self.injection[number[port.minus], column] -= 1
        self.loops = len(branches) - np.linalg.matrix_rank(self.incidence) if branches else 0

    def currents(self, patterns: np.ndarray, l_ph: np.ndarray) -> np.ndarray:
        """(branches, patterns) currents of least energy for uncoupled inductors of `l_ph`."""
        laplacian = (self.incidence / l_ph) @ self.incidence.T
        flux = np.linalg.lstsq(laplacian, self.injection @ patterns, rcond=1e-12)[0]
        currents = (self.incidence.T @ flux) / l_ph[:, None]
        return np.where(np.abs(currents) < 1e-9, 0.0, currents)


def _least_squares(whiten: np.ndarray, currents: np.ndarray, mutuals: Sequence[_Mutual],
                   l_ph: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:  # fmt: skip
    """Inductances (NaN where undetermined), mutuals, and the rms residual in percent of the whitened matrix.

    `l_ph` are approximate inductances, which turn expected coupling factors into pH.
    """
    white = currents @ whiten.T
    upper = np.triu_indices(len(whiten))
    columns = [np.outer(i, i)[upper] for i in white]
    for m in mutuals:
        both = np.outer(white[m.first], white[m.second])
        columns.append((both + both.T)[upper])
    design = np.array(columns).reshape(len(columns), -1).T
    target = np.eye(len(whiten))[upper]
    priors, wanted = _priors(mutuals, len(white), l_ph)
    free = np.array([True] * len(white) + [m.named for m in mutuals])
    values = np.full(len(columns), np.nan)
    known = ~free
    known[free] = _determined(design[:, free])
    rows = np.vstack([design, priors])
    scale = np.maximum(np.linalg.norm(rows, axis=0), 1e-12)
    answer = np.linalg.lstsq(rows / scale, np.concatenate([target, wanted]), rcond=1e-9)[0] / scale
    error = design @ answer - target
    values[known] = answer[known]
    residual = 100 * float(np.sqrt(np.mean(error**2))) if len(error) else 0.0
    return values[: len(white)], np.nan_to_num(values[len(white) :]), residual


def _priors(mutuals: Sequence[_Mutual], branches: int, l_ph: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows that hold unnamed mutuals near their expected values."""
    held = [n for n, m in enumerate(mutuals) if not m.named]
    rows, wanted = np.zeros((len(held), branches + len(mutuals))), np.zeros(len(held))
    for row, n in enumerate(held):
        m = mutuals[n]
        unit_ph = sqrt(l_ph[m.first] * l_ph[m.second])
        weight = NOISE / (unit_ph * (USUAL_COUPLING + 0.5 * abs(m.expected)))
        rows[row, branches + n] = weight
        wanted[row] = weight * unit_ph * m.expected
    return rows, wanted


def _determined(design: np.ndarray) -> np.ndarray:
    """Which unknowns the equations decide: those that no null vector changes."""
    scale = np.linalg.norm(design, axis=0)
    known = scale > 1e-12
    if known.any():
        _, sizes, directions = np.linalg.svd(design[:, known] / scale[known], full_matrices=True)
        rank = int((sizes > 1e-9 * sizes[0]).sum())
        known[known] = np.abs(directions[rank:]).max(axis=0, initial=0.0) <= 1e-6
    return known


def _pieces(links: Sequence[tuple[str, str]], names: Sequence[str]) -> dict[str, int]:
    """Number of the connected piece of every node."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for a, b in links:
        parent[root(a)] = root(b)
    numbers: dict[str, int] = {}
    return {name: numbers.setdefault(root(name), len(numbers)) for name in [*parent, *names]}
