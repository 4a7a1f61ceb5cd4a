"""Cell by cell: a hierarchical layout is cut at the frames of its cells, and what repeats is solved once.

The frames say where to cut; the metal is that of the flattened layout. A line that crosses a frame becomes two
inductors in series, each with a border port on the cut: the pieces of a line are summed, and a cell alone is the same
problem as the cell in its row. Cells that a line joins in a way that no such cut describes are solved as one; what lies
outside of all frames is left to the windows of `context`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from math import dist
from typing import NamedTuple

import klayout.db as kdb

from sfqgen.extract.estimate import Estimator
from sfqgen.extract.fit import Branch, PortNodes
from sfqgen.extract.frames import OUTSIDE, FrameIndex, Point
from sfqgen.extract.geometry import Port
from sfqgen.extract.lines import DrawnInductor
from sfqgen.extract.pieces import Crossing, Piece, clip_all, piece_of
from sfqgen.extract.ports import BORDER_UM, SPOT_UM, live_metal
from sfqgen.extract.problem import Problem
from sfqgen.extract.recognise import RecognisedLayout
from sfqgen.netlist.circuit import GROUND

BAR_DBU = 50
"""Half thickness of a border port: a bar across the line, on the frame."""
STRIP_DBU = 10
"""The line's width at the frame is measured on this much of its end."""
MOST_BAR_UM = 8.0
"""What is wider where it crosses a frame is no line."""


class Run(NamedTuple):
    """A stretch of an inductor inside one group of frames; `layer` is the metal at its end."""

    group: int
    path: tuple[Point, ...]
    layer: str


def cut_in_pieces(found: RecognisedLayout, problem: Problem, joined: Iterable[Sequence[int]] = (),
                  only: frozenset[int] | None = None) -> tuple[list[Piece], tuple[str, ...]]:  # fmt: skip
    """The pieces that hold inductors, and the inductors that lie in no frame.

    `joined` are frames to be solved as one, whatever crosses between them; `only` keeps the pieces that hold these
    frames.
    """
    cutter = _Cutter(found, problem)
    for frames in joined:
        for other in frames[1:]:
            cutter.groups.join(frames[0], other)
    cutter.cut()
    return cutter.pieces(only), cutter.outside


class _Groups:
    """Frames that are solved together."""

    def __init__(self, count: int) -> None:
        self.parent = list(range(count))

    def of(self, frame: int) -> int:
        while frame != OUTSIDE and self.parent[frame] != frame:
            frame = self.parent[frame]
        return frame

    def join(self, a: int, b: int) -> None:
        low, high = sorted((self.of(a), self.of(b)))
        self.parent[high] = low


