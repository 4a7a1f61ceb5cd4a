"""Arms of the cut metal joined into inductors between the nodes at which something else connects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sfqgen.extract.cut import Cut, CutArm, Node
from sfqgen.extract.estimate import Estimator

LEAST_PH = 0.001


@dataclass(frozen=True, slots=True)
class DrawnInductor:
    """Metal between nodes `a` and `b` of the cut; `l_ph` is estimated, `place` lies on its longest arm.

    `arms` are in series, except where `loop_ph` is not zero: then two ways lead from a to b, and around them it is so
    many pH. With a equal to b the metal is a loop that starts and ends on one node.
    """

    a: Node
    b: Node
    l_ph: float
    place: tuple[float, float]
    loop_ph: float
    arms: tuple[CutArm, ...] = field(repr=False)

    @property
    def length_um(self) -> float:
        """Centre-line length of all its metal."""
        return sum(arm.arm.length_um for arm in self.arms)

    @property
    def squares(self) -> float:
        return sum(arm.arm.squares for arm in self.arms)

    @property
    def layers(self) -> tuple[str, ...]:
        return tuple(sorted({arm.layer for arm in self.arms}))


def join_lines(pieces: Cut, estimator: Estimator) -> tuple[list[DrawnInductor], list[DrawnInductor]]:
    """Inductors from bottom left, and loops: dead ends cut off, parallel and series arms joined."""
    kept = {pieces.ground, pieces.rail, *pieces.terminals.values()}
    joiner = _Joiner(kept)
    for arm in pieces.arms:
        joiner.add(arm.a, arm.b, max(estimator.arm_ph(arm.arm, arm.layer), LEAST_PH), 0.0, (arm,))
    joiner.run()
    return _sorted(joiner.edges.values()), _sorted(joiner.loops)


def _sorted(rows: Iterable[tuple]) -> list[DrawnInductor]:
    lines = [DrawnInductor(a, b, l_ph, _place(arms), loop, arms) for a, b, l_ph, loop, arms in rows]
    return sorted(lines, key=lambda line: (line.place[1], line.place[0], line.a, line.b))


def _place(arms: tuple[CutArm, ...]) -> tuple[float, float]:
    longest = max(arms, key=lambda arm: arm.arm.length_um).arm
    half, gone = longest.length_um / 2, 0.0
    for section in longest.sections:
        gone += section.length_um
        if gone >= half:
            return round(section.at[0], 3), round(section.at[1], 3)
    return round(longest.path[0][0], 3), round(longest.path[0][1], 3)


class _Joiner:
    def __init__(self, kept: set[Node]) -> None:
        self.kept = kept
        self.edges: dict[int, tuple] = {}
        self.of: dict[Node, set[int]] = defaultdict(set)
        self.count = 0
        self.loops: list[tuple] = []

    def add(self, a: Node, b: Node, l_ph: float, loop_ph: float, arms: tuple[CutArm, ...]) -> None:
        if a == b:
            self.loops.append((a, b, l_ph, loop_ph, arms))
            return
        twin = next((n for n in sorted(self.of[a] & self.of[b])), None)
        if twin is not None:
            _, _, other, other_loop, more = self.edges[twin]
            self.drop(twin)
            loop_ph = max(l_ph + other, loop_ph, other_loop)
            l_ph, arms = l_ph * other / (l_ph + other), more + arms
        self.edges[self.count] = (a, b, l_ph, loop_ph, arms)
        self.of[a].add(self.count)
        self.of[b].add(self.count)
        self.count += 1

    def drop(self, number: int) -> None:
        a, b, *_ = self.edges.pop(number)
        self.of[a].discard(number)
        self.of[b].discard(number)

    def run(self) -> None:
        todo = sorted(node for node in self.of if node not in self.kept)
        while todo:
            node = todo.pop()
            numbers = sorted(self.of[node])
            if len(numbers) == 1:
                a, b, *_ = self.edges[numbers[0]]
                self.drop(numbers[0])
                todo += [n for n in (a, b) if n not in self.kept and n != node]
            elif len(numbers) == 2:
                todo += self._in_series(node, *numbers)

    def _in_series(self, node: Node, first: int, second: int) -> list[Node]:
        a, b, l1, loop1, arms1 = self.edges[first]
        c, d, l2, loop2, arms2 = self.edges[second]
        ends = (b if a == node else a), (d if c == node else c)
        self.drop(first)
        self.drop(second)
        self.add(*ends, l1 + l2, max(loop1, loop2), arms1 + arms2)
        return [n for n in ends if n not in self.kept]
