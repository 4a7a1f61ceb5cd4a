"""Skeleton of a metal polygon between its contacts: which contacts a line joins, where it branches, how long it is.

The metal outside the contact footprints is triangulated with vertices on its outline only. The dual graph of such a
triangulation has one independent cycle per hole of the metal and none otherwise, so that it tells branches and loops
exactly, whatever the shape. A triangle with one outline edge e and height h stands for |e|/2 of line of width h.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import dist, hypot

import klayout.db as kdb

from sfqgen.extract.triangles import triangulate

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of line: `length_um` of width `w_um` with its middle at `at`."""

    length_um: float
    w_um: float
    at: Point


@dataclass(frozen=True, slots=True)
class Arm:
    """Metal between nodes `a` and `b`, its centre line from a to b and its sections."""

    a: int
    b: int
    path: tuple[Point, ...]
    sections: tuple[Section, ...]

    @property
    def length_um(self) -> float:
        return sum(s.length_um for s in self.sections)

    @property
    def squares(self) -> float:
        return sum(s.length_um / s.w_um for s in self.sections)

    def moved(self, dx: float, dy: float) -> Arm:
        sections = tuple(Section(s.length_um, s.w_um, (s.at[0] + dx, s.at[1] + dy)) for s in self.sections)
        return Arm(self.a, self.b, tuple((x + dx, y + dy) for x, y in self.path), sections)


@dataclass(frozen=True, slots=True)
class Stub:
    """Metal of mean width `w_um` that leads to a dead end at `tip`, so far from the nearest contact or branch."""

    tip: Point
    length_um: float
    w_um: float


@dataclass(frozen=True)
class Skeleton:
    """Nodes 0 to k-1 are the contact footprints in the order given, the rest are branch points."""

    places: tuple[Point, ...]
    arms: tuple[Arm, ...]
    stubs: tuple[Stub, ...]

    def moved(self, dx: float, dy: float) -> Skeleton:
        """The skeleton of the same metal elsewhere."""
        stubs = tuple(Stub((s.tip[0] + dx, s.tip[1] + dy), s.length_um, s.w_um) for s in self.stubs)
        places = tuple((x + dx, y + dy) for x, y in self.places)
        return Skeleton(places, tuple(arm.moved(dx, dy) for arm in self.arms), stubs)


def skeleton(polygon: kdb.Polygon, footprints: Sequence[kdb.Region], dbu: float) -> Skeleton:
    """Skeleton of `polygon` between disjoint `footprints` (clipped to it), in um.

    Raises SfqgenError when the outline needs more than MOST_TRIANGLES triangles.
    """
    triangles, owners = triangulate(polygon, footprints, dbu)
    graph = _Graph([_centre(region, dbu) for region in footprints])
    _Dual(triangles, owners, footprints, dbu, graph).build()
    return graph.reduced(len(footprints))


def _centre(region: kdb.Region, dbu: float) -> Point:
    centre = region.bbox().center()
    return centre.x * dbu, centre.y * dbu


