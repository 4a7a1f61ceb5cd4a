"""2-D London solver: inductance per um of parallel lines, from their cross-section. The reference of the 3-D solver.

Every strip is cut into rectangular filaments, fine at its surfaces (penetration depth) and at the edges of all
strips. Filament i carries a uniform current; with the ln r kernel averaged in closed form over both rectangles,

    L_ij = -mu0/(2 pi) <<ln r>>_ij + (i = j) mu0 lambda_i^2 / area_i        pH/um,

one dense symmetric solve gives the current of every filament for unit voltages on the nets, hence the line matrix.
The magnetic energy is stationary, so the error in L is second order in that of the current.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
from scipy.linalg import cho_factor, cho_solve

from sfqgen.errors import SfqgenError
from sfqgen.extract.stack import MU0_PH_PER_UM, Slab

PLANE_HALF_WIDTH_UM = 12.0
"""Planes reach this far beside the lines; 10 um are needed for 0.5 % on M6 over M4."""

FAR_UM = 1000.0  # unit of length in the logarithm: cancels for zero total current, keeps the matrix positive definite


@dataclass(frozen=True)
class Strip:
    """A bar of infinite length: film, horizontal extent, and the net whose current it carries."""

    net: str
    slab: Slab
    x0_um: float
    x1_um: float


@dataclass(frozen=True)
class Mesh:
    """`finest_um` is the filament size at surfaces and edges, `growth` its increase per um of distance from them."""

    finest_um: float = 0.008
    growth: float = 0.12


def line_matrix(strips: Sequence[Strip], ground: str, mesh: Mesh | None = None) -> tuple[list[str], np.ndarray]:
    """Names of the signal nets and their inductance matrix in pH/um; the return current flows in net `ground`.

    Raises SfqgenError when `ground` or every signal is missing, or a strip has no width.
    """
    nets = list(dict.fromkeys(strip.net for strip in strips))
    if ground not in nets or len(nets) < 2:
        raise SfqgenError(f"no strip on net {ground}, or none beside it", remedy="one ground strip and one signal")
    for strip in strips:
        if strip.x1_um <= strip.x0_um:
            raise SfqgenError("strip without width", where=f"net {strip.net}", allowed="x1_um above x0_um")
    boxes, kinetic, owner = _filaments(strips, nets, mesh or Mesh())
    matrix = _log_kernel(boxes)
    matrix *= -MU0_PH_PER_UM / (2 * np.pi)
    matrix[np.diag_indices_from(matrix)] += kinetic
    incidence = (owner[:, None] == np.arange(len(nets))).astype(float)
    admittance = incidence.T @ cho_solve(cho_factor(matrix, overwrite_a=True), incidence)
    impedance = np.linalg.inv(admittance)
    g = nets.index(ground)
    signals = [i for i in range(len(nets)) if i != g]
    loop = impedance - impedance[g] - impedance[:, [g]] + impedance[g, g]
    return [nets[i] for i in signals], loop[np.ix_(signals, signals)]


def planes(slabs: Sequence[Slab], x0_um: float, x1_um: float, slot: tuple[float, float] | None = None) -> list[Strip]:
    """Ground strips that reach PLANE_HALF_WIDTH_UM beyond x0..x1, with an optional slot in all of them."""
    left, right = x0_um - PLANE_HALF_WIDTH_UM, x1_um + PLANE_HALF_WIDTH_UM
    spans = [(left, slot[0]), (slot[1], right)] if slot else [(left, right)]
    return [Strip("ground", slab, *span) for slab in slabs for span in spans]


def _filaments(strips: Sequence[Strip], nets: list[str], mesh: Mesh) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Boxes (n, 4) as x, z, width, height in um, kinetic terms (n,) in pH/um and net numbers (n,)."""
    boxes, kinetic, owner = [], [], []
    for strip in strips:
        slab = strip.slab
        x = _nodes(strip.x0_um, strip.x1_um, _features(strip, strips, mesh), mesh.growth)
        z = _nodes(slab.z0_um, slab.z1_um, [(slab.z0_um, mesh.finest_um), (slab.z1_um, mesh.finest_um)], 0.35)
        width, height = np.meshgrid(np.diff(x), np.diff(z), indexing="ij")
        mid_x, mid_z = np.meshgrid((x[1:] + x[:-1]) / 2, (z[1:] + z[:-1]) / 2, indexing="ij")
        boxes.append(np.stack([a.ravel() for a in (mid_x, mid_z, width, height)], axis=1))
        kinetic.append(slab.kinetic_ph_um / (width * height).ravel())
        owner.append(np.full(width.size, nets.index(strip.net)))
    return np.concatenate(boxes), np.concatenate(kinetic), np.concatenate(owner)


