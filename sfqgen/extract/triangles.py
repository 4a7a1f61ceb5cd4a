"""Triangles of the metal of a polygon outside of its contacts, with vertices on its outline only."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

import klayout.db as kdb

from sfqgen.errors import SfqgenError
from sfqgen.extract.buckets import Buckets

OUTLINE_STEP_UM = 0.5
"""Longest outline edge of the triangulation, about the narrowest line, so that the triangles follow the line."""
MOST_TRIANGLES = 400_000
_BUCKET = 1000


def triangulate(polygon: kdb.Polygon, footprints: Sequence[kdb.Region], dbu: float):
    """Triangles as vertex triples, and for each vertex the footprint on whose outline it lies (or none)."""
    body = kdb.Region(polygon)
    for footprint in footprints:
        body -= footprint
    body.min_coherence = True
    body.merge()
    step = round(OUTLINE_STEP_UM / dbu)
    triangles: list[tuple[tuple[int, int], ...]] = []
    for part in body.each():
        if part.perimeter() / step > MOST_TRIANGLES:
            centre = part.bbox().center()
            raise SfqgenError("the outline of one metal polygon is too long to trace",
                              where=f"({centre.x * dbu:.2f}, {centre.y * dbu:.2f}) um",
                              allowed=f"{MOST_TRIANGLES * OUTLINE_STEP_UM / 1000:.0f} mm")  # fmt: skip
        for triangle in subdivided(part, step).delaunay().each():
            corners = tuple((p.x, p.y) for p in triangle.each_point_hull())
            if len(corners) == 3:
                triangles.append(corners)
    vertices = {vertex for triangle in triangles for vertex in triangle}
    return triangles, owners_of(vertices, footprints)


def subdivided(polygon: kdb.Polygon, step: int) -> kdb.Polygon:
    """The polygon with points added along its edges, at most `step` apart."""

    def split(points: list[kdb.Point]) -> list[kdb.Point]:
        finer = []
        for p, q in zip(points, points[1:] + points[:1], strict=True):
            n = max(1, -(-int(hypot(q.x - p.x, q.y - p.y)) // step))
            finer += [kdb.Point(p.x + (q.x - p.x) * i // n, p.y + (q.y - p.y) * i // n) for i in range(n)]
        return finer

    fine = kdb.Polygon(split(list(polygon.each_point_hull())), True)
    for hole in range(polygon.holes()):
        fine.insert_hole(split(list(polygon.each_point_hole(hole))), True)
    return fine


def owners_of(vertices: set[tuple[int, int]], footprints: Sequence[kdb.Region]) -> dict[tuple[int, int], int]:
    """For each vertex on the rim of a footprint, or in it, the number of that footprint."""
    near = Buckets(_BUCKET, ((x, y, (x, y)) for x, y in sorted(vertices)))
    owners: dict[tuple[int, int], int] = {}
    for number, footprint in enumerate(footprints):
        for part in footprint.each_merged():
            box = part.bbox().enlarged(2, 2)
            for vertex in near.inside(box.left, box.bottom, box.right, box.top):
                if vertex not in owners:
                    point = kdb.Point(*vertex)
                    if part.touches(kdb.Box(point, point).enlarged(2, 2)):
                        owners[vertex] = number
    return owners