class _Graph:
    """Multigraph with line sections on its edges; reduces to arms between footprints and branch points."""

    def __init__(self, places: list[Point]) -> None:
        self.places = places
        self.edges: dict[int, tuple[int, int, tuple[Point, ...], tuple[Section, ...]]] = {}
        self.of: dict[int, set[int]] = defaultdict(set)
        self.next = 0

    def node(self, place: Point) -> int:
        self.places.append(place)
        return len(self.places) - 1

    def edge(self, a: int, b: int, path: tuple[Point, ...], sections: tuple[Section, ...]) -> None:
        self.edges[self.next] = (a, b, path, sections)
        self.of[a].add(self.next)
        self.of[b].add(self.next)
        self.next += 1

    def line(self, a: int, b: int, w_um: float, length_um: float | None = None) -> None:
        p, q = self.places[a], self.places[b]
        length = dist(p, q) if length_um is None else length_um
        middle = ((p[0] + q[0]) / 2, (p[1] + q[1]) / 2)
        self.edge(a, b, (p, q), (Section(length, max(w_um, 0.05), middle),) if length > 0 else ())

    def drop(self, number: int) -> None:
        a, b, *_ = self.edges.pop(number)
        self.of[a].discard(number)
        self.of[b].discard(number)

    def reduced(self, contacts: int) -> Skeleton:
        stubs = self._prune(contacts)
        self._join(contacts)
        kept = sorted(n for n, edges in self.of.items() if n >= contacts and edges)
        rename = {old: contacts + i for i, old in enumerate(kept)} | {i: i for i in range(contacts)}
        places = tuple(self.places[:contacts]) + tuple(self.places[n] for n in kept)
        arms = tuple(Arm(rename[a], rename[b], path, sections) for a, b, path, sections in self.edges.values())
        return Skeleton(places, arms, tuple(stubs))

    def _prune(self, contacts: int) -> list[Stub]:
        """Cut off what ends nowhere; remember dead ends that are clearly longer than the line there is wide."""
        deepest: dict[int, tuple[float, float, Point]] = {}
        leaves = [n for n in self.of if n >= contacts and len(self.of[n]) == 1]
        while leaves:
            leaf = leaves.pop()
            if len(self.of[leaf]) != 1:
                continue
            (number,) = self.of[leaf]
            a, b, _, sections = self.edges[number]
            other = b if a == leaf else a
            length, area, tip = deepest.pop(leaf, (0.0, 0.0, self.places[leaf]))
            length += sum(s.length_um for s in sections)
            area += sum(s.length_um * s.w_um for s in sections)
            deepest[other] = max(deepest.get(other, (0.0, 0.0, tip)), (length, area, tip))
            self.drop(number)
            if other >= contacts and len(self.of[other]) == 1:
                leaves.append(other)
        return [Stub(tip, length, area / length) for _, (length, area, tip) in sorted(deepest.items())
                if length and length > 0.5 + 1.5 * area / length]  # fmt: skip

    def _join(self, contacts: int) -> None:
        """Edges that meet in a node of degree two, which is no contact, become one; walked chain by chain."""
        inner = {n for n, edges in self.of.items() if n >= contacts and len(edges) == 2}
        for start in [n for n in self.of if n not in inner]:
            for number in sorted(self.of[start]):
                if number in self.edges:
                    self._join_chain(start, number, inner)

    def _join_chain(self, start: int, number: int, inner: set[int]) -> None:
        path: list[Point] = []
        sections: list[Section] = []
        chain, node = [], start
        while True:
            a, b, points, parts = self._directed(number, node)
            path += points if not path else points[1:]
            sections += parts
            chain.append(number)
            node = b if a == node else a
            if node not in inner:
                break
            (number,) = self.of[node] - {number}
        if len(chain) > 1:
            for each in chain:
                self.drop(each)
            self.edge(start, node, tuple(path), tuple(sections))

    def _directed(self, number: int, away_from: int):
        a, b, path, sections = self.edges[number]
        return (a, b, path, sections) if a == away_from else (b, a, path[::-1], sections[::-1])


