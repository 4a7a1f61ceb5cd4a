"""Rectangles, polygons, texts and ports on layers given by name, in um; works with any active PDK or none."""

from __future__ import annotations

import gdsfactory as gf
import klayout.db as kdb

from pdk_sfq5ee import layers


def layer_index(c: gf.Component, layer: str) -> int:
    """Index of the named layer in the component's layout."""
    return c.kcl.layout.layer(kdb.LayerInfo(*layers.gds(layer)))


def box(c: gf.Component, layer: str, x0: float, y0: float, x1: float, y1: float) -> None:
    c.shapes(layer_index(c, layer)).insert(kdb.DBox(x0, y0, x1, y1))


def centred(c: gf.Component, layer: str, x: float, y: float, w: float, h: float | None = None) -> None:
    """A rectangle of `w` by `h` (a square when `h` is None) around a point."""
    h = w if h is None else h
    box(c, layer, x - w / 2, y - h / 2, x + w / 2, y + h / 2)


def polygon(c: gf.Component, layer: str, points: list[tuple[float, float]] | tuple[tuple[float, float], ...]) -> None:
    c.shapes(layer_index(c, layer)).insert(kdb.DPolygon([kdb.DPoint(x, y) for x, y in points]))


def region(c: gf.Component, layer: str, area: kdb.Region) -> None:
    """A region in nm as merged polygons; holes stay holes in memory and become cut lines in a GDS file."""
    for one in area.merged().each():
        c.shapes(layer_index(c, layer)).insert(one)


def text(c: gf.Component, layer: str, words: str, x: float, y: float) -> None:
    c.shapes(layer_index(c, layer)).insert(kdb.DText(words, kdb.DTrans(x, y)))


def port(c: gf.Component, name: str, layer: str, x: float, y: float, width: float, orientation: int) -> None:
    """An electrical port; `width` is a multiple of 2 nm."""
    # Not `c.create_port`, which asks the active PDK for a cross-section.
    c.ports.create_port(name=name, width=round(width, 3), layer=layer_index(c, layer), port_type="electrical",
                        dcplx_trans=kdb.DCplxTrans(1, orientation, False, x, y))  # fmt: skip
