"""Area of polygons in the cells of a regular grid, exact for rectangles, with the centroid of what is covered."""

from __future__ import annotations

from dataclasses import dataclass

import klayout.db as kdb
import numba
import numpy as np

SLICES = 8  # horizontal slices per grid row of a slanted edge


@dataclass(frozen=True)
class Frame:
    """Square cells of pitch `h_um`; the centre of cell (i, j) is at ((i0 + i) h, (j0 + j) h)."""

    h_um: float
    i0: int
    j0: int
    nx: int
    ny: int

    def x_um(self, i: np.ndarray) -> np.ndarray:
        return (self.i0 + i) * self.h_um

    def y_um(self, j: np.ndarray) -> np.ndarray:
        return (self.j0 + j) * self.h_um


def frame_of(bbox: kdb.DBox, h_um: float) -> Frame:
    """The frame that covers a box, its cell centres on multiples of the pitch."""
    i0, j0 = round(np.floor(bbox.left / h_um + 0.5 + 1e-9)), round(np.floor(bbox.bottom / h_um + 0.5 + 1e-9))
    i1, j1 = round(np.ceil(bbox.right / h_um - 0.5 - 1e-9)), round(np.ceil(bbox.top / h_um - 0.5 - 1e-9))
    return Frame(h_um, i0, j0, max(1, i1 - i0 + 1), max(1, j1 - j0 + 1))


def coverage(region: kdb.Region, dbu: float, frame: Frame, halves: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Covered area and its first moments in x and y over the cells, or over quarter cells when `halves` is set.

    Arrays (nx, ny) or (2 nx, 2 ny); lengths in units of the (half) pitch, moments about the frame's lower left corner.
    """
    per_cell = 2 if halves else 1
    unit = frame.h_um / per_cell
    area, mx, my = np.zeros((3, per_cell * frame.nx, per_cell * frame.ny))
    traps = trapezoids(region)
    if len(traps):
        origin_x, origin_y = (frame.i0 - 0.5) * frame.h_um, (frame.j0 - 0.5) * frame.h_um
        scaled = traps * (dbu / unit)
        scaled[:, :2] -= origin_y / unit
        scaled[:, 2:] -= origin_x / unit
        _fill(np.round(scaled, 9), area, mx, my)
    return area, mx, my


def trapezoids(region: kdb.Region) -> np.ndarray:
    """Disjoint trapezoids with horizontal bases, rows (y0, y1, left at y0, left at y1, right at y0, right at y1)."""
    rows = []
    for part in region.decompose_trapezoids_to_region().each():
        points = [(p.x, p.y) for p in part.each_point_hull()]
        y0, y1 = min(y for _, y in points), max(y for _, y in points)
        low, high = [x for x, y in points if y == y0], [x for x, y in points if y == y1]
        rows.append((y0, y1, min(low), min(high), max(low), max(high)))
    return np.array(rows, float).reshape(-1, 6)


@numba.njit(cache=True, nogil=True)
def _fill(traps: np.ndarray, area: np.ndarray, mx: np.ndarray, my: np.ndarray) -> None:
    nx, ny = area.shape
    for n in range(len(traps)):
        y0, y1, l0, l1, r0, r1 = traps[n]
        if y1 <= y0:
            continue
        slices = 1 if l0 == l1 and r0 == r1 else SLICES
        for j in range(max(0, int(np.floor(y0))), min(ny, int(np.ceil(y1)))):
            bottom, top = max(y0, float(j)), min(y1, j + 1.0)
            dy = (top - bottom) / slices
            for k in range(slices):
                y = bottom + (k + 0.5) * dy
                s = (y - y0) / (y1 - y0)
                left, right = l0 + s * (l1 - l0), r0 + s * (r1 - r0)
                for i in range(max(0, int(np.floor(left))), min(nx, int(np.ceil(right)))):
                    a, b = max(left, float(i)), min(right, i + 1.0)
                    if b > a:
                        area[i, j] += (b - a) * dy
                        mx[i, j] += (b - a) * dy * 0.5 * (a + b)
                        my[i, j] += (b - a) * dy * y
