"""Partly covered bricks: where their current goes on the grid, and their exact coupling to neighbours.

The grid convolution knows whole cells only. A brick narrower than its cell is spread over its own cell and the two
beside it with the weights that keep its mean position and its width, so that its distant field is right to
second order. Within REACH cells (in films less than about a cell apart) the difference to the rectangles that are
really there is added as a sparse matrix. Equal pairs of rectangles are integrated once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from sfqgen.extract.kernel import Profile, mean_inverse_distance, scale, z_quadrature
from sfqgen.extract.mesh import QUANTA

REACH = 2
MARGIN = REACH + 3
"""Offsets of whole-cell couplings that the corrections look up, in cells."""


@dataclass(frozen=True)
class Bricks:
    """Bricks of one current direction `axis` ("x", "y", or "z" for columns).

    Layer, cell, transverse width in h/QUANTA and centre offset in h/(2 QUANTA); a column is a centred square.
    `length` in cells scales the coupling of a brick that is cut short by a port.
    """

    axis: str
    layer: np.ndarray
    ix: np.ndarray
    iy: np.ndarray
    width: np.ndarray
    shift: np.ndarray
    length: np.ndarray

    def spread(self) -> tuple[np.ndarray, np.ndarray]:
        """Weights of the cells before and after a brick's own (which keeps the rest): equal mean and variance."""
        mean = self.shift / (2 * QUANTA)
        second = mean**2 + ((self.width / QUANTA) ** 2 - 1) / 12
        if self.axis == "z":
            second = np.zeros(len(mean))
        return (second - mean) / 2, (second + mean) / 2


@dataclass(frozen=True)
class NearField:
    """Rows of blocks: brick e couples to `columns[k]` by `values[block[k]]` (2, 2); transposed if block is < 0 (~b)."""

    start: np.ndarray
    columns: np.ndarray
    block: np.ndarray
    values: np.ndarray

    def self_blocks(self) -> np.ndarray:
        """(n, 2, 2) correction of every brick to itself."""
        return _diagonal(self.start, self.columns, self.block, self.values)

    def add(self, current: np.ndarray, voltage: np.ndarray) -> None:
        """voltage += correction @ current, both (n, 2)."""
        _multiply(self.start, self.columns, self.block, self.values, current, voltage)


def near_field(bricks: Bricks, profiles: list[tuple[Profile, ...]], whole: np.ndarray, slab_of: np.ndarray,
               shape: tuple[int, int], h_um: float) -> NearField:  # fmt: skip
    """Corrections for bricks whose layer `k` has the mode profiles `profiles[k]` (one or two).

    `whole` (slabs, slabs, MARGIN, MARGIN): coupling of whole cells by offset; `slab_of` (layers, 2) their numbers.
    """
    pair_of, pairs = _close_pairs(profiles, h_um)
    # A brick along y is one along x with the axes exchanged; below, "along" is the first grid index.
    along, across = (bricks.iy, bricks.ix) if bricks.axis == "y" else (bricks.ix, bricks.iy)
    grid = shape[::-1] if bricks.axis == "y" else shape
    head, following = _lists(bricks.layer, along, across, len(profiles), *grid)
    partial = (bricks.width < QUANTA) | (bricks.shift != 0)
    start = _count(bricks.layer, along, across, partial, head, following, pair_of)
    neighbours, keys, flipped = _collect(bricks.layer, along, across, bricks.width, bricks.shift, partial, head,
                                         following, pair_of, start)  # fmt: skip
    unique, block = np.unique(keys, return_inverse=True)
    heights, weights = _quadratures(pairs, profiles, h_um)
    cells = _whole_cells(pairs, profiles, whole, slab_of)
    values = _values(unique, heights, weights, cells, h_um, bricks.axis == "z")
    return NearField(start, neighbours, np.where(flipped, ~block, block).astype(np.int32), values)


