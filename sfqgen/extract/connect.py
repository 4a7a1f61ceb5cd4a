"""Galvanic connectivity of a layout: metal pieces, vias and nets, by klayout's LayoutToNetlist.

Junctions (J5, C5J) and resistors (R5, C5R) are devices: they join nothing here. A piece is one merged polygon of one
metal; a net is a set of pieces joined by vias. Everything is flat, in database units of the given cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import klayout.db as kdb

from pdk_sfq5ee import layers
from pdk_sfq5ee.process import Process
from sfqgen.errors import SfqgenError
from sfqgen.extract.touch import PolygonIndex

MOST_SHAPES = 5_000_000
"""Flat shapes on the films of one cell; more than a whole chip of neurons has."""
_DEVICE_CONTACTS = ("C5J", "C5R")


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One merged polygon of a metal."""

    index: int
    layer: str
    polygon: kdb.Polygon = field(repr=False)
    net: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class Via:
    """One merged via polygon; `below` and `above` are the metals that it is meant to join."""

    layer: str
    below: str
    above: str
    polygon: kdb.Polygon = field(repr=False)
    net: int = -1


@dataclass(frozen=True, eq=False)
class Connectivity:
    """Pieces, vias and nets of one cell. `regions` holds every film merged, `dbu` is um per database unit."""

    dbu: float
    regions: Mapping[str, kdb.Region]
    pieces: tuple[Piece, ...]
    vias: tuple[Via, ...]
    _index: Mapping[str, tuple[int, PolygonIndex]] = field(repr=False)  # number of the layer's first piece, index

    def touching(self, layer: str, polygon: kdb.Polygon, net: int | None = None) -> Iterator[Piece]:
        """Pieces of `layer` that overlap or touch the polygon (of `net` only, when given)."""
        if layer not in self._index:
            return
        first, index = self._index[layer]
        for number in index.near(polygon.bbox()):
            piece = self.pieces[first + number]
            if (net is None or piece.net == net) and piece.polygon.touches(polygon):
                yield piece

    def at(self, layer: str, x_um: float, y_um: float, reach_um: float = 0.0) -> Piece | None:
        """The piece of `layer` at a point, or within `reach_um` of it; None where there is no metal."""
        point = kdb.Point(round(x_um / self.dbu), round(y_um / self.dbu))
        reach = round(reach_um / self.dbu)
        found = self.touching(layer, kdb.Polygon(kdb.Box(point, point).enlarged(reach, reach)))
        return min(found, key=lambda p: p.index, default=None)

    def um(self, point: kdb.Point) -> tuple[float, float]:
        return round(point.x * self.dbu, 6), round(point.y * self.dbu, 6)


def connect(layout: kdb.Layout, cell: kdb.Cell, process: Process | None = None) -> Connectivity:
    """Trace all metals of `cell`. Raises SfqgenError when the cell holds more than MOST_SHAPES shapes."""
    flat = kdb.Layout()
    flat.dbu = layout.dbu
    top = flat.create_cell("flat")
    regions = _merged_films(layout, cell, process)
    database, traced = _trace(flat, top, regions, process)
    numbers: dict[tuple, int] = {}
    pieces: list[Piece] = []
    for metal in layers.metals(process):
        for polygon, net in _with_nets(traced[metal], database, numbers):
            pieces.append(Piece(len(pieces), metal, polygon, net))
    vias = [
        Via(via, below, above, polygon, net)
        for below, via, above in layers.connectivity(process) if via not in _DEVICE_CONTACTS
        for polygon, net in _with_nets(traced[via], database, numbers)
    ]  # fmt: skip
    return Connectivity(layout.dbu, regions, tuple(pieces), tuple(vias), _indexed(pieces))


def _merged_films(layout: kdb.Layout, cell: kdb.Cell, process: Process | None) -> dict[str, kdb.Region]:
    regions: dict[str, kdb.Region] = {}
    budget = MOST_SHAPES
    for film in layers.films(process):
        index = layout.find_layer(*film.gds)
        region = kdb.Region()
        if index is not None:
            region = kdb.Region(cell.begin_shapes_rec(index))
            budget -= region.count()
            if budget < 0:
                raise SfqgenError(f"more than {MOST_SHAPES} shapes", where=f"cell {cell.name}",
                                  remedy="check a smaller cell with --cell")  # fmt: skip
            # Pieces that meet in a corner only are two pieces.
            region.min_coherence = True
            region.merge()
        regions[film.name] = region
    return regions


def _trace(flat: kdb.Layout, top: kdb.Cell, regions: Mapping[str, kdb.Region],
           process: Process | None) -> tuple[kdb.LayoutToNetlist, dict[str, kdb.Region]]:  # fmt: skip
    names = [film.name for film in layers.films(process) if film.kind in ("metal", "via")]
    for name in names:
        top.shapes(flat.layer(*layers.gds(name, process))).insert(regions[name])
    database = kdb.LayoutToNetlist(kdb.RecursiveShapeIterator(flat, top, []))
    traced = {
        name: database.make_polygon_layer(flat.layer(*layers.gds(name, process)), name) for name in names
    }  # fmt: skip
    for region in traced.values():
        database.connect(region)
    for below, via, above in layers.connectivity(process):
        if via not in _DEVICE_CONTACTS:
            database.connect(traced[below], traced[via])
            database.connect(traced[via], traced[above])
    database.extract_netlist()
    return database, traced


def _with_nets(region: kdb.Region, database: kdb.LayoutToNetlist,
               numbers: dict[tuple, int]) -> Iterator[tuple[kdb.Polygon, int]]:  # fmt: skip
    """Merged polygons of a traced layer with the number of their net, bottom left first."""
    shapes = region.nets(database, "net")
    shapes.min_coherence = True
    shapes.merge()
    found = [(polygon, tuple(polygon.property("net"))) for polygon in shapes.each()]
    found.sort(key=lambda item: (item[0].bbox().bottom, item[0].bbox().left, item[0].hash()))
    for polygon, name in found:
        yield kdb.Polygon(polygon), numbers.setdefault(name, len(numbers))


def _indexed(pieces: list[Piece]) -> dict[str, tuple[int, PolygonIndex]]:
    """Pieces are numbered layer by layer."""
    layers_of: dict[str, list[Piece]] = {}
    for piece in pieces:
        layers_of.setdefault(piece.layer, []).append(piece)
    return {layer: (own[0].index, PolygonIndex(p.polygon for p in own)) for layer, own in layers_of.items()}