class _Cutter:
    def __init__(self, found: RecognisedLayout, problem: Problem) -> None:
        self.found, self.problem, self.dbu = found, problem, found.metal.dbu
        self.frames = found.frames
        self.boxes = [box.to_dtype(self.dbu) for box in self.frames]
        self.index = FrameIndex(self.boxes)
        self.groups = _Groups(len(self.frames))
        self.estimator = Estimator(found.metal.regions["M7"], self.dbu)
        self.stretches = {b.name: self._stretches(found.inductors[b.name]) for b in problem.branches}
        self.runs: dict[str, list[Run]] = {}
        self.crossings: dict[int, list[Crossing]] = defaultdict(list)
        self.branches: dict[int, list[tuple[Branch, tuple[Point, ...], str]]] = defaultdict(list)
        self.outside: tuple[str, ...] = ()

    def cut(self) -> None:
        """Cut every inductor; frames between which a cut fails are joined, and all is cut again."""
        while True:
            self.crossings.clear()
            self.branches.clear()
            self.outside = ()
            failed = [pair for branch in self.problem.branches for pair in self._cut(branch)]
            if not failed:
                return
            for a, b in failed:
                self.groups.join(a, b)

    def _stretches(self, line: DrawnInductor) -> list[Run] | None:
        """The line from its first to its second node in stretches of one frame each; None if it is no simple line."""
        frames = self._touched(line)
        if len(frames) == 1:
            return [Run(frames[0], tuple(p for arm in line.arms for p in arm.arm.path), line.arms[-1].layer)]
        chain = _chain(line, self.found.nodes)
        if chain is None:
            return None
        runs: list[Run] = []
        for layer, path in chain:
            for frame, part in self.index.split(path):
                if runs and runs[-1].group == frame:
                    runs[-1] = Run(frame, runs[-1].path + part, layer)
                else:
                    runs.append(Run(frame, part, layer))
        return runs

    def _cut(self, branch: Branch) -> list[tuple[int, int]]:
        """Note the parts of a branch and its border ports; returns pairs of frames that it cannot be cut between."""
        stretches = self.stretches[branch.name]
        if OUTSIDE in (self._touched(self.found.inductors[branch.name]) if stretches is None else
                       (run.group for run in stretches)):  # fmt: skip
            self.outside += (branch.name,)
            return []
        if stretches is None:
            return self._whole(branch)
        runs = self._grouped(stretches)
        nodes = [branch.plus, *(f"{branch.name}~{n}" for n in range(1, len(runs))), branch.minus]
        ends: list[tuple[Crossing, Crossing]] = []
        for n, (run, after) in enumerate(pairwise(runs)):
            pair = self._crossing(run, after, nodes[n + 1])
            if pair is None:
                return [(run.group, after.group)]
            ends.append(pair)
        for n, run in enumerate(runs):
            name = branch.name if len(runs) == 1 else f"{branch.name}~{n}"
            path = list(run.path)
            if n:
                self.crossings[run.group].append(ends[n - 1][1])
                path.insert(0, self._um(ends[n - 1][1].bar.center()))
            if n < len(ends):
                self.crossings[run.group].append(ends[n][0])
                path.append(self._um(ends[n][0].bar.center()))
            estimate_ph = branch.estimate_ph if len(runs) == 1 else self._estimate(branch, run.group, ends)
            self.branches[run.group].append((Branch(name, nodes[n], nodes[n + 1], estimate_ph), tuple(path),
                                             branch.name))  # fmt: skip
        return []

    def _touched(self, line: DrawnInductor) -> list[int]:
        return sorted({self.index.at(x, y) for arm in line.arms for x, y in arm.arm.path})

    def _estimate(self, branch: Branch, group: int, ends: list[tuple[Crossing, Crossing]]) -> float:
        """Estimate of the stretches of a line inside a group, as for a cell that stands alone.

        It weighs the lines in series with a junction, whose sum is all that ports can tell.
        """
        cuts = [self._um(first.bar.center()) for first, _ in ends]
        total = 0.0
        for arm in self.found.inductors[branch.name].arms:
            sections = []
            for section in arm.arm.sections:
                off = min(dist(section.at, cut) for cut in cuts)
                inside = off if self.groups.of(self.index.at(*section.at)) == group else -off
                # A cut may divide a section; a pin's terminal takes SPOT_UM of the line.
                share = min(1.0, 0.5 + (inside - SPOT_UM) / max(section.length_um, 1e-6))
                if share > 0:
                    sections.append(replace(section, length_um=section.length_um * share))
            path = tuple(p for p in arm.arm.path if self.groups.of(self.index.at(*p)) == group)
            if sections and path:
                total += self.estimator.arm_ph(replace(arm.arm, sections=tuple(sections), path=path), arm.layer)
        return total or branch.estimate_ph

    def _whole(self, branch: Branch) -> list[tuple[int, int]]:
        """A branch that is no simple line has to lie in one group."""
        groups = sorted({self.groups.of(frame) for frame in self._touched(self.found.inductors[branch.name])})
        if len(groups) > 1:
            return [(groups[0], other) for other in groups[1:]]
        path = tuple(p for arm in self.found.inductors[branch.name].arms for p in arm.arm.path)
        self.branches[groups[0]].append((branch, path, branch.name))
        return []

    def _grouped(self, stretches: list[Run]) -> list[Run]:
        runs: list[Run] = []
        for stretch in stretches:
            group = self.groups.of(stretch.group)
            if runs and runs[-1].group == group:
                runs[-1] = Run(group, runs[-1].path + stretch.path, stretch.layer)
            else:
                runs.append(Run(group, stretch.path, stretch.layer))
        return runs

    def _crossing(self, run: Run, after: Run, node: str) -> tuple[Crossing, Crossing] | None:
        """The border ports on both sides of the place where one run ends and the next begins."""
        x, y = run.path[-1]
        both = [self._bar(group, run.layer, x, y) for group in (run.group, after.group)]
        if run.layer != after.layer and self.found.metal.at(after.layer, x, y) is None:
            return None
        if any(bar is None for bar in both):
            return None
        first, second = (Crossing(run.layer, bar, node, f"{node}@{n}") for n, bar in enumerate(both))
        return first, second

    def _bar(self, group: int, layer: str, x: float, y: float) -> kdb.Box | None:
        """A bar across the line on the edge of the group's frame at a point; None if there is no plain line."""
        at = kdb.Point(round(x / self.dbu), round(y / self.dbu))
        piece = self.found.metal.at(layer, x, y, 2 * self.dbu)
        if piece is None:
            return None
        for frame in (f for f in self.index.around(x, y) if self.groups.of(f) == group):
            if bar := line_end(piece.polygon, self.frames[frame], at, round(MOST_BAR_UM / self.dbu)):
                return bar
        return None

    def _um(self, point: kdb.Point) -> Point:
        return point.x * self.dbu, point.y * self.dbu

    def pieces(self, only: frozenset[int] | None) -> list[Piece]:
        members: dict[int, list[int]] = defaultdict(list)
        for frame in range(len(self.frames)):
            members[self.groups.of(frame)].append(frame)
        wanted = [g for g in sorted(self.branches) if only is None or only & set(members[g])]
        regions = [kdb.Region([self.frames[f] for f in members[group]]).merged() for group in wanted]
        ports = self._ports()
        return [piece_of(tuple(members[group]), metal, self.branches[group], ports[group], self.crossings[group])
                for group, metal in zip(wanted, clip_all(live_metal(self.found), regions), strict=True)]  # fmt: skip

    def _ports(self) -> dict[int, list[tuple[Port, PortNodes]]]:
        """The ports of the problem by the group in which they lie; pins on a frame join the border ports."""
        labels = {p.name for p in (*self.found.labels.ports, *self.found.labels.pins)
                  if getattr(p, "kind", "pin") == "pin"}  # fmt: skip
        ports: dict[int, list[tuple[Port, PortNodes]]] = defaultdict(list)
        for port, nodes in zip(self.problem.ports, self.problem.nodes, strict=True):
            x, y = self._um(port.plus.region.bbox().center())
            frame = self.index.at(x, y, BORDER_UM)
            if frame == OUTSIDE:
                continue
            group = self.groups.of(frame)
            bar = None
            if port.name in labels and nodes.minus == GROUND and len(port.plus.films) == 1:
                bar = self._bar(group, port.plus.films[0], x, y)
            if bar is not None:
                self.crossings[group].append(Crossing(port.plus.films[0], bar, nodes.plus, port.name))
            else:
                ports[group].append((port, nodes))
        return ports


