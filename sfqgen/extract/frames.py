"""Where the cells of a hierarchical layout stand: the frames at which a large layout is cut for the field solver.

The hierarchy only says where to cut. What is solved is the flattened metal, whatever cell it was drawn in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

import klayout.db as kdb

from pdk_sfq5ee import layers
from pdk_sfq5ee.process import Process

LEAST_UM2, MOST_UM2 = 400.0, 7000.0
"""A frame holds at least four tiles, and no more than one field solution should."""
MOST_FRAMES = 20_000
OUTSIDE = -1
"""In place of a frame's number: in none."""

Point = tuple[float, float]


def placed_frames(layout: kdb.Layout, cell: kdb.Cell, process: Process | None = None) -> tuple[kdb.Box, ...]:
    """Boxes in database units of the innermost cells under `cell` that have both planes and a junction.

    Empty when the hierarchy offers no such cells, too many, or cells that overlap; `cell` itself may be the only one.
    """
    frames = _Frames(layout, process)
    found: list[kdb.Box] = []
    for box in frames.below(cell, kdb.DCplxTrans()):
        found.append(box)
        if len(found) > MOST_FRAMES:
            return ()
    found.sort(key=lambda box: (box.bottom, box.left, box.top, box.right))
    return () if _overlap(found) else tuple(found)


class _Frames:
    def __init__(self, layout: kdb.Layout, process: Process | None) -> None:
        self.dbu = layout.dbu
        self.layers = [layout.find_layer(*layers.gds(name, process)) for name in ("M4", "M7", "J5")]
        self.own: dict[int, kdb.DBox | None] = {}
        self.deep: dict[int, bool] = {}

    def below(self, cell: kdb.Cell, trans: kdb.DCplxTrans) -> Iterator[kdb.Box]:
        if not self.holds(cell):
            return
        inner = [inst for inst in cell.each_inst() if self.holds(inst.cell)]
        if not inner:
            yield (trans * self.frame(cell)).to_itype(self.dbu)
        for inst in inner:
            for i in range(max(inst.na, 1)):
                for j in range(max(inst.nb, 1)):
                    step = kdb.DCplxTrans(inst.da * i + inst.db * j)
                    yield from self.below(inst.cell, trans * step * inst.dcplx_trans)

    def holds(self, cell: kdb.Cell) -> bool:
        """Whether the cell has a frame, or has cells that have."""
        number = cell.cell_index()
        if number not in self.deep:
            inner = any(self.holds(inst.cell) for inst in cell.each_inst())
            self.deep[number] = inner or self.frame(cell) is not None
        return self.deep[number]

    def frame(self, cell: kdb.Cell) -> kdb.DBox | None:
        number = cell.cell_index()
        if number not in self.own:
            self.own[number] = self._frame(cell)
        return self.own[number]

    def _frame(self, cell: kdb.Cell) -> kdb.DBox | None:
        if None in self.layers:
            return None
        ground, sky, junctions = (cell.dbbox(layer) for layer in self.layers)
        if junctions.empty() or ground.empty() or ground != sky or not ground.contains(junctions.center()):
            return None
        return ground if LEAST_UM2 <= ground.area() <= MOST_UM2 else None


def _overlap(boxes: list[kdb.Box]) -> bool:
    both = kdb.Region(boxes)
    return both.area() != both.merged().area()


class FrameIndex:
    """Which frame a point lies in."""

    PITCH_UM = 40.0

    def __init__(self, boxes: Sequence[kdb.DBox]) -> None:
        self.boxes = boxes
        self.cells: dict[tuple[int, int], list[int]] = defaultdict(list)
        for n, box in enumerate(boxes):
            for i in range(self._cell(box.left - 1), self._cell(box.right + 1) + 1):
                for j in range(self._cell(box.bottom - 1), self._cell(box.top + 1) + 1):
                    self.cells[i, j].append(n)

    def _cell(self, at_um: float) -> int:
        return int(at_um // self.PITCH_UM)

    def around(self, x: float, y: float, reach_um: float = 0.002) -> list[int]:
        """Frames at a point, those on whose edge it lies too."""
        near = self.cells.get((self._cell(x), self._cell(y)), ())
        return [n for n in near if self.boxes[n].enlarged(reach_um, reach_um).contains(kdb.DPoint(x, y))]

    def at(self, x: float, y: float, reach_um: float = 0.002) -> int:
        """The frame that a point lies in; on an edge the one with the nearer middle, so that order says nothing."""
        def off(n: int) -> float:
            middle = self.boxes[n].center()
            return abs(x - middle.x) / self.boxes[n].width() + abs(y - middle.y) / self.boxes[n].height()

        return min(self.around(x, y, reach_um), key=off, default=OUTSIDE)

    def split(self, path: Sequence[Point]) -> list[tuple[int, tuple[Point, ...]]]:
        """A path in stretches of one frame each, cut where it meets the edges."""
        found: list[tuple[int, list[Point]]] = []
        for p, q in pairwise(path):
            marks = [0.0, *self._meets(p, q), 1.0]
            for t, u in pairwise(marks):
                if u - t < 1e-9:
                    continue
                frame = self.at(*_between(p, q, (t + u) / 2))
                if not found or found[-1][0] != frame:
                    found.append((frame, [_between(p, q, t)]))
                found[-1][1].append(_between(p, q, u))
        return [(frame, tuple(points)) for frame, points in found]

    def _meets(self, p: Point, q: Point) -> list[float]:
        """Where a straight stretch meets the edges of the frames around it, as fractions of its length."""
        box = kdb.DBox(kdb.DPoint(*p), kdb.DPoint(*q))
        columns = range(self._cell(box.left), self._cell(box.right) + 1)
        rows = range(self._cell(box.bottom), self._cell(box.top) + 1)
        near = {n for i in columns for j in rows for n in self.cells.get((i, j), ())}
        marks = set()
        for n in near:
            edges = self.boxes[n]
            for axis, values in ((0, (edges.left, edges.right)), (1, (edges.bottom, edges.top))):
                step = q[axis] - p[axis]
                marks |= {round((at - p[axis]) / step, 9) for at in values if step and 0 < (at - p[axis]) / step < 1}
        return sorted(marks)


def _between(p: Point, q: Point, t: float) -> Point:
    return p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])
