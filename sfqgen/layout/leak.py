"""Stands a leak between the input tree and the first stage: the delay line folded above the spike line.

    y 60 t + 60  tick lm | lv0 ...                             | lr | lq0
      ...                lw up | ... row t - 1 ...        | lw |    | lq1      t and the rows as in `cells.leak`;
      120        | lw | ...              lw | lt | lp ...      | lp | ...      rows of 60 um, rails in one line
       60                                lw | ld      | ll |          lq last
        0             tree ------------- xa         | ls | la0 | la1 | oc or xj
"""

from __future__ import annotations

from collections.abc import Iterable

from cells.branch import BUS, COLUMN_TILES
from cells.leak import LOAD_JTLS, RAIL, ROW_JTLS, WIDTH_UM, Shape, run
from cells.loop import REACH_UM
from sfqgen.layout.plan import TILE_UM
from sfqgen.layout.tree import COLUMN_UM, Block, Place

END_X, ROW_UM, ROW_0 = -70.0, 60.0, 60.0
"""Right edge of the leak, and height of its rows from the token's up."""
DROP_X, CLOSE_X, SPLIT_X, TOKEN_X, LIFT_X = -100.0, -130.0, -180.0, -240.0, -270.0
"""Left edges of the way down to the tick line, of the splitter X_lr, of X_ls, the token, and the corners left of it."""
LOAD_Y = 110.0
"""Of the JTLs that load the token, which stand on it."""
KNEE_UM, FOLD_UM, MERGER_UM = 30.0, 20.0, 50.0
ROOT_TOP = 80.0
"""Upper edge of the last merger of a tree of three or four inputs."""
MOST_TILES = 7


def leak_start(approach: Iterable[str]) -> float:
    """Right edge of the tree: the JTLs between it and X_ls in front of their place."""
    return SPLIT_X - sum(WIDTH_UM[kind] for kind in approach)


def leak_places(fold: Shape, approach: Iterable[str], reset: str) -> dict[str, Place]:
    """Places of all cells of the leak, and of the JTLs that lead to it."""
    top = ROW_0 + ROW_UM * fold.top
    places = {
        "X_ls": Place(SPLIT_X, 0.0), "X_la0": Place(SPLIT_X + 30.0, 0.0), "X_la1": Place(END_X - 20.0, 0.0),
        "X_ll": Place(SPLIT_X, ROW_0), "X_ld": Place(TOKEN_X, ROW_0, mirrored=True),
        "X_lt": Place(CLOSE_X - 20.0 * (LOAD_JTLS + 1), LOAD_Y, mirrored=True),
        "X_lm": Place(_left(fold), top), "X_lr": Place(CLOSE_X, top - 10.0, flipped=True),
    }  # fmt: skip
    places |= _run("xa", approach, leak_start(approach), 0.0)
    length = WIDTH_UM["jtl"] * (ROW_JTLS + fold.columns)
    places |= _run("lv", run(length, fold.fewer), _left(fold) + MERGER_UM, top)
    return places | _delay_places(fold) | _load_places(fold.top) | _down_places(fold.top, reset)


def _left(fold: Shape) -> float:
    """Left edge of the highest row, where the tick comes in."""
    return LIFT_X - KNEE_UM - WIDTH_UM["jtl"] * fold.columns


def _run(name: str, kinds: Iterable[str], x: float, y: float) -> dict[str, Place]:
    places = {}
    for i, kind in enumerate(kinds):
        places[f"X_{name}{i}"] = Place(x, y)
        x += WIDTH_UM[kind]
    return places


