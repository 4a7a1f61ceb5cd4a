"""Port inductances by minimum magnetic and kinetic energy: conjugate gradients that never leave Kirchhoff's law.

    minimise 1/2 I^T L I  subject to  A I = s        M_kl = I_k^T L I_l

with the injections s of each current pattern at the port nodes. The preconditioner solves [D A^T; A 0] with D the
local 2 x 2 mode block of L on every brick: one sparse Laplacian A D^-1 A^T, factored once. Every iterate obeys
A I = s, the energy falls monotonically, and 7 to 20 iterations do, whatever the grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix, csc_matrix, diags
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from sfqgen.errors import SfqgenError
from sfqgen.extract.grid import Mesh
from sfqgen.extract.operator import Operator

TOLERANCE = 2e-4
"""On r^T D^-1 r over the energy; the error of M is of that order or below."""
MOST_ITERATIONS = 100
BATCH = 4
"""Patterns solved side by side: they share the factor's memory traffic and bound the memory."""


@dataclass(frozen=True)
class Solution:
    """`matrix` (patterns, patterns) pH; `film` and `via` currents of each pattern; iterations and Kirchhoff residual."""

    matrix: np.ndarray
    film: np.ndarray
    via: np.ndarray
    iterations: int
    kirchhoff: float


