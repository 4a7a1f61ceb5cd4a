"""Window by window: every inductor is solved with a few um of its surroundings, so that no grid ever grows large.

Under a sky plane coupling decays over (H + 2 lambda)/pi = 0.38 um, so what lies MARGIN_UM away does not count. A
window holds its own inductors whole, with the ports at their ends and as many neighbours as the currents need to
close; lines that leave it end openly and carry no current. Cells need no border ports that way: abutted neighbours
are simply there. Equal windows, such as those of repeated cells, are solved once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import klayout.db as kdb

from sfqgen.extract.fit import Branch, PortNodes, determined, netlist_patterns
from sfqgen.extract.geometry import Port
from sfqgen.extract.ports import MARGIN_UM
from sfqgen.extract.problem import Problem
from sfqgen.extract.recognise import RecognisedLayout

CORE_UM = 16.0
"""Windows start from square cores of this size; smaller ones spend more on margins, larger ones on port pairs."""
WHOLE_UM2 = 900.0
"""A circuit whose box is smaller than this is one window."""
GROW_UM = 4.0
MOST_GROWTH = 8


@dataclass(frozen=True)
class Window:
    """A box in um, the inductors that it answers for, and the problem to solve in it."""

    box: kdb.DBox
    core: tuple[str, ...]
    problem: Problem


def plan_windows(found: RecognisedLayout, problem: Problem, whole: kdb.DBox, core_um: float = CORE_UM) -> list[Window]:
    """Windows that answer for all inductors of the layout's own netlist; one window for a small layout.

    Inductors that not even the whole layout decides are answered by no window.
    """
    answerable = determined(netlist_patterns(problem.branches, problem.nodes), problem.branches, problem.nodes)
    if whole.area() <= WHOLE_UM2:
        return [Window(whole, tuple(b.name for b in problem.branches if b.name in answerable), problem)]
    planner = _Planner(found, problem, whole)
    cores: dict[tuple[int, int], list[str]] = defaultdict(list)
    for branch in problem.branches:
        if branch.name in answerable:
            x, y = found.inductors[branch.name].place
            cores[int((x - whole.left) // core_um), int((y - whole.bottom) // core_um)].append(branch.name)
    return [planner.window(tuple(names)) for _, names in sorted(cores.items())]


class _Planner:
    def __init__(self, found: RecognisedLayout, problem: Problem, whole: kdb.DBox) -> None:
        self.problem, self.whole = problem, whole
        self.extent = {b.name: _path_box(found, b.name) for b in problem.branches}
        dbu = found.metal.dbu
        self.port_box = [(p.plus.region.bbox() + p.minus.region.bbox()).to_dtype(dbu) for p in problem.ports]
        self.ports_at: dict[str, list[int]] = defaultdict(list)
        for number, nodes in enumerate(problem.nodes):
            for node in (nodes.plus, nodes.minus):
                self.ports_at[node].append(number)

    def window(self, core: tuple[str, ...]) -> Window:
        """The smallest window around the core in which its inductors are decided."""
        box = kdb.DBox()
        for branch in self.problem.branches:
            if branch.name in core:
                box += self.extent[branch.name]
                for node in (branch.plus, branch.minus):
                    if node != "0":
                        for number in self.ports_at[node]:
                            box += self.port_box[number]
        for growth in range(MOST_GROWTH + 1):
            inner = box.enlarged(growth * GROW_UM, growth * GROW_UM)
            part = self._inside(inner.enlarged(MARGIN_UM / 2, MARGIN_UM / 2))
            known = determined(netlist_patterns(part.branches, part.nodes), part.branches, part.nodes)
            if known.issuperset(core):
                return Window(inner.enlarged(MARGIN_UM, MARGIN_UM) & self.whole, core, part)
        return Window(self.whole, core, self.problem)

    def _inside(self, box: kdb.DBox) -> Problem:
        """Inductors whose whole length, and ports whose both ends, lie in the box."""
        branches = tuple(b for b in self.problem.branches if _within(self.extent[b.name], box))
        ports: list[Port] = []
        nodes: list[PortNodes] = []
        for port, pair, extent in zip(self.problem.ports, self.problem.nodes, self.port_box, strict=True):
            if _within(extent, box):
                ports.append(port)
                nodes.append(pair)
        return Problem(branches, tuple(ports), tuple(nodes), self.problem.pairs)


def _within(inner: kdb.DBox, outer: kdb.DBox) -> bool:
    return outer.contains(inner.p1) and outer.contains(inner.p2)


def _path_box(found: RecognisedLayout, name: str) -> kdb.DBox:
    box = kdb.DBox()
    for arm in found.inductors[name].arms:
        for x, y in arm.arm.path:
            box += kdb.DPoint(x, y)
    return box


def branches_near(found: RecognisedLayout, branches: Sequence[Branch], reach_um: float) -> list[tuple[str, str]]:
    """Pairs of inductors whose metal comes within `reach_um` of each other, by their boxes."""
    boxes = [(b.name, _path_box(found, b.name)) for b in branches]
    pairs = []
    for n, (a, first) in enumerate(boxes):
        wide = first.enlarged(reach_um, reach_um)
        pairs += [(a, b) for b, second in boxes[n + 1 :] if wide.touches(second)]
    return pairs
