"""Graph isomorphism for netlists: refinement of colours by neighbourhood, individual choices where symmetry remains.

Both graphs are coloured together. A device's colour grows from its kind and the colours of its two nets, a net's from
its devices. When every colour is as frequent on both sides and none occurs twice, the colours are the match.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sfqgen.verify.lvs.graph import SPECIAL, Graph

MOST_CHOICES = 2_000
"""Individual choices before the search gives up; a tie of identical branches takes one each."""


@dataclass(frozen=True)
class Match:
    """Which device and which net of the first graph is which of the second."""

    devices: dict[int, int]
    nets: dict[str, str]


@dataclass(frozen=True)
class Seeds:
    """Starting colours: for nets and devices of each side, anything hashable that must be equal in a match."""

    nets: tuple[Mapping[str, object], Mapping[str, object]]
    devices: tuple[Mapping[int, object], Mapping[int, object]]


def port_seeds(first: Graph, second: Graph, with_ports: bool = True) -> tuple[dict[str, object], dict[str, object]]:
    """Ground, rail and the ports that both sides have, by name."""
    both = {p for p in first.ports if p in second.ports} if with_ports else set()
    seeds = []
    for graph in (first, second):
        colours: dict[str, object] = {net: net for net in SPECIAL}
        names: dict[str, list[str]] = defaultdict(list)
        for port, net in graph.ports.items():
            if port in both:
                names[net].append(port)
            elif net not in SPECIAL:
                colours.setdefault(net, "port")
        for net, ports in names.items():
            colours[net] = ("ports", net if net in SPECIAL else "", *sorted(ports))
        seeds.append(colours)
    return seeds[0], seeds[1]


def match(first: Graph, second: Graph, seeds: Seeds) -> Match | None:
    """The match that respects the seeds, or None. Ties go to equal names, then to the nearest values."""
    if Counter(d.kind for d in first.devices.values()) != Counter(d.kind for d in second.devices.values()):
        return None
    colours = _Colours(first, second, seeds)
    if not colours.refine():
        return None
    return _search(colours, [MOST_CHOICES])


class Side:
    """A graph as arrays: devices and nets by position, both ends of each device, starting colours."""

    def __init__(self, graph: Graph, nets: Mapping[str, object], devices: Mapping[int, object]) -> None:
        self.numbers = sorted(graph.devices)
        self.names = sorted(graph.nets())
        position = {net: i for i, net in enumerate(self.names)}
        ends = [(position[graph.devices[n].a], position[graph.devices[n].b]) for n in self.numbers]
        self.ends = np.array(ends, dtype=np.int64).reshape(-1, 2).T
        self.device = np.array([_colour((graph.devices[n].kind, devices.get(n))) for n in self.numbers], np.uint64)
        self.net = np.array([_colour(("net", nets.get(net))) for net in self.names], np.uint64)

    def copy(self) -> Side:
        other = object.__new__(Side)
        other.__dict__.update(self.__dict__, device=self.device.copy(), net=self.net.copy())
        return other

    def step(self) -> None:
        """Colour devices by the nets at their ends, then nets by their devices; both take part without an order."""
        a, b = self.net[self.ends[0]], self.net[self.ends[1]]
        self.device = _mixed(self.device ^ _mixed(_mixed(a) + _mixed(b)))
        around = np.zeros(len(self.net), np.uint64)
        spread = _mixed(self.device + np.uint64(1))
        np.add.at(around, self.ends[0], spread)
        np.add.at(around, self.ends[1], spread)
        self.net = _mixed(self.net ^ around)


def _mixed(values: np.ndarray) -> np.ndarray:
    """A 64-bit mixing function (splitmix): equal inputs give equal outputs, others scatter."""
    x = values + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _colour(seed: object) -> int:
    return int.from_bytes(hashlib.blake2b(repr(seed).encode(), digest_size=8).digest(), "little")


class _Colours:
    """Colours of devices and nets on both sides."""

    def __init__(self, first: Graph, second: Graph, seeds: Seeds) -> None:
        self.graphs = (first, second)
        self.sides = tuple(Side(g, seeds.nets[i], seeds.devices[i]) for i, g in enumerate(self.graphs))

    def copy(self) -> _Colours:
        other = object.__new__(_Colours)
        other.graphs, other.sides = self.graphs, tuple(side.copy() for side in self.sides)
        return other

    def refine(self) -> bool:
        """Refine until nothing splits; False as soon as the two sides differ."""
        one, two = self.sides
        classes = -1
        while True:
            for side in self.sides:
                side.step()
            same = (np.array_equal(np.sort(x), np.sort(y)) for x, y in ((one.device, two.device), (one.net, two.net)))
            if not all(same):
                return False
            count = len(np.unique(one.device)) + len(np.unique(one.net))
            if count == classes:
                return True
            classes = count

    def tie(self) -> tuple[str, list, list] | None:
        """The smallest class of more than one member, devices before nets."""
        one, two = self.sides
        for kind, mine, yours, ours, theirs in (
            ("device", one.device, two.device, one.numbers, two.numbers),
            ("net", one.net, two.net, one.names, two.names),
        ):
            colours, counts = np.unique(mine, return_counts=True)
            if counts.max(initial=0) > 1:
                many = np.flatnonzero(counts > 1)
                colour = colours[many[np.argmin(counts[many])]]
                return kind, [ours[i] for i in np.flatnonzero(mine == colour)], [
                    theirs[i] for i in np.flatnonzero(yours == colour)]  # fmt: skip
        return None

    def mark(self, kind: str, mine: object, yours: object) -> None:
        """Give one item of each side a colour of its own."""
        for side, item in zip(self.sides, (mine, yours), strict=True):
            if kind == "device":
                side.device[side.numbers.index(item)] = np.uint64(1)
            else:
                side.net[side.names.index(item)] = np.uint64(1)

    def as_match(self) -> Match | None:
        """The match, when the colours are one; None if a chance equality of colours has misled the search."""
        one, two = self.sides
        devices = dict(zip(two.device.tolist(), two.numbers, strict=True))
        nets = dict(zip(two.net.tolist(), two.names, strict=True))
        found = Match({n: devices[c] for n, c in zip(one.numbers, one.device.tolist(), strict=True)},
                      {n: nets[c] for n, c in zip(one.names, one.net.tolist(), strict=True)})  # fmt: skip
        for n, m in found.devices.items():
            ours, theirs = self.graphs[0].devices[n], self.graphs[1].devices[m]
            if ours.kind != theirs.kind or {found.nets[ours.a], found.nets[ours.b]} != {theirs.a, theirs.b}:
                return None
        return found


def _search(colours: _Colours, budget: list[int]) -> Match | None:
    """Depth first over the ties; symmetric branches succeed at once, so that the depth is the number of choices."""
    stack = [(colours, None)]
    while stack:
        current, choices = stack.pop()
        if choices is None:
            tie = current.tie()
            if tie is None:
                found = current.as_match()
                if found:
                    return found
                continue
            kind, ours, theirs = tie
            chosen, candidates = _preferred(current, kind, ours, theirs)
            choices = [(kind, chosen, candidate) for candidate in reversed(candidates)]
        if not choices or budget[0] <= 0:
            if budget[0] <= 0:
                return None
            continue
        kind, mine, yours = choices.pop()
        stack.append((current, choices))
        budget[0] -= 1
        trial = current.copy()
        trial.mark(kind, mine, yours)
        if trial.refine():
            stack.append((trial, None))
    return None


def _preferred(colours: _Colours, kind: str, ours: list, theirs: list) -> tuple[object, list]:
    """The pair to try first, and the other candidates behind it."""
    if kind == "net":
        mine = min(ours)
        return mine, sorted(theirs, key=lambda net: (net != mine, net))
    first, second = (colours.graphs[0].devices, colours.graphs[1].devices)

    def apart(n: int, m: int) -> tuple[bool, float, int]:
        same = bool({leaf(x) for x in first[n].names} & {leaf(x) for x in second[m].names})
        a, b = first[n].value, second[m].value
        far = abs(a - b) / max(abs(a), abs(b), 1e-12) if a == a and b == b else 1.0
        return not same, round(far, 3), m

    mine = min(ours, key=lambda n: (*min(apart(n, m)[:2] for m in theirs), first[n].names))
    return mine, sorted(theirs, key=lambda m: apart(mine, m))


def leaf(name: str) -> str:
    """The name without the instance that it belongs to, without case and separators: `B_a|X3` and `Ba|X1` agree."""
    return name.split("|")[0].lower().replace("_", "")
