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
JOINS_M6 = ("I5", "I6", "C5R")


class Ground:
    """The net that holds the largest piece of M4; without M4 there is no ground and nothing is judged."""

    def __init__(self, masks: Masks) -> None:
        self._masks = masks

    @cached_property
    def exists(self) -> bool:
        return not self._masks.merged("M4").is_empty()

    def floating(self, film: str, larger_nm: int = 0) -> db.Region:
        """The pieces of a film, of those with a side over `larger_nm`, that are not connected to ground."""
        if not self.exists:
            return db.Region()
        metal = self._masks.merged(film)
        pieces = list((metal.with_bbox_max(larger_nm + 1, None, False) if larger_nm else metal).each())
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

    def _fill(self) -> dict[str, db.Region]:
        """M5, J5 and M6 without dummy junctions: neither metal has a via, nor meets any that has one through J5.

        A die has more of them than of all else, and each would be a net of its own.
        """
        masks = self._masks
        m5, m6 = masks.merged("M5"), masks.merged("M6")
        joined_m5, joined_m6 = m5.interacting(masks.joined(("I4", "I5"))), m6.interacting(masks.joined(JOINS_M6))
        kept_m6 = joined_m6 + (m6 - joined_m6).interacting(joined_m5)
        kept_m5 = joined_m5 + (m5 - joined_m5).interacting(kept_m6)
        return {"M5": kept_m5, "M6": kept_m6, "J5": masks.merged("J5").interacting(kept_m5)}

    @cached_property
    def _extracted(self) -> tuple[db.LayoutToNetlist, dict[str, db.Region]]:
        """The nets of a flat copy: one cell, so that every net is whole."""
        self._flat = flat = db.Layout()
        flat.dbu = self._masks.layout.dbu
        top = flat.create_cell("FLAT")
        index = {name: flat.layer(*number) for name, number in self._masks.numbers.items()}
        fill = self._fill()
        for name, layer in index.items():
            top.shapes(layer).insert(fill.get(name, self._masks.merged(name)))
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
