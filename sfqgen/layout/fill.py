"""Fills the free streets of a cell: stitches from ground to sky plane, then dummy junctions for even density.

Greedy and deterministic: spots are tried in a fixed order, and one is taken when every layer keeps its safe distance
from all that is drawn and from the cell's edge, beyond which a neighbour fills by the same rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import gdsfactory as gf
import klayout.db as kdb
import numpy as np

from pdk_sfq5ee import rules
from pdk_sfq5ee.cells.fill import dummy_junction
from pdk_sfq5ee.cells.shapes import layer_index
from pdk_sfq5ee.cells.tiles import moat_region
from pdk_sfq5ee.cells.vias import ground_stitch
from pdk_sfq5ee.process import figure
from sfqgen.layout.plan import TILE_UM, FloorPlan

LAYERS = ("M5", "J5", "R5", "C5R", "I4", "I5", "I6", "M6")
STREET_UM = 4.4
BIG_UM, SMALL_UM = 3.0, 1.5
R5_UM = 0.5  # dummies keep this from resistors, although no rule asks for it
EDGE_UM = 1.0  # vias and junctions from the cell's edge; metals half their space


def distances() -> dict[tuple[str, str], float]:
    """Distance in um that fill keeps on a layer from the drawn shapes of another."""
    pairs = {("M5", "M5"): rules.space("M5"), ("M6", "M6"): rules.space("M6"), ("J5", "J5"): rules.space("J5"),
             ("M5", "R5"): R5_UM, ("M6", "R5"): R5_UM}  # fmt: skip
    for one, other in (("I4", "J5"), ("I5", "J5"), ("I6", "J5"), ("C5R", "J5"), ("R5", "J5"), ("I5", "R5"),
                       ("I5", "C5R"), ("I4", "I5")):  # fmt: skip
        pairs[one, other] = pairs[other, one] = rules.separation(one, other)
    return pairs


class Obstacles:
    """Boxes in um of all that is drawn, by layer; grows as fill is placed."""

    def __init__(self, c: gf.Component, plan: FloorPlan, moats: kdb.Region) -> None:
        self.boxes = {layer: _boxes(kdb.Region(c.begin_shapes_rec(layer_index(c, layer)))) for layer in LAYERS}
        self.moats = _boxes(moats)
        openings = [_opening(column, row) for column, row in plan.pillars]
        for metal in ("M5", "M6"):
            self.boxes[metal] = np.array([*self.boxes[metal].tolist(), *openings], dtype=float).reshape(-1, 4)
        self.size = (plan.width_um, plan.height_um)
        self.distances = distances()

    def clear(self, shapes: dict[str, np.ndarray]) -> bool:
        """Whether shapes (layer to (n, 4) boxes) keep their distances."""
        return all(self._inside(layer, boxes) for layer, boxes in shapes.items()) and not any(
            _meet(boxes, self.boxes[other], space)
            for (layer, other), space in self.distances.items() if (boxes := shapes.get(layer)) is not None
        ) and not any(_meet(shapes[layer], self.moats, -0.01) for layer in ("M5", "M6"))  # fmt: skip

    def add(self, shapes: dict[str, np.ndarray]) -> None:
        for layer, boxes in shapes.items():
            self.boxes[layer] = np.vstack([self.boxes[layer], boxes])

    def _inside(self, layer: str, boxes: np.ndarray) -> bool:
        inset = rules.space(layer) / 2 if layer in ("M5", "M6") else EDGE_UM
        low, high = boxes[:, :2].min(), self.size - boxes[:, 2:].max(axis=0)
        return low >= inset - 1e-6 and high.min() >= inset - 1e-6


def _opening(column: int, row: int) -> list[float]:
    """The opening of the ground plane around a pillar."""
    half = figure("geometry", "planes", "pillar_pad") / 2 + figure("geometry", "planes", "pillar_clearance")
    x, y = (column + 0.5) * TILE_UM, (row + 0.5) * TILE_UM
    return [x - half, y - half, x + half, y + half]


def _boxes(region: kdb.Region) -> np.ndarray:
    """The parts of a region as rectangles (left, bottom, right, top) in um."""
    parts = [p.bbox() for p in region.merged().decompose_trapezoids_to_region().each()]
    return np.array([[b.left, b.bottom, b.right, b.top] for b in parts], dtype=float).reshape(-1, 4) / 1000.0


def _meet(a: np.ndarray, b: np.ndarray, space: float) -> bool:
    """Whether any box of `a` comes nearer than `space` to any box of `b`."""
    if not len(a) or not len(b):
        return False
    gap_x = np.maximum(a[:, None, 0] - b[None, :, 2], b[None, :, 0] - a[:, None, 2])
    gap_y = np.maximum(a[:, None, 1] - b[None, :, 3], b[None, :, 1] - a[:, None, 3])
    return bool((np.maximum(gap_x, gap_y) < space - 1e-6).any())


def draw_fill(c: gf.Component, plan: FloorPlan, moats: kdb.Region) -> dict[str, int]:
    """Places stitches and dummies; returns how many of each."""
    obstacles = Obstacles(c, plan, moats)
    placed = {"stitches": 0, "dummies": 0}
    for kind, cell, spots in (
        ("dummies", dummy_junction(size_um=SMALL_UM), corner_spots(plan)),
        ("stitches", ground_stitch(), stitch_spots(plan, 0)),
        ("dummies", dummy_junction(size_um=BIG_UM), street_spots(plan)),
        ("stitches", ground_stitch(), stitch_spots(plan, 1)),
        ("dummies", dummy_junction(size_um=SMALL_UM), small_spots(plan)),
        ("stitches", ground_stitch(), narrow_spots(plan)),
    ):
        for trans in spots:
            shapes = _shapes_at(cell, trans)
            if obstacles.clear(shapes):
                obstacles.add(shapes)
                ref = c << cell
                ref.trans = trans
                placed[kind] += 1
    return placed


def _shapes_at(cell: gf.Component, trans: kdb.Trans) -> dict[str, np.ndarray]:
    move = np.array([trans.disp.x, trans.disp.y] * 2) / 1000.0
    return {layer: boxes + move for layer, boxes in _shapes(cell, trans.angle).items()}


@lru_cache(maxsize=64)
def _shapes(cell: gf.Component, quarter_turns: int) -> dict[str, np.ndarray]:
    turn = kdb.Trans(quarter_turns, False, 0, 0)
    shapes = {layer: _boxes(kdb.Region(cell.begin_shapes_rec(layer_index(cell, layer))).transformed(turn))
              for layer in LAYERS}  # fmt: skip
    return {layer: boxes for layer, boxes in shapes.items() if len(boxes)}


def _at(x_um: float, y_um: float, quarter_turns: int = 0) -> kdb.Trans:
    return kdb.Trans(quarter_turns, False, round(1000 * x_um), round(1000 * y_um))


def corner_spots(plan: FloorPlan) -> Iterator[kdb.Trans]:
    """Inner tile corners, between four moats."""
    for column in range(1, plan.tiles[0]):
        for row in range(1, plan.tiles[1]):
            yield _at(column * TILE_UM, row * TILE_UM)


def stitch_spots(plan: FloorPlan, colour: int) -> Iterator[kdb.Trans]:
    """The street mouths of every other tile (`colour` 0 or 1): left and right upright, bottom and top lying."""
    length = 1.0  # of the stitch, from its first column to the middle
    for column in range(plan.tiles[0]):
        for row in range(plan.tiles[1]):
            if (column + row) % 2 != colour:
                continue
            x, y = column * TILE_UM, row * TILE_UM
            yield _at(x + 1.9, y + 5 - length, 1)
            yield _at(x + 8.1, y + 5 - length, 1)
            yield _at(x + 5 - length, y + 1.9)
            yield _at(x + 5 - length, y + 8.1)


def street_spots(plan: FloorPlan) -> Iterator[kdb.Trans]:
    """Street crossings first, then the streets between them."""
    for column in range(plan.tiles[0]):
        for row in range(plan.tiles[1]):
            yield _at(column * TILE_UM + 5, row * TILE_UM + 5)
    for column in range(plan.tiles[0]):
        for row in range(1, plan.tiles[1]):
            yield _at(column * TILE_UM + 5, row * TILE_UM)
    for column in range(1, plan.tiles[0]):
        for row in range(plan.tiles[1]):
            yield _at(column * TILE_UM, row * TILE_UM + 5)


def small_spots(plan: FloorPlan) -> Iterator[kdb.Trans]:
    """What is left of the streets, in steps of an eighth of a tile."""
    low, high = (TILE_UM - STREET_UM) / 2 + SMALL_UM / 2, (TILE_UM + STREET_UM) / 2 - SMALL_UM / 2
    steps = [TILE_UM * k / 8 for k in range(1, 8)]
    for column in range(plan.tiles[0]):
        for row in range(plan.tiles[1]):
            for dx in steps:
                for dy in steps:
                    if low - 0.5 <= dx <= high + 0.5 or low - 0.5 <= dy <= high + 0.5:
                        yield _at(column * TILE_UM + dx, row * TILE_UM + dy)


def narrow_spots(plan: FloorPlan) -> Iterator[kdb.Trans]:
    """Stitches beside lines and devices: upright and lying, in steps of an eighth of a tile."""
    for spot in small_spots(plan):
        yield kdb.Trans(spot.disp) * _at(-1.0, 0.0)
        yield kdb.Trans(spot.disp) * _at(0.0, -1.0, 1)


def moats_of(plan: FloorPlan, covered) -> kdb.Region:
    """All moats of the cell in nm; `covered(column, row)` names the corners that are left out."""
    region = kdb.Region()
    for column in range(plan.tiles[0]):
        for row in range(plan.tiles[1]):
            move = kdb.Trans(round(1000 * column * TILE_UM), round(1000 * row * TILE_UM))
            region.insert(moat_region(covered(column, row)).transformed(move))
    return region