def _chain(line: DrawnInductor, names: Mapping[int, str]) -> list[tuple[str, tuple[Point, ...]]] | None:
    """(layer, path) of the arms in order from the line's first node to its second; None if they are no chain."""
    if line.loop_ph:
        return None
    at: dict[object, list[int]] = defaultdict(list)
    for n, arm in enumerate(line.arms):
        for node in (arm.a, arm.b):
            at[names.get(node, node)].append(n)
    here, goal = (names.get(node, node) for node in (line.a, line.b))
    chain, used = [], set()
    while len(used) < len(line.arms):
        following = [n for n in at[here] if n not in used]
        if len(following) != 1:
            return None
        arm = line.arms[following[0]]
        used.add(following[0])
        forward = names.get(arm.a, arm.a) == here
        chain.append((arm.layer, arm.arm.path if forward else arm.arm.path[::-1]))
        here = names.get(arm.b, arm.b) if forward else names.get(arm.a, arm.a)
    return chain if here == goal else None


def line_end(polygon: kdb.Polygon, frame: kdb.Box, at: kdb.Point, most_dbu: int) -> kdb.Box | None:
    """A bar across the metal that reaches an edge of `frame` at a point, as wide as the metal is there; or None."""
    sides = {"left": at.x - frame.left, "right": frame.right - at.x, "bottom": at.y - frame.bottom,
             "top": frame.top - at.y}  # fmt: skip
    side = min(sides, key=lambda name: abs(sides[name]))
    if abs(sides[side]) > STRIP_DBU:
        return None
    upright = side in ("left", "right")
    edge = getattr(frame, side)
    inner = edge + (STRIP_DBU if side in ("left", "bottom") else -STRIP_DBU)
    reach = most_dbu + 1
    place = at.y if upright else at.x
    strip = kdb.Box(inner, place - reach, edge, place + reach)
    strip = strip if upright else kdb.Box(strip.bottom, strip.left, strip.top, strip.right)
    for shape in (kdb.Region(polygon) & kdb.Region(strip & frame)).merged().each():
        box = shape.bbox()
        low, high = (box.bottom, box.top) if upright else (box.left, box.right)
        if low - STRIP_DBU <= place <= high + STRIP_DBU and high - low <= most_dbu:
            return kdb.Box(edge - BAR_DBU, low, edge + BAR_DBU, high) if upright else (
                kdb.Box(low, edge - BAR_DBU, high, edge + BAR_DBU))
    return None
