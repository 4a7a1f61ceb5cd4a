"""Which metal hangs together with the ground plane, and which floats.

Connected means galvanically through metal, vias, resistors and junctions: in a Josephson circuit every line that does
anything reaches ground that way, whatever its net is called.
"""

from __future__ import annotations

from functools import cached_property

import klayout.db as db

from pdk_sfq5ee.layers import connectivity
from sfqgen.verify.masks import Masks

JUNCTION = ("M5", "J5")  # the counter-electrode lies on its base electrode


class Ground:
    """The net that holds the largest piece of M4; without M4 there is no ground and nothing is judged."""

    def __init__(self, masks: Masks) -> None:
        self._masks = masks

    @cached_property
    def exists(self) -> bool:
        return not self._masks.merged("M4").is_empty()

    def floating(self, film: str) -> db.Region:
        """The pieces of a film that are not connected to ground."""
        if not self.exists:
            return db.Region()
        pieces = list(self._masks.merged(film).each())
        # one corner stands for its piece: asking with whole planes of thousands of moats takes seconds
        corners = [next(piece.each_point_hull()) for piece in pieces]
        marks = db.Region([db.Box(p.x - 1, p.y - 1, p.x + 1, p.y + 1) for p in corners])
        marks.merged_semantics = False
        grounded = {mark.bbox().center() for mark in marks.interacting(self._on(film)).each()}
        return db.Region([piece for piece, corner in zip(pieces, corners, strict=True) if corner not in grounded])

    def _on(self, film: str) -> db.Region:
        extractor, layers = self._extracted
        shapes = extractor.shapes_of_net(self._net, layers[film], True)
        return shapes if shapes is not None else db.Region()

    @cached_property
    def _net(self) -> db.Net:
        extractor, layers = self._extracted
        return extractor.probe_net(layers["M4"], inner_point(largest(self._masks.merged("M4"))))

    @cached_property
    def _extracted(self) -> tuple[db.LayoutToNetlist, dict[str, db.Region]]:
        """The nets of a flat copy: one cell, so that every net is whole."""
        self._flat = flat = db.Layout()
        flat.dbu = self._masks.layout.dbu
        top = flat.create_cell("FLAT")
        index = {name: flat.layer(*number) for name, number in self._masks.numbers.items()}
        for name, layer in index.items():
            top.shapes(layer).insert(self._masks.merged(name))
        extractor = db.LayoutToNetlist(db.RecursiveShapeIterator(flat, top, []))
        layers = {name: extractor.make_layer(layer, name) for name, layer in index.items()}
        for region in layers.values():
            extractor.connect(region)
        for below, via, above in connectivity(self._masks.process):
            extractor.connect(layers[below], layers[via])
            extractor.connect(layers[via], layers[above])
        extractor.connect(layers[JUNCTION[0]], layers[JUNCTION[1]])
        extractor.extract_netlist()
        return extractor, layers


def largest(region: db.Region) -> db.Polygon:
    """The polygon of the largest area; the lowest, leftmost one of equals."""
    return max(region.each(), key=lambda polygon: (polygon.area(), -polygon.bbox().bottom, -polygon.bbox().left))


def inner_point(polygon: db.Polygon) -> db.Point:
    """A point inside: the middle of the largest trapezoid that the polygon splits into."""
    return largest(db.Region(polygon).decompose_trapezoids_to_region()).bbox().center()
