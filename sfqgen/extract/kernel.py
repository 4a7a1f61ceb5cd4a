"""Magnetic coupling of grid bricks: the mean of 1/r over two rectangles, weighted through the film thickness.

A film of thickness t carries two current modes per direction, the two exponentials that solve London's equation in a
sheet; a via carries one uniform current from the middle of one film to that of the next. With the profiles phi of unit
current, a brick of length h (or, for a via, phi = 1 over its height) couples to another by

    K_mn(dx, dy) = mu0/(4 pi) l_m l_n  integral C_mn(zeta) S(dx, dy, |zeta|) dzeta
    C_mn(zeta) = integral phi_m(z) phi_n(z + zeta) dz      S = mean of 1/r over both rectangles at height zeta

S is the closed four-corner form (Ruehli and Brennan 1973). C is smooth between the zeta at which film faces
meet, so Gauss points between those, and separate ones on both sides of zeta = 0, integrate the cusp of |zeta| exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numba
import numpy as np

from sfqgen.extract.stack import MU0_PH_PER_UM, Slab

NEAR_CELLS = 16
"""Up to here the rectangles are integrated exactly; beyond, 1/r with the second moment of the squares (below 1e-5)."""
GAUSS_POINTS = 6


@dataclass(frozen=True)
class Profile:
    """Current density over z: `amplitude` exp(kappa (z - z_ref)) on z0..z1, z_ref the face where it peaks.

    `length_um` is the length of the brick along its current, None for the grid pitch.
    """

    z0_um: float
    z1_um: float
    kappa: float
    amplitude: float
    is_via: bool = False

    @property
    def support(self) -> tuple[float, float]:
        return self.z0_um, self.z1_um

    def density(self, z: np.ndarray) -> np.ndarray:
        reference = self.z1_um if self.kappa > 0 else self.z0_um
        return self.amplitude * np.exp(self.kappa * (z - reference))


def london_modes(slab: Slab) -> tuple[Profile, ...]:
    """Two exponentials peaking at the two faces, each of unit current; one uniform mode for a film below lambda/2."""
    t, lam = slab.thickness_um, slab.lambda_um
    if t < 0.5 * lam:
        return (Profile(slab.z0_um, slab.z1_um, 0.0, 1 / t),)
    amplitude = 1 / (lam * (1 - np.exp(-t / lam)))
    return tuple(Profile(slab.z0_um, slab.z1_um, kappa, amplitude) for kappa in (1 / lam, -1 / lam))


def two_slabs(slab: Slab) -> tuple[Profile, ...]:
    """The film as two uniform halves, the way filament solvers mesh it; for comparison with those."""
    middle = (slab.z0_um + slab.z1_um) / 2
    halves = ((slab.z0_um, middle), (middle, slab.z1_um))
    return tuple(Profile(z0, z1, 0.0, 1 / (z1 - z0)) for z0, z1 in halves)


def via_profile(z0_um: float, z1_um: float) -> Profile:
    return Profile(min(z0_um, z1_um), max(z0_um, z1_um), 0.0, 1.0, is_via=True)


def kinetic_overlap(a: Profile, b: Profile) -> float:
    """Integral of phi_a phi_b over z, 1/um for film modes: times mu0 lambda^2 length/width it is the kinetic term."""
    z0, z1 = max(a.z0_um, b.z0_um), min(a.z1_um, b.z1_um)
    if z1 <= z0:
        return 0.0
    x, w = _gauss(12, z0, z1)
    return float(np.sum(w * a.density(x) * b.density(x)))


@lru_cache(maxsize=4096)
def z_quadrature(a: Profile, b: Profile) -> tuple[np.ndarray, np.ndarray]:
    """Heights |zeta| (q,) in um, increasing, and weights C_ab(zeta) dzeta (q,) summed over both signs of zeta."""
    kinks = {b.z0_um - a.z1_um, b.z0_um - a.z0_um, b.z1_um - a.z1_um, b.z1_um - a.z0_um}
    low, high = min(kinks), max(kinks)
    kinks = sorted({round(k, 9) for k in kinks} | ({0.0} if low < 0 < high else set()))
    heights, weights = [], []
    for start, stop in pairwise(kinks):
        zeta, w = _gauss(GAUSS_POINTS, start, stop)
        heights.append(np.abs(zeta))
        weights.append(w * np.array([_correlation(a, b, value) for value in zeta]))
    height, weight = np.round(np.concatenate(heights), 9), np.concatenate(weights)
    unique, where = np.unique(height, return_inverse=True)
    return unique, np.bincount(where, weight)


def _correlation(a: Profile, b: Profile, zeta: float) -> float:
    z0, z1 = max(a.z0_um, b.z0_um - zeta), min(a.z1_um, b.z1_um - zeta)
    if z1 <= z0:
        return 0.0
    x, w = _gauss(8, z0, z1)
    return float(np.sum(w * a.density(x) * b.density(x + zeta)))


def _gauss(points: int, start: float, stop: float) -> tuple[np.ndarray, np.ndarray]:
    x, w = np.polynomial.legendre.leggauss(points)
    return (start + stop) / 2 + (stop - start) / 2 * x, (stop - start) / 2 * w


def scale(a: Profile, b: Profile, pitch_um: float) -> float:
    """mu0/(4 pi) times both brick lengths, pH per (1/um)."""
    lengths = (1.0 if a.is_via else pitch_um) * (1.0 if b.is_via else pitch_um)
    return MU0_PH_PER_UM / (4 * np.pi) * lengths


def coupling_table(pairs: Sequence[tuple[Profile, Profile]], pitch_um: float, nx: int, ny: int) -> np.ndarray:
    """Coupling in pH of whole-cell bricks, (pairs, nx, ny) float32, over offsets of 0..nx-1 and 0..ny-1 cells."""
    table = np.zeros((len(pairs), nx, ny), np.float32)
    groups: dict[tuple, list[int]] = {}
    for number, (a, b) in enumerate(pairs):
        groups.setdefault((*a.support, *b.support), []).append(number)
    for members in groups.values():
        quadratures = [z_quadrature(*pairs[m]) for m in members]
        heights = quadratures[0][0]
        weights = np.array([q[1] * scale(*pairs[m], pitch_um) for m, q in zip(members, quadratures, strict=True)])
        part = np.zeros((len(members), nx, ny))
        _accumulate(part, weights, heights, pitch_um)
        table[members] = part
    return table


@numba.njit(cache=True, nogil=True)
def _accumulate(out: np.ndarray, weights: np.ndarray, heights: np.ndarray, h: float) -> None:
    pairs, nx, ny = out.shape
    near = NEAR_CELLS
    corner = np.empty((near + 3, near + 3))
    for q in range(len(heights)):
        z = heights[q]
        for i in range(near + 3):
            for j in range(near + 3):
                corner[i, j] = corner_form((i - 1) * h, (j - 1) * h, z)
        for i in range(nx):
            for j in range(ny):
                if i <= near and j <= near:
                    total = 0.0
                    for k in range(3):
                        row = corner[i + k, j] - 2 * corner[i + k, j + 1] + corner[i + k, j + 2]
                        total += row if k != 1 else -2 * row
                    mean = total / h**4
                else:
                    r2 = h * h * (i * i + j * j) + z * z
                    mean = (1.0 + h * h / 12 * (r2 - 3 * z * z) / (r2 * r2)) / np.sqrt(r2)
                for p in range(pairs):
                    out[p, i, j] += weights[p, q] * mean


@numba.njit(cache=True, nogil=True)
def mean_inverse_distance(dx: float, dy: float, z: float, ax: float, ay: float, bx: float, by: float) -> float:
    """Mean of 1/r over rectangles of sides (ax, ay) and (bx, by), parallel, centres (dx, dy, z) apart, in 1/um."""
    total = 0.0
    for sx in range(4):
        x = dx + (0.5 * ax if sx & 1 else -0.5 * ax) + (0.5 * bx if sx & 2 else -0.5 * bx)
        for sy in range(4):
            y = dy + (0.5 * ay if sy & 1 else -0.5 * ay) + (0.5 * by if sy & 2 else -0.5 * by)
            even = ((sx & 1) ^ (sx >> 1)) == ((sy & 1) ^ (sy >> 1))
            total += corner_form(x, y, z) if even else -corner_form(x, y, z)
    return total / (ax * ay * bx * by)


@numba.njit(cache=True, nogil=True)
def corner_form(x: float, y: float, z: float) -> float:
    """G with d^4 G / dx^2 dy^2 = 1/r, r^2 = x^2 + y^2 + z^2."""
    r = np.sqrt(x * x + y * y + z * z)
    total = (2 * z * z - x * x - y * y) * r / 6
    if y * y != z * z:
        total += 0.5 * (y * y - z * z) * x * _log_sum(x, y * y + z * z, r)
    if x * x != z * z:
        total += 0.5 * (x * x - z * z) * y * _log_sum(y, x * x + z * z, r)
    if z != 0.0 and x != 0.0 and y != 0.0:
        total -= x * y * z * np.arctan(x * y / (z * r))
    return total


@numba.njit(cache=True, nogil=True)
def _log_sum(x: float, rest2: float, r: float) -> float:
    """ln(x + r) with r^2 = x^2 + rest2, without cancellation for x < 0."""
    total = x + r if x >= 0.0 else rest2 / (r - x)
    return np.log(total) if total > 0.0 else 0.0
