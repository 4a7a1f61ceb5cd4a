"""One function for each kind of rule: the masks and a rule in, the places where it is broken out.

A finding is a merged marker polygon, not an edge pair: two markers that touch are one place to repair, and the count
does not depend on how a polygon is cut. The generated KLayout deck (`sfqgen.verify.deck`) states the same operations in
Ruby; a test holds the two to equal counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import klayout.db as db

from pdk_sfq5ee.rules import Rule
from sfqgen.verify.ground import Ground
from sfqgen.verify.masks import TILE_NM, Masks

METRICS = {"projection": db.Metrics.Projection, "euclidian": db.Metrics.Euclidian}
ANGLE_LIMIT = 80  # edges that meet at more than this are a corner (rule ANGLE), not a width
ROUND = ("J5", "C5J")
LINE_CONTACTS = ("I4", "I5", "I6", "C5R")  # dummy junctions have none
PIN_TEXTS, TERMINALS = ((60, 5), (182, 0)), (19, 0)
Found = Iterator[tuple[str, db.Region]]
Frame = dict[tuple[str, int], list[db.Edge]]


@dataclass(frozen=True)
class Scene:
    """What the checks look at. `chip`: nothing will abut the outline, so no half web is completed."""

    masks: Masks
    ground: Ground
    chip: bool = False

    @property
    def circuit(self) -> bool:
        """With junctions it is a circuit, in which all metal has a way to ground; without, a part of one."""
        return not self.masks.merged("J5").is_empty()


def nm(rule: Rule) -> int:
    """The process value of a rule in um as nanometres."""
    return round(rule.process * 1000)


def min_width(scene: Scene, rule: Rule) -> Found:
    metal = scene.masks.merged(rule.layers[0])
    pairs = metal.width_check(nm(rule), False, METRICS[rule.metric], ANGLE_LIMIT, None, None)
    if rule.half_web and not scene.chip:
        frame = _by_coordinate(scene.masks.outline.edges())
        pairs = db.EdgePairs([pair for pair in pairs.each() if not _half_web(pair, frame, nm(rule))])
    yield rule.layers[0], _around(pairs)


def _by_coordinate(edges: db.Edges) -> Frame:
    """The edges along x and y by the coordinate that they share with whatever lies on them."""
    frame: Frame = {}
    for edge in edges.each():
        if key := _line_of(edge):
            frame.setdefault(key, []).append(edge)
    return frame


def _line_of(edge: db.Edge) -> tuple[str, int] | None:
    if edge.dx() == edge.dy() or edge.dx() * edge.dy():
        return None
    return ("x", edge.x1) if edge.dx() == 0 else ("y", edge.y1)


def _half_web(pair: db.EdgePair, frame: Frame, width: int) -> bool:
    """A web with one side on the cell outline: the abutting cell brings as much again."""
    one, other = pair.first, pair.second
    if 2 * min(abs(one.distance(other.p1)), abs(one.distance(other.p2))) < width:
        return False
    return any(
        line.contains(side.p1) and line.contains(side.p2)
        for side in (one, other) for line in frame.get(_line_of(side), [])
    )  # fmt: skip


def min_space(scene: Scene, rule: Rule) -> Found:
    """Space and notches. By edges, because one plane polygon has thousands of moats; circles have no notches."""
    film = scene.masks.merged(rule.layers[0])
    options = (nm(rule), False, METRICS[rule.metric], ANGLE_LIMIT, None, None)
    pairs = film.isolated_check(*options) if rule.layers[0] in ROUND else film.edges().space_check(*options)
    yield rule.layers[0], _around(pairs)


def max_width(scene: Scene, rule: Rule) -> Found:
    """Where a square over the value still fits."""
    reach = (nm(rule) + 1) // 2
    large = scene.masks.merged(rule.layers[0]).with_bbox_min(nm(rule) + 1, None, False)
    yield rule.layers[0], large.sized(-reach).sized(reach)


def min_side(scene: Scene, rule: Rule) -> Found:
    yield rule.layers[0], scene.masks.merged(rule.layers[0]).with_bbox_min(0, nm(rule), False)


def max_side(scene: Scene, rule: Rule) -> Found:
    yield rule.layers[0], scene.masks.merged(rule.layers[0]).with_bbox_max(nm(rule) + 1, None, False)


def enclosure(scene: Scene, rule: Rule) -> Found:
    """Of inner shapes that lie inside at all; those that do not are found by the rule of kind `covered`."""
    inner, outer = (scene.masks.merged(name) for name in rule.layers)
    inside = inner - _sticking_out(inner, outer)
    # spare the edges of all inner shapes that have room all round: circles have many
    tight = (inside.sized(nm(rule)) - outer).sized(nm(rule) + 1)
    near = inside.interacting(tight)
    options = (nm(rule), False, METRICS[rule.metric], ANGLE_LIMIT, None, None)
    yield rule.layers[0], _around(near.edges().enclosed_check(outer.edges(), *options))


def separation(scene: Scene, rule: Rule) -> Found:
    one, other = (scene.masks.merged(name) for name in rule.layers)
    near = one.separation_check(other, nm(rule), False, METRICS[rule.metric], ANGLE_LIMIT, None, None)
    yield rule.layers[0], _around(near) + (one & other)


def covered(scene: Scene, rule: Rule) -> Found:
    inner, outer = (scene.masks.merged(name) for name in rule.layers)
    yield rule.layers[0], _sticking_out(inner, outer)


def _sticking_out(inner: db.Region, outer: db.Region) -> db.Region:
    """Whole inner shapes of which any part is outside; by a Boolean, because an outer plane is one huge polygon."""
    return inner.interacting(inner - outer)


def holds(scene: Scene, rule: Rule) -> Found:
    outer, inner = (scene.masks.merged(name) for name in rule.layers)
    yield rule.layers[0], outer.not_interacting(inner, round(rule.process))


def rectangle(scene: Scene, rule: Rule) -> Found:
    yield rule.layers[0], scene.masks.merged(rule.layers[0]).non_rectangles()


def moat(scene: Scene, rule: Rule) -> Found:
    line, *planes = rule.layers
    for plane in planes:
        yield line, scene.masks.merged(line) & scene.masks.moats(plane, nm(rule))


def floating_plane(scene: Scene, rule: Rule) -> Found:
    """A piece at the outline may be completed by the abutting cell: one within the value, or any in a mere part."""
    pieces = _floating(scene, rule.layers[0])
    if not scene.chip:
        at_outline = pieces.interacting(scene.masks.outline.edges())
        pieces -= at_outline.with_bbox_max(0, nm(rule) + 1, False) if scene.circuit else at_outline
    yield rule.layers[0], pieces


def floating_signal(scene: Scene, rule: Rule) -> Found:
    """Large floating metal that is neither fill, nor a named pin, nor continued by a neighbour at the outline."""
    pieces = _floating(scene, rule.layers[0], nm(rule))
    with_junction = pieces.interacting(scene.masks.merged("J5"))
    pieces -= with_junction.not_interacting(scene.masks.joined(LINE_CONTACTS))
    for number in PIN_TEXTS:
        pieces = pieces.not_interacting(scene.masks.texts(*number))
    pieces = pieces.not_interacting(scene.masks.area(*TERMINALS))
    yield rule.layers[0], pieces if scene.chip else pieces.not_interacting(scene.masks.outline.edges())


def _floating(scene: Scene, film: str, larger_nm: int = 0) -> db.Region:
    """Pieces without a way to ground, of those with a side over `larger_nm`.

    In a mere part (a pillar, a via stack) a piece with a via leads on elsewhere.
    """
    pieces = scene.ground.floating(film, larger_nm)
    return pieces if scene.circuit else pieces.not_interacting(scene.masks.joined(scene.masks.vias_of(film)))


def grid(scene: Scene, rule: Rule) -> Found:
    """Vertices as drawn. A slanted or rounded path is held to the grid by its centre line, the rest by its hull."""
    for name in scene.masks.drawn:
        areas = db.Region(scene.masks.shapes(name, db.Shapes.SPolygons | db.Shapes.SBoxes)).flatten()
        areas.merged_semantics = False
        found = _around(areas.grid_check(nm(rule), nm(rule)))
        for point in _path_points(scene.masks.shapes(name, db.Shapes.SPaths)):
            if point.x % nm(rule) or point.y % nm(rule):
                found.insert(db.Box(point.x - 1, point.y - 1, point.x + 1, point.y + 1))
        yield name, found


def _path_points(iterator: db.RecursiveShapeIterator) -> Iterator[db.Point]:
    while not iterator.at_end():
        path = iterator.shape().path.transformed(iterator.trans())
        hull = path.polygon()
        straight = hull.is_rectilinear() and not path.is_round()
        yield from hull.each_point_hull() if straight else path.each_point()
        iterator.next()


def acute(scene: Scene, rule: Rule) -> Found:
    """Convex corners sharper than the value."""
    limit = math.cos(math.radians(rule.process))
    for name in scene.masks.drawn:
        found = db.Region()
        for polygon in scene.masks.merged(name).non_rectilinear().each():
            for point in _sharp_corners(polygon, limit):
                found.insert(db.Box(point.x - 1, point.y - 1, point.x + 1, point.y + 1))
        yield name, found


def _sharp_corners(polygon: db.Polygon, limit: float) -> Iterator[db.Point]:
    """Convex corners whose angle has a cosine over `limit`."""
    contours = [polygon.each_point_hull(), *(polygon.each_point_hole(i) for i in range(polygon.holes()))]
    for contour in contours:
        points = [(point.x, point.y) for point in contour]
        (ax, ay), (bx, by) = points[-2], points[-1]
        for cx, cy in points:
            ux, uy, vx, vy = bx - ax, by - ay, cx - bx, cy - by
            # the inside is on the right of every contour, so a convex corner turns right
            if ux * vy - uy * vx < 0 and -(ux * vx + uy * vy) > limit * math.hypot(ux, uy) * math.hypot(vx, vy):
                yield db.Point(bx, by)
            ax, ay, bx, by = bx, by, cx, cy


def self_crossing(scene: Scene, rule: Rule) -> Found:
    for name in scene.masks.drawn:
        yield name, scene.masks.raw(name).strange_polygon_check()


def zero_area(scene: Scene, rule: Rule) -> Found:
    """A shape without area has no marker area either: its box, one nanometre larger."""
    for name in scene.masks.drawn:
        yield name, scene.masks.raw(name).with_area(0, False).extents(1)


def unknown_layer(scene: Scene, rule: Rule) -> Found:
    yield from scene.masks.unknown()


def min_density(scene: Scene, rule: Rule) -> Found:
    """Judged on circuits of a tile and more: a lone part says nothing about density."""
    outline = scene.masks.outline
    judged = scene.circuit and min(outline.bbox().width(), outline.bbox().height()) >= TILE_NM
    sparse = judged and (scene.masks.merged(rule.layers[0]) & outline).area() < rule.process * outline.area()
    yield rule.layers[0], outline if sparse else db.Region()


def _around(pairs: db.EdgePairs) -> db.Region:
    """Marker boxes of edge pairs, one nanometre larger so that touching edges leave one too.

    Boxes, because the thousands of slanted markers that one small circle can raise take minutes to merge.
    """
    return pairs.extents(1)


CHECKS: dict[str, Callable[[Scene, Rule], Found]] = {
    "min_width": min_width, "min_space": min_space, "max_width": max_width, "min_size": min_side, "max_size": max_side,
    "min_diameter": min_side, "max_diameter": max_side, "enclosure": enclosure, "separation": separation,
    "covered": covered, "holds": holds, "rectangle": rectangle, "moat": moat, "floating_plane": floating_plane,
    "floating_signal": floating_signal, "grid": grid, "acute": acute, "self_crossing": self_crossing,
    "zero_area": zero_area, "unknown_layer": unknown_layer, "min_density": min_density,
}  # fmt: skip
