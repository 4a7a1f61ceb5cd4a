"""Area of polygons in the cells of a regular grid, exact for rectangles, with the centroid of what is covered."""

from __future__ import annotations

from dataclasses import dataclass

import klayout.db as kdb
import numba
import numpy as np

SLICES = 8  # horizontal slices per grid row of a slanted edge


@dataclass(frozen=True)
class Frame:
    """Square cells of pitch `h_um`; the centre of cell (i, j) is at (x0_um + i h, y0_um + j h)."""

    h_um: float
    x0_um: float
    y0_um: float
    nx: int
    ny: int

    def part(self, bbox: kdb.DBox) -> tuple[Frame, int, int]:
        """The cells that a box touches, as a frame of its own, and the numbers of its first cell in this one."""
        i0, i1 = _span(bbox.left, bbox.right, self.x0_um, self.h_um)
        j0, j1 = _span(bbox.bottom, bbox.top, self.y0_um, self.h_um)
        x0, y0 = self.x0_um + i0 * self.h_um, self.y0_um + j0 * self.h_um
        return Frame(self.h_um, x0, y0, i1 - i0 + 1, j1 - j0 + 1), i0, j0


def frame_of(bbox: kdb.DBox, h_um: float, anchor: tuple[float, float] = (0.0, 0.0)) -> Frame:
    """The frame that covers a box, one of its cell centres at the anchor (or whole cells away from it)."""
    return Frame(h_um, *anchor, 1, 1).part(bbox)[0]


def _span(low: float, high: float, origin: float, h: float) -> tuple[int, int]:
    """First and last cell that the interval covers by more than a rounding error."""
    first = int(np.floor((low - origin) / h + 0.5 + 1e-9))
    return first, max(first, int(np.ceil((high - origin) / h - 0.5 - 1e-9)))


def coverage(region: kdb.Region, dbu: float, frame: Frame, halves: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Covered area and its first moments in x and y over the cells, or over quarter cells when `halves` is set.

    Arrays (nx, ny) or (2 nx, 2 ny); lengths in units of the (half) pitch, moments about the frame's lower left corner.
    """
    per_cell = 2 if halves else 1
    unit = frame.h_um / per_cell
    area, mx, my = np.zeros((3, per_cell * frame.nx, per_cell * frame.ny))
    traps = trapezoids(region)
    if len(traps):
        origin_x, origin_y = frame.x0_um - 0.5 * frame.h_um, frame.y0_um - 0.5 * frame.h_um
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