class Preconditioner:
    """Solves [D A^T; A 0] [I; mu] = [r; s] for many right-hand sides, given as lists of (film, via) arrays."""

    def __init__(self, mesh: Mesh, operator: Operator) -> None:
        self.mesh = mesh
        self.inverse = _inverse_blocks(operator.block, operator.two_modes)
        self.via_inverse = 1.0 / np.maximum(operator.via_block(), 1e-12)
        self.weight = self.inverse.sum(axis=(1, 2))
        self.ends = np.concatenate([mesh.edges.ends, mesh.vias.ends])
        conductance = np.concatenate([self.weight, self.via_inverse])
        self.incidence = _incidence(self.ends, mesh.nodes)
        laplacian = (self.incidence @ diags(conductance) @ self.incidence.T).tocsc()
        self.free = _free_nodes(laplacian)
        self.factor = splu(laplacian[self.free][:, self.free].tocsc(), permc_spec="MMD_AT_PLUS_A",
                           diag_pivot_thresh=0.0, options={"SymmetricMode": True})  # fmt: skip

    def potentials(self, injections: np.ndarray) -> np.ndarray:
        """mu with A D^-1 A^T mu = injections, both (nodes, k); zero at one node of every piece."""
        mu = np.zeros(injections.shape)
        mu[self.free] = self.factor.solve(np.ascontiguousarray(injections[self.free]))
        return mu

    def start(self, injections: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Currents of least D-energy that meet the injections (nodes, k): film (k, edges, 2) and via (k, columns)."""
        drop = self.incidence.T @ self.potentials(injections)
        edges = len(self.weight)
        return self.inverse.sum(axis=2) * drop[:edges].T[:, :, None], self.via_inverse * drop[edges:].T

    def project(self, film: np.ndarray, via: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The residuals become A^T mu smaller, in place; returns D^-1 of them, which obeys A z = 0."""
        edges = len(self.weight)
        z_film = np.einsum("emn,ken->kem", self.inverse, film)
        flow = np.concatenate([z_film.sum(axis=2), via * self.via_inverse], axis=1)
        drop = self.incidence.T @ self.potentials(self.incidence @ flow.T)
        film -= drop[:edges].T[:, :, None]
        via -= drop[edges:].T
        return np.einsum("emn,ken->kem", self.inverse, film), via * self.via_inverse


def solve(mesh: Mesh, operator: Operator, patterns: np.ndarray, tolerance: float = TOLERANCE) -> Solution:
    """Inductance matrix of the port current patterns (ports, k).

    Raises SfqgenError when a pattern asks current of a piece of metal that has no way back.
    """
    preconditioner = Preconditioner(mesh, operator)
    injections = _injections(mesh, patterns)
    films, vias, voltages, iterations = [], [], [], 0
    for first in range(0, patterns.shape[1], BATCH):
        film, via, q_film, q_via, count = _conjugate(operator, preconditioner, injections[:, first : first + BATCH],
                                                     tolerance)  # fmt: skip
        films.append(film)
        vias.append(via)
        voltages.append((q_film, q_via))
        iterations = max(iterations, count)
    film, via = np.concatenate(films), np.concatenate(vias)
    q_film, q_via = np.concatenate([v[0] for v in voltages]), np.concatenate([v[1] for v in voltages])
    matrix = np.einsum("kem,lem->kl", film, q_film) + via @ q_via.T
    flow = np.concatenate([film.sum(axis=2), via], axis=1)
    residual = preconditioner.incidence @ flow.T - injections
    return Solution((matrix + matrix.T) / 2, film, via, iterations, float(np.abs(residual).max(initial=0.0)))


def _conjugate(operator: Operator, preconditioner: Preconditioner, injections: np.ndarray, tolerance: float):
    """Preconditioned conjugate gradients on one batch; returns currents, their voltages L I, and the iterations."""
    film, via = preconditioner.start(injections)
    q_film, q_via = _apply(operator, film, via)
    r_film, r_via = -q_film, -q_via
    z_film, z_via = preconditioner.project(r_film, r_via)
    p_film, p_via = z_film.copy(), z_via.copy()
    rz = _dot(r_film, z_film) + _dot(r_via, z_via)
    for count in range(1, MOST_ITERATIONS + 1):
        energy = _dot(film, q_film) + _dot(via, q_via)
        if np.all(rz <= tolerance * np.abs(energy)):
            return film, via, q_film, q_via, count - 1
        lp_film, lp_via = _apply(operator, p_film, p_via)
        curvature = _dot(p_film, lp_film) + _dot(p_via, lp_via)
        alpha = np.where(curvature > 0, rz / np.where(curvature > 0, curvature, 1.0), 0.0)
        for x, p, q, lp, r in ((film, p_film, q_film, lp_film, r_film), (via, p_via, q_via, lp_via, r_via)):
            step = alpha.reshape(-1, *[1] * (x.ndim - 1))
            x += step * p
            q += step * lp
            r -= step * lp
        z_film, z_via = preconditioner.project(r_film, r_via)
        new = _dot(r_film, z_film) + _dot(r_via, z_via)
        beta = new / np.where(rz > 0, rz, 1.0)
        p_film = z_film + beta[:, None, None] * p_film
        p_via = z_via + beta[:, None] * p_via
        rz = new
    raise SfqgenError(f"the field solution did not converge in {MOST_ITERATIONS} iterations",
                      remedy="a finer grid; report the layout if that does not help")  # fmt: skip


def _apply(operator: Operator, film: np.ndarray, via: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    results = [operator.apply(f, v) for f, v in zip(film, via, strict=True)]
    return np.array([r[0] for r in results]), np.array([r[1] for r in results]).reshape(via.shape)


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("kn,kn->k", a.reshape(len(a), -1), b.reshape(len(b), -1))


def _inverse_blocks(block: np.ndarray, two_modes: np.ndarray) -> np.ndarray:
    """(edges, 2, 2) inverse of the mode blocks; a film with one mode has only the first entry."""
    inverse = np.zeros_like(block)
    a, b, c = block[:, 0, 0], block[:, 0, 1], block[:, 1, 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        det = a * c - b * b
        inverse[:, 0, 0] = np.where(two_modes, c / det, 1 / a)
        inverse[:, 1, 1] = np.where(two_modes, a / det, 0.0)
        inverse[:, 0, 1] = inverse[:, 1, 0] = np.where(two_modes, -b / det, 0.0)
    return inverse


def _incidence(ends: np.ndarray, nodes: int) -> csc_matrix:
    """(nodes, edges): +1 where a brick's current leaves its first node, -1 where it enters its second."""
    numbers = np.arange(len(ends))
    values = np.concatenate([np.ones(len(ends)), -np.ones(len(ends))])
    rows, cols = np.concatenate([ends[:, 0], ends[:, 1]]), np.concatenate([numbers, numbers])
    return coo_matrix((values, (rows, cols)), shape=(nodes, len(ends))).tocsr()


def _free_nodes(laplacian: csc_matrix) -> np.ndarray:
    """All nodes but the first of every connected piece."""
    _, piece = connected_components(laplacian, directed=False)
    first = np.unique(piece, return_index=True)[1]
    free = np.ones(laplacian.shape[0], bool)
    free[first] = False
    return np.flatnonzero(free)


def _injections(mesh: Mesh, patterns: np.ndarray) -> np.ndarray:
    """(nodes, k): current put into every node by each pattern. Raises SfqgenError unless every piece sums to zero."""
    injections = np.zeros((mesh.nodes, patterns.shape[1]))
    for port, (plus, minus) in enumerate(mesh.terminals):
        injections[plus] += patterns[port]
        injections[minus] -= patterns[port]
    sums = np.zeros((mesh.piece.max(initial=0) + 1, patterns.shape[1]))
    np.add.at(sums, mesh.piece, injections)
    if np.abs(sums).max(initial=0.0) > 1e-9:
        raise SfqgenError("a current pattern drives a piece of metal that has no way back",
                          remedy="take the patterns from `current_patterns`")  # fmt: skip
    return injections


def current_patterns(mesh: Mesh) -> np.ndarray:
    """(ports, k) independent port currents that sum to zero on every galvanic piece: the cycles of pieces and ports.

    One column per port that closes a cycle, entries 0 and +-1; no columns when no port current can flow at all.
    """
    ends = mesh.piece[mesh.terminals]
    parent: dict[int, tuple[int, int, int]] = {}  # piece: (piece above, port to it, +1 if the port points upwards)
    depth: dict[int, int] = {}
    tree: set[int] = set()
    for root in dict.fromkeys(ends.ravel().tolist()):
        if root in depth:
            continue
        depth[root], queue = 0, [root]
        while queue:
            at = queue.pop(0)
            for port, (plus, minus) in enumerate(ends.tolist()):
                for here, there, sign in ((plus, minus, -1), (minus, plus, 1)):
                    if here == at and there not in depth:
                        depth[there] = depth[at] + 1
                        parent[there] = (at, port, sign)
                        tree.add(port)
                        queue.append(there)
    columns = []
    for port, (plus, minus) in enumerate(ends.tolist()):
        if port not in tree:
            columns.append(_cycle(len(ends), port, plus, minus, parent, depth))
    return np.array(columns, float).reshape(-1, len(ends)).T


def _cycle(ports: int, port: int, plus: int, minus: int, parent: dict, depth: dict) -> np.ndarray:
    """Unit current through `port` (into piece plus, out of piece minus), back through the tree."""
    column = np.zeros(ports)
    column[port] = 1.0
    # The current leaves piece `plus` towards `minus`: up from plus and down to minus until both walks meet.
    while plus != minus:
        if depth[plus] >= depth[minus]:
            above, link, sign = parent[plus]
            column[link] -= sign  # a port whose + is below takes the current out of its piece
            plus = above
        else:
            above, link, sign = parent[minus]
            column[link] += sign
            minus = above
    return column
