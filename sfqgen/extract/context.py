"""Window by window: every inductor is solved with a few um of its surroundings, so that no grid ever grows large.

Under a sky plane coupling decays over (H + 2 lambda)/pi = 0.38 um, so what lies MARGIN_UM away does not count. A
window holds its own inductors whole, with the ports at their ends and as many neighbours as the currents need to
close; lines that leave it end openly and carry no current. Cells need no border ports that way: abutted neighbours
are simply there. Equal windows, such as those of repeated cells, are solved once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import klayout.db as kdb

from sfqgen.extract.fit import Branch, determined, netlist_patterns, series
from sfqgen.extract.ports import MARGIN_UM
from sfqgen.extract.problem import Problem
from sfqgen.extract.recognise import RecognisedLayout
from sfqgen.netlist.circuit import GROUND

CORE_UM = 24.0
"""Windows start from the inductors of square cores of this size."""
WHOLE_UM2 = 2500.0
"""A circuit whose box is smaller than this is one window."""
PORT_MARGIN_UM = 1.0
"""Ports nearer to the border of a window than this are left out."""
NEIGHBOURS_UM = 40.0
GROW_UM = 4.0
MOST_GROWTH = 8


@dataclass(frozen=True)
class Window:
    """A box in um, the inductors that it answers for, and the problem to solve in it; `wider` is the next larger."""

    box: kdb.DBox
    core: tuple[str, ...]
    problem: Problem
    wider: Callable[[], Window | None] = lambda: None


def plan_windows(found: RecognisedLayout, problem: Problem, whole: kdb.DBox, wanted: Iterable[str],
                 core_um: float = CORE_UM) -> list[Window]:  # fmt: skip
    """Windows that answer for the `wanted` inductors of the layout's own netlist; one window for a small layout.

    Inductors that not even the whole layout decides are answered by no window.
    """
    answerable = _Decided(problem).names & set(wanted)
    if whole.area() <= WHOLE_UM2:
        return [Window(whole, tuple(b.name for b in problem.branches if b.name in answerable), problem)]
    planner = _Planner(found, problem, whole)
    cores: dict[tuple[int, int], list[str]] = defaultdict(list)
    for branch in problem.branches:
        if branch.name in answerable:
            x, y = found.inductors[branch.name].place
            cores[int((x - whole.left) // core_um), int((y - whole.bottom) // core_um)].append(branch.name)
    windows, done = [], set()
    for _, names in sorted(cores.items()):
        if core := tuple(name for name in names if name not in done):
            window = planner.window(core)
            more = planner.also_decided(window, answerable - done - set(core))
            windows.append(replace(window, core=(*core, *more)))
            done |= {*core, *more}
    return windows


def undecided(problem: Problem) -> set[str]:
    """Inductors that the ports do not decide alone."""
    return {branch.name for branch in problem.branches} - _Decided(problem).alone


def around(found: RecognisedLayout, problem: Problem, names: set[str]) -> Problem:
    """What of a problem lies within NEIGHBOURS_UM of some inductors: enough to plan their windows."""
    box = kdb.DBox()
    for name in names:
        box += _path_box(found, name)
    box.enlarge(NEIGHBOURS_UM, NEIGHBOURS_UM)
    return _Planner(found, problem, box).inside(box)


class _Decided:
    """Which inductors the ports of a problem decide: alone, or as a series that is one current."""

    def __init__(self, problem: Problem) -> None:
        patterns = netlist_patterns(problem.branches, problem.nodes)
        self.alone = determined(patterns, problem.branches, problem.nodes)
        groups = series(patterns, problem.branches, problem.nodes)
        self.series = {name: group for group in groups for name in group}
        self.names = self.alone | set(self.series)

    def answers(self, names: Iterable[str], whole: _Decided) -> bool:
        """Whether these are decided here as they are in the whole layout: a series must not have got longer."""
        return all(name in self.alone or (name in self.series and self.series[name] == whole.series.get(name))
                   for name in names)  # fmt: skip


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
        self.lines_at: dict[str, list[str]] = defaultdict(list)
        self.ends = {branch.name: (branch.plus, branch.minus) for branch in problem.branches}
        for name, ends in self.ends.items():
            for node in ends:
                self.lines_at[node].append(name)
        for branch in problem.branches:  # an inductor needs the metal of the ports at its ends
            for node in (branch.plus, branch.minus):
                if node != GROUND:
                    for number in self.ports_at[node]:
                        self.extent[branch.name] += self.port_box[number]

    @cached_property
    def decided(self) -> _Decided:
        return _Decided(self.problem)

    def window(self, core: tuple[str, ...], growth: int = 0) -> Window:
        """The smallest window in which the core and all that meets it are decided.

        A junction's ground lead is told from the coupling of two lines at its node only by a third line there, so the
        neighbours have to carry currents too.
        """
        box, wanted = kdb.DBox(), self.meeting(core) | set(core)
        for name in wanted:
            box += self.extent[name]
        for step in range(growth, MOST_GROWTH + 1):
            outer = box.enlarged(step * GROW_UM + MARGIN_UM, step * GROW_UM + MARGIN_UM) & self.whole
            part = self.inside(outer)
            if _Decided(part).answers(wanted, self.decided):
                return Window(outer, core, part, partial(self.window, core, step + 1))
        return Window(self.whole, core, self.problem)

    def meeting(self, core: tuple[str, ...]) -> set[str]:
        """Inductors at the ends of the core, and those across the ports there (a junction's base and its top)."""
        near = {node for name in core for node in self.ends[name]} - {GROUND}
        pairs = [self.problem.nodes[number] for node in near for number in self.ports_at[node]]
        near |= {node for pair in pairs for node in (pair.plus, pair.minus)} - {GROUND}
        return {name for node in near for name in self.lines_at[node]} & self.decided.names

    def also_decided(self, window: Window, names: set[str]) -> tuple[str, ...]:
        """Other inductors that lie as deep in the window as its own and are decided there."""
        if window.problem is self.problem:
            return tuple(sorted(names))
        part = window.problem
        known = _Decided(part)
        inner = _without_margin(window.box, self.whole)
        deep = {b.name for b in part.branches
                if _within(self.extent[b.name], inner) and known.answers((b.name,), self.decided)}  # fmt: skip
        return tuple(b.name for b in part.branches if b.name in names & deep and deep >= self.meeting((b.name,)))

    def inside(self, box: kdb.DBox) -> Problem:
        """Inductors, with the ports at their ends, and ports that lie wholly in the box."""
        branches = tuple(b for b in self.problem.branches if _within(self.extent[b.name], box))
        near = box.enlarged(-PORT_MARGIN_UM, -PORT_MARGIN_UM)
        kept = [n for n, extent in enumerate(self.port_box) if _within(extent, near)]
        return Problem(branches, tuple(self.problem.ports[n] for n in kept),
                       tuple(self.problem.nodes[n] for n in kept), self.problem.pairs)  # fmt: skip


def _without_margin(box: kdb.DBox, whole: kdb.DBox) -> kdb.DBox:
    """The box less MARGIN_UM on every side on which the layout goes on."""
    return kdb.DBox(
        box.left + MARGIN_UM * (box.left > whole.left), box.bottom + MARGIN_UM * (box.bottom > whole.bottom),
        box.right - MARGIN_UM * (box.right < whole.right), box.top - MARGIN_UM * (box.top < whole.top),
    )  # fmt: skip


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
