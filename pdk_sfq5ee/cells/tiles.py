"""The 10 um tile: ground, sky and lower plane with a moat near each corner, stitched together on the corners.

One tile seen from above, origin at its lower left; a neighbour on each side completes webs and corner pads:

    +--+------------+--+      corner pads M0 to M4, joined by I1 and I3 on the rising diagonal,
    |P |            |P |      by I0 and I2 on the falling one (vias of neighbouring levels never lie together)
    +--+ moat  moat +--+      moats in M0, M4 and M7, one over the other: a square less its corner pad
    |                  |
    +--+ moat  moat +--+      M1 to M3 carry frames where asked for, corner pads always
    |P |            |P |
    +--+------------+--+

Compatible with the ColdFlux tile frame; the pads are 0.05 um larger, for the published via surround of 0.35 um.
"""

from __future__ import annotations

import itertools

import gdsfactory as gf
import klayout.db as kdb

from pdk_sfq5ee import rules
from pdk_sfq5ee.cells.ranges import choices, length
from pdk_sfq5ee.cells.shapes import box, centred, layer_index, port, region, text
from pdk_sfq5ee.cells.vias import via_between
from pdk_sfq5ee.errors import PdkError
from pdk_sfq5ee.process import figure

CORNERS = ("sw", "se", "nw", "ne")
EDGES = ("n", "e", "s", "w")
STITCHED = ("M0", "M1", "M2", "M3", "M4")
MAY_BE_PLANE = (*STITCHED, "M7")
MAY_BE_FRAME = ("M1", "M2")  # M3 never is narrower than 1.25 um in a public layout
TILE_UM: float = figure("geometry", "frame", "tile")
WEB_UM: float = figure("geometry", "planes", "edge_web")
MOAT_UM: float = figure("geometry", "planes", "moat")
STRIP_UM: float = figure("geometry", "frame", "vdd_strip_width")


def corner_pad_um() -> float:
    """Side of the quarter pad on a tile corner: the smallest via with its largest surround on either side."""
    inset, reach = figure("geometry", "planes", "corner_via_inset"), 0.0
    for lower, upper in itertools.pairwise(STITCHED):
        via = via_between(lower, upper)
        reach = max(reach, rules.size(via) + max(rules.enclosure(via, lower), rules.enclosure(via, upper)))
    return round(inset + reach, 3)


def moat_region(without: tuple[str, ...] = ()) -> kdb.Region:
    """The moats of one tile in nm, those of the named corners left out."""
    pads = kdb.Region([_corner_box(corner, 0.0, corner_pad_um()) for corner in CORNERS])
    moats = kdb.Region([_corner_box(c, WEB_UM, WEB_UM + MOAT_UM) for c in CORNERS if c not in without])
    return moats - pads


def _corner_box(corner: str, near_um: float, far_um: float) -> kdb.Box:
    """A square near a tile corner, from `near_um` to `far_um` off both edges, in nm."""
    low, high = round(1000 * near_um), round(1000 * far_um)
    tile = round(1000 * TILE_UM)
    x = (low, high) if corner[1] == "w" else (tile - high, tile - low)
    y = (low, high) if corner[0] == "s" else (tile - high, tile - low)
    return kdb.Box(x[0], y[0], x[1], y[1])


@gf.cell
def moat_tile(
    planes: tuple[str, ...] = ("M0", "M4", "M7"),
    frames: tuple[str, ...] = ("M2",),
    without_moats: tuple[str, ...] = (),
    opening_um: float = 0.0,
    opened: tuple[str, ...] = ("M4",),
    vdd_strip: bool = False,
    vdd_arms: tuple[str, ...] = (),
) -> gf.Component:
    """One tile of planes with moats and stitched corners; origin at the lower left.

    Args:
        planes: metals drawn as a plane, of M0 to M4 and M7.
        frames: of M1 and M2, those that carry a rim of half a web along the tile edge.
        without_moats: corners whose moat is filled (sw, se, nw, ne), where a line has to pass over it.
        opening_um: side of a square opening in the middle of the `opened` planes, for a pad of another net: up to
            2.8 um between the moats, or 5.4 to 7.4 um reaching into them.
        opened: planes that have the opening.
        vdd_strip: the bias rail crosses the tile on M0 from left to right; M0 then is no plane here.
        vdd_arms: instead, the edges (n, e, s, w) that arms of the rail reach from the middle: a branch or a turn.

    No ports: a tile is ground. Raises PdkError.
    """
    c = gf.Component()
    draw_tile(c, planes, frames, without_moats, opening_um, opened, ("w", "e") if vdd_strip else vdd_arms)
    open_um2 = moat_region(tuple(without_moats)).area() * 1e-6
    c.info.update({"moat_area_um2": round(open_um2, 4), "open_fraction": round(open_um2 / TILE_UM**2, 5)})
    return c


