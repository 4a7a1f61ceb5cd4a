"""Cut the wiring metal into nodes and inductors by what the metal does.

A node is a junction contact, a via to another metal, a resistor contact, a pin or a branch point; the ground planes are
one node, the bias rail another. What remains of a polygon between two nodes is an inductor, or a piece of one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import klayout.db as kdb

from sfqgen.extract.buckets import Buckets
from sfqgen.extract.connect import Connectivity, Piece, Via
from sfqgen.extract.devices import Devices
from sfqgen.extract.findings import Finding
from sfqgen.extract.labels import Labels, NamedPoint, PortLabel
from sfqgen.extract.nets import Nets
from sfqgen.extract.skeleton import Arm, Skeleton, skeleton
from sfqgen.extract.spots import MOST_MARKER_UM, PORT_REACH_UM, mark_box, piece_under
from sfqgen.extract.touch import PolygonIndex, Union, ordered

WIRING = ("M5", "M6")
"""Metals between the planes. On them even metal that is galvanically ground is cut: it may be an inductor to ground."""
VIA_GROUP_UM = 2.0
"""Vias that join the same two pieces closer than this act as one."""
GROUND_NODE, RAIL_NODE = "ground", "rail"

Node = int
Key = tuple  # ("top" | "base", junction number), ("end", resistor number, 0 | 1), ("pin", name), ("via", via number)


@dataclass(frozen=True, slots=True, eq=False)
class CutArm:
    """Metal of one piece between two nodes of the cut; `arm` has the centre line and the widths."""

    a: Node
    b: Node
    layer: str
    arm: Arm = field(repr=False)


@dataclass(frozen=True, slots=True)
class DeadEnd:
    """A line that leads to nowhere, on the piece of that number."""

    piece: int
    layer: str
    x_um: float
    y_um: float
    length_um: float
    w_um: float


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One piece of metal with the footprints of its contacts, and what was read from it.

    The first nodes of `skeleton` are the footprints; its arms are those of the cut, in the same order.
    """

    layer: str
    polygon: kdb.Polygon = field(repr=False)
    footprints: tuple[kdb.Region, ...] = field(repr=False)
    skeleton: Skeleton = field(repr=False)


@dataclass(frozen=True)
class Cut:
    """The cut metal: `places` of the nodes, arms, dead ends, and the node of every device terminal and pin."""

    ground: Node
    rail: Node
    places: dict[Node, tuple[float, float]]
    arms: tuple[CutArm, ...]
    dead_ends: tuple[DeadEnd, ...]
    terminals: dict[Key, Node]
    findings: tuple[Finding, ...]
    traces: tuple[Trace, ...] = field(repr=False, default=())


def cut(metal: Connectivity, labels: Labels, devices: Devices, nets: Nets) -> Cut:
    """Nodes and inductor pieces of all live wiring. Bounds of time and memory: see `skeleton`."""
    cutter = _Cutter(metal, devices, nets)
    cutter.place_devices()
    cutter.place_pins(labels)
    cutter.place_vias()
    return cutter.finish()


