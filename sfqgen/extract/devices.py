"""Junctions and resistors drawn in a layout: where they are, what they touch, what they are worth.

A junction is J5 over M5 with a C5J contact up to M6; its critical current follows from the drawn J5 area by the law of
`pdk_sfq5ee.sizing`. A resistor is the R5 between two C5R contacts up to M6; a longer R5 with more contacts is a chain.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from math import dist

import klayout.db as kdb

from pdk_sfq5ee import sizing
from pdk_sfq5ee.process import Process
from sfqgen.extract.connect import Connectivity, Piece
from sfqgen.extract.findings import Finding
from sfqgen.extract.labels import Labels, NamedPoint, PortLabel
from sfqgen.extract.nearest import Nearest
from sfqgen.extract.skeleton import skeleton
from sfqgen.extract.touch import PolygonIndex, ordered


@dataclass(frozen=True, slots=True, eq=False)
class DrawnJunction:
    """`label` is the junction's port text, if any: it tells the name and which electrode is the positive one."""

    name: str
    x_um: float
    y_um: float
    area_um2: float
    ic_ua: float
    polygon: kdb.Polygon = field(repr=False)
    contact: kdb.Region = field(repr=False)
    top: Piece = field(repr=False)
    base: Piece = field(repr=False)
    label: PortLabel | None = None

    @property
    def plus_is_base(self) -> bool:
        return self.label is not None and self.label.plus == "M5"


@dataclass(frozen=True, slots=True, eq=False)
class DrawnResistor:
    """One stretch of R5 between two contacts; `gap_um` is the centre-line distance of their facing edges."""

    name: str
    x_um: float
    y_um: float
    r_ohm: float
    gap_um: float
    w_um: float
    polygon: kdb.Polygon = field(repr=False)
    contacts: tuple[kdb.Polygon, kdb.Polygon] = field(repr=False)
    ends: tuple[Piece, Piece] = field(repr=False)
    scope: str = ""


@dataclass(frozen=True)
class Devices:
    junctions: tuple[DrawnJunction, ...]
    resistors: tuple[DrawnResistor, ...]
    findings: tuple[Finding, ...]


def find_devices(metal: Connectivity, labels: Labels, process: Process | None = None) -> Devices:
    """All junctions and resistors, fill included, and what is wrong with those that are incomplete."""
    junctions, findings = _junctions(metal, labels, process)
    resistors, more = _resistors(metal, labels, process)
    return Devices(tuple(junctions), tuple(resistors), tuple(findings + more))


def _junctions(metal: Connectivity, labels: Labels,
               process: Process | None) -> tuple[list[DrawnJunction], list[Finding]]:  # fmt: skip
    found: list[DrawnJunction] = []
    findings: list[Finding] = []
    contacts = PolygonIndex(ordered(metal.regions["C5J"]))
    polygons = ordered(metal.regions["J5"])
    marks = Nearest(labels.of_kind("junction"), polygons, metal.dbu)
    for number, polygon in enumerate(polygons):
        label = marks.of(number)
        x, y = metal.um(polygon.bbox().center())
        name = label.name if label else ""
        touching = [contacts.polygons[n] for n in contacts.touching(polygon)]
        base = next(metal.touching("M5", polygon), None)
        top = next((p for c in touching for p in metal.touching("M6", c)), None)
        missing = ["no M5 below"] * (base is None) + ["no C5J contact"] * (not touching)
        missing += ["no M6 over its C5J"] * bool(touching and top is None)
        if missing:
            findings.append(Finding("junction", name, f"J5 has {' and '.join(missing)}", x, y, layer="J5"))
            continue
        area = polygon.area() * metal.dbu**2
        ic = sizing.junction_ic_ua(area, process)
        found.append(DrawnJunction(name, x, y, area, ic, polygon, kdb.Region(touching), top, base, label))
    findings += [
        Finding("label", mark.name, f"label {mark.name} lies on no junction", mark.x_um, mark.y_um)
        for mark in marks.left
    ]
    return found, findings


def _resistors(metal: Connectivity, labels: Labels,
               process: Process | None) -> tuple[list[DrawnResistor], list[Finding]]:  # fmt: skip
    found: list[DrawnResistor] = []
    findings: list[Finding] = []
    contacts = PolygonIndex(ordered(metal.regions["C5R"]))
    polygons = ordered(metal.regions["R5"])
    marks = Nearest(labels.resistors, polygons, metal.dbu)
    for number, polygon in enumerate(polygons):
        label = marks.of(number)
        name = label.name if label else ""
        x, y = metal.um(polygon.bbox().center())
        ends = []
        for contact in (contacts.polygons[n] for n in contacts.touching(polygon)):
            piece = next(metal.touching("M6", contact), None)
            if piece is None:
                cx, cy = metal.um(contact.bbox().center())
                findings.append(Finding("resistor", name, "C5R contact has no M6 above", cx, cy, layer="C5R"))
            else:
                ends.append((contact, piece))
        if len(ends) < 2:
            findings.append(Finding("resistor", name, f"R5 has {len(ends)} contact(s) to M6, it needs two", x, y,
                                    layer="R5"))  # fmt: skip
            continue
        found += _stretches(metal, polygon, ends, label, process)
    findings += [
        Finding("label", mark.name, f"label {mark.name} lies on no resistor", mark.x_um, mark.y_um)
        for mark in marks.left
    ]
    return found, findings


