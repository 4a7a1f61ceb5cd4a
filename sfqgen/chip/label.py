"""Letters on the die: squares of pad metal, readable under a microscope."""

from __future__ import annotations

import gdsfactory as gf
import klayout.db as kdb

from pdk_sfq5ee.cells.shapes import region

UNIT_UM, OVERLAP_UM = 15.0, 3.0
"""From square to square. Squares overlap, so that letters hang together where squares meet at a corner only."""
SMALL_UM, SMALL_OVERLAP_UM = 8.0, 2.0
"""The same of the names of pads."""
MARK_UM, MARK_BAR_UM = 120.0, 30.0


def draw_words(c: gf.Component, words: str, x_um: float, y_um: float, layer: str = "M8") -> None:
    """One line of letters around x, with its foot at y; what the font lacks is a gap."""
    area = _letters(words, UNIT_UM, OVERLAP_UM)
    region(c, layer, area.moved(round(1000 * x_um) - area.bbox().center().x, round(1000 * y_um)))


def draw_name(c: gf.Component, words: str, x_um: float, y_um: float, towards: str, layer: str = "M8") -> None:
    """Small letters from (x, y) on `towards` e, w, n or s, in the middle of that line; upright ones read from below."""
    area = _letters(words, SMALL_UM, SMALL_OVERLAP_UM)
    if towards in "ns":
        area = area.transformed(kdb.Trans(kdb.Trans.R90))
    box = area.bbox()
    near = {"e": kdb.Point(box.left, box.center().y), "w": kdb.Point(box.right, box.center().y),
            "n": kdb.Point(box.center().x, box.bottom), "s": kdb.Point(box.center().x, box.top)}[towards]  # fmt: skip
    grid = [round(v / 10) * 10 for v in (1000 * x_um - near.x, 1000 * y_um - near.y)]
    region(c, layer, area.moved(*grid))


def draw_mark(c: gf.Component, x_um: float, y_um: float, layer: str = "M8") -> None:
    """An L whose corner is its lower left: it tells how the die lies."""
    across = kdb.DBox(x_um, y_um, x_um + MARK_UM, y_um + MARK_BAR_UM)
    up = kdb.DBox(x_um, y_um, x_um + MARK_BAR_UM, y_um + MARK_UM)
    region(c, layer, kdb.Region([box.to_itype(0.001) for box in (across, up)]).merged())


def _letters(words: str, unit_um: float, overlap_um: float) -> kdb.Region:
    """A line of letters with its lower left at the origin."""
    from gdsfactory.components.texts.text_rectangular_font import rectangular_font

    font = rectangular_font()
    letters = [font.get(letter, font.get(letter.upper(), "")) for letter in words]
    grids = [letter.splitlines() if letter.strip() else ["   "] for letter in letters]
    area, left, side = kdb.Region(), 0.0, unit_um + overlap_um
    for grid in grids:
        for row, line in enumerate(reversed(grid)):
            for column, mark in enumerate(line):
                if mark == "1":
                    x, y = left + column * unit_um, row * unit_um
                    area.insert(kdb.DBox(x, y, x + side, y + side).to_itype(0.001))
        left += (max(map(len, grid)) + 1) * unit_um
    return area.merged()
