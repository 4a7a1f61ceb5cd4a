"""Tiles of a die around the circuit, 40 um square: planes with slits, fill, lines from pads, and what pads stand on.

One tile seen from above; two columns of slits 20 um apart keep every part of a plane under the largest width. Lines run
on M6 along the axes x = 15 and y = 15, so that they meet the middle of a 10 um tile, and pass between the slits:

    +--|-------|--+
    |  |       |  |      fill: floating dummy junctions at the sides, a plate of M5 and M6 that joins M4 and M7, and
    |  |       |  |      pads M1 to M3 that join M0 and M4
    |-- line -----|
    |  |  |    |  |
    +--|--|----|--+
"""

from __future__ import annotations

import gdsfactory as gf
import klayout.db as kdb

from pdk_sfq5ee import rules
from pdk_sfq5ee.cells.fill import dummy_junction
from pdk_sfq5ee.cells.pads import bond_pad
from pdk_sfq5ee.cells.ranges import choices, length
from pdk_sfq5ee.cells.shapes import box, centred, port, region
from pdk_sfq5ee.cells.tiles import EDGES
from pdk_sfq5ee.process import figure

TILE_UM: float = figure("frame", "die", "tile")
AXIS_UM = 15.0
FAR_UM = TILE_UM - 2 * AXIS_UM
"""The right and upper edges are that much farther from the axes than the others."""
LINE_UM: float = figure("frame", "lines", "width")
SLIT_X, SLIT_UM, SLIT_Y = (8.0, 28.0), 1.5, ((1.0, 12.0), (18.0, 39.0))
JUNCTION_UM = 3.0
TONGUE_UM = 6.0


@gf.cell
def die_tile(arms: tuple[str, ...] = ()) -> gf.Component:
    """Planes, fill and a line.

    Args:
        arms: edges (n, e, s, w) that the line reaches; none for fill alone.

    Raises PdkError.
    """
    c = gf.Component()
    _draw_planes(c, kdb.Region())
    _draw_fill(c, bool(arms))
    _draw_arms(c, choices("arms", arms, EDGES) if arms else ())
    return c


@gf.cell
def pad_tile(pad: str = "w", arms: tuple[str, ...] = ("e",), gap_um: float = 10.0) -> gf.Component:
    """Where a line leaves a pad: M7 reaches in from the pad, four I6 take it down to M6.

    Args:
        pad: the edge beside the pad (n, e, s, w).
        arms: edges that the line goes on to.
        gap_um: from the tile's edge to the pad.

    Raises PdkError.
    """
    choices("pad", (pad,), EDGES)
    gap_um = length("gap_um", gap_um, rules.space("M7"), TILE_UM)
    turn = _towards(pad)
    clear = rules.space("M7") + TONGUE_UM / 2
    c = gf.Component()
    _draw_planes(c, kdb.Region(_box(-15.0, -clear, -3.5, clear)).transformed(turn))
    _draw_fill(c, True)
    metal = kdb.Region(_box(-15.0 - gap_um - 1.0, -TONGUE_UM / 2, -6.0, TONGUE_UM / 2)).transformed(turn)
    region(c, "M7", metal)
    region(c, "M6", kdb.Region(_box(-12.5, -2.6, -6.5, 2.6)).transformed(turn))
    reach = LINE_UM / 2 + (FAR_UM if pad in "en" else 0.0)
    region(c, "M6", kdb.Region(_box(-7.5, -LINE_UM / 2, reach, LINE_UM / 2)).transformed(turn))
    half = rules.size("I6") / 2
    for x in (-11.0, -8.0):
        for y in (-1.25, 1.25):
            region(c, "I6", kdb.Region(_box(x - half, y - half, x + half, y + half)).transformed(turn))
    _draw_arms(c, choices("arms", arms, EDGES))
    return c


