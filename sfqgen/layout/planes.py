"""Ground, sky and lower planes of a cell: one PDK tile per 10 um, moats left out where a device or line needs room."""

from __future__ import annotations

import gdsfactory as gf
import klayout.db as kdb

from pdk_sfq5ee.cells.shapes import layer_index
from pdk_sfq5ee.cells.tiles import CORNERS, EDGES, bias_pillar, moat_region, moat_tile
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
        return {(column, row): ("n", "s") for column, _ in plan.bus for row in range(plan.tiles[1])}
    for column in range(plan.tiles[0]):
        reach[column, plan.rail_row] = {"w", "e"}
    for column, edge, is_open in ((0, "w", plan.rail_open[0]), (plan.tiles[0] - 1, "e", plan.rail_open[1])):
        if not is_open:
            reach[column, plan.rail_row].discard(edge)
    ends = [(column, {"down": -1, "up": plan.tiles[1]}[way]) for column, way in plan.bus]
    branches = [*plan.pillars, *ends, *((column, row) for row, column in (*plan.feeds, *plan.feeds_left))]
    for column, row in branches:
        step, out, back = (-1, "s", "n") if row < plan.rail_row else (1, "n", "s")
        for between in range(plan.rail_row, row, step):
            reach.setdefault((column, between), set()).add(out)
            reach.setdefault((column, between + step), set()).add(back)
    for row, column in plan.feeds:
        for between in range(column, plan.tiles[0]):
            reach.setdefault((between, row), set()).update({"e"} if between == column else {"w", "e"})
    for row, column in plan.feeds_left:
        for between in range(column + 1):
            reach.setdefault((between, row), set()).update({"w"} if between == column else {"w", "e"})
    reach = {(column, row): edges for (column, row), edges in reach.items() if 0 <= row < plan.tiles[1]}
    return {tile: tuple(edge for edge in EDGES if edge in edges) for tile, edges in reach.items()}


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