def _close_pairs(profiles: list[tuple[Profile, ...]], h_um: float) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Number of every pair of layers less than 1.2 cells apart, -1 for the others."""
    pair_of = np.full((len(profiles), len(profiles)), -1)
    pairs = []
    for a, first in enumerate(profiles):
        for b in range(a, len(profiles)):
            second = profiles[b]
            gap = max(min(p.z0_um for p in second) - max(p.z1_um for p in first),
                      min(p.z0_um for p in first) - max(p.z1_um for p in second))  # fmt: skip
            if gap < 1.2 * h_um:
                pair_of[a, b] = pair_of[b, a] = len(pairs)
                pairs.append((a, b))
    return pair_of, pairs


def _quadratures(pairs, profiles, h_um: float) -> tuple[np.ndarray, np.ndarray]:
    """Heights (pairs, q), zero-padded, and weights (pairs, 4, q) in pH um for the four mode pairs of each."""
    found = []
    for a, b in pairs:
        modes = {2 * m + n: (p, q) for m, p in enumerate(profiles[a]) for n, q in enumerate(profiles[b])}
        heights = np.unique(np.concatenate([z_quadrature(p, q)[0] for p, q in modes.values()]))
        weights = np.zeros((4, len(heights)))
        for mode, (p, q) in modes.items():
            height, weight = z_quadrature(p, q)
            weights[mode, np.searchsorted(heights, height)] = weight * scale(p, q, h_um)
        found.append((heights, weights))
    longest = max(len(h) for h, _ in found)
    return (np.array([np.pad(h, (0, longest - len(h))) for h, _ in found]),
            np.array([np.pad(w, ((0, 0), (0, longest - w.shape[1]))) for _, w in found]))  # fmt: skip


def _whole_cells(pairs, profiles, whole: np.ndarray, slab_of: np.ndarray) -> np.ndarray:
    """(pairs, 4, MARGIN, MARGIN) coupling of whole cells for the four mode pairs of each pair of layers."""
    out = np.zeros((len(pairs), 4, MARGIN, MARGIN))
    for number, (a, b) in enumerate(pairs):
        for m in range(len(profiles[a])):
            for n in range(len(profiles[b])):
                out[number, 2 * m + n] = whole[slab_of[a, m], slab_of[b, n]]
    return out


@numba.njit(cache=True, nogil=True)
def _lists(layer, ix, iy, layers, nx, ny):
    """First brick in every cell and, for each brick, the next one there (two conductors may share a cell)."""
    head = np.full((layers, nx, ny), -1, np.int64)
    following = np.full(len(layer), -1, np.int64)
    for e in range(len(layer)):
        following[e] = head[layer[e], ix[e], iy[e]]
        head[layer[e], ix[e], iy[e]] = e
    return head, following


@numba.njit(cache=True, nogil=True)
def _count(layer, ix, iy, partial, head, following, pair_of):
    layers, nx, ny = head.shape
    start = np.zeros(len(layer) + 1, np.int64)
    for e in range(len(layer)):
        count = 0
        for other in range(layers):
            if pair_of[layer[e], other] < 0:
                continue
            for i in range(max(0, ix[e] - REACH), min(nx, ix[e] + REACH + 1)):
                for j in range(max(0, iy[e] - REACH), min(ny, iy[e] + REACH + 1)):
                    f = head[other, i, j]
                    while f >= 0:
                        if partial[e] or partial[f]:
                            count += 1
                        f = following[f]
        start[e + 1] = start[e] + count
    return start


@numba.njit(cache=True, nogil=True)
def _collect(layer, ix, iy, width, shift, partial, head, following, pair_of, start):
    """Neighbours, packed pairs of rectangles, and whether the neighbour's layer is the first of its pair."""
    layers, nx, ny = head.shape
    columns = np.empty(start[-1], np.int32)
    keys = np.empty(start[-1], np.int64)
    flipped = np.empty(start[-1], np.bool_)
    k = 0
    for e in range(len(layer)):
        for other in range(layers):
            pair = pair_of[layer[e], other]
            if pair < 0:
                continue
            for i in range(max(0, ix[e] - REACH), min(nx, ix[e] + REACH + 1)):
                for j in range(max(0, iy[e] - REACH), min(ny, iy[e] + REACH + 1)):
                    f = head[other, i, j]
                    while f >= 0:
                        if partial[e] or partial[f]:
                            columns[k] = f
                            keys[k] = _pack(pair, abs(i - ix[e]), j - iy[e], width[e], shift[e], width[f], shift[f])
                            flipped[k] = layer[e] > other
                            k += 1
                        f = following[f]
    return columns, keys, flipped