def draw_tile(
    c: gf.Component, planes: tuple[str, ...], frames: tuple[str, ...], without_moats: tuple[str, ...],
    opening_um: float = 0.0, opened: tuple[str, ...] = ("M4",), vdd_arms: tuple[str, ...] = (),
) -> None:  # fmt: skip
    """Draws one tile into `c`, for `moat_tile` and cells that stand on a tile of their own. Raises PdkError."""
    planes = choices("planes", planes, MAY_BE_PLANE)
    frames = choices("frames", frames, MAY_BE_FRAME)
    without_moats = choices("without_moats", without_moats, CORNERS)
    opened = choices("opened", opened, MAY_BE_PLANE)
    moats = moat_region(without_moats)
    opening = _opening(opening_um, without_moats) if opening_um else kdb.Region()
    if vdd_arms:
        planes = tuple(metal for metal in planes if metal != "M0")
        _draw_arms(c, choices("vdd_arms", vdd_arms, EDGES))
    for metal in planes:
        openings = moats + opening if metal in opened else moats
        region(c, metal, kdb.Region(_tile_box()) - openings)
    for metal in STITCHED:
        if metal not in planes:
            region(c, metal, kdb.Region([_corner_box(corner, 0.0, corner_pad_um()) for corner in CORNERS]))
        if metal in frames and metal not in planes:
            region(c, metal, kdb.Region(_tile_box()) - kdb.Region(_tile_box().enlarged(-round(1000 * WEB_UM))))
    _stitch(c)


def _tile_box() -> kdb.Box:
    return kdb.Box(0, 0, round(1000 * TILE_UM), round(1000 * TILE_UM))


def _opening(side_um: float, without_moats: tuple[str, ...]) -> kdb.Region:
    """A square in the middle. It keeps a web off the moats or runs well into them, and ends before the corner pads."""
    side_um = length("opening_um", side_um, rules.space("M4"), TILE_UM - 2 * corner_pad_um())
    inner = TILE_UM - 2 * (WEB_UM + MOAT_UM)  # between the moats
    apart, into = round(inner - 2 * rules.width("M4"), 3), round(inner + 2 * rules.space("M4"), 3)
    if apart < side_um < into and set(without_moats) < set(CORNERS):
        raise PdkError(f"opening_um is {side_um:g}, which leaves a sliver to a moat",
                       allowed=f"up to {apart:g} um, or {into:g} um and more",
                       remedy="or fill all moats of the tile")  # fmt: skip
    half, middle = round(500 * side_um), round(500 * TILE_UM)
    return kdb.Region(kdb.Box(middle - half, middle - half, middle + half, middle + half))


def _stitch(c: gf.Component) -> None:
    inset = figure("geometry", "planes", "corner_via_inset")
    for level, (lower, upper) in enumerate(itertools.pairwise(STITCHED)):
        via = via_between(lower, upper)
        for corner in ("se", "nw") if level % 2 == 0 else ("sw", "ne"):
            c.shapes(layer_index(c, via)).insert(_corner_box(corner, inset, inset + rules.size(via)))


def draw_strip(c: gf.Component, length_um: float, y_um: float) -> None:
    """The bias rail on M0 from x = 0, with its name as text at the right end."""
    box(c, "M0", 0.0, y_um - STRIP_UM / 2, length_um, y_um + STRIP_UM / 2)
    text(c, "M0", "VDD", length_um - 1.0, y_um)


