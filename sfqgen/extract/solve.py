"""Port inductances by minimum magnetic and kinetic energy: conjugate gradients that never leave Kirchhoff's law.

    minimise 1/2 I^T L I  subject to  A I = s        M_kl = I_k^T L I_l

with the injections s of each current pattern at the port nodes. The preconditioner solves [D A^T; A 0] with D the
local 2 x 2 mode block of L on every brick: one sparse Laplacian A D^-1 A^T, factored once. Every iterate obeys
A I = s, the energy falls monotonically, and 7 to 20 iterations do, whatever the grid.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass

import numba
import numpy as np
from scipy.sparse import coo_matrix, csc_matrix, diags
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from sfqgen.errors import SfqgenError
from sfqgen.extract.mesh import Mesh
from sfqgen.extract.operator import Operator

TOLERANCE = 1e-3
"""On r^T D^-1 r over the energy; the error of M is about a tenth of that (measured: 0.01 to 0.02 %)."""
MOST_ITERATIONS = 100
BATCH = 4
"""Patterns solved side by side: they share the factor's memory traffic and bound the memory."""


class NoWayBackError(SfqgenError):
    """A current pattern puts a net current into a piece of metal."""


@dataclass(frozen=True)
class Solution:
    """`matrix` (patterns, patterns) pH; `currents` (patterns, unknowns); iterations and Kirchhoff residual.

    Unknowns are the film bricks' two modes, brick by brick, then the via columns.
    """

    matrix: np.ndarray
    currents: np.ndarray
    iterations: int
    kirchhoff: float


class Preconditioner:
    """Solves [D A^T; A 0] [I; mu] = [r; s] for several right-hand sides at once, rows of (k, unknowns) arrays."""

    def __init__(self, mesh: Mesh, operator: Operator) -> None:
        self.nodes = mesh.nodes
        self.ends = np.concatenate([mesh.edges.ends, mesh.vias.ends])
        self.inverse = _inverse_blocks(operator.block, operator.two_modes)
        self.via_inverse = 1.0 / np.maximum(operator.via_block(), 1e-12)
        conductance = np.concatenate([self.inverse.sum(axis=(1, 2)), self.via_inverse])
        incidence = _incidence(self.ends, mesh.nodes)
        laplacian = (incidence @ diags(conductance) @ incidence.T).tocsc()
        self.free = _free_nodes(laplacian)
        self.factor = splu(laplacian[self.free][:, self.free].tocsc(), permc_spec="MMD_AT_PLUS_A",
                           diag_pivot_thresh=0.0, options={"SymmetricMode": True})  # fmt: skip

    def _potentials(self, injections: np.ndarray) -> np.ndarray:
        """mu (k, nodes) with A D^-1 A^T mu = injections (k, nodes); zero at one node of every piece."""
        mu = np.zeros(injections.shape)
        mu[:, self.free] = self.factor.solve(np.asfortranarray(injections[:, self.free].T)).T
        return mu

    def start(self, injections: np.ndarray) -> np.ndarray:
        """Currents (k, unknowns) of least D-energy that meet the injections (k, nodes)."""
        residual = np.zeros((len(injections), 2 * len(self.inverse) + len(self.via_inverse)))
        for row, mu in zip(residual, self._potentials(injections), strict=True):
            _subtract_drops(row, -mu, self.ends, len(self.inverse))
            _apply_inverse(self.inverse, self.via_inverse, row, row)
        return residual

    def project(self, residual: np.ndarray, out: np.ndarray) -> np.ndarray:
        """The residuals (k, unknowns) become A^T mu smaller so that out = D^-1 of them obeys A out = 0.

        Returns the products residual . out (k,).
        """
        divergence = np.zeros((len(residual), self.nodes))
        for r, z, flow in zip(residual, out, divergence, strict=True):
            _apply_inverse(self.inverse, self.via_inverse, r, z)
            _diverge(z, self.ends, len(self.inverse), flow)
        products = np.empty(len(residual))
        for n, (r, z, mu) in enumerate(zip(residual, out, self._potentials(divergence), strict=True)):
            _subtract_drops(r, mu, self.ends, len(self.inverse))
            _apply_inverse(self.inverse, self.via_inverse, r, z)
            products[n] = r @ z
        return products

    def divergence(self, current: np.ndarray) -> np.ndarray:
        """A I (nodes,) of one row of unknowns."""
        flow = np.zeros(self.nodes)
        _diverge(current, self.ends, len(self.inverse), flow)
        return flow


def solve(mesh: Mesh, operator: Operator, patterns: np.ndarray, tolerance: float = TOLERANCE) -> Solution:
    """Inductance matrix of the port current patterns (ports, k).

    Raises SfqgenError when a pattern asks current of a piece of metal that has no way back.
    """
    preconditioner = Preconditioner(mesh, operator)
    injections = _injections(mesh, patterns)
    unknowns = 2 * len(mesh.edges.film) + len(mesh.vias.level)
    currents, voltages = np.empty((2, patterns.shape[1], unknowns))
    iterations = 0
    for first in range(0, patterns.shape[1], BATCH):
        rows = np.s_[first : first + BATCH]
        currents[rows] = preconditioner.start(injections[rows])
        count = _conjugate(operator, preconditioner, currents[rows], voltages[rows], tolerance)
        iterations = max(iterations, count)
    matrix = currents @ voltages.T
    residual = max((np.abs(preconditioner.divergence(i) - s).max() for i, s in zip(currents, injections, strict=True)),
                   default=0.0)  # fmt: skip
    return Solution((matrix + matrix.T) / 2, currents, iterations, float(residual))