def _features(strip: Strip, strips: Sequence[Strip], mesh: Mesh) -> list[tuple[float, float]]:
    """Places where the current density of `strip` changes fast, each with the filament size that it asks for."""
    places = [(strip.x0_um, mesh.finest_um), (strip.x1_um, mesh.finest_um)]
    for other in strips:
        if other is not strip:
            gap = abs(other.slab.z0_um + other.slab.z1_um - strip.slab.z0_um - strip.slab.z1_um) / 2
            size = max(mesh.finest_um, mesh.growth * gap)
            places += [(x, size) for x in (other.x0_um, other.x1_um) if strip.x0_um < x < strip.x1_um]
    return places


def _nodes(start: float, stop: float, features: list[tuple[float, float]], growth: float) -> np.ndarray:
    """Nodes from start to stop whose spacing is about min(size + growth * distance) over the features."""
    fine = np.linspace(start, stop, 4001)
    spacing = np.min([size + growth * np.abs(fine - x) for x, size in features], axis=0)
    count = np.concatenate([[0.0], np.cumsum(np.diff(fine) * 0.5 * (1 / spacing[1:] + 1 / spacing[:-1]))])
    cells = max(2, int(np.ceil(count[-1])))
    return np.interp(np.linspace(0, count[-1], cells + 1), count, fine)


@numba.njit(cache=True, nogil=True)
def _log_kernel(boxes: np.ndarray) -> np.ndarray:
    """Mean of ln(r / FAR_UM) over every pair of boxes (n, n)."""
    n = len(boxes)
    out = np.empty((n, n))
    for i in range(n):
        for j in range(i + 1):
            out[i, j] = out[j, i] = _mean_log(boxes[i], boxes[j]) - np.log(FAR_UM)
    return out


@numba.njit(cache=True, nogil=True)
def _mean_log(a: np.ndarray, b: np.ndarray) -> float:
    dx, dz = a[0] - b[0], a[1] - b[1]
    r2 = dx * dx + dz * dz
    size2 = max(a[2], b[2]) ** 2 + max(a[3], b[3]) ** 2
    if r2 > 36.0 * size2:  # second moments of the rectangles; the next term is below 1e-6
        spread = a[2] ** 2 + b[2] ** 2 - a[3] ** 2 - b[3] ** 2
        return 0.5 * np.log(r2) - spread * (dx * dx - dz * dz) / (24.0 * r2 * r2)
    total = 0.0
    for sx in range(4):
        x = dx + (a[2] if sx & 1 else -a[2]) / 2 - (b[2] if sx & 2 else -b[2]) / 2
        for sz in range(4):
            z = dz + (a[3] if sz & 1 else -a[3]) / 2 - (b[3] if sz & 2 else -b[3]) / 2
            sign = 1.0 if bin_parity(sx) == bin_parity(sz) else -1.0
            total += sign * _log_antiderivative(x, z)
    return total / (a[2] * a[3] * b[2] * b[3])


@numba.njit(cache=True, nogil=True)
def bin_parity(two_bits: int) -> int:
    return (two_bits & 1) ^ (two_bits >> 1)


@numba.njit(cache=True, nogil=True)
def _log_antiderivative(x: float, z: float) -> float:
    """F with d^4 F / dx^2 dz^2 = ln r, the real part of -(x + iz)^4 (ln(x + iz) - 25/12) / 24 made even."""
    x2, z2 = x * x, z * z
    r2 = x2 + z2
    if r2 == 0.0:
        return 0.0
    total = (6.0 * x2 * z2 - x2 * x2 - z2 * z2) / 48.0 * np.log(r2) - 25.0 / 48.0 * x2 * z2
    if x != 0.0 and z != 0.0:
        total += x * z * (x2 * np.arctan(z / x) + z2 * np.arctan(x / z)) / 6.0
    return total