def _draw_arms(c: gf.Component, arms: tuple[str, ...]) -> None:
    """Rail on M0 from the tile's middle to the named edges; on the others half of a web, as M0 planes beyond end."""
    middle, half = TILE_UM / 2, STRIP_UM / 2
    if {"w", "e"} <= set(arms):
        text(c, "M0", "VDD", TILE_UM - 1.0, middle)
    low, high = middle - half, middle + half
    arm = {"w": (0.0, low, high, high), "e": (low, low, TILE_UM, high), "s": (low, 0.0, high, high),
           "n": (low, low, high, TILE_UM)}  # fmt: skip
    inner = TILE_UM - WEB_UM
    web = {"w": (0.0, 0.0, WEB_UM, TILE_UM), "e": (inner, 0.0, TILE_UM, TILE_UM), "s": (0.0, 0.0, TILE_UM, WEB_UM),
           "n": (0.0, inner, TILE_UM, TILE_UM)}  # fmt: skip
    for edge in EDGES:
        box(c, "M0", *(arm if edge in arms else web)[edge])


@gf.cell
def vdd_strip(length_um: float = 10.0) -> gf.Component:
    """A length of the bias rail on M0, its axis on y = 0; in a row it lies on y = 65 um (middle of the top tiles).

    Args:
        length_um: 1 to 1000 um.

    Ports `w` and `e`. Raises PdkError.
    """
    length_um = length("length_um", length_um, 1.0, 1000.0)
    c = gf.Component()
    draw_strip(c, length_um, 0.0)
    port(c, "w", "M0", 0.0, 0.0, STRIP_UM, 180)
    port(c, "e", "M0", length_um, 0.0, STRIP_UM, 0)
    return c


@gf.cell
def bias_pillar(without_moats: tuple[str, ...] = (), vdd_arms: tuple[str, ...] = ("w", "e")) -> gf.Component:
    """A tile of the bias row whose pillar takes the rail from M0 up to M6, where a bias resistor starts.

    Args:
        without_moats: corners whose moat is filled (sw, se, nw, ne).
        vdd_arms: edges (n, e, s, w) from which the rail reaches the pillar.

    Two vias on each level, on alternating diagonals; M4 is opened around the pillar, M7 closes over it. Ports `vdd`
    (M6, facing down), `vdd_n`, `vdd_e`, `vdd_w` on the pad, `rail_w` and so on, one per arm. Raises PdkError.
    """
    if not vdd_arms:
        raise PdkError("vdd_arms is empty, so nothing feeds the pillar", allowed="one or more of n, e, s, w")
    pad, side = figure("geometry", "planes", "pillar_pad"), figure("geometry", "planes", "pillar_via")
    middle = TILE_UM / 2
    c = gf.Component()
    opening = pad + 2 * figure("geometry", "planes", "pillar_clearance")
    draw_tile(c, ("M4", "M7"), ("M2",), tuple(without_moats), opening, ("M4",), choices("vdd_arms", vdd_arms, EDGES))
    metals = ("M0", "M1", "M2", "M3", "M4", "M5", "M6")
    for metal in metals:
        centred(c, metal, middle, middle, pad)
    offset = figure("geometry", "planes", "pillar_via_offset")
    for level, (lower, upper) in enumerate(itertools.pairwise(metals)):
        falling = 1 if level % 2 else -1
        for sign in (-1, 1):
            centred(c, via_between(lower, upper), middle + sign * offset, middle + falling * sign * offset, side)
    flanks = (("vdd", 0, -1, 270), ("vdd_n", 0, 1, 90), ("vdd_e", 1, 0, 0), ("vdd_w", -1, 0, 180))
    for name, dx, dy, orientation in flanks:
        port(c, name, "M6", middle + dx * pad / 2, middle + dy * pad / 2, pad, orientation)
    ends = {"w": (0.0, middle, 180), "e": (TILE_UM, middle, 0), "s": (middle, 0.0, 270), "n": (middle, TILE_UM, 90)}
    for edge in vdd_arms:
        x, y, orientation = ends[edge]
        port(c, f"rail_{edge}", "M0", x, y, STRIP_UM, orientation)
    return c

