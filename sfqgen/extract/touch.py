"""Which polygons touch which, by a spatial index."""

from __future__ import annotations

from collections.abc import Iterable

import klayout.db as kdb


class PolygonIndex:
    """Polygons by number, found by touch (a common edge or corner counts)."""

    def __init__(self, polygons: Iterable[kdb.Polygon]) -> None:
        self.polygons = list(polygons)
        self._layout = kdb.Layout()
        self._shapes = self._layout.create_cell("index").shapes(self._layout.layer(1, 0))
        for number, polygon in enumerate(self.polygons):
            # The bounding box finds candidates; the polygon itself decides.
            self._shapes.insert(kdb.BoxWithProperties(polygon.bbox(), {"n": number}))

    def near(self, box: kdb.Box) -> list[int]:
        """Numbers of the polygons whose bounding box touches the box."""
        return sorted(shape.property("n") for shape in self._shapes.each_touching(box))

    def touching(self, polygon: kdb.Polygon) -> list[int]:
        return [n for n in self.near(polygon.bbox()) if self.polygons[n].touches(polygon)]


def ordered(region: kdb.Region) -> list[kdb.Polygon]:
    """Polygons of a region from bottom left."""
    return sorted(region.each(), key=lambda p: (p.bbox().bottom, p.bbox().left, p.hash()))


class Union:
    """Numbers 0 to n-1 in disjoint sets; the smallest number of a set stands for it."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def root(self, number: int) -> int:
        while self._parent[number] != number:
            self._parent[number] = self._parent[self._parent[number]]
            number = self._parent[number]
        return number

    def tie(self, a: int, b: int) -> None:
        a, b = self.root(a), self.root(b)
        self._parent[max(a, b)] = min(a, b)

    def add(self) -> int:
        """A new number in a set of its own."""
        self._parent.append(len(self._parent))
        return len(self._parent) - 1
