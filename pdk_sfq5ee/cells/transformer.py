"""Broadside transformer: an M6 line straight over an M5 line, in tiles of its own with the planes opened over it.

With ground and sky plane closed the coupling k stays under 0.32; a slot of 3 um in both brings it to about 0.55, of
5 um to 0.6 (data/process.yaml, transformer_pH_per_um). The slot is a hole that lines cross on purpose: the SLOT mark
says so to the design-rule check.

    +---------------------------+   M6 from the left edge to the right edge at half height
    |      +-----slot-----+     |   M5 under it along the slot, both ends led down to the lower edge
    m6_w ======================= m6_e
    |      |+------------+|     |
    +------+|------------|+-----+
          m5_w          m5_e
"""

from __future__ import annotations

import itertools

import gdsfactory as gf
import klayout.db as kdb

from pdk_sfq5ee import rules
from pdk_sfq5ee.cells.ranges import choices, length, snap_up
from pdk_sfq5ee.cells.shapes import box, port, region
from pdk_sfq5ee.cells.tiles import CORNERS, TILE_UM, draw_tile
from pdk_sfq5ee.process import table

OPENABLE = ("M4", "M7")
PLANES = ("M0", "M4", "M7")
WIDEST_LINE_UM, WIDEST_SLOT_UM, LONGEST_UM = 2.0, 6.0, 200.0


@gf.cell
def transformer(
    length_um: float = 12.0, w5_um: float = 1.0, w6_um: float = 1.0, slot_um: float = 3.0,
    slot_planes: tuple[str, ...] = ("M4", "M7"),
) -> gf.Component:  # fmt: skip
    """A broadside-coupled pair of lines on a row of whole tiles, origin at the lower left.

    Args:
        length_um: coupled length, also the length of the slot, 2 to 200 um.
        w5_um: width of the M5 line, 0.86 to 2 um.
        w6_um: width of the M6 line, 0.8 to 2 um.
        slot_um: width of the opening over the lines, 1.5 to 6 um and wider than the lines; 0 leaves the planes closed.
        slot_planes: planes that are opened, of M4 and M7.

    Ports `m6_w`, `m6_e` on the side edges at half height, `m5_w`, `m5_e` on the lower edge. `info` holds l5_ph, l6_ph
    and m_ph of the coupled length by the 2-D table where that reaches: ends and the return current around the slot are
    not in it, so extract the drawing. No moats stand in these tiles: the slot is one. Raises PdkError.
    """
    length_um = length("length_um", length_um, 2.0, LONGEST_UM)
    w5_um = length("w5_um", w5_um, snap_up(rules.width("M5")), WIDEST_LINE_UM)
    w6_um = length("w6_um", w6_um, rules.width("M6"), WIDEST_LINE_UM)
    slot_planes = choices("slot_planes", slot_planes, OPENABLE)
    if slot_um:
        slot_um = length("slot_um", slot_um, max(rules.space("M7"), w5_um, w6_um), WIDEST_SLOT_UM)
    lead = snap_up(w5_um / 2 + rules.width("M4"))  # axis of an M5 lead, off the end of the slot
    tiles = _tiles(length_um + 2 * (lead + w5_um / 2 + rules.space("M5")))
    c = gf.Component()
    slot = _slot((tiles * TILE_UM - length_um) / 2, length_um, slot_um)
    _planes(c, tiles, slot, slot_planes)
    _lines(c, tiles, slot, lead, w5_um, w6_um)
    c.info.update(_estimate(length_um, w5_um, w6_um, slot_um, slot_planes))
    return c


def _tiles(length_um: float) -> int:
    return -int(-round(length_um, 6) // TILE_UM)


def _slot(x0: float, length_um: float, slot_um: float) -> kdb.DBox:
    """The coupled part; without a slot it has no height."""
    middle = TILE_UM / 2
    return kdb.DBox(x0, middle - slot_um / 2, x0 + length_um, middle + slot_um / 2)


def _planes(c: gf.Component, tiles: int, slot: kdb.DBox, slot_planes: tuple[str, ...]) -> None:
    tile = gf.Component()
    draw_tile(tile, (), (), CORNERS)
    whole = kdb.Region(kdb.DBox(0, 0, tiles * TILE_UM, TILE_UM).to_itype(0.001))
    opening = kdb.Region(slot.to_itype(0.001)) if slot.height() else kdb.Region()
    for k in range(tiles):
        _copy(tile, c, k * TILE_UM)
    for plane in PLANES:
        region(c, plane, whole - opening if plane in slot_planes else whole)
    if slot.height():
        box(c, "SLOT", slot.left, slot.bottom, slot.right, slot.top)
    tile.delete()


def _copy(source: gf.Component, target: gf.Component, x_um: float) -> None:
    """The shapes of a tile, without a cell of their own."""
    shift = kdb.Trans(round(1000 * x_um), 0)
    for layer in source.kcl.layout.layer_indexes():
        target.shapes(layer).insert(source.shapes(layer), shift)


def _lines(c: gf.Component, tiles: int, slot: kdb.DBox, lead: float, w5_um: float, w6_um: float) -> None:
    width, middle = tiles * TILE_UM, TILE_UM / 2
    box(c, "M6", 0.0, middle - w6_um / 2, width, middle + w6_um / 2)
    port(c, "m6_w", "M6", 0.0, middle, w6_um, 180)
    port(c, "m6_e", "M6", width, middle, w6_um, 0)
    left, right = slot.left - lead, slot.right + lead
    box(c, "M5", left - w5_um / 2, middle - w5_um / 2, right + w5_um / 2, middle + w5_um / 2)
    for name, x in (("m5_w", left), ("m5_e", right)):
        box(c, "M5", x - w5_um / 2, 0.0, x + w5_um / 2, middle)
        port(c, name, "M5", x, 0.0, w5_um, 270)


def _estimate(
    length_um: float, w5_um: float, w6_um: float, slot_um: float, slot_planes: tuple[str, ...]
) -> dict[str, float]:
    """Inductances by the table where it reaches: both planes opened alike, widths 0.7 to 1.0 um, slot 0 to 5 um."""
    info = {"length_um": length_um, "slot_um": slot_um}
    both = not slot_um or set(slot_planes) == set(OPENABLE)
    rows = table("process")["transformer_pH_per_um"]["rows"]
    widths, slots = sorted({r["w_um"] for r in rows}), sorted({r["slot_um"] for r in rows})
    if not both or slot_um > slots[-1] or not widths[0] <= min(w5_um, w6_um) <= max(w5_um, w6_um) <= widths[-1]:
        return info
    mean = (w5_um + w6_um) / 2
    per_um = {"l5_ph": ("l5", w5_um), "l6_ph": ("l6", w6_um), "m_ph": ("m", mean)}
    return info | {name: round(length_um * _bilinear(rows, key, w, slot_um), 4) for name, (key, w) in per_um.items()}


def _bilinear(rows: list[dict], key: str, w_um: float, slot_um: float) -> float:
    def along_slot(w: float) -> float:
        points = sorted((r["slot_um"], r[key]) for r in rows if r["w_um"] == w)
        return _linear(points, slot_um)

    return _linear([(w, along_slot(w)) for w in sorted({r["w_um"] for r in rows})], w_um)


def _linear(points: list[tuple[float, float]], x: float) -> float:
    """Straight lines between points; the outer points must hold x between them."""
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return points[-1][1]