@gf.cell
def pad_block(tiles: int = 3, size_um: float = 100.0, grounded: bool = False) -> gf.Component:
    """A bond pad in an opening of all planes, port `pad` in its middle; origin at the lower left of the opening.

    Args:
        tiles: width of the opening in die tiles.
        size_um: side of the pad.
        grounded: joins the pad to the sky plane around it on all four sides.

    Raises PdkError.
    """
    side = tiles * TILE_UM
    c = gf.Component()
    ref = c << bond_pad(size_um=size_um)
    low = (side - size_um) / 2
    ref.dcplx_trans = kdb.DCplxTrans(low, low)
    if grounded:
        half = TONGUE_UM / 2
        for a, b in ((-1.0, low + 1.0), (side - low - 1.0, side + 1.0)):
            box(c, "M7", a, side / 2 - half, b, side / 2 + half)
            box(c, "M7", side / 2 - half, a, side / 2 + half, b)
    port(c, "pad", "M8", side / 2, side / 2, size_um, 0)
    return c


def _box(x0: float, y0: float, x1: float, y1: float) -> kdb.Box:
    return kdb.DBox(x0, y0, x1, y1).to_itype(0.001)


def _towards(pad: str) -> kdb.ICplxTrans:
    """Takes a drawing around the crossing of the axes, with the pad at x = -15 um, to a pad at another edge."""
    middle = round(1000 * AXIS_UM)
    far = round(1000 * FAR_UM)
    angle, dx, dy = {"w": (0, 0, 0), "s": (90, 0, 0), "e": (180, far, 0), "n": (270, 0, far)}[pad]
    return kdb.ICplxTrans(1, angle, False, middle + dx, middle + dy)


def _slits() -> kdb.Region:
    half = SLIT_UM / 2
    return kdb.Region([_box(x - half, low, x + half, high) for x in SLIT_X for low, high in SLIT_Y])


def _draw_planes(c: gf.Component, clear_m7: kdb.Region) -> None:
    plane = kdb.Region(_box(0.0, 0.0, TILE_UM, TILE_UM)) - _slits()
    for metal in figure("geometry", "planes", "ground"):
        region(c, metal, plane - clear_m7 if metal == "M7" else plane)
    for metal in ("M1", "M2", "M3"):
        centred(c, metal, 18.0, 22.0, 12.0)
    for via, x in (("I0", 13.2), ("I1", 15.2), ("I2", 17.2), ("I3", 19.2)):
        centred(c, via, x, 22.0, rules.size(via))


def _draw_fill(c: gf.Component, with_line: bool) -> None:
    if with_line:
        spots = [(x, y) for x in (3.5, 34.5) for y in (4.0, 9.9, 20.1, 26.0, 31.9, 37.8)]
        _plate(c, (18.6, 19.0, 26.6, 38.0), 32.0)
        _plate(c, (18.6, 2.0, 26.6, 12.0), 7.0)
    else:
        spots = [(3.5, y) for y in (5.0, 15.0, 25.0, 35.0)] + [(34.5, 4.0 + 6.4 * k) for k in range(6)]
        _plate(c, (9.3, 10.9, 26.7, 28.3), 25.6, 1.2)
    for x, y in spots:
        ref = c << dummy_junction(size_um=JUNCTION_UM)
        ref.dcplx_trans = kdb.DCplxTrans(x, y)


def _plate(c: gf.Component, m6: tuple[float, float, float, float], y: float, inset: float = 0.4) -> None:
    """Joins M4 and M7 through a plate of M5 and one of M6 that is `inset` larger; the vias stand at height `y`."""
    x0, y0, x1, y1 = m6
    box(c, "M6", *m6)
    box(c, "M5", x0 + inset, y0 + inset, x1 - inset, y1 - inset)
    for via, dx in (("I4", -2.4), ("I5", 0.0), ("I6", 2.4)):
        centred(c, via, (x0 + x1) / 2 + dx, y, rules.size(via))


def _draw_arms(c: gf.Component, arms: tuple[str, ...]) -> None:
    half = LINE_UM / 2
    low, high = AXIS_UM - half, AXIS_UM + half
    ends = {"w": (0.0, low, high, high), "e": (low, low, TILE_UM, high), "s": (low, 0.0, high, high),
            "n": (low, low, high, TILE_UM)}  # fmt: skip
    region(c, "M6", kdb.Region([_box(*ends[arm]) for arm in arms]))
