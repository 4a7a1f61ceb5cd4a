"""A piece of a large layout that is solved by itself: a cell with its metal, its lines and a port on every cut.

A border port is a bar across a line on the frame, whose return is the edge of both planes, as for the pin of a cell
that stands alone. Everything is put in an order that follows from the metal, so that equal cells are equal problems.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import klayout.db as kdb

from sfqgen.extract.fit import Branch, PortNodes
from sfqgen.extract.frames import Point
from sfqgen.extract.geometry import Geometry, Port, Terminal
from sfqgen.extract.ports import MARGIN_UM, RETURN_GROWTH_UM, LiveMetal, geometry_in, widened
from sfqgen.extract.problem import Problem
from sfqgen.netlist.circuit import GROUND

COUPLING_REACH_UM = 4.0
"""Lines further apart do not couple."""
STEP_UM = 0.5
PLANES = ("M4", "M7")


@dataclass(frozen=True)
class Piece:
    """One field problem: its metal, clipped to `frames` (numbers), and its ports; no names go into the solution.

    `parts` says for every branch of the problem which inductor it belongs to, with -1 where it runs against it.
    `near` are the pairs of branches that may couple, `extent` is the box of their centre lines.
    """

    frames: tuple[int, ...]
    metal: LiveMetal
    problem: Problem
    parts: Mapping[str, tuple[str, int]]
    near: Mapping[tuple[str, str], float]
    extent: kdb.DBox

    def geometry(self) -> Geometry:
        """The metal around the circuit of the piece; empty parts of a large cell are left out."""
        dbu = self.metal.dbu
        box = self.extent.to_itype(dbu)
        for port in self.problem.ports:
            box += port.plus.region.bbox()
            box += port.minus.region.bbox()
        reach = round(MARGIN_UM / dbu)
        box = _outward(box.enlarged(reach, reach), self.metal.box(), round(STEP_UM / dbu))
        return geometry_in(self.metal, self.problem.ports, box.to_dtype(dbu))


def _outward(box: kdb.Box, whole: kdb.Box, step: int) -> kdb.Box:
    """A box in whole steps from the corner of `whole`, and inside that: centre lines of equal cells differ by nm."""
    x, y = whole.left, whole.bottom
    return kdb.Box(x + (box.left - x) // step * step, y + (box.bottom - y) // step * step,
                   x - (x - box.right) // step * step, y - (y - box.top) // step * step) & whole  # fmt: skip


class Crossing(NamedTuple):
    """A border port: the bar on the frame, and the node of the netlist that it measures."""

    layer: str
    bar: kdb.Box
    node: str
    name: str


def piece_of(frames: tuple[int, ...], metal: LiveMetal, branches: list[tuple[Branch, tuple[Point, ...], str]],
           ports: list[tuple[Port, PortNodes]], crossings: list[Crossing]) -> Piece:  # fmt: skip
    """Everything in an order that follows from the metal alone, so that equal pieces are equal problems."""
    pairs = [*ports, *(_border_port(c, metal) for c in crossings)]
    pairs.sort(key=lambda pair: _rank(pair[0].plus.region.bbox().center()))
    ordered = sorted((_directed(*entry) for entry in branches), key=lambda entry: _middle(entry[1]))
    extents = [_extent(path) for _, path, _, _ in ordered]
    near = {}
    for n, (first, *_) in enumerate(ordered):
        wide = extents[n].enlarged(COUPLING_REACH_UM, COUPLING_REACH_UM)
        near |= {(first.name, second[0].name): 0.0 for m, second in enumerate(ordered[n + 1 :], n + 1)
                 if wide.touches(extents[m])}  # fmt: skip
    problem = Problem(tuple(b for b, *_ in ordered), tuple(p for p, _ in pairs), tuple(n for _, n in pairs))
    extent = _extent(point for _, path, _, _ in ordered for point in path)
    return Piece(frames, metal, problem, {b.name: (owner, sign) for b, _, owner, sign in ordered}, near, extent)


def clip_all(metal: LiveMetal, regions: Sequence[kdb.Region]) -> list[LiveMetal]:
    """The metal of each region. Halved again and again, so that a piece is cut from its surroundings, not from all."""
    if len(regions) < 2:
        return [metal.clipped(region) for region in regions]
    middles = [region.bbox().center() for region in regions]
    spread = kdb.Box()
    for point in middles:
        spread += kdb.Box(point, point)
    wide = spread.width() > spread.height()
    order = sorted(range(len(regions)), key=lambda n: middles[n].x if wide else middles[n].y)
    result: list[LiveMetal | None] = [None] * len(regions)
    for half in (order[: len(order) // 2], order[len(order) // 2 :]):
        box = kdb.Box()
        for n in half:
            box += regions[n].bbox()
        for n, part in zip(half, clip_all(metal.clipped(kdb.Region(box)), [regions[n] for n in half]), strict=True):
            result[n] = part
    return result


def _rank(point: kdb.Point) -> tuple[int, int]:
    """An order of places that does not change under translation."""
    return 100 * point.x + 137 * point.y, point.x


def _middle(path: tuple[Point, ...]) -> float:
    box = _extent(path)
    return box.center().x + 1.37 * box.center().y


def _extent(path: Iterable[Point]) -> kdb.DBox:
    box = kdb.DBox()
    for x, y in path:
        box += kdb.DPoint(x, y)
    return box


def _directed(branch: Branch, path: tuple[Point, ...], owner: str) -> tuple[Branch, tuple[Point, ...], str, int]:
    """The branch from its end at the bottom left to the other, with the sign of that against its inductor."""
    if path[0][0] + 1.37 * path[0][1] <= path[-1][0] + 1.37 * path[-1][1]:
        return branch, path, owner, 1
    return Branch(branch.name, branch.minus, branch.plus, branch.estimate_ph), path[::-1], owner, -1


def _border_port(crossing: Crossing, metal: LiveMetal) -> tuple[Port, PortNodes]:
    bar = kdb.Region(crossing.bar)
    under = widened(bar, metal.dbu)
    for grow_um in RETURN_GROWTH_UM:
        grown = under.sized(round(grow_um / metal.dbu))
        planes = tuple(film for film in PLANES if not (metal.films[film] & grown).is_empty())
        if planes == PLANES:
            break
    port = Port(crossing.name, Terminal((crossing.layer,), bar), Terminal(planes or PLANES, grown))
    return port, PortNodes(crossing.name, crossing.node, GROUND)