def _stretches(metal: Connectivity, polygon: kdb.Polygon, ends: list[tuple[kdb.Polygon, Piece]],
               label: NamedPoint | None, process: Process | None) -> list[DrawnResistor]:  # fmt: skip
    """The resistors of one R5 polygon: one between two contacts, a chain of them between more."""
    box = polygon.bbox()
    across = box.width() < box.height()
    ends = _bars(ends)
    ends = sorted(ends, key=lambda e: (e[0].bbox().center().y, e[0].bbox().center().x) if across
                  else (e[0].bbox().center().x, e[0].bbox().center().y))  # fmt: skip
    if polygon.is_box():
        pairs = [(i, i + 1, *_strip(ends[i][0], ends[i + 1][0], box, metal.dbu)) for i in range(len(ends) - 1)]
    else:
        pairs = _folded(polygon, [e[0] for e in ends], metal.dbu, process)
    name, scope = (label.name, label.scope) if label else ("", "")
    stretches = []
    for n, (i, k, gap, w, contact) in enumerate(pairs):
        x, y = metal.um((ends[i][0].bbox() + ends[k][0].bbox()).center())
        stretches.append(DrawnResistor(
            name if n == 0 or not name else f"{name}_{n + 1}", x, y, sizing.strip_ohm(gap, w, contact, process), gap, w,
            polygon, (ends[i][0], ends[k][0]), (ends[i][1], ends[k][1]), scope,
        ))  # fmt: skip
    return stretches


def _bars(ends: list[tuple[kdb.Polygon, Piece]]) -> list[tuple[kdb.Polygon, Piece]]:
    """Contacts side by side under one piece of M6 are one contact, if those of the other pieces lie beyond."""
    boxes: dict[int, kdb.Box] = {}
    for contact, piece in ends:
        boxes[piece.index] = boxes.get(piece.index, kdb.Box()) + contact.bbox()
    groups = list(boxes.values())
    if not 1 < len(groups) < len(ends):
        return ends
    apart_in_x = all(a.right < b.left for a, b in pairwise(sorted(groups, key=lambda g: g.left)))
    apart_in_y = all(a.top < b.bottom for a, b in pairwise(sorted(groups, key=lambda g: g.bottom)))
    if not (apart_in_x or apart_in_y):
        return ends
    pieces = {piece.index: piece for _, piece in ends}
    return [(kdb.Polygon(group), pieces[index]) for index, group in boxes.items()]


def _strip(first: kdb.Polygon, second: kdb.Polygon, strip: kdb.Box, dbu: float) -> tuple[float, float, float]:
    """Gap between two contacts, width of the strip across it and mean contact width, in um."""
    a, b = first.bbox(), second.bbox()
    gap_x = max(a.left, b.left) - min(a.right, b.right)
    gap_y = max(a.bottom, b.bottom) - min(a.top, b.top)
    if gap_x >= gap_y:
        return max(gap_x, 1) * dbu, strip.height() * dbu, (a.height() + b.height()) / 2 * dbu
    return max(gap_y, 1) * dbu, strip.width() * dbu, (a.width() + b.width()) / 2 * dbu


def _folded(polygon: kdb.Polygon, contacts: list[kdb.Polygon], dbu: float,
            process: Process | None) -> list[tuple[int, int, float, float, float]]:  # fmt: skip
    """Stretches of a bent strip by its skeleton: centre-line gap, each bend counted with the squares of a corner."""
    arms = skeleton(polygon, [kdb.Region(c) for c in contacts], dbu).arms
    pairs = []
    for arm in arms:
        if arm.a >= len(contacts) or arm.b >= len(contacts) or not arm.sections:
            continue
        w = arm.length_um / arm.squares
        saved = 1.0 - sizing.resistor_figure("corner_squares", process)
        squares = arm.squares - saved * bends(arm.path, w)
        contact = min(contacts[arm.a].bbox().width(), contacts[arm.a].bbox().height()) * dbu
        # A contact's own width hides in the first triangles; the strip law counts from the contact's edge.
        pairs.append((min(arm.a, arm.b), max(arm.a, arm.b), max(squares, 0.01) * w, w, contact))
    return sorted(pairs)


def bends(path: tuple[tuple[float, float], ...], w_um: float) -> float:
    """Right-angle bends of a centre line, counted by the angle through which it turns over a line width or more."""
    from math import atan2, pi

    corners = [path[0]]
    for point in _thinned(path, 0.25 * w_um)[1:]:
        corners.append(point)
    turned, last = 0.0, None
    for p, q in pairwise(corners):
        angle = atan2(q[1] - p[1], q[0] - p[0])
        if last is not None:
            turned += abs((angle - last + pi) % (2 * pi) - pi)
        last = angle
    return turned / (pi / 2)


def _thinned(path: tuple[tuple[float, float], ...], tolerance: float) -> list[tuple[float, float]]:
    """The path with points dropped that lie within `tolerance` of the chord (Douglas-Peucker, without recursion)."""
    keep = {0, len(path) - 1}
    spans = [(0, len(path) - 1)]
    while spans:
        first, last = spans.pop()
        worst, where = tolerance, None
        for i in range(first + 1, last):
            away = _off_chord(path[first], path[last], path[i])
            if away > worst:
                worst, where = away, i
        if where is not None:
            keep.add(where)
            spans += [(first, where), (where, last)]
    return [path[i] for i in sorted(keep)]


def _off_chord(a: tuple[float, float], b: tuple[float, float], p: tuple[float, float]) -> float:
    length = dist(a, b)
    if length < 1e-9:
        return dist(a, p)
    return abs((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])) / length
