"""Netlist inductances from a port inductance matrix: the values with which the netlist stores the same energy.

For port current patterns k the netlist predicts M_kl = sum_b L_b i_bk i_bl + sum_bc m_bc (i_bk i_cl + i_ck i_bl)
with the branch currents i that its nodes demand. L and m are fitted by least squares after whitening with the Cholesky
factor of M, so that the result does not depend on the choice of patterns. In a tree the currents follow from
Kirchhoff alone; around inductor loops they depend on L, and a few fixed-point steps settle both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from sfqgen.errors import SfqgenError

LEAST_COUPLING = 0.01
"""Mutual inductances with a smaller coupling factor are neither fitted nor reported."""
FIT_PCT = 0.3
"""A fit is good enough without further mutuals below this residual."""
LOOP_STEPS = 12


@dataclass(frozen=True)
class Branch:
    """An inductor of the netlist; current flows from `plus` to `minus`."""

    name: str
    plus: str
    minus: str


@dataclass(frozen=True)
class PortNodes:
    """A port of the netlist: current enters the network at `plus` and leaves it at `minus`."""

    name: str
    plus: str
    minus: str


@dataclass(frozen=True)
class Fit:
    """`l_ph` by inductor (NaN where no pattern decides it), couplings above LEAST_COUPLING, residual in percent.

    `currents` (branches, patterns) are the branch currents of each pattern with the fitted values.
    """

    l_ph: dict[str, float]
    couplings: dict[tuple[str, str], float]
    residual_pct: float
    currents: np.ndarray


def fit(matrix: np.ndarray, patterns: np.ndarray, branches: Sequence[Branch], ports: Sequence[PortNodes],
        pairs: Sequence[tuple[str, str]] = ()) -> Fit:  # fmt: skip
    """Fit the netlist to `matrix` (k, k) pH of `patterns` (ports, k); `pairs` are couplings that the netlist names.

    Raises SfqgenError when the netlist does not allow the currents that the metal allows.
    """
    check_kirchhoff(patterns, branches, ports)
    network = _Network(branches, ports)
    whiten = np.linalg.inv(np.linalg.cholesky(matrix))
    numbers = {branch.name.lower(): n for n, branch in enumerate(branches)}
    mutuals = [tuple(sorted((numbers[a.lower()], numbers[b.lower()]))) for a, b in pairs]
    values = np.ones(len(branches))
    for _ in range(LOOP_STEPS):
        currents = network.currents(patterns, values)
        known, m, residual = _least_squares(matrix, whiten, currents, mutuals)
        settled = np.allclose(known, values, rtol=1e-7, equal_nan=True)
        values = np.where(np.isfinite(known) & (known > 1e-4), known, 1e-4)
        if settled or not network.loops:
            break
    if residual > FIT_PCT:
        mutuals = _with_couplings(matrix, whiten, currents, mutuals, known)
        known, m, residual = _least_squares(matrix, whiten, currents, mutuals)
    named = {frozenset((a.lower(), b.lower())) for a, b in pairs}
    couplings = {}
    for (b, c), value in zip(mutuals, m, strict=True):
        k = value / sqrt(abs(known[b] * known[c]))
        names = branches[b].name, branches[c].name
        if abs(k) >= LEAST_COUPLING or frozenset(n.lower() for n in names) in named:
            couplings[names] = float(k)
    l_ph = {branch.name: float(value) for branch, value in zip(branches, known, strict=True)}
    return Fit(l_ph, couplings, residual, currents)


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


def _least_squares(matrix: np.ndarray, whiten: np.ndarray, currents: np.ndarray,
                   mutuals: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray, float]:  # fmt: skip
    """Inductances (NaN where undetermined), mutuals, and the rms residual in percent of the whitened matrix."""
    white = currents @ whiten.T
    columns = [np.outer(i, i) for i in white] + [np.outer(white[b], white[c]) + np.outer(white[c], white[b])
                                                  for b, c in mutuals]  # fmt: skip
    upper = np.triu_indices(len(matrix))
    design = np.array([column[upper] for column in columns]).T.reshape(len(upper[0]), -1)
    target = np.eye(len(matrix))[upper]
    scale = np.linalg.norm(design, axis=0)
    used = scale > 1e-12
    solution = np.full(len(columns), np.nan)
    if used.any():
        scaled = design[:, used] / scale[used]
        answer, _, rank, _ = np.linalg.lstsq(scaled, target, rcond=1e-9)
        if rank < scaled.shape[1]:  # what a null vector changes is not determined
            null = np.linalg.svd(scaled)[2][rank:]
            answer = np.where(np.abs(null).max(axis=0) > 1e-6, np.nan, answer)
        solution[used] = answer / scale[used]
    error = design @ np.nan_to_num(solution) - target
    if np.isnan(solution[used]).any():
        error = design[:, used] @ np.linalg.lstsq(design[:, used], target, rcond=1e-9)[0] - target
    count = len(currents)
    return solution[:count], np.nan_to_num(solution[count:]), 100 * float(np.sqrt(np.mean(error**2)))


def _with_couplings(matrix, whiten, currents, mutuals, l_ph) -> list[tuple[int, int]]:
    """The pairs whose mutual explains most of what is left, one by one, as long as each is above LEAST_COUPLING."""
    chosen = list(mutuals)
    white = currents @ whiten.T
    upper = np.triu_indices(len(matrix))
    count = len(currents)
    pairs = [(b, c) for b in range(count) for c in range(b + 1, count)
             if np.isfinite(l_ph[b]) and np.isfinite(l_ph[c]) and l_ph[b] > 0 and l_ph[c] > 0]  # fmt: skip
    candidates = np.array([(np.outer(white[b], white[c]) + np.outer(white[c], white[b]))[upper] for b, c in pairs])
    for _ in range(len(upper[0]) - count - len(mutuals)):
        known, m, residual = _least_squares(matrix, whiten, currents, chosen)
        if residual <= FIT_PCT or not len(pairs):
            break
        best = _best_pair(white, known, m, chosen, candidates, upper)
        trial = [*chosen, pairs[best]]
        fitted, m, improved = _least_squares(matrix, whiten, currents, trial)
        b, c = pairs[best]
        k = m[-1] / sqrt(abs(fitted[b] * fitted[c])) if np.isfinite(fitted[b]) and np.isfinite(fitted[c]) else 0.0
        if improved > 0.9 * residual or not LEAST_COUPLING <= abs(k) < 1.0 or np.isnan(fitted[np.isfinite(l_ph)]).any():
            break
        chosen = trial
    return chosen


def _best_pair(white, known, m, chosen, candidates, upper) -> int:
    """Index of the candidate that, together with all fitted columns, leaves the smallest residual."""
    columns = [np.outer(i, i)[upper] for i in white]
    columns += [(np.outer(white[b], white[c]) + np.outer(white[c], white[b]))[upper] for b, c in chosen]
    design = np.array(columns)
    basis = np.linalg.svd(design, full_matrices=False)
    basis = basis[2][basis[1] > 1e-9 * basis[1][0]]
    values = np.concatenate([np.nan_to_num(known), m])
    left = np.eye(len(white[0]))[upper] - values @ design
    left -= (left @ basis.T) @ basis
    rest = candidates - (candidates @ basis.T) @ basis
    norm = np.linalg.norm(rest, axis=1)
    gain = np.abs(rest @ left) / np.where(norm > 1e-6 * np.linalg.norm(candidates, axis=1).max(), norm, np.inf)
    return int(np.argmax(gain))


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
