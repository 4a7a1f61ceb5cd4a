"""The die: the block in its middle, pads along its sides, lines between them, fill everywhere else, and its name."""

from __future__ import annotations

from dataclasses import dataclass

import gdsfactory as gf
import klayout.db as kdb

from pdk_sfq5ee.cells.die import die_tile, pad_block, pad_tile
from pdk_sfq5ee.cells.shapes import text
from pdk_sfq5ee.cells.tiles import EDGES
from pdk_sfq5ee.process import figure
from sfqgen.chip.block import Block
from sfqgen.chip.frame import Frame
from sfqgen.chip.label import MARK_UM, draw_mark, draw_name, draw_words
from sfqgen.chip.pads import Pad, plan_pads
from sfqgen.chip.route import BACK, HUG, STEPS, Net, Tile, Use, route
from sfqgen.errors import SfqgenError

NAME_FROM_OPENING_UM = 10.0
MARK_FROM_PADS_UM = 20.0
LINE_UM = 120.0  # from the foot of one line of letters to the next


@dataclass(frozen=True)
class Die:
    """`origin_um` is where the neuron's origin lies on the die; the die's lower left is (0, 0)."""

    component: gf.Component
    pads: tuple[Pad, ...]
    origin_um: tuple[float, float]


def draw_die(frame: Frame, block: Block, bias_ma: float, words: tuple[str, ...],
             name: str = "chip") -> Die:  # fmt: skip
    """The whole die as one component; `words` are the lines of its label.

    Raises SfqgenError when the block, a pad or a line has no room.
    """
    column, row = _place(frame, block)
    pads = plan_pads(frame, block, row, bias_ma)
    lines = _route(frame, block, (column, row), pads)
    c = gf.Component(name)
    ref = c << block.component
    ref.dcplx_trans = kdb.DCplxTrans(column * frame.tile_um, row * frame.tile_um)
    for pad in pads:
        _draw_pad(c, frame, pad, lines)
    entries = {pad.entry for pad in pads}
    for tile, use in lines.items():
        if tile not in entries:
            _put(c, frame, die_tile(_arms(use.arms[0])), tile)
    taken = _block_tiles(block, (column, row)) | _openings(frame, pads) | set(lines)
    _draw_fill(c, frame, taken)
    for number, line in enumerate(words):
        foot = frame.die_um - (frame.pad_tiles + 3) * frame.tile_um - (number + 1) * LINE_UM
        draw_words(c, line, frame.die_um / 2, foot)
    corner = (1 + frame.pad_tiles) * frame.tile_um - MARK_UM - MARK_FROM_PADS_UM
    draw_mark(c, corner, corner)
    origin = column * frame.tile_um - block.x0_um, row * frame.tile_um - block.y0_um
    return Die(c, tuple(pads), origin)


def _place(frame: Frame, block: Block) -> Tile:
    """Lower left tile of the block, in the middle of the die. Raises SfqgenError for a block beyond the payload."""
    room = round((frame.die_um - 2000.0 * figure("geometry", "chip", "payload_inset")) / frame.tile_um)
    if block.columns > room or block.rows > room:
        size, side = (f"{n * frame.tile_um / 1000:g}" for n in (block.columns, block.rows)), room * frame.tile_um / 1000
        raise SfqgenError(f"the neuron with its lines takes {' x '.join(size)} mm", where="chip",
                          allowed=f"{side:g} x {side:g} mm on a die of {frame.die_um / 1000:g} mm",
                          remedy="a larger die, or fewer inputs")  # fmt: skip
    return (frame.columns - block.columns) // 2, (frame.columns - block.rows) // 2


def _block_tiles(block: Block, at: Tile) -> set[Tile]:
    return {(at[0] + i, at[1] + j) for i in range(block.columns) for j in range(block.rows)}


def _openings(frame: Frame, pads: list[Pad]) -> set[Tile]:
    n = range(frame.pad_tiles)
    return {(pad.opening[0] + i, pad.opening[1] + j) for pad in pads for i in n for j in n}


def _route(frame: Frame, block: Block, at: Tile, pads: list[Pad]) -> dict[Tile, Use]:
    by_name = {pad.name: pad for pad in pads}
    nets = []
    for exit_ in block.exits:
        pad = by_name[exit_.name]
        start = (at[0] - 1 if exit_.side == "w" else at[0] + block.columns, at[1] + exit_.row)
        nets.append(Net(pad.name, start, BACK[exit_.side], pad.entry, pad.towards))
    taken = _block_tiles(block, at) | _openings(frame, pads)
    box = at[0], at[1], at[0] + block.columns - 1, at[1] + block.rows - 1

    def free(tile: Tile) -> bool:
        return tile not in taken and 0 < tile[0] < frame.columns - 1 and 0 < tile[1] < frame.columns - 1

    def toll(tile: Tile) -> float:
        return HUG * max(box[0] - tile[0], tile[0] - box[2], box[1] - tile[1], tile[1] - box[3], 0)

    return route(nets, free, toll=toll)


def _arms(edges: set[str]) -> tuple[str, ...]:
    return tuple(edge for edge in EDGES if edge in edges)


def _put(c: gf.Component, frame: Frame, what: gf.Component, tile: Tile) -> None:
    ref = c << what
    ref.dcplx_trans = kdb.DCplxTrans(tile[0] * frame.tile_um, tile[1] * frame.tile_um)


def _draw_pad(c: gf.Component, frame: Frame, pad: Pad, lines: dict[Tile, Use]) -> None:
    """The pad, the tile that takes its line in, and its name."""
    block = pad_block(tiles=frame.pad_tiles, size_um=frame.pad_um, grounded=not pad.towards)
    _put(c, frame, block, pad.opening)
    if pad.towards:
        arms = _arms(lines[pad.entry].arms[0] - {pad.towards})
        gap = (frame.pad_tiles * frame.tile_um - frame.pad_um) / 2
        _put(c, frame, pad_tile(pad=pad.towards, arms=arms, gap_um=gap), pad.entry)
    text(c, "PORT_TEXT", f"{pad.name} M8 M4", pad.x_um, pad.y_um)
    text(c, "TEXT", pad.name, pad.x_um, pad.y_um)
    inwards = BACK[pad.side]
    off = frame.pad_tiles * frame.tile_um / 2 + NAME_FROM_OPENING_UM
    dx, dy = STEPS[inwards]
    draw_name(c, pad.label, pad.x_um + dx * off, pad.y_um + dy * off, inwards)


def _draw_fill(c: gf.Component, frame: Frame, taken: set[Tile]) -> None:
    """Plain tiles in arrays: from each free tile as far right, and then up, as all tiles are free."""
    tile, n = die_tile(), frame.columns
    left = {(i, j) for i in range(n) for j in range(n)} - taken
    for row in range(n):
        for column in range(n):
            if (column, row) not in left:
                continue
            wide = next((k for k in range(1, n - column) if (column + k, row) not in left), n - column)
            high = 1
            while row + high < n and all((column + k, row + high) in left for k in range(wide)):
                high += 1
            left -= {(column + i, row + j) for i in range(wide) for j in range(high)}
            _array(c, frame, tile, (column, row), wide, high)


def _array(c: gf.Component, frame: Frame, what: gf.Component, at: Tile, wide: int, high: int) -> None:
    pitch = round(1000 * frame.tile_um)
    c.kdb_cell.insert(kdb.CellInstArray(
        what.cell_index(), kdb.Trans(at[0] * pitch, at[1] * pitch), kdb.Vector(pitch, 0), kdb.Vector(0, pitch),
        wide, high,
    ))  # fmt: skip
