"""Stands the input tree left of the spike line: a column per level, columns of link JTLs between them, planes around.

Every column carries a bus of the bias rail from top to bottom; a row under the tree joins the buses, and the last
merger leads the rail on to the spike line.
"""

from __future__ import annotations

from dataclasses import dataclass

from cells.tree import Tree, plan

MERGER_UM, LINK_UM, TILE_UM = 50.0, 30.0, 10.0
MERGER_BUS, LINK_BUS = 3, 2
"""Tile column of the bus within a column of mergers and of link JTLs."""
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


@dataclass(frozen=True)
class Column:
    """One column of the tree: left edge, tiles across, tile column of the bus, and what stands in it (y, height)."""

    x: float
    tiles: int
    bus: int
    taken: tuple[tuple[float, float], ...]


def tree_places(inputs: int, x_end: float, axis_y: float) -> dict[str, Place]:
    """Places of all mergers and links; the output leaves at (x_end, axis_y)."""
    return _stand(plan(inputs), x_end, axis_y)[0]


def tree_blocks(inputs: int, x_end: float, axis_y: float) -> list[Block]:
    """The blocks of plane around mergers and links, and the row under the tree that joins the buses."""
    if inputs <= 2:
        return []
    columns = _stand(plan(inputs), x_end, axis_y)[1]
    low = min(y for column in columns for y, _ in column.taken)
    high = max(y + height for column in columns for y, height in column.taken)
    blocks = [block for column in columns for block in _gaps(column, low, high)]
    left = min(column.x for column in columns)
    across = round((x_end - left) / TILE_UM)
    buses = tuple((round((c.x - left) / TILE_UM) + c.bus, "up") for c in sorted(columns, key=lambda c: c.x))
    return [*blocks, Block(left, low - TILE_UM, (across, 1), 0, buses, (False, False))]


def _gaps(column: Column, low: float, high: float) -> list[Block]:
    """Blocks in what a column leaves free between `low` and `high`."""
    blocks, y = [], low
    for start, height in (*sorted(column.taken), (high, 0.0)):
        while y < start:
            rows = min(MOST_ROWS, round((start - y) / TILE_UM))
            blocks.append(Block(column.x, y, (column.tiles, rows), None, ((column.bus, "up"),)))
            y += rows * TILE_UM
        y = start + height
    return blocks


def _stand(tree: Tree, x_end: float, axis_y: float) -> tuple[dict[str, Place], list[Column]]:
    """Places and columns, from the last level back to the first."""
    places: dict[str, Place] = {}
    columns: list[Column] = []
    if not tree.levels:
        return places, columns
    lift, x = axis_y - tree.levels[-1][0].y_um, x_end
    for level in reversed(range(len(tree.levels))):
        x -= MERGER_UM
        taken = []
        for number, node in enumerate(tree.levels[level]):
            two = len(node.lines) == 2
            below, height = (35.0, 70.0) if two and level else (25.0, 60.0 if two else 50.0)
            places[f"X_m{level}_{number if two else 'odd'}"] = Place(x, node.y_um + lift - below)
            taken.append((node.y_um + lift - below, height))
        columns.append(Column(x, 5, MERGER_BUS, tuple(taken)))
        if level:
            x = _stand_links(tree, level - 1, x, lift, places, columns)
    return places, columns


def _stand_links(tree: Tree, level: int, x: float, lift: float, places: dict[str, Place],
                 columns: list[Column]) -> float:  # fmt: skip
    """The links after `level`, in columns that end at `x`; returns where they begin."""
    links = tree.links[level]
    start = x - LINK_UM * len(links[0])
    for k in range(len(links[0])):
        taken = []
        for number, link in enumerate(links):
            y = tree.levels[level][number].y_um + lift - sum(link[:k])
            place, height = _link_place(start + k * LINK_UM, y, link[k])
            places[f"X_u{level}_{number}_{k}"] = place
            taken.append((place.y, height))
        columns.append(Column(start + k * LINK_UM, 3, LINK_BUS, tuple(taken)))
    return start


def _link_place(x: float, y: float, across: int) -> tuple[Place, float]:
    """Place and height of a link JTL whose input lies at height `y`; upwards it stands upside down."""
    if across == 0:
        return Place(x, y - 25.0), 50.0
    height = abs(across) + 20.0
    if across > 0:
        return Place(x, y - across - 5.0), height
    return Place(x, y - 15.0, flipped=True), height