def _delay_places(fold: Shape) -> dict[str, Place]:
    """X_lw: round two corners into row 1, then from fold to fold."""
    row, x = 1, LIFT_X
    stands = [Place(LIFT_X, ROW_0), Place(LIFT_X, ROW_0 + ROW_UM)]
    stands += [Place(x - 20.0 * (i + 1), ROW_0 + ROW_UM, mirrored=True) for i in range(fold.columns)]
    x -= 20.0 * fold.columns
    for count in fold.rows:
        y, left = ROW_0 + ROW_UM * row, x
        right = left + 20.0 * count
        stands.append(Place(left - FOLD_UM, y))
        stands += [Place(left + 20.0 * i, y + ROW_UM) for i in range(count)]
        stands.append(Place(right, y + ROW_UM, mirrored=True))
        stands += [Place(right - 20.0 * (i + 1), y + ROW_UM * 2, mirrored=True) for i in range(count)]
        row += 2
    stands.append(Place(x - KNEE_UM, ROW_0 + ROW_UM * row))
    return {f"X_lw{i}": place for i, place in enumerate(stands)}


def _load_places(top: int) -> dict[str, Place]:
    """X_lp: down below X_lr, then to the left above the token."""
    drops = top - 2
    places = {f"X_lp{i}": Place(CLOSE_X, LOAD_Y + ROW_UM * (drops - i)) for i in range(drops)}
    places[f"X_lp{drops}"] = Place(CLOSE_X, LOAD_Y, mirrored=True)
    for i in range(LOAD_JTLS):
        places[f"X_lp{drops + 1 + i}"] = Place(CLOSE_X - 20.0 * (i + 1), LOAD_Y, mirrored=True)
    return places


def _down_places(top: int, reset: str) -> dict[str, Place]:
    """X_lq: round the corner and down to the tick line."""
    places = {f"X_lq{i}": Place(DROP_X, ROW_0 + ROW_UM * (top - i)) for i in range(top)}
    if reset == "self":
        return places | {f"X_lq{top}": Place(DROP_X, ROW_0)}
    return places | {f"X_lq{top}": Place(DROP_X, ROW_0 - 10.0), f"X_lq{top + 1}": Place(-REACH_UM, ROW_0 - 10.0)}


def leak_blocks(fold: Shape, taken: set[tuple[int, int]], over_tree: bool) -> list[Block]:
    """The planes between the cells of a leak; `taken` are the tiles of all cells, from the origin of the neuron.

    `over_tree`: the last merger of the tree stands below, and a block leads its bus on to the rail of row 0.
    """
    top = ROW_0 + ROW_UM * (fold.top + 1)
    rails = [Block(SPLIT_X + KNEE_UM, ROW_0, (5, 5), RAIL), Block(TOKEN_X, LOAD_Y, (3, 7), RAIL + 1)]
    if over_tree:
        rails.append(Block(LIFT_X - COLUMN_UM, ROOT_TOP, (COLUMN_TILES, 4), 2, ((BUS, "down"),), (False, True)))
    free = _tiles(LIFT_X, ROW_0 - 10.0, END_X, ROW_0) | _tiles(LIFT_X, ROW_0, END_X, ROW_0 + ROW_UM)
    free |= _tiles(_left(fold), ROW_0 + ROW_UM, END_X, top)
    free -= taken
    for block in rails:
        free -= _tiles(block.x, block.y, block.x + TILE_UM * block.tiles[0], block.y + TILE_UM * block.tiles[1])
    return rails + _covered(free)


def _tiles(x0: float, y0: float, x1: float, y1: float) -> set[tuple[int, int]]:
    columns, rows = (range(round(low / TILE_UM), round(high / TILE_UM)) for low, high in ((x0, x1), (y0, y1)))
    return {(column, row) for column in columns for row in rows}


def _covered(free: set[tuple[int, int]]) -> list[Block]:
    """Blocks over tiles: from below and left, as wide as there is room, then as high."""
    blocks = []
    while free:
        column, row = min(free, key=lambda tile: (tile[1], tile[0]))
        wide = next(i for i in range(1, MOST_TILES + 1) if i == MOST_TILES or (column + i, row) not in free)
        high = next(j for j in range(1, MOST_TILES + 1)
                    if j == MOST_TILES or any((column + i, row + j) not in free for i in range(wide)))  # fmt: skip
        free -= {(column + i, row + j) for i in range(wide) for j in range(high)}
        blocks.append(Block(TILE_UM * column, TILE_UM * row, (wide, high)))
    return blocks
