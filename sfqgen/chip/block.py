"""The block of a chip: the core, and around it tiles with the lines from its pins to the block's edges and the rail.

Tiles are those of the cells (10 um), counted from the neuron's origin; the block is a whole number of die tiles (40 um)
on each side. Lines run on M6 and cross one another on M5; they leave left and right at the axes of the die tiles. The
bias rail on M0 joins every open end of the core's rails with the pillars that feed it. Die tiles in which nothing of
this runs keep the fill of the die.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import gdsfactory as gf
import klayout.db as kdb

from pdk_sfq5ee import rules
from pdk_sfq5ee.cells.die import LINE_UM, die_tile
from pdk_sfq5ee.cells.shapes import centred, region
from pdk_sfq5ee.cells.tiles import EDGES, bias_pillar, moat_tile
from sfqgen.chip.core import Core, Pin
from sfqgen.chip.route import Net, Tile, Use, join, route
from sfqgen.errors import SfqgenError
from sfqgen.layout.fill import draw_fill, moats_of
from sfqgen.layout.library import digest
from sfqgen.layout.plan import TILE_UM, FloorPlan
from sfqgen.netlist.circuit import Circuit

PER_DIE_TILE = 4
AXIS_TILE = 1  # of the four tiles across a die tile, the one that holds the axis of a line
FEED = "vdd"


@dataclass(frozen=True)
class Exit:
    """A line at the block's left or right edge: the row of die tiles, counted from the block's lowest."""

    name: str
    side: str
    row: int


@dataclass(frozen=True)
class Block:
    """`columns` and `rows` of die tiles; (x0_um, y0_um) is its lower left corner in the coordinates of the neuron."""

    component: gf.Component
    columns: int
    rows: int
    exits: tuple[Exit, ...]
    x0_um: float
    y0_um: float


def draw_block(core: Core, feeds: int, name: str = "block") -> Block:
    """Core, lines, rail with `feeds` pillars, planes and fill. Raises SfqgenError when a line finds no way."""
    left, right = (_in_order(core, edge) for edge in ("e", "w"))
    for margin in range(3, 3 + len(core.pins)):
        frame = _frame(core, len(left), len(right) + feeds, margin)
        exits = _exits(left, right, feeds, frame)
        try:
            lines, rails, pillars = _lines(core, exits, frame)
        except SfqgenError as error:
            last = error
            continue
        return _draw(core, frame, exits, lines, rails, pillars, name)
    raise last


def _in_order(core: Core, edge: str) -> list[Pin]:
    """Pins of one side from the lowest up; those with something of the core between them and the block's edge come
    last at the end to which they go around, so that their lines cross none of the others."""
    pins = sorted((p for p in core.pins if p.edge == edge), key=lambda p: (p.tile[1], p.tile[0]))
    outwards = 1 if edge == "w" else -1
    behind = {p.name for p in pins if any(j == p.tile[1] and (i - p.tile[0]) * outwards > 0 for i, j in core.taken)}
    rows = [p.tile[1] for p in pins if p.name not in behind]
    middle = sum(rows) / max(len(rows), 1)
    return sorted(pins, key=lambda p: (p.name in behind) * (1 if p.tile[1] >= middle else -1))


@dataclass(frozen=True)
class _Frame:
    """Lower left tile of the block and its size in tiles, a multiple of four."""

    i0: int
    j0: int
    columns: int
    rows: int

    def holds(self, tile: Tile) -> bool:
        return 0 <= tile[0] - self.i0 < self.columns and 0 <= tile[1] - self.j0 < self.rows

    def row_of(self, row: int) -> int:
        """The tile row that the line of a row of die tiles runs in."""
        return self.j0 + PER_DIE_TILE * row + AXIS_TILE


def _frame(core: Core, left: int, right: int, margin: int) -> _Frame:
    columns, rows = {i for i, _ in core.taken}, {j for _, j in core.taken}
    wide = max(columns) + 1 - min(columns) + 2 * margin
    high = max(max(rows) + 1 - min(rows) + 2 * margin, PER_DIE_TILE * max(left, right))
    wide, high = (PER_DIE_TILE * math.ceil(size / PER_DIE_TILE) for size in (wide, high))
    middle = sum(p.tile[1] for p in core.pins) // len(core.pins)
    j0 = min(min(rows) - margin, max(middle - high // 2, max(rows) + 1 + margin - high))
    return _Frame(min(columns) - margin, j0, wide, high)


Exits: TypeAlias = dict[str, list[tuple[str, Pin | None, int]]]


def _exits(left: list[Pin], right: list[Pin], feeds: int, frame: _Frame) -> Exits:
    """By side: name, pin (None for a feed) and row of die tiles of each line, from the lowest up."""
    lines: dict[str, list] = {"w": [(p.name, p) for p in left], "e": [(p.name, p) for p in right]}
    for k in range(feeds):  # by turns below and above the other lines
        entry = (f"{FEED}{k}", None)
        lines["e"].insert(0 if k % 2 else len(lines["e"]), entry)
    return {side: [(name, pin, row) for (name, pin), row in zip(some, _rows(some, frame), strict=True)]
            for side, some in lines.items()}  # fmt: skip


def _rows(lines: list, frame: _Frame) -> range:
    """Neighbouring rows of die tiles, as near as can be to the pins."""
    known = [pin.tile[1] for _, pin in lines if pin] or [frame.j0 + frame.rows // 2]
    middle = (sum(known) / len(known) - frame.j0) / PER_DIE_TILE
    most = frame.rows // PER_DIE_TILE - len(lines)
    first = min(max(round(middle - len(lines) / 2), 0), most)
    return range(first, first + len(lines))


def _lines(core: Core, exits: Exits, frame: _Frame) -> tuple[dict[Tile, Use], dict[Tile, set[str]], set[Tile]]:
    """Lines, arms of the rail, and the tiles of its pillars."""
    pillars, nets = set(), []
    for side, column in (("w", frame.i0), ("e", frame.i0 + frame.columns - 1)):
        for name, pin, row in exits[side]:
            end = (column, frame.row_of(row))
            if pin is None:
                pillars.add(end)
            else:
                nets.append(Net(name, pin.tile, pin.edge, end, side))
    def free(tile: Tile) -> bool:
        return frame.holds(tile) and tile not in core.taken
    lines = route(nets, lambda tile: free(tile) and tile not in pillars, layers=2)
    rails = join([(tile, "") for tile in sorted(pillars)] + _nearest_first(core, pillars), free)
    return lines, rails, pillars


def _nearest_first(core: Core, pillars: set[Tile]) -> list[tuple[Tile, str]]:
    at = min(pillars)
    return sorted(core.rails, key=lambda end: (abs(end[0][0] - at[0]) + abs(end[0][1] - at[1]), end))


def _draw(core: Core, frame: _Frame, exits: Exits, lines: dict[Tile, Use], rails: dict[Tile, set[str]],
          pillars: set[Tile], name: str) -> Block:  # fmt: skip
    x0, y0 = frame.i0 * TILE_UM, frame.j0 * TILE_UM
    c = gf.Component(name)
    ref = c << core.component
    ref.dcplx_trans = kdb.DCplxTrans(-x0, -y0)
    busy = {*core.taken, *lines, *rails, *pillars}
    for column in range(0, frame.columns, PER_DIE_TILE):
        for row in range(0, frame.rows, PER_DIE_TILE):
            inner = [(column + i, row + j) for i in range(PER_DIE_TILE) for j in range(PER_DIE_TILE)]
            if not any((frame.i0 + i, frame.j0 + j) in busy for i, j in inner):
                _put(c, die_tile(), column, row)
                continue
            for i, j in inner:
                tile = (frame.i0 + i, frame.j0 + j)
                if tile not in core.taken:
                    _put(c, _tile(lines.get(tile), rails.get(tile, set()), tile in pillars), i, j)
    found = tuple(Exit(line, side, row) for side, some in exits.items() for line, _, row in some)
    return Block(c, frame.columns // PER_DIE_TILE, frame.rows // PER_DIE_TILE, found, x0, y0)


def _put(c: gf.Component, what: gf.Component, column: int, row: int) -> None:
    ref = c << what
    ref.dcplx_trans = kdb.DCplxTrans(column * TILE_UM, row * TILE_UM)


def _tile(line: Use | None, rail: set[str], pillar: bool) -> gf.Component:
    arms = line.arms if line else {}
    m6, m5 = (tuple(e for e in EDGES if e in arms.get(layer, ())) for layer in (0, 1))
    if pillar:
        m6 = ("e",)
    return _drawn_tile(m6, m5, bool(line and line.via), tuple(e for e in EDGES if e in rail), pillar)


@lru_cache(maxsize=1024)
def _drawn_tile(m6: tuple[str, ...], m5: tuple[str, ...], via: bool, rail: tuple[str, ...],
                pillar: bool) -> gf.Component:  # fmt: skip
    """One tile with the arms of lines on M6 and M5 and of the rail on M0, and fill around them."""
    c = gf.Component(f"chip_tile_{digest(m6, m5, via, rail, pillar)}")
    c << (bias_pillar(vdd_arms=rail) if pillar else moat_tile(vdd_arms=rail))
    for metal, arms in (("M6", m6), ("M5", m5)):
        if arms:
            region(c, metal, _arms(arms))
    if via:
        centred(c, "I5", TILE_UM / 2, TILE_UM / 2, rules.size("I5"))
    plan = FloorPlan(Circuit("tile", (), ()), (1, 1), (), (), pillars=((0, 0),) if pillar else ())
    draw_fill(c, plan, moats_of(plan, lambda _column, _row: ()))
    return c


def _arms(edges: tuple[str, ...]) -> kdb.Region:
    """Lines from the middle of a tile to its edges."""
    half, middle = LINE_UM / 2, TILE_UM / 2
    low, high = middle - half, middle + half
    box = {"w": (0.0, low, high, high), "e": (low, low, TILE_UM, high), "s": (low, 0.0, high, high),
           "n": (low, low, high, TILE_UM)}  # fmt: skip
    return kdb.Region([kdb.DBox(*box[edge]).to_itype(0.001) for edge in edges])
