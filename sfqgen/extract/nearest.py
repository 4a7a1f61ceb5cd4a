"""Labels given to the devices that they name: the one they lie on, else the nearest one that has none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

import klayout.db as kdb

from sfqgen.extract.labels import NamedPoint, PortLabel
from sfqgen.extract.touch import PolygonIndex

LABEL_REACH_UM = 1.0
"""A label names the device that it lies on, or misses by no more than this."""

Point = TypeVar("Point", NamedPoint, PortLabel)


class Nearest(Generic[Point]):
    """`of(n)` is the label of polygon n or None; `left` are the labels that lie on no polygon."""

    def __init__(self, labels: Sequence[Point], polygons: Sequence[kdb.Polygon], dbu: float) -> None:
        index = PolygonIndex(polygons)
        pairs = []
        for number, label in enumerate(labels):
            point = kdb.Point(round(label.x_um / dbu), round(label.y_um / dbu))
            reach = round(LABEL_REACH_UM / dbu)
            for n in index.near(kdb.Box(point, point).enlarged(reach, reach)):
                if (away := _distance(polygons[n], point)) <= reach:
                    pairs.append((away, n, number))
        self._of: dict[int, Point] = {}
        given: set[int] = set()
        for _, n, number in sorted(pairs):
            if n not in self._of and number not in given:
                self._of[n] = labels[number]
                given.add(number)
        self.left = [label for number, label in enumerate(labels) if number not in given]

    def of(self, number: int) -> Point | None:
        return self._of.get(number)


def _distance(polygon: kdb.Polygon, point: kdb.Point) -> float:
    """0 inside, else the distance of the nearest edge, in database units."""
    if polygon.inside(point):
        return 0.0
    return min(edge.euclidian_distance(point) for edge in polygon.each_edge())
