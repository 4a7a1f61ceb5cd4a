"""Graph isomorphism for netlists: refinement of colours by neighbourhood, individual choices where symmetry remains.

Both graphs are coloured together. A device's colour grows from its kind and the colours of its two nets, a net's from
its devices. When every colour is as frequent on both sides and none occurs twice, the colours are the match.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

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


class _Colours:
    """Colours of devices and nets on both sides."""

    def __init__(self, first: Graph, second: Graph, seeds: Seeds) -> None:
        self.graphs = (first, second)
        table: dict[object, int] = {}
        self.nets = tuple(
            {net: table.setdefault(("net", seeds.nets[side].get(net)), len(table)) for net in graph.nets()}
            for side, graph in enumerate(self.graphs)
        )
        self.devices = tuple(
            {n: table.setdefault((d.kind, seeds.devices[side].get(n)), len(table)) for n, d in graph.devices.items()}
            for side, graph in enumerate(self.graphs)
        )

    def copy(self) -> _Colours:
        other = object.__new__(_Colours)
        other.graphs = self.graphs
        other.nets = tuple(dict(side) for side in self.nets)
        other.devices = tuple(dict(side) for side in self.devices)
        return other

    def refine(self) -> bool:
        """Refine until nothing splits; False as soon as the two sides differ."""
        classes = -1
        while True:
            table: dict[object, int] = {}
            devices, nets = [], []
            for side, graph in enumerate(self.graphs):
                net = self.nets[side]
                devices.append({
                    n: table.setdefault((self.devices[side][n], *sorted((net[d.a], net[d.b]))), len(table))
                    for n, d in graph.devices.items()
                })  # fmt: skip
                nets.append({
                    name: table.setdefault(("net", colour, *sorted(devices[side][n] for n in graph.at[name])),
                                           len(table))
                    for name, colour in net.items()
                })  # fmt: skip
            self.devices, self.nets = tuple(devices), tuple(nets)
            if not self._balanced():
                return False
            if len(table) == classes:
                return True
            classes = len(table)

    def _balanced(self) -> bool:
        return all(Counter(one.values()) == Counter(two.values()) for one, two in (self.devices, self.nets))

    def tie(self) -> tuple[str, list, list] | None:
        """The smallest class of more than one member, devices before nets."""
        for kind, (one, two) in (("device", self.devices), ("net", self.nets)):
            classes: dict[int, list] = defaultdict(list)
            for item, colour in one.items():
                classes[colour].append(item)
            larger = [(len(items), colour) for colour, items in classes.items() if len(items) > 1]
            if larger:
                _, colour = min(larger)
                return kind, classes[colour], [item for item, c in two.items() if c == colour]
        return None

    def as_match(self) -> Match:
        devices = {colour: n for n, colour in self.devices[1].items()}
        nets = {colour: net for net, colour in self.nets[1].items()}
        return Match({n: devices[c] for n, c in self.devices[0].items()}, {n: nets[c] for n, c in self.nets[0].items()})


def _search(colours: _Colours, budget: list[int]) -> Match | None:
    """Depth first over the ties; symmetric branches succeed at once, so that the depth is the number of choices."""
    stack = [(colours, None)]
    while stack:
        current, choices = stack.pop()
        if choices is None:
            tie = current.tie()
            if tie is None:
                return current.as_match()
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
        own, other = trial.devices if kind == "device" else trial.nets
        own[mine] = other[yours] = -1
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
