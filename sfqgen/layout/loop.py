"""Stands the loop of self reset: its cells in the tick and spike rows, and the line back below the spike row.

    y  50       om ot | X_x0 ...                                   oj0 .. oj4 X_t
        0       oc xj | X_w0 ...                                   oy0   oy1  X_d | os z
      -10    ------------ plane ---------------------------------------------------
      -70    or | ol | ob<n>                        ...                ob0 | of        from right to left
"""

from __future__ import annotations

from cells.loop import REACH_UM, SPIKE_JTLS, TOKEN_JTLS, back_jtls
from sfqgen.layout.tree import Block, Place

SHIFT_UM = 20.0 * TOKEN_JTLS
"""By which token and output stand farther right than with frame reset."""
START_X, SPLITTER_UM = -70.0, 30.0
"""Left edge of the crossing and of the merger above it; width of the output splitter."""
ROW_Y, BACK_Y, MOST_TILES = -10.0, -70.0, 7


def loop_places(stages: int, tick_y: float, token_x: float) -> dict[str, Place]:
    """Places of all cells of the loop; `token_x` is the left edge of the token cell, shifted."""
    splitter_x = token_x + 60.0
    places = {
        "X_om": Place(START_X, tick_y), "X_ot": Place(START_X + 50.0, tick_y),
        "X_oc": Place(START_X, ROW_Y, flipped=True), "X_xj": Place(START_X + 30.0, 0.0),
        "X_os": Place(splitter_x, ROW_Y, flipped=True), "X_of": Place(splitter_x - 20.0, BACK_Y, mirrored=True),
        "X_or": Place(START_X - 20.0, BACK_Y, mirrored=True, flipped=True),
        "X_ol": Place(START_X + 30.0, BACK_Y + 10.0, mirrored=True),
    }  # fmt: skip
    for i in range(back_jtls(stages)):
        places[f"X_ob{i}"] = Place(splitter_x - 20.0 - REACH_UM * (i + 1), BACK_Y + 10.0, mirrored=True)
    return places


def token_places(stages: int, tick_y: float, token_x: float) -> dict[str, Place]:
    """Places of the JTLs that delay the token, and of those beside them in the spike row."""
    places = {f"X_dj{i}": Place(60.0 * stages + 20.0 * i, tick_y) for i in range(TOKEN_JTLS)}
    return places | {f"X_oy{i}": Place(token_x - SHIFT_UM + 50.0 * i, 0.0) for i in range(SPIKE_JTLS)}


def loop_blocks(token_x: float) -> list[Block]:
    """The strip of plane between spike row and line back, and the corner left of the crossing."""
    blocks, x, end = [Block(START_X - 20.0, ROW_Y, (2, 1))], START_X + 30.0, token_x + 60.0
    while x < end:
        tiles = min(MOST_TILES, round((end - x) / 10.0))
        blocks.append(Block(x, ROW_Y, (tiles, 1)))
        x += 10.0 * tiles
    return blocks