def _conjugate(operator: Operator, preconditioner: Preconditioner, x: np.ndarray, q: np.ndarray,
               tolerance: float) -> int:  # fmt: skip
    """Preconditioned conjugate gradients on a batch, in place: currents x, voltages q = L x; returns the iterations."""
    for n in range(len(x)):
        operator.apply(x[n], q[n])
    r, z = -q, np.empty_like(q)
    rz = preconditioner.project(r, z)
    p, lp = z.copy(), np.empty_like(q)
    energy = np.array([a @ b for a, b in zip(x, q, strict=True)])
    for count in range(MOST_ITERATIONS):
        if np.all(rz <= tolerance * energy):
            return count
        for n in range(len(x)):
            operator.apply(p[n], lp[n])
            curvature = p[n] @ lp[n]
            alpha = rz[n] / curvature if curvature > 0 else 0.0
            _step(alpha, p[n], lp[n], x[n], q[n], r[n])
            energy[n] -= alpha * rz[n]
        new = preconditioner.project(r, z)
        for n in range(len(x)):
            _turn(new[n] / rz[n] if rz[n] > 0 else 0.0, z[n], p[n])
        rz = new
    raise SfqgenError(f"the field solution did not converge in {MOST_ITERATIONS} iterations",
                      remedy="a finer grid; report the layout if that does not help")  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _step(alpha, p, lp, x, q, r):
    for n in range(len(x)):
        x[n] += alpha * p[n]
        q[n] += alpha * lp[n]
        r[n] -= alpha * lp[n]


@numba.njit(cache=True, nogil=True)
def _turn(beta, z, p):
    for n in range(len(p)):
        p[n] = z[n] + beta * p[n]


@numba.njit(cache=True, nogil=True)
def _apply_inverse(inverse, via_inverse, r, z):
    edges = len(inverse)
    for e in range(edges):
        a, b = r[2 * e], r[2 * e + 1]
        z[2 * e] = inverse[e, 0, 0] * a + inverse[e, 0, 1] * b
        z[2 * e + 1] = inverse[e, 1, 0] * a + inverse[e, 1, 1] * b
    for v in range(len(via_inverse)):
        z[2 * edges + v] = via_inverse[v] * r[2 * edges + v]


@numba.njit(cache=True, nogil=True)
def _diverge(current, ends, edges, flow):
    for e in range(edges):
        both = current[2 * e] + current[2 * e + 1]
        flow[ends[e, 0]] += both
        flow[ends[e, 1]] -= both
    for v in range(edges, len(ends)):
        flow[ends[v, 0]] += current[edges + v]
        flow[ends[v, 1]] -= current[edges + v]


@numba.njit(cache=True, nogil=True)
def _subtract_drops(r, mu, ends, edges):
    for e in range(edges):
        drop = mu[ends[e, 0]] - mu[ends[e, 1]]
        r[2 * e] -= drop
        r[2 * e + 1] -= drop
    for v in range(edges, len(ends)):
        r[edges + v] -= mu[ends[v, 0]] - mu[ends[v, 1]]


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
    """(k, nodes): current put into every node by each pattern. Raises SfqgenError unless every piece sums to zero."""
    injections = np.zeros((patterns.shape[1], mesh.nodes))
    for port, (plus, minus) in enumerate(mesh.terminals):
        injections[:, plus] += patterns[port]
        injections[:, minus] -= patterns[port]
    sums = np.array([np.bincount(mesh.piece, row) for row in injections])
    if np.abs(sums).max(initial=0.0) > 1e-9:
        raise NoWayBackError("the netlist lets a port current flow that the metal has no way for",
                             remedy="a line is cut or a via is missing between the ports; run lvs")  # fmt: skip
    return injections


def current_patterns(mesh: Mesh) -> np.ndarray:
    """(ports, k) independent port currents that sum to zero on every galvanic piece of the mesh."""
    return cycles(mesh.piece[mesh.terminals])


def cycles(ends: np.ndarray) -> np.ndarray:
    """(ports, k) independent port currents for ports from piece `ends[:, 0]` to piece `ends[:, 1]`.

    The cycles of the graph of pieces and ports: one column per port that closes one, entries 0 and +-1; no columns
    when no port current can flow at all.
    """
    parent: dict[int, tuple[int, int, int]] = {}  # piece: (piece above, port to it, +1 if the port points upwards)
    depth: dict[int, int] = {}
    tree: set[int] = set()
    at: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for port, (plus, minus) in enumerate(ends.tolist()):
        at[plus].append((port, minus, -1))
        at[minus].append((port, plus, 1))
    for root in dict.fromkeys(ends.ravel().tolist()):
        if root in depth:
            continue
        depth[root], queue = 0, deque([root])
        while queue:
            here = queue.popleft()
            for port, there, sign in at[here]:
                if there not in depth:
                    depth[there] = depth[here] + 1
                    parent[there] = (here, port, sign)
                    tree.add(port)
                    queue.append(there)
    columns = [_cycle(len(ends), port, plus, minus, parent, depth)
               for port, (plus, minus) in enumerate(ends.tolist()) if port not in tree]  # fmt: skip
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
