"""Stands the input tree left of the spike line: a column of three tiles per level, planes in what it leaves free.

    column     0      1      2      3         A column is filled from its lowest to its highest cell, so the tree is
            +------+                          a staircase that narrows towards the spike line. Every level stands 20 um
            | leaf |------+                   lower than the one before, as the outputs of its mergers do.
            +------+ wide |------+
            | leaf |      |corner|------+     Every column carries a bus of the bias rail, and each merger leads it on
            +------+------+ tee  |corner|     to the next column beside its line; the last one to the spike line.
            | leaf |      |      |riser |
              ...     ...   ...    ...
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cells.branch import (
    ABOVE_CORNER_UM,
    BELOW_UM,
    BUS,
    COLUMN_TILES,
    CORNER_UM,
    DROP_UM,
    LEAF_UM,
    RISER_UM,
    STEP_UM,
    TEE_UM,
)  # fmt: skip
from cells.tree import UPRIGHT_LEVEL, Node, Tree, node_name, plan
from sfqgen.layout.plan import TILE_UM

COLUMN_UM = COLUMN_TILES * TILE_UM
PAIR_UM, PAIR_BELOW_UM = 50.0, 25.0
"""Width of the only merger of two inputs, and from its lower edge to its axis."""
MOST_ROWS = 7
"""Of one block: blocks repeat and are drawn once."""


@dataclass(frozen=True)
class Place:
    """Lower left corner of an instance; `mirrored` left to right, or `flipped` upside down, within its own box."""

    x: float
    y: float
    mirrored: bool = False
    flipped: bool = False


@dataclass(frozen=True)
class Block:
    """Tiles without devices, placed; the rest as in a `FloorPlan`."""

    x: float
    y: float
    tiles: tuple[int, int]
    rail_row: int | None = None
    bus: tuple[tuple[int, str], ...] = ()
    rail_open: tuple[bool, bool] = (True, True)


@dataclass
class Column:
    """One level of the tree: its left edge, its cells by instance, and what it takes up as (y, height)."""

    x: float
    places: dict[str, Place] = field(default_factory=dict)
    taken: list[tuple[float, float]] = field(default_factory=list)

    def stand(self, name: str, y: float, height: float, flipped: bool = False) -> None:
        self.places[name] = Place(self.x, y, flipped=flipped)
        self.taken.append((y, height))

    @property
    def low(self) -> float:
        return min(y for y, _ in self.taken)

    @property
    def high(self) -> float:
        return max(y + height for y, height in self.taken)


def tree_places(inputs: int, x_end: float, axis_y: float) -> dict[str, Place]:
    """Places of all mergers and links; the output leaves at (x_end, axis_y)."""
    if inputs == 2:
        return {"X_m0_0": Place(x_end - PAIR_UM, axis_y - PAIR_BELOW_UM)}
    columns = _stand(plan(inputs), x_end, axis_y)
    return {name: place for column in columns for name, place in column.places.items()}


def tree_blocks(inputs: int, x_end: float, axis_y: float) -> list[Block]:
    """The blocks of plane around mergers and links."""
    if inputs <= 2:
        return []
    return [block for column in _stand(plan(inputs), x_end, axis_y) for block in _gaps(column)]


def _gaps(column: Column) -> list[Block]:
    """Blocks in what a column leaves free between its lowest and its highest cell."""
    blocks, y = [], column.low
    for start, height in sorted(column.taken):
        while y < start:
            rows = min(MOST_ROWS, round((start - y) / TILE_UM))
            blocks.append(Block(column.x, y, (COLUMN_TILES, rows), None, ((BUS, "up"),)))
            y += rows * TILE_UM
        y = start + height
    return blocks


def _stand(tree: Tree, x_end: float, axis_y: float) -> list[Column]:
    """The columns with their cells."""
    levels = len(tree.levels)
    columns = [Column(x_end - (levels - level) * COLUMN_UM) for level in range(levels)]
    lift = axis_y + DROP_UM * levels - (tree.levels[-1][0].y_um if levels else 0)
    for level, nodes in enumerate(tree.levels):
        axis = lift - DROP_UM * level
        for number, node in enumerate(nodes):
            height = STEP_UM if len(node.lines) == 1 else TEE_UM if level else LEAF_UM
            columns[level].stand(f"X_m{node_name(level, number, node)}", node.y_um + axis - BELOW_UM, height)
            if level >= UPRIGHT_LEVEL and len(node.lines) == 2:
                _stand_branches(columns[level], level, node, tree, axis)
    return columns


def _stand_branches(column: Column, level: int, node: Node, tree: Tree, lift: float) -> None:
    """The links that lead to a merger, those of the upper branch first."""
    for line, lower in zip(node.lines, (False, True), strict=True):
        axis = tree.levels[level - 1][line].y_um + lift
        heights = [CORNER_UM if kind == "corner" else RISER_UM for kind in tree.links[level - 1][line]]
        edge = axis - ABOVE_CORNER_UM if lower else axis + ABOVE_CORNER_UM
        for k, height in enumerate(heights):
            column.stand(f"X_u{level - 1}_{line}_{k}", edge if lower else edge - height, height, flipped=lower)
            edge += height if lower else -height
