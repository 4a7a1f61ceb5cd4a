"""Where the cells of a hierarchical layout stand: the frames at which a large layout is cut for the field solver.

The hierarchy only says where to cut. What is solved is the flattened metal, whatever cell it was drawn in.
"""

from __future__ import annotations

from collections.abc import Iterator

import klayout.db as kdb

from pdk_sfq5ee import layers
from pdk_sfq5ee.process import Process

LEAST_UM2, MOST_UM2 = 400.0, 7000.0
"""A frame holds at least four tiles, and no more than one field solution should."""
MOST_FRAMES = 20_000


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
