"""Ground, sky and lower planes of a cell: one PDK tile per 10 um, moats left out where a device or line needs room."""

from __future__ import annotations

import gdsfactory as gf
import klayout.db as kdb

from pdk_sfq5ee.cells.shapes import layer_index
from pdk_sfq5ee.cells.tiles import CORNERS, EDGES, WEB_UM, bias_pillar, corner_pad_um, moat_region, moat_tile
from sfqgen.layout.plan import TILE_UM, FloorPlan

NEEDS_PLANE = ("M5", "M6", "R5")
"""Layers that must not lie over a moat: the return current of a line flows right under it."""


def draw_planes(c: gf.Component, plan: FloorPlan, drawn: kdb.Region) -> int:
    """Tiles of the whole cell, with bias rail and pillars. Returns how many moats are left out under `drawn`."""
    left_out = 0
    arms = rail_arms(plan)
    for column in range(plan.tiles[0]):
        for row in range(plan.tiles[1]):
            without = covered_moats(drawn, column, row)
            left_out += len(without)
            if (column, row) in plan.pillars:
                tile = bias_pillar(without_moats=without, vdd_arms=arms[column, row])
            else:
                tile = moat_tile(without_moats=without, vdd_arms=arms.get((column, row), ()))
            ref = c << tile
            ref.dcplx_trans = kdb.DCplxTrans(column * TILE_UM, row * TILE_UM)
    return left_out


def rail_arms(plan: FloorPlan) -> dict[tuple[int, int], tuple[str, ...]]:
    """Tiles that carry the bias rail on M0 and the edges it reaches: along its row, and down or up to other pillars."""
    reach: dict[tuple[int, int], set[str]] = {}
    if plan.rail_row is None:
        return {}
    for column in range(plan.tiles[0]):
        reach[column, plan.rail_row] = {"w", "e"}
    ends = [(column, {"down": -1, "up": plan.tiles[1]}[way]) for column, way in plan.bus]
    for column, row in (*plan.pillars, *ends):
        step, out, back = (-1, "s", "n") if row < plan.rail_row else (1, "n", "s")
        for between in range(plan.rail_row, row, step):
            reach.setdefault((column, between), set()).add(out)
            reach.setdefault((column, between + step), set()).add(back)
    reach = {(column, row): edges for (column, row), edges in reach.items() if 0 <= row < plan.tiles[1]}
    return {tile: tuple(edge for edge in EDGES if edge in edges) for tile, edges in reach.items()}


def rail_ends(plan: FloorPlan) -> list[tuple[float, float]]:
    """Points on the cell's edge in um at which the bias rail leaves it."""
    width, height = plan.tiles
    ends = []
    for (column, row), edges in rail_arms(plan).items():
        x, y = (column + 0.5) * TILE_UM, (row + 0.5) * TILE_UM
        for edge, on_edge, at_x, at_y in (
            ("w", column == 0, 0.0, y), ("e", column == width - 1, plan.width_um, y),
            ("s", row == 0, x, 0.0), ("n", row == height - 1, x, plan.height_um),
        ):  # fmt: skip
            if edge in edges and on_edge:
                ends.append((at_x, at_y))
    return ends


def draw_rim(c: gf.Component, cells: list[kdb.Box], rail_ends_nm: list[kdb.Point]) -> None:
    """Second half of the M0 web along inner corners of an outline that is no rectangle, where no cell abuts.

    A neighbour that comes later draws the same metal there; the rim keeps clear of the ends of the bias rail.
    """
    outline = kdb.Region(cells).merged()
    reach = round(1000 * WEB_UM)
    rim = (outline.sized(reach, 2) - outline) & kdb.Region(outline.bbox())
    half = round(1000 * (TILE_UM / 2 - corner_pad_um()))
    gaps = kdb.Region([kdb.Box(p.x - half, p.y - half, p.x + half, p.y + half) for p in rail_ends_nm])
    c.shapes(layer_index(c, "M0")).insert(rim - gaps)


def drawn_region(c: gf.Component) -> kdb.Region:
    """Metal and resistors that need an unbroken plane, in nm."""
    region = kdb.Region()
    for layer in NEEDS_PLANE:
        region.insert(c.begin_shapes_rec(layer_index(c, layer)))
    return region.merged()


def covered_moats(drawn: kdb.Region, column: int, row: int) -> tuple[str, ...]:
    """Corners of a tile whose moat would lie under drawn metal."""
    move = kdb.Trans(round(1000 * column * TILE_UM), round(1000 * row * TILE_UM))
    found = []
    for corner in CORNERS:
        moat = moat_region(tuple(other for other in CORNERS if other != corner)).transformed(move)
        if not (moat & drawn).is_empty():
            found.append(corner)
    return tuple(found)
