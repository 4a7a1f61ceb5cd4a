"""A flat circuit reduced to what the engine integrates: nodes, branches between them, and injected currents.

Every node phase is an unknown, unless a voltage or phase source (or an inductor or resistor of zero) ties it to
another node: then it is that node's phase plus a known one. Inductors and resistors in series become one branch, and a
current fed through an inductor or resistor is fed behind it; neither changes any other node.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import (
    GROUND,
    Bias,
    Capacitor,
    Circuit,
    CurrentSource,
    Inductor,
    Junction,
    Line,
    Mutual,
    PhaseSource,
    Resistor,
    VoltageSource,
    nodes_of,
)  # fmt: skip

MAX_NODES = 200_000


@dataclass(frozen=True)
class Branch:
    """A path from `plus` to `minus`: a junction or capacitor, an inductor, a line port, or resistors and inductors.

    `parts` are the elements in series, as indices into the circuit's elements.
    """

    kind: str  # "junction", "capacitor", "inductor", "resistive", "line"
    plus: str
    minus: str
    parts: tuple[int, ...]
    port: int = 0  # of a line


@dataclass(frozen=True)
class Tie:
    """`node` has the phase of `base` plus `sign` times the phase of source `source` (None: a short)."""

    node: str
    base: str
    terms: tuple[tuple[int, float], ...]  # (source element, sign)


@dataclass(frozen=True)
class Reduced:
    """Unknown nodes, ties, branches, coupled groups (branch indices) and injections (element, node, sign)."""

    nodes: tuple[str, ...]
    ties: tuple[Tie, ...]
    branches: tuple[Branch, ...]
    groups: tuple[tuple[int, ...], ...]
    injections: tuple[tuple[int, str, float], ...]


def reduce(circuit: Circuit, keep: Iterable[str] = (), zero: Sequence[bool] = ()) -> Reduced:
    """The reduced form of a flat circuit. Nodes in `keep` (lower case) survive; `zero[k]` marks shorted elements.

    Raises SfqgenError that names the element or node for a loop of sources and shorts, and for nodes that no branch
    connects to ground.
    """
    work = _Reduction(circuit, set(keep), zero)
    work.tie_nodes()
    work.collect()
    work.merge()
    return work.done()


@dataclass
class _Reduction:
    circuit: Circuit
    keep: set[str]
    zero: Sequence[bool]
    ties: dict[str, Tie] = field(default_factory=dict)
    branches: dict[int, Branch] = field(default_factory=dict)
    at: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    injections: dict[str, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    coupled: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def tie_nodes(self) -> None:
        """Union of the nodes that sources and shorts hold together, each with its known phase against the root."""
        for k, element in enumerate(self.circuit.elements):
            if isinstance(element, VoltageSource | PhaseSource):
                self._tie(k, element.plus.lower(), element.minus.lower(), ((k, 1.0),))
            elif isinstance(element, Inductor | Resistor) and self._is_zero(k):
                self._tie(k, element.plus.lower(), element.minus.lower(), ())

    def _is_zero(self, k: int) -> bool:
        return bool(self.zero[k]) if len(self.zero) else False

    def _tie(self, k: int, plus: str, minus: str, terms: tuple[tuple[int, float], ...]) -> None:
        (root_p, terms_p), (root_m, terms_m) = self.root(plus), self.root(minus)
        if root_p == root_m:
            raise SfqgenError(
                "closes a loop of voltage sources, phase sources and zero-valued elements, whose current is undefined",
                where=f"circuit {self.circuit.name}, element {self.circuit.elements[k].name}",
                remedy="put an inductance in the loop",
            )
        # phase(plus) = phase(minus) + source: express one root by the other, ground staying a root.
        if root_p != GROUND:
            self.ties[root_p] = Tie(root_p, root_m, _sum(terms_m, terms, _negated(terms_p)))
        else:
            self.ties[root_m] = Tie(root_m, root_p, _sum(terms_p, _negated(terms), _negated(terms_m)))

    def root(self, node: str) -> tuple[str, tuple[tuple[int, float], ...]]:
        """The node whose phase is unknown (or ground) and what to add to it."""
        terms: tuple[tuple[int, float], ...] = ()
        while node in self.ties:
            tie = self.ties[node]
            node, terms = tie.base, _sum(terms, tie.terms)
        return node, terms

    def collect(self) -> None:
        """Branches and injections as the circuit lists them."""
        for k, element in enumerate(self.circuit.elements):
            match element:
                case Junction():
                    self._branch("junction", element.plus, element.minus, k)
                case Capacitor():
                    self._branch("capacitor", element.plus, element.minus, k)
                case Inductor() if not self._is_zero(k):
                    self._branch("inductor", element.plus, element.minus, k)
                case Resistor() if not self._is_zero(k):
                    self._branch("resistive", element.plus, element.minus, k)
                case Line():
                    self._branch("line", element.plus1, element.minus1, k)
                    self._branch("line", element.plus2, element.minus2, k, 1)
                case CurrentSource():
                    self.injections[element.plus.lower()].append((k, -1.0))
                    self.injections[element.minus.lower()].append((k, 1.0))
                case Bias():
                    self.injections[element.node.lower()].append((k, 1.0))
                case Mutual():
                    self.coupled[element.first.lower()].append(element.second.lower())
                    self.coupled[element.second.lower()].append(element.first.lower())

    def _branch(self, kind: str, plus: str, minus: str, k: int, port: int = 0) -> None:
        branch = Branch(kind, plus.lower(), minus.lower(), (k,), port)
        if branch.plus == branch.minus and kind != "line":  # a shorted port still reflects
            return
        index = len(self.branches)
        while index in self.branches:
            index += 1
        self.branches[index] = branch
        self.at[branch.plus].add(index)
        self.at[branch.minus].add(index)

    def merge(self) -> None:
        """Series inductors and resistors to one branch; sources moved behind the element that feeds them in."""
        held = self.keep | {GROUND} | set(self.ties) | {tie.base for tie in self.ties.values()}
        queue = [node for node in self.at if node not in held]
        while queue:
            node = queue.pop()
            around = self.at[node]
            if not all(self._mergeable(b) for b in around):
                continue
            sources = self.injections.get(node, [])
            if len(around) == 1 and sources:
                queue += [n for n in self._shift_sources(node) if n not in held]
            elif len(around) == 2 and not sources:
                queue += [n for n in self._join(node) if n not in held]

    def _mergeable(self, index: int) -> bool:
        branch = self.branches[index]
        if branch.kind not in ("inductor", "resistive"):
            return False
        return all(self.circuit.elements[k].name.lower() not in self.coupled for k in branch.parts)

    def _shift_sources(self, node: str) -> tuple[str, ...]:
        (index,) = self.at.pop(node)
        branch = self.branches.pop(index)
        other = branch.minus if branch.plus == node else branch.plus
        self.at[other].discard(index)
        self.injections[other] += self.injections.pop(node)
        return (other,)

    def _join(self, node: str) -> tuple[str, ...]:
        first, second = sorted(self.at[node])
        one, two = self.branches[first], self.branches[second]
        start = one.plus if one.minus == node else one.minus
        end = two.plus if two.minus == node else two.minus
        if start == end:
            return ()
        del self.at[node], self.branches[second]
        self.injections.pop(node, None)
        kind = "inductor" if one.kind == two.kind == "inductor" else "resistive"
        # Keep the direction of the first part: currents asked for by name follow it.
        plus, minus = (start, end) if one.minus == node else (end, start)
        self.branches[first] = Branch(kind, plus, minus, one.parts + two.parts)
        self.at[end].discard(second)
        self.at[end].add(first)
        return (start, end)

    def done(self) -> Reduced:
        roots = {GROUND}
        names: dict[str, None] = {}
        for branch in self.branches.values():
            for node in (branch.plus, branch.minus):
                names.setdefault(self.root(node)[0])
        fed = [node for node, sources in self.injections.items() if sources]
        for node in [*fed, *self.ties, *sorted(self.keep)]:
            names.setdefault(self.root(node)[0])
        names.pop(GROUND, None)
        self._check_grounded(names, roots)
        order = {old: new for new, old in enumerate(sorted(self.branches))}
        ties = tuple(Tie(node, *self.root(node)) for node in self.ties)
        injections = [(k, node, sign) for node, sources in self.injections.items() for k, sign in sources]
        return Reduced(tuple(names), ties, tuple(self.branches[k] for k in sorted(self.branches)),
                       self._groups(order), tuple(injections))  # fmt: skip

    def _groups(self, order: dict[int, int]) -> tuple[tuple[int, ...], ...]:
        """Branches of inductors that mutuals link, directly or over others."""
        branch_of = {
            self.circuit.elements[b.parts[0]].name.lower(): order[k]
            for k, b in self.branches.items() if b.kind == "inductor" and len(b.parts) == 1
        }  # fmt: skip
        groups, seen = [], set()
        for name in self.coupled:
            if name in seen:
                continue
            members, stack = [], [name]
            while stack:
                one = stack.pop()
                if one not in seen:
                    seen.add(one)
                    members.append(one)
                    stack += self.coupled[one]
            missing = [m for m in members if m not in branch_of]
            if missing:
                raise SfqgenError("a coupled inductor has zero inductance or joins a node to itself",
                                  where=f"circuit {self.circuit.name}, element {missing[0]}")  # fmt: skip
            groups.append(tuple(branch_of[m] for m in members))
        return tuple(groups)

    def _check_grounded(self, names: dict[str, None], reached: set[str]) -> None:
        neighbours: dict[str, set[str]] = defaultdict(set)
        for branch in self.branches.values():
            plus, minus = self.root(branch.plus)[0], self.root(branch.minus)[0]
            neighbours[plus].add(minus)
            neighbours[minus].add(plus)
        stack = [GROUND]
        while stack:
            for node in neighbours[stack.pop()] - reached:
                reached.add(node)
                stack.append(node)
        lost = [name for name in names if name not in reached]
        if lost:
            shown = ", ".join(lost[:5]) + (", ..." if len(lost) > 5 else "")
            conducting = [e for e in self.circuit.elements if not isinstance(e, CurrentSource | Bias)]
            grounded = any(GROUND in nodes_of(element) for element in conducting)
            what = f"no path to ground from node {shown}" if grounded else "no element touches ground (node 0)"
            raise SfqgenError(what, where=f"circuit {self.circuit.name}",
                              remedy="connect it through an inductor, resistor, junction or capacitor")  # fmt: skip


def _sum(*terms: tuple[tuple[int, float], ...]) -> tuple[tuple[int, float], ...]:
    return tuple(t for group in terms for t in group)


def _negated(terms: tuple[tuple[int, float], ...]) -> tuple[tuple[int, float], ...]:
    return tuple((k, -sign) for k, sign in terms)