@numba.njit(cache=True, nogil=True)
def _pack(pair, di, dj, wa, ca, wb, cb):
    """One integer for a pair of rectangles, the same for its mirror image and for the two exchanged."""
    if wa > wb or (wa == wb and ca > cb):
        wa, ca, wb, cb, dj = wb, cb, wa, ca, -dj
    if ca < 0 or (ca == 0 and cb < 0) or (ca == 0 and cb == 0 and dj < 0):
        ca, cb, dj = -ca, -cb, -dj
    return (((((pair * 4 + di) * 8 + dj + 2) * 64 + wa) * 64 + wb) * 128 + ca + 64) * 128 + cb + 64


@numba.njit(cache=True, nogil=True)
def _values(keys, heights, weights, cells, h, square):
    """(n, 2, 2) coupling of the drawn rectangles less that of their images on the grid."""
    out = np.zeros((len(keys), 2, 2))
    unit = h / QUANTA
    for n in range(len(keys)):
        key = keys[n]
        cb, ca = (key & 127) - 64, ((key >> 7) & 127) - 64
        wb, wa = (key >> 14) & 63, (key >> 20) & 63
        dj, di, pair = ((key >> 26) & 7) - 2, (key >> 29) & 3, key >> 31
        across = dj * h + (cb - ca) * unit / 2
        la, lb = (wa * unit, wb * unit) if square else (h, h)
        for q in range(heights.shape[1]):
            if q > 0 and heights[pair, q] == 0.0:
                break
            drawn = mean_inverse_distance(di * h, across, heights[pair, q], la, wa * unit, lb, wb * unit)
            for mode in range(4):
                out[n, mode >> 1, mode & 1] += weights[pair, mode, q] * drawn
        before_a, after_a = _spread(wa, ca, square)
        before_b, after_b = _spread(wb, cb, square)
        for p in range(-1, 2):
            share_a = before_a if p < 0 else after_a if p > 0 else 1 - before_a - after_a
            for r in range(-1, 2):
                share_b = before_b if r < 0 else after_b if r > 0 else 1 - before_b - after_b
                for mode in range(4):
                    image = cells[pair, mode, di, abs(dj + r - p)]
                    out[n, mode >> 1, mode & 1] -= share_a * share_b * image
    return out


@numba.njit(cache=True, nogil=True)
def _spread(width, shift, square):
    if square:
        return 0.0, 0.0
    mean = shift / (2 * QUANTA)
    second = mean * mean + ((width / QUANTA) ** 2 - 1) / 12
    return (second - mean) / 2, (second + mean) / 2


@numba.njit(cache=True, nogil=True)
def _diagonal(start, columns, block, values):
    out = np.zeros((len(start) - 1, 2, 2))
    for e in range(len(start) - 1):
        for k in range(start[e], start[e + 1]):
            if columns[k] == e:
                out[e] += values[block[k]]
    return out


@numba.njit(cache=True, nogil=True)
def _multiply(start, columns, block, values, current, voltage):
    for e in range(len(start) - 1):
        a, b = 0.0, 0.0
        for k in range(start[e], start[e + 1]):
            n = block[k]
            i0, i1 = current[columns[k], 0], current[columns[k], 1]
            if n >= 0:
                a += values[n, 0, 0] * i0 + values[n, 0, 1] * i1
                b += values[n, 1, 0] * i0 + values[n, 1, 1] * i1
            else:
                a += values[~n, 0, 0] * i0 + values[~n, 1, 0] * i1
                b += values[~n, 0, 1] * i0 + values[~n, 1, 1] * i1
        voltage[e, 0] += a
        voltage[e, 1] += b
