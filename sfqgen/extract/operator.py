"""The inductance operator: voltage of every brick (pH uA / ps per uA/ps) for given brick currents, by FFT.

L = L_magnetic + L_kinetic on the bricks of a mesh. Currents along x, y and z do not couple; within one direction the
coupling depends on the offset of the cells alone, so it is a convolution between pairs of modes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numba
import numpy as np
import scipy.fft

from sfqgen.extract.cache import cached_coupling_table
from sfqgen.extract.kernel import Profile, kinetic_overlap, london_modes, via_profile
from sfqgen.extract.mesh import QUANTA, Mesh
from sfqgen.extract.nearfield import MARGIN, Bricks, NearField, near_field
from sfqgen.extract.stack import Slab

IMAGE_GAP_UM = 4.0
"""The convolution is cyclic: the circuit's images stand this far beyond its planes. Their field is screened; without
images the transform would be nearly three times as large."""


class Convolution:
    """Coupling of all cells of `profiles` (s of them) on a grid one cell wider than (nx, ny) on every side.

    The spectra are real and even. `whole` (s, s, MARGIN, MARGIN) is the coupling by offset of near cells.
    """

    def __init__(self, profiles: list[Profile], shape: tuple[int, int], h_um: float) -> None:
        self.shape, self.slabs = (shape[0] + 2, shape[1] + 2), len(profiles)
        self.padded = tuple(_period(n, h_um, real) for n, real in zip(self.shape, (False, True), strict=True))
        pairs = [(a, b) for a in range(self.slabs) for b in range(a, self.slabs)]
        extent = tuple(max(n // 2 + 1, MARGIN) for n in self.padded)
        table = cached_coupling_table([(profiles[a], profiles[b]) for a, b in pairs], h_um, *extent)
        self.whole = np.zeros((self.slabs, self.slabs, MARGIN, MARGIN))
        for number, (a, b) in enumerate(pairs):
            self.whole[a, b] = self.whole[b, a] = table[number, :MARGIN, :MARGIN]
        self.spectrum = _even_spectrum(table, self.padded)

    def __call__(self, grid: np.ndarray) -> np.ndarray:
        """Convolve (s, *shape) float32 with the couplings."""
        (px, py), (nx, ny) = self.padded, self.shape
        waves = scipy.fft.fft(scipy.fft.rfft(grid, n=py, axis=2), n=px, axis=1, overwrite_x=True)
        _mix(waves, self.spectrum, self.slabs)
        rows = scipy.fft.ifft(waves, axis=1, overwrite_x=True)[:, :nx]
        return scipy.fft.irfft(rows, n=py, axis=2)[:, :, :ny]


def _period(cells: int, h_um: float, real: bool) -> int:
    """Length of the cyclic convolution: images of the circuit come no nearer than IMAGE_GAP_UM, if at all."""
    return scipy.fft.next_fast_len(min(2 * cells - 1, cells + round(IMAGE_GAP_UM / h_um)), real=real)


def _even_spectrum(table: np.ndarray, padded: tuple[int, int]) -> np.ndarray:
    """(pairs, px/2 + 1, py/2 + 1) float32: the transform of the table continued evenly and periodically."""
    i, j = (np.minimum(np.arange(n), n - np.arange(n)) for n in padded)
    out = np.empty((len(table), padded[0] // 2 + 1, padded[1] // 2 + 1), np.float32)
    for number, quadrant in enumerate(table):
        out[number] = scipy.fft.rfft2(quadrant[np.ix_(i, j)]).real[: padded[0] // 2 + 1]
    return out


@numba.njit(cache=True, nogil=True, fastmath=True)
def _mix(waves: np.ndarray, spectrum: np.ndarray, slabs: int) -> None:
    """Multiply every wavenumber's vector of slabs by its symmetric matrix, in place."""
    px, length = waves.shape[1], waves.shape[2]
    real, imag = np.empty((slabs, length), np.float32), np.empty((slabs, length), np.float32)
    out_r, out_i = np.empty((slabs, length), np.float32), np.empty((slabs, length), np.float32)
    for i in range(px):
        k = min(i, px - i)
        for a in range(slabs):
            for j in range(length):
                real[a, j], imag[a, j] = waves[a, i, j].real, waves[a, i, j].imag
        out_r[:], out_i[:] = 0.0, 0.0
        pair = 0
        for a in range(slabs):
            for b in range(a, slabs):
                s, ra, rb, ia, ib = spectrum[pair, k], real[a], real[b], imag[a], imag[b]
                pa, pb, qa, qb = out_r[a], out_r[b], out_i[a], out_i[b]
                for j in range(length):
                    pa[j] += s[j] * rb[j]
                    qa[j] += s[j] * ib[j]
                if a != b:
                    for j in range(length):
                        pb[j] += s[j] * ra[j]
                        qb[j] += s[j] * ia[j]
                pair += 1
        for a in range(slabs):
            for j in range(length):
                waves[a, i, j] = complex(out_r[a, j], out_i[a, j])