@dataclass
class _Dual:
    """Dual graph of the triangulation, each contact with the triangles around it drawn together into one node."""

    triangles: list
    owners: dict
    footprints: Sequence[kdb.Region]
    dbu: float
    graph: _Graph
    chords: dict = field(default_factory=dict)
    boxes: dict = field(default_factory=dict)

    def build(self) -> None:
        touched = [frozenset(self.owners[v] for v in t if v in self.owners) for t in self.triangles]
        sharing: dict[tuple, list[int]] = defaultdict(list)
        for number, triangle in enumerate(self.triangles):
            for chord in _edges(triangle):
                sharing[chord].append(number)
        inner = {chord: pair for chord, pair in sharing.items() if len(pair) == 2}
        self._bridges(touched, inner)
        for number, triangle in enumerate(self.triangles):
            if not touched[number]:
                self._body(triangle, inner)
        for chord, pair in inner.items():
            self._into_contacts(chord, [touched[n] for n in pair])

    def _chord(self, chord: tuple) -> int:
        if chord not in self.chords:
            (x1, y1), (x2, y2) = chord
            self.chords[chord] = self.graph.node(((x1 + x2) / 2 * self.dbu, (y1 + y2) / 2 * self.dbu))
        return self.chords[chord]

    def _body(self, triangle: tuple, inner: dict) -> None:
        """A triangle away from all contacts: dead end, piece of line or branch by its number of inner edges."""
        edges = _edges(triangle)
        open_ = [e for e in edges if e in inner]
        if len(open_) == 2:
            (outline,) = [e for e in edges if e not in inner]
            base = dist(*outline) * self.dbu
            self.graph.line(self._chord(open_[0]), self._chord(open_[1]), 2 * _area(triangle) * self.dbu**2 / base)
        elif len(open_) == 3:
            centre = self.graph.node(tuple(sum(c) / 3 * self.dbu for c in zip(*triangle, strict=True)))
            for edge in open_:
                self.graph.line(centre, self._chord(edge), dist(*edge) * self.dbu)
        elif len(open_) == 1:
            tip = max(triangle, key=lambda v: min(dist(v, p) for p in open_[0]))
            end = self.graph.node((tip[0] * self.dbu, tip[1] * self.dbu))
            self.graph.line(self._chord(open_[0]), end, dist(*open_[0]) * self.dbu)

    def _into_contacts(self, chord: tuple, touched: list[frozenset]) -> None:
        """Chords at the rim of a contact's triangles lead into the contact."""
        if any(len(owners) > 1 for owners in touched) or touched[0] == touched[1]:
            return
        node = self._chord(chord)
        for owners in touched:
            for contact in owners:
                self.graph.line(node, contact, dist(*chord) * self.dbu, self._gap(self.graph.places[node], contact))

    def _gap(self, point: Point, contact: int) -> float:
        """Distance from a point to the bounding box of a contact, in um."""
        if contact not in self.boxes:
            self.boxes[contact] = [part.bbox().to_dtype(self.dbu) for part in self.footprints[contact].each_merged()]
        x, y = point
        return min(hypot(max(b.left - x, x - b.right, 0.0), max(b.bottom - y, y - b.top, 0.0))
                   for b in self.boxes[contact])  # fmt: skip

    def _bridges(self, touched: list[frozenset], inner: dict) -> None:
        """Triangles that touch several contacts join them directly; one bridge for each connected group of them."""
        group = {n: n for n, owners in enumerate(touched) if len(owners) > 1}

        def root(n: int) -> int:
            while group[n] != n:
                group[n] = group[group[n]]
                n = group[n]
            return n

        for chord, (a, b) in inner.items():
            if a in group and b in group and len({self.owners.get(v) for v in chord} - {None}) > 1:
                group[root(a)] = root(b)
        members: dict[int, list[int]] = defaultdict(list)
        for n in group:
            members[root(n)].append(n)
        for triangles in members.values():
            self._bridge(sorted(frozenset().union(*(touched[n] for n in triangles))), triangles)

    def _bridge(self, contacts: list[int], triangles: list[int]) -> None:
        area = sum(_area(self.triangles[n]) for n in triangles) * self.dbu**2
        corners = [v for n in triangles for v in self.triangles[n]]
        centre = tuple(sum(c) / len(corners) * self.dbu for c in zip(*corners, strict=True))
        gaps = [self._gap(centre, contact) for contact in contacts]
        node = self.graph.node(centre)
        width = area / max(sum(gaps), 0.05)
        for contact, gap in zip(contacts, gaps, strict=True):
            self.graph.line(node, contact, width, gap)


def _edges(triangle: tuple) -> list[tuple]:
    a, b, c = triangle
    return [tuple(sorted(e)) for e in ((a, b), (b, c), (c, a))]


def _area(triangle: tuple) -> float:
    (x1, y1), (x2, y2), (x3, y3) = triangle
    return abs((x2 - x1) * (y3 - y1) - (x3 - x1) * (y2 - y1)) / 2
