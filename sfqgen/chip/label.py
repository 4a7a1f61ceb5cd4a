"""Letters on the die: squares of pad metal, readable under a microscope."""

from __future__ import annotations

import gdsfactory as gf
import klayout.db as kdb

from pdk_sfq5ee.cells.shapes import region

PITCH_UM, SQUARE_UM = 15.0, 18.0
"""Squares overlap by 3 um, so that letters hang together where squares meet at a corner only."""


def draw_words(c: gf.Component, words: str, x_um: float, y_um: float, layer: str = "M8") -> None:
    """One line of letters around x, with its foot at y; what the font lacks is a gap."""
    from gdsfactory.components.texts.text_rectangular_font import rectangular_font

    font = rectangular_font()
    letters = [font.get(letter, font.get(letter.upper(), "")) for letter in words]
    grids = [letter.splitlines() if letter.strip() else ["   "] for letter in letters]
    wide = sum(max(map(len, grid)) + 1 for grid in grids) * PITCH_UM
    area, left = kdb.Region(), x_um - wide / 2
    for grid in grids:
        for row, line in enumerate(reversed(grid)):
            for column, mark in enumerate(line):
                if mark == "1":
                    x, y = left + column * PITCH_UM, y_um + row * PITCH_UM
                    area.insert(kdb.DBox(x, y, x + SQUARE_UM, y + SQUARE_UM).to_itype(0.001))
        left += (max(map(len, grid)) + 1) * PITCH_UM
    region(c, layer, area)
