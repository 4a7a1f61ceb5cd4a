"""The drawn masks of one cell, flattened: raw as drawn, merged as the mask shows them, with the cell outline.

Units are database units (1 nm). Every region is made once and kept, because merging a plane with thousands of moats is
the dear part of a check.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import klayout.db as db

from pdk_sfq5ee.layers import auxiliary, connectivity, films
from pdk_sfq5ee.process import Process

PLANES = ("M0", "M4", "M7")
TILE_NM = 10_000
SLIVER_NM = 5  # what sizing out and back leaves along slanted edges is thinner


class Masks:
    """Flat regions of the films of one cell, by film name."""

    def __init__(self, layout: db.Layout, cell: db.Cell, process: Process | None = None) -> None:
        self.layout, self.cell = layout, cell
        self.process = process
        self.numbers = {film.name: film.gds for film in films(process)}
        self._raw: dict[str, db.Region] = {}
        self._merged: dict[str, db.Region] = {}
        self._moats: dict[str, db.Region] = {}

    @property
    def drawn(self) -> tuple[str, ...]:
        """The films that hold a shape, from the bottom up."""
        return tuple(name for name in self.numbers if not self.raw(name).is_empty())

    def raw(self, name: str) -> db.Region:
        """The polygons as they are drawn, overlaps and shapes without area included."""
        if name not in self._raw:
            region = db.Region(self.shapes(name, db.Shapes.SPolygons | db.Shapes.SBoxes | db.Shapes.SPaths)).flatten()
            region.merged_semantics = False
            self._raw[name] = region
        return self._raw[name]

    def merged(self, name: str) -> db.Region:
        """What the mask shows: overlapping and touching polygons joined."""
        if name not in self._merged:
            self._merged[name] = self.raw(name).merged()
        return self._merged[name]

    def joined(self, names: tuple[str, ...]) -> db.Region:
        """Several films in one region."""
        region = db.Region()
        for name in names:
            region += self.merged(name)
        return region.merged()

    def vias_of(self, film: str) -> tuple[str, ...]:
        """The vias and contacts that end on a film."""
        return tuple(via for below, via, above in connectivity(self.process) if film in (below, above))

    def shapes(self, name: str, flags: int) -> db.RecursiveShapeIterator:
        """An iterator over the drawn shapes of the film of the kinds in `flags` (`db.Shapes.SPaths`, ...)."""
        index = self.layout.find_layer(db.LayerInfo(*self.numbers[name]))
        if index is None:
            return db.RecursiveShapeIterator()
        iterator = db.RecursiveShapeIterator(self.layout, self.cell, index)
        iterator.shape_flags = flags
        return iterator

    def texts(self, layer: int, datatype: int) -> db.Texts:
        index = self.layout.find_layer(db.LayerInfo(layer, datatype))
        return db.Texts() if index is None else db.Texts(self.cell.begin_shapes_rec(index))

    def area(self, layer: int, datatype: int) -> db.Region:
        """The drawn polygons of any layer number, merged."""
        index = self.layout.find_layer(db.LayerInfo(layer, datatype))
        return db.Region() if index is None else db.Region(self.cell.begin_shapes_rec(index)).merged()

    def unknown(self) -> Iterator[tuple[str, db.Region]]:
        """(layer/datatype, shapes) of every layer that is neither a film nor carries names and marks."""
        known = {*self.numbers.values(), *marks(self.process).values()}
        infos = sorted((info.layer, info.datatype) for info in self.layout.layer_infos())
        for number in infos:
            if number not in known and not (region := self.area(*number)).is_empty():
                yield f"{number[0]}/{number[1]}", region

    @cached_property
    def outline(self) -> db.Region:
        """The ground that the planes cover, moats and bays under a tile filled; empty when the cell has no plane.

        Abutting cells meet on its edges, whether it is a rectangle or the ragged end of rows.
        """
        hulls = self.joined(PLANES).hulls()
        return hulls.sized(TILE_NM // 2).sized(-TILE_NM // 2).merged().hulls()

    def moats(self, plane: str, slit_nm: int) -> db.Region:
        """Holes of a plane and slits up to `slit_nm` between its large pieces.

        A hole with a pad of another net inside it is that pad's clearing, not a moat; nor is what lies under a SLOT
        mark, the opening over a transformer, which its lines cross on purpose.
        """
        if plane not in self._moats:
            metal, reach = self.merged(plane), (slit_nm + 1) // 2
            large = metal.with_bbox_min(slit_nm, None, False)
            slits = (large.sized(reach).sized(-reach) - metal).sized(-SLIVER_NM).sized(SLIVER_NM)
            gaps = (metal.holes() + slits).merged() - metal
            self._moats[plane] = gaps.merged().with_holes(0, False) - self.area(*auxiliary(self.process)["SLOT"])
        return self._moats[plane]


def marks(process: Process | None = None) -> dict[str, tuple[int, int]]:
    """Layers that carry names and pins. Error marks of tools are not among them: a shape there is a leftover."""
    return {name: number for name, number in auxiliary(process).items() if not name.startswith("ERROR")}
