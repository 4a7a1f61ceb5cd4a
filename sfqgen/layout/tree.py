"""Stands the input tree left of the spike line: a column of five tiles per level, planes in what it leaves free.

    column     0      1      2      3         A column is filled from its lowest to its highest cell, so the tree is
            +------+------+                   a staircase that narrows towards the spike line.
            | leaf |      +------+
            +------+ wide |corner+------+     Every column carries a bus of the bias rail. A row under the first two
            | leaf |      |      |corner|     columns joins theirs; farther on, the plane left of each tee leads the
            +------+------+ tee  |riser |     rail from one bus to the next, so that every tee and its branches are
            | leaf |      |      | tee  |     fed at their own height. The last merger leads the rail on to the spike
              ...     ...   ...    ...        line.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cells.branch import ABOVE_CORNER_UM, BUS, COLUMN_TILES, CORNER_UM, RISER_UM, TEE_UM, TIE_ROW, TIE_UM
from cells.tree import UPRIGHT_LEVEL, Node, Tree, axis_um, node_name, plan

TILE_UM = 10.0
COLUMN_UM = COLUMN_TILES * TILE_UM
LEAF_BELOW_UM, LEAF_UM, WIDE_UM, LONG_UM = 25.0, 60.0, 70.0, 50.0
"""Of a merger of the first level, from its lower edge to its axis; heights of mergers and JTLs of the first levels."""
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
    columns, _ = _stand(plan(inputs), x_end, axis_y)
    return {name: place for column in columns for name, place in column.places.items()}


def tree_blocks(inputs: int, x_end: float, axis_y: float) -> list[Block]:
    """The blocks of plane around mergers and links, and the row under the first columns that joins their buses."""
    if inputs <= 2:
        return []
    columns, ties = _stand(plan(inputs), x_end, axis_y)
    first = columns[:UPRIGHT_LEVEL]
    low, high = min(column.low for column in first), max(column.high for column in first)
    blocks = [block for column in first for block in _gaps(column, low, high)]
    blocks += [block for column in columns[UPRIGHT_LEVEL:] for block in _gaps(column, column.low, column.high)]
    buses = tuple((k * COLUMN_TILES + BUS, "up") for k in range(len(first)))
    row = Block(first[0].x, low - TILE_UM, (COLUMN_TILES * len(first), 1), 0, buses, (False, False))
    return [*blocks, *ties, row]


def _gaps(column: Column, low: float, high: float) -> list[Block]:
    """Blocks in what a column leaves free between `low` and `high`."""
    blocks, y = [], low
    for start, height in (*sorted(column.taken), (high, 0.0)):
        while y < start:
            rows = min(MOST_ROWS, round((start - y) / TILE_UM))
            blocks.append(Block(column.x, y, (COLUMN_TILES, rows), None, ((BUS, "up"),)))
            y += rows * TILE_UM
        y = start + height
    return blocks


def _stand(tree: Tree, x_end: float, axis_y: float) -> tuple[list[Column], list[Block]]:
    """The columns with their cells, and the ties between their buses."""
    levels = len(tree.levels)
    columns = [Column(x_end - (levels - level) * COLUMN_UM) for level in range(levels)]
    lift = axis_y - axis_um(levels - 1, 0)
    ties = []
    for level, nodes in enumerate(tree.levels):
        for number, node in enumerate(nodes):
            name, y = f"X_m{node_name(level, number, node)}", node.y_um + lift
            if level < UPRIGHT_LEVEL:
                _stand_flat(columns[level], name, y, level, node)
            else:
                _stand_upright(columns[level], name, y, level, node, tree, lift)
                ties.append(_tie(columns[level - 1], y))
    return columns, ties


def _stand_flat(column: Column, name: str, y: float, level: int, node: Node) -> None:
    if len(node.lines) == 1:
        column.stand(name, y - LONG_UM / 2, LONG_UM)
    elif level == 0:
        column.stand(name, y - LEAF_BELOW_UM, LEAF_UM)
    else:
        column.stand(name, y - WIDE_UM / 2, WIDE_UM)


def _stand_upright(column: Column, name: str, y: float, level: int, node: Node, tree: Tree, lift: float) -> None:
    """A tee and the branches that lead to it, the upper one first."""
    column.stand(name, y - TEE_UM / 2, TEE_UM)
    for line, lower in zip(node.lines, (False, True), strict=False):
        axis = tree.levels[level - 1][line].y_um + lift
        heights = [CORNER_UM if kind == "corner" else RISER_UM for kind in tree.links[level - 1][line]]
        edge = axis - ABOVE_CORNER_UM if lower else axis + ABOVE_CORNER_UM
        for k, height in enumerate(heights):
            column.stand(f"X_u{level - 1}_{line}_{k}", edge if lower else edge - height, height, flipped=lower)
            edge += height if lower else -height


def _tie(column: Column, y: float) -> Block:
    """The plane left of a tee at height `y`: takes up its place in `column`."""
    column.taken.append((y - TIE_UM / 2, TIE_UM))
    both = ((BUS, "up"), (BUS, "down"))
    return Block(column.x, y - TIE_UM / 2, (COLUMN_TILES, round(TIE_UM / TILE_UM)), TIE_ROW, both, (False, True))