class _Cutter:
    def __init__(self, metal: Connectivity, devices: Devices, nets: Nets) -> None:
        self.metal, self.devices, self.nets = metal, devices, nets
        self.marks: dict[int, list[tuple[Key, kdb.Region]]] = defaultdict(list)  # by piece
        self.on_plane: dict[Key, str] = {}
        self.vias = [via for via in metal.vias if via.net in nets.live and via.net not in nets.rail]
        self.via_pieces: dict[int, list[Piece]] = {}
        self.findings: list[Finding] = []
        self.known: dict[str, Skeleton] = {}
        self.traces: list[Trace] = []

    def wiring(self, piece: Piece) -> bool:
        if piece.net in self.nets.rail or piece.net not in self.nets.live:
            return False
        return piece.layer in WIRING or piece.net not in self.nets.ground

    def mark(self, key: Key, piece: Piece, footprint: kdb.Region) -> None:
        if self.wiring(piece):
            self.marks[piece.index].append((key, footprint & kdb.Region(piece.polygon)))
        else:
            self.on_plane[key] = RAIL_NODE if piece.net in self.nets.rail else GROUND_NODE

    def place_devices(self) -> None:
        for n, junction in enumerate(self.devices.junctions):
            if junction.top.net in self.nets.live:
                self.mark(("top", n), junction.top, junction.contact)
                self.mark(("base", n), junction.base, kdb.Region(junction.polygon))
        for n, resistor in enumerate(self.devices.resistors):
            if resistor.ends[0].net in self.nets.live:
                for side in (0, 1):
                    self.mark(("end", n, side), resistor.ends[side], kdb.Region(resistor.contacts[side]))

    def place_pins(self, labels: Labels) -> None:
        self.markers = Buckets(5.0, (((m.left_um + m.right_um) / 2, (m.bottom_um + m.top_um) / 2, m)
                                     for m in labels.markers))  # fmt: skip
        for label in (*(p for p in labels.ports if p.kind != "junction"), *labels.pins):
            layer = label.plus if isinstance(label, PortLabel) else label.layer
            piece = piece_under(self.metal, labels, layer, label.x_um, label.y_um)
            if piece is None:
                self.findings.append(Finding("port", label.name, f"port {label.name} lies on no {layer} metal",
                                             label.x_um, label.y_um, layer))  # fmt: skip
            else:
                self.mark(("pin", label.name), piece, self._terminal(label, piece))

    def _terminal(self, label: PortLabel | NamedPoint, piece: Piece) -> kdb.Region:
        """The marked terminal under a label, as far as it is metal; without a mark the label's own spot."""
        dbu, far = self.metal.dbu, MOST_MARKER_UM / 2
        point = kdb.Point(round(label.x_um / dbu), round(label.y_um / dbu))
        x, y = label.x_um, label.y_um
        for marker in self.markers.inside(x - far, y - far, x + far, y + far):
            box = mark_box(marker).to_itype(dbu)
            if box.enlarged(50, 50).contains(point):
                parts = list((kdb.Region(box) & kdb.Region(piece.polygon)).each())
                if parts:  # a mark that crosses two lines is a terminal on the one under the label
                    return kdb.Region(min(parts, key=lambda p: p.bbox().center().distance(point)))
        reach = round(PORT_REACH_UM / dbu)
        return kdb.Region(kdb.Box(point, point).enlarged(reach, reach))

    def place_vias(self) -> None:
        used = self._used_pieces()
        for n, via in enumerate(self.vias):
            pieces = [piece for layer in (via.below, via.above) for piece in self._sides(via, layer)]
            self.via_pieces[n] = pieces
            for piece in pieces:
                if piece.index in used or piece.net not in self.nets.ground:
                    self.marks[piece.index].append((("via", n), kdb.Region(via.polygon) & kdb.Region(piece.polygon)))

    def _sides(self, via: Via, layer: str) -> Iterator[Piece]:
        if via.net in self.nets.ground and layer not in WIRING:
            return
        for piece in self.metal.touching(layer, via.polygon, via.net):
            if self.wiring(piece):
                yield piece

    def _used_pieces(self) -> set[int]:
        """Wiring pieces that carry a device or a pin, and those that hang on them by vias between wiring metals."""
        joined: dict[int, set[int]] = defaultdict(set)
        for via in self.vias:
            indices = {p.index for layer in (via.below, via.above) for p in self._sides(via, layer)}
            for index in indices:
                joined[index] |= indices
        used = {index for index, marks in self.marks.items() if marks}
        frontier = list(used)
        while frontier:
            for index in joined[frontier.pop()] - used:
                used.add(index)
                frontier.append(index)
        return used

    def finish(self) -> Cut:
        nodes = _Nodes()
        arms: list[tuple[int, int, str, Arm]] = []
        ends: list[DeadEnd] = []
        for index in sorted(self.marks):
            self._trace(self.metal.pieces[index], nodes, arms, ends)
        self._tie_vias(nodes)
        terminals = {key: nodes.root(nodes.of[key]) for key in nodes.of if key[0] != "via"}
        terminals |= {key: nodes.root(nodes.of[(plane,)]) for key, plane in self.on_plane.items()}
        cut_arms = tuple(CutArm(nodes.root(a), nodes.root(b), layer, arm) for a, b, layer, arm in arms)
        places = {nodes.root(n): place for n, place in reversed(list(enumerate(nodes.places)))}
        ground, rail = (nodes.root(nodes.of[(plane,)]) for plane in (GROUND_NODE, RAIL_NODE))
        return Cut(ground, rail, places, cut_arms, tuple(ends), terminals, tuple(self.findings), tuple(self.traces))

    def _trace(self, piece: Piece, nodes: _Nodes, arms: list, ends: list[DeadEnd]) -> None:
        """Skeleton of one piece; footprints that overlap are one node."""
        groups = _grouped([(key, mark) for key, mark in self.marks[piece.index] if not mark.is_empty()])
        if not groups:
            return
        footprints = tuple(footprint for _, footprint in groups)
        shape = self._skeleton(piece.polygon, footprints)
        self.traces.append(Trace(piece.layer, piece.polygon, footprints, shape))
        numbers = [nodes.new(place) for place in shape.places]
        for (keys, _), number in zip(groups, numbers, strict=False):
            for key in keys:
                nodes.name(key, number)
        arms += [(numbers[arm.a], numbers[arm.b], piece.layer, arm) for arm in shape.arms]
        ends += [DeadEnd(piece.index, piece.layer, *stub.tip, stub.length_um, stub.w_um) for stub in shape.stubs]

    def _skeleton(self, polygon: kdb.Polygon, footprints: tuple[kdb.Region, ...]) -> Skeleton:
        """Skeleton of a piece; that of an equal piece elsewhere is moved, since cells repeat."""
        corner = polygon.bbox().p1
        at_origin = kdb.Trans(kdb.Vector(-corner.x, -corner.y))
        here, marks = polygon.transformed(at_origin), [mark.transformed(at_origin) for mark in footprints]
        key = " ".join([str(here), *(str(part) for mark in marks for part in ("|", *ordered(mark)))])
        if key not in self.known:
            self.known[key] = skeleton(here, marks, self.metal.dbu)
        return self.known[key].moved(corner.x * self.metal.dbu, corner.y * self.metal.dbu)

    def _tie_vias(self, nodes: _Nodes) -> None:
        """A via is one node with both its ends; one that ends on a plane is ground or rail."""
        groups: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for n, via in enumerate(self.vias):
            pieces = self.via_pieces[n]
            if pieces and ("via", n) in nodes.of:
                if len(pieces) < 2 and via.net in self.nets.ground:
                    nodes.name((GROUND_NODE,), nodes.of[("via", n)])
                groups[(*sorted(p.index for p in pieces), *([-1] if len(pieces) < 2 else []))].append(n)
        for members in groups.values():
            for first, second in self._near(members):
                nodes.name(("via", first), nodes.of["via", second])

    def _near(self, members: list[int]) -> Iterator[tuple[int, int]]:
        """Pairs of vias closer than VIA_GROUP_UM, enough of them to join each group."""
        reach = round(VIA_GROUP_UM / 2 / self.metal.dbu)
        boxes = [self.vias[n].polygon.bbox().enlarged(reach, reach) for n in members]
        index = PolygonIndex(ordered(kdb.Region(boxes).merged()))
        leader: dict[int, int] = {}
        for n, box in zip(members, boxes, strict=True):
            (group,) = index.touching(kdb.Polygon(box))[:1]
            if leader.setdefault(group, n) != n:
                yield leader[group], n