class Operator:
    """L of a mesh, on vectors of brick currents; `block` (edges, 2, 2) is its diagonal over the modes of each brick."""

    def __init__(self, mesh: Mesh, slabs: Mapping[str, Slab],
                 modes: Callable[[Slab], tuple[Profile, ...]] = london_modes) -> None:  # fmt: skip
        h, shape = mesh.frame.h_um, (mesh.frame.nx, mesh.frame.ny)
        self.mesh, self.shape = mesh, shape
        films = [slabs[name] for name in mesh.films]
        profiles = [modes(slab) for slab in films]
        levels = [(via_profile(z0, z1),) for z0, z1, _ in mesh.levels]
        self.planar = Convolution([p for film in profiles for p in film], shape, h)
        self.slab_of = _slab_numbers(profiles)
        e, v, split = mesh.edges, mesh.vias, mesh.edges.split
        self.parts = [_Part(s, profiles, self.planar, self.slab_of, shape, h) for s in _film_bricks(e)]
        self.slices = [np.s_[:split], np.s_[split:]]
        overlap = np.zeros((len(films), 2, 2))
        for f, (slab, film) in enumerate(zip(films, profiles, strict=True)):
            for m, p in enumerate(film):
                for n, q in enumerate(film):
                    overlap[f, m, n] = slab.kinetic_ph_um * kinetic_overlap(p, q)
        self.kinetic = overlap[e.film] * e.squares[:, None, None]
        own = np.concatenate([p.self_blocks() for p in self.parts])
        self.kinetic = self.kinetic + (e.turn - 1)[:, None, None] * (self.kinetic + own)
        self.block = self.kinetic + own
        self.via_part, self.via_kinetic = None, np.zeros(0)
        if len(v.level):
            vertical = Convolution([p for level in levels for p in level], shape, h)
            numbers = np.stack([np.arange(len(levels)), np.full(len(levels), -1)], axis=1)
            self.via_part = _Part(_via_bricks(v), levels, vertical, numbers, shape, h)
            heights = np.array([abs(z1 - z0) for z0, z1, _ in mesh.levels])
            plug = min(slab.kinetic_ph_um for slab in films)  # vias are filled with niobium
            self.via_kinetic = plug * heights[v.level] / (v.area * h * h)
        self.two_modes = self.slab_of[e.film, 1] >= 0

    def via_block(self) -> np.ndarray:
        """Diagonal of the via columns, (columns,) pH."""
        return self.via_kinetic + (self.via_part.self_blocks()[:, 0, 0] if self.via_part else 0.0)

    def apply(self, current: np.ndarray, voltage: np.ndarray) -> None:
        """voltage = L current; both hold the film bricks' two modes, brick by brick, then the via columns."""
        edges = len(self.kinetic)
        film, out = current[: 2 * edges].reshape(edges, 2), voltage[: 2 * edges].reshape(edges, 2)
        _block_multiply(self.kinetic, film, out)
        for part, rows in zip(self.parts, self.slices, strict=True):
            part.add(film[rows], out[rows])
        if self.via_part:
            via = np.zeros((len(self.via_kinetic), 2))
            via[:, 0] = current[2 * edges :]
            vertical = np.zeros_like(via)
            vertical[:, 0] = self.via_kinetic * via[:, 0]
            self.via_part.add(via, vertical)
            voltage[2 * edges :] = vertical[:, 0]


class _Part:
    """Bricks of one direction: scatter to the grid, convolve, gather, correct the near field."""

    def __init__(self, bricks: Bricks, profiles: list[tuple[Profile, ...]], convolution: Convolution,
                 slab_of: np.ndarray, shape: tuple[int, int], h_um: float) -> None:  # fmt: skip
        self.bricks, self.convolution, self.slab_of = bricks, convolution, slab_of
        self.near: NearField = near_field(bricks, profiles, convolution.whole, slab_of, shape, h_um)
        self.where = (slab_of, bricks.layer, bricks.ix, bricks.iy, *bricks.spread(), bricks.axis == "x")
        self.length = None if np.all(bricks.length == 1.0) else bricks.length[:, None]

    def self_blocks(self) -> np.ndarray:
        """(n, 2, 2) coupling of every brick to itself."""
        before, after = self.bricks.spread()
        shares = (before, 1 - before - after, after)
        first, second = np.maximum(self.slab_of[self.bricks.layer].T, 0)
        whole = self.convolution.whole[:, :, 0, :3]
        block = np.zeros((len(first), 2, 2))
        for m, a in ((0, first), (1, second)):
            for n, b in ((0, first), (1, second)):
                for p in range(3):
                    for r in range(3):
                        block[:, m, n] += shares[p] * shares[r] * whole[a, b, abs(p - r)]
        single = self.slab_of[self.bricks.layer, 1] < 0
        block[single, 1, :] = block[single, :, 1] = 0.0
        return (block + self.near.self_blocks()) * self.bricks.length[:, None, None] ** 2

    def add(self, current: np.ndarray, voltage: np.ndarray) -> None:
        """voltage += L_magnetic current, both (n, 2)."""
        if self.length is None:
            self._add(current, voltage)
        else:
            part = np.zeros_like(voltage)
            self._add(current * self.length, part)
            voltage += part * self.length

    def _add(self, current: np.ndarray, voltage: np.ndarray) -> None:
        grid = np.zeros((self.convolution.slabs, *self.convolution.shape), np.float32)
        _scatter(current, *self.where, grid)
        _gather(self.convolution(grid), *self.where, voltage)
        self.near.add(current, voltage)


def _slab_numbers(profiles: list[tuple[Profile, ...]]) -> np.ndarray:
    """(films, 2): number of each mode in the convolution, -1 where a film has one mode only."""
    numbers, count = np.full((len(profiles), 2), -1), 0
    for film, modes in enumerate(profiles):
        for mode in range(len(modes)):
            numbers[film, mode] = count
            count += 1
    return numbers


def _film_bricks(e) -> tuple[Bricks, Bricks]:
    x, y = np.s_[: e.split], np.s_[e.split :]
    return tuple(Bricks(axis, e.film[s], e.ix[s], e.iy[s], e.width[s], e.shift[s], e.length[s])
                 for axis, s in (("x", x), ("y", y)))  # fmt: skip


def _via_bricks(v) -> Bricks:
    """A partly covered via cell as a smaller square in its middle."""
    side = np.clip(np.round(QUANTA * np.sqrt(v.area)), 1, QUANTA).astype(np.int64)
    return Bricks("z", v.level, v.ix, v.iy, side, np.zeros(len(side), np.int64), np.ones(len(side)))


@numba.njit(cache=True, nogil=True)
def _block_multiply(blocks: np.ndarray, x: np.ndarray, out: np.ndarray) -> None:
    """out (n, 2) = blocks (n, 2, 2) times x (n, 2), brick by brick."""
    for e in range(len(x)):
        a, b = x[e, 0], x[e, 1]
        out[e, 0] = blocks[e, 0, 0] * a + blocks[e, 0, 1] * b
        out[e, 1] = blocks[e, 1, 0] * a + blocks[e, 1, 1] * b


@numba.njit(cache=True, nogil=True)
def _scatter(current, slab_of, layer, ix, iy, before, after, along_x, grid):
    """Add the currents to the grid (one cell of margin), each spread over its cell and the two beside it."""
    sx, sy = (0, 1) if along_x else (1, 0)
    for e in range(len(layer)):
        i, j = ix[e] + 1, iy[e] + 1
        for m in range(2):
            s = slab_of[layer[e], m]
            if s >= 0:
                grid[s, i, j] += (1 - before[e] - after[e]) * current[e, m]
                if before[e] != 0.0 or after[e] != 0.0:
                    grid[s, i - sx, j - sy] += before[e] * current[e, m]
                    grid[s, i + sx, j + sy] += after[e] * current[e, m]


@numba.njit(cache=True, nogil=True)
def _gather(grid, slab_of, layer, ix, iy, before, after, along_x, voltage):
    """The transpose of `_scatter`."""
    sx, sy = (0, 1) if along_x else (1, 0)
    for e in range(len(layer)):
        i, j = ix[e] + 1, iy[e] + 1
        for m in range(2):
            s = slab_of[layer[e], m]
            if s >= 0:
                voltage[e, m] += (1 - before[e] - after[e]) * grid[s, i, j]
                if before[e] != 0.0 or after[e] != 0.0:
                    voltage[e, m] += before[e] * grid[s, i - sx, j - sy] + after[e] * grid[s, i + sx, j + sy]