def _grouped(marks: list[tuple[Key, kdb.Region]]) -> list[tuple[list[Key], kdb.Region]]:
    """Footprints that overlap or touch drawn together, each with all its keys."""
    everything = kdb.Region()
    for _, region in marks:
        everything += region
    index = PolygonIndex(ordered(everything.merged()))
    union = Union(len(index.polygons))
    first: list[int] = []
    for _, region in marks:
        touched = [n for part in region.each() for n in index.touching(part)]
        first.append(touched[0])
        for other in touched[1:]:
            union.tie(touched[0], other)
    keys: dict[int, list[Key]] = defaultdict(list)
    for (key, _), number in zip(marks, first, strict=True):
        keys[union.root(number)].append(key)
    parts: dict[int, list[kdb.Polygon]] = defaultdict(list)
    for number, polygon in enumerate(index.polygons):
        parts[union.root(number)].append(polygon)
    return [(keys[root], kdb.Region(parts[root])) for root in sorted(keys)]


class _Nodes:
    """Numbered nodes that can be tied together, with names for those that something hangs on."""

    def __init__(self) -> None:
        self.places: list[tuple[float, float]] = []
        self._union = Union(0)
        self.of: dict[Key, int] = {}
        for plane in (GROUND_NODE, RAIL_NODE):
            self.name((plane,), self.new((0.0, 0.0)))

    def new(self, place: tuple[float, float]) -> int:
        self.places.append(place)
        return self._union.add()

    def root(self, node: int) -> int:
        return self._union.root(node)

    def name(self, key: Key, node: int) -> None:
        """Give the node a name; a name that is taken ties both nodes together."""
        self._union.tie(self.of.setdefault(key, node), node)
