"""Find the match of layout and netlist although a layout has more nodes than a schematic.

Where a schematic has one node, metal has a pad with a junction here, a resistor contact there and a line leaving at a
corner, with a tenth of a picohenry between them. Such short lines count as wires when the netlist shows none: as many
of the shortest as the layout has too many. Inductors that the netlist does show, however short, are sought in the
metal of the node where they belong.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, islice, pairwise, product

from sfqgen.verify.lvs.graph import SPECIAL, Device, Graph
from sfqgen.verify.lvs.match import Match, Seeds, leaf, match, port_seeds
from sfqgen.verify.lvs.reduce import reduced, without_short_lines

MOST_LIMITS = 24
"""Values of the shortest netlist inductor that still counts, tried one after the other."""
MOST_CHOICES_IN_NODE = 500
MOST_EXCHANGED, EXCHANGED_PH = 3, 0.6
"""So many lengths on both sides of the limit may be taken the other way, if they are that short."""
ALIKE = 1.003
"""Lines of the same cell, turned or mirrored, differ by less than this in their estimates."""
COARSE_PH = 1.5
"""Netlist inductors below this may be set aside at first and sought in the metal of their node afterwards."""
SLACK = 1.6
"""A drawn line that stands for a netlist inductor is at most so much longer than it."""


@dataclass(frozen=True)
class Alignment:
    """A match of both reduced sides.

    `pairs` are (layout device, netlist device); `nets` layout net to netlist net; `wires` the layout inductors taken
    for wires; `unseen` netlist inductors too short to be told from the metal of their node.
    """

    layout: Graph
    netlist: Graph
    pairs: tuple[tuple[Device, Device], ...]
    nets: dict[str, str]
    wires: tuple[str, ...]
    unseen: tuple[str, ...]


def align(layout: Graph, netlist: Graph, short: Short, *, by_names: bool, by_ports: bool) -> Alignment | None:
    """The match, or None. `by_names` holds labelled devices to their names, `by_ports` ports to theirs."""
    layout, netlist = reduced(layout), reduced(netlist)
    for limit in _limits(netlist):
        coarse, hidden = without_short_lines(netlist, limit)
        wired = _with_as_many_inductors(layout, coarse, max(short.wire_ph, SLACK * limit))
        if wired is None:
            continue
        drawn, wires = wired
        found = match(drawn, coarse, _seeds(drawn, coarse, by_names, by_ports))
        if found:
            aligned = _resolved(layout, netlist, drawn, coarse, found, wires, hidden, short)
            if aligned:
                return aligned
    for limit in (limit for limit in _limits(netlist) if limit < EXCHANGED_PH):
        coarse, hidden = without_short_lines(netlist, limit)
        for drawn, wires in _exchanged(layout, coarse, max(short.wire_ph, SLACK * limit)):
            found = match(drawn, coarse, _seeds(drawn, coarse, by_names, by_ports))
            if found and (aligned := _resolved(layout, netlist, drawn, coarse, found, wires, hidden, short)):
                return aligned
    return None


@dataclass(frozen=True)
class Short:
    """How short is short: a drawn line that may count as a wire, a netlist inductor that may have no metal, in pH."""

    wire_ph: float
    unseen_ph: float


def _limits(netlist: Graph) -> Iterator[float]:
    """Zero, then the middles of the widest gaps between the netlist's small inductances."""
    yield 0.0
    values = sorted({round(d.value, 3) for d in netlist.devices.values() if d.kind == "L" and d.value == d.value})
    small = [v for v in values if 0 < v < COARSE_PH]
    edges = [*small, *([values[len(small)]] if len(small) < len(values) else [2 * COARSE_PH])]
    gaps = sorted(((b / a, (a * b) ** 0.5) for a, b in pairwise(edges)), reverse=True)
    yield from (middle for _, middle in gaps[:MOST_LIMITS])


def _with_as_many_inductors(layout: Graph, netlist: Graph, short_ph: float) -> tuple[Graph, list[int]] | None:
    """The layout with as many of its shortest lines as wires as it has inductors too many; None if that fails."""
    for kind in "JR":
        if len(layout.of_kind(kind)) < len(netlist.of_kind(kind)):
            return None
    wanted = len(netlist.of_kind("L"))
    steps = [0.0, *sorted({d.value + 1e-6 for d in layout.devices.values() if d.kind == "L" and d.value < short_ph})]
    # The number falls as the limit rises, so that a bisection finds the first limit with few enough inductors.
    first = bisect_left(steps, -wanted, key=lambda limit: -len(without_short_lines(layout, limit)[0].of_kind("L")))
    if first == len(steps):
        return None
    drawn, wires = without_short_lines(layout, steps[first])
    return (drawn, wires) if len(drawn.of_kind("L")) == wanted else None


def _exchanged(layout: Graph, netlist: Graph, short_ph: float) -> Iterator[tuple[Graph, list[int]]]:
    """The choice of `_with_as_many_inductors` with equal wires and equal inductors near its limit exchanged.

    Lengths are estimates: of a wire of 0.5 pH and an inductor of 0.9 pH either may look the longer one. A cell that
    stands several times shows each of its lines as often, so that lines of one length are exchanged together.
    """
    chosen = _with_as_many_inductors(layout, netlist, short_ph)
    if chosen is None:
        return
    taken = set(chosen[1])
    wires = _alike(layout, taken)[::-1]
    kept = _alike(layout, (n for n in layout.of_kind("L") if n not in taken))
    for wire, line in product(wires[:MOST_EXCHANGED], kept[:MOST_EXCHANGED]):
        longest = min(EXCHANGED_PH, SLACK * layout.devices[wire[0]].value)
        if len(wire) == len(line) and layout.devices[line[0]].value < longest:
            others = [*(n for n in chosen[1] if n not in wire), *line]
            joined, _ = layout.merged((layout.devices[n].a, layout.devices[n].b) for n in others)
            drawn = reduced(joined)
            if len(drawn.of_kind("L")) == len(netlist.of_kind("L")):
                yield drawn, others


def _alike(graph: Graph, lines: Iterable[int]) -> list[list[int]]:
    """Lines in groups of nearly one length, shortest first."""
    groups: list[list[int]] = []
    for n in sorted(lines, key=lambda n: (graph.devices[n].value, n)):
        if groups and graph.devices[n].value < ALIKE * graph.devices[groups[-1][0]].value:
            groups[-1].append(n)
        else:
            groups.append([n])
    return groups


def _seeds(layout: Graph, netlist: Graph, by_names: bool, by_ports: bool) -> Seeds:
    devices: tuple[dict, dict] = ({}, {})
    if by_names:
        keys = [{n: _name_key(d) for n, d in graph.devices.items() if d.kind in "JR"} for graph in (layout, netlist)]
        ours, theirs = (Counter(side.values()) for side in keys)
        shared = {key for key in ours if ours[key] == theirs.get(key)}
        devices = tuple({n: key for n, key in side.items() if key in shared} for side in keys)
    return Seeds(port_seeds(layout, netlist, by_ports), devices)


def _name_key(device: Device) -> tuple:
    return device.kind, *sorted(leaf(name) for name in device.names)


def _resolved(layout: Graph, netlist: Graph, drawn: Graph, coarse: Graph, found: Match, wires: list[int],
              hidden: list[int], short: Short) -> Alignment | None:  # fmt: skip
    """The match with its small inductors found; None when too much would have to count as wire."""
    pairs = [(drawn.devices[n], coarse.devices[m]) for n, m in found.devices.items()]
    wired = [layout.devices[n] for n in wires]
    unseen: list[Device] = []
    if hidden:
        more, unseen = _inside_nodes(layout, netlist, drawn, coarse, found, short)
        pairs += more
        seen = {name for ours, _ in more for name in ours.names}
        wired = [device for device in wired if not seen & set(device.names)]
    if any(d.value >= short.wire_ph for d in wired) or any(d.value >= short.unseen_ph for d in unseen):
        return None
    return Alignment(drawn, coarse, tuple(pairs), dict(found.nets), _names(wired), _names(unseen))


def laid_over(layout: Graph, netlist: Graph, aligned: Alignment) -> tuple[Graph, Graph]:
    """Both whole graphs in normal form, the layout's with the wires that a match of their greater part found."""
    wires = set(aligned.wires)
    pairs = [(d.a, d.b) for d in layout.devices.values() if d.kind == "L" and wires & set(d.names)]
    return reduced(layout.merged(pairs)[0]), reduced(netlist)


def _names(devices: list[Device]) -> tuple[str, ...]:
    return tuple(name for device in devices for name in device.names)


def _inside_nodes(layout: Graph, netlist: Graph, drawn: Graph, coarse: Graph, found: Match,
                  short: Short) -> tuple[list[tuple[Device, Device]], list[Device]]:  # fmt: skip
    """Match the short netlist inductors within each node: a small comparison, what hangs on the node being known."""
    numbers = {m: n for n, m in found.devices.items()}
    ours = _Clusters(layout, drawn, {n: n for n in drawn.devices})
    theirs = _Clusters(netlist, coarse, numbers)
    pairs: list[tuple[Device, Device]] = []
    unseen: list[Device] = []
    for net, other in found.nets.items():
        wanted = theirs.inner(other)
        if not wanted:
            continue
        small = _match_small(ours.mini(net), theirs.mini(other), short)
        if small is None:
            unseen += wanted
        else:
            pairs += small
    return pairs, unseen


def _match_small(first: tuple[Graph, dict], second: tuple[Graph, dict],
                 short: Short) -> list[tuple[Device, Device]] | None:  # fmt: skip
    """Choose which lines of a node stand for the netlist's: the longest that fit."""
    (layout, layout_seeds), (netlist, netlist_seeds) = first, second
    layout, netlist = reduced(layout), reduced(netlist)
    seeds = Seeds((layout_seeds, netlist_seeds), ({}, {}))
    lines = sorted(layout.of_kind("L"), key=lambda n: -layout.devices[n].value)
    for kept in islice(combinations(lines, len(netlist.of_kind("L"))), MOST_CHOICES_IN_NODE):
        wires = [layout.devices[n] for n in lines if n not in kept]
        if any(wire.value >= short.wire_ph for wire in wires):
            continue
        drawn = reduced(layout.merged((wire.a, wire.b) for wire in wires)[0])
        found = match(drawn, netlist, seeds)
        if found:
            pairs = ((drawn.devices[n], netlist.devices[m]) for n, m in found.devices.items())
            return [(ours, theirs) for ours, theirs in pairs if ours.kind == "L"]
    return None


class _Clusters:
    """For each net of a coarse graph the part of the fine graph that collapsed into it."""

    def __init__(self, fine: Graph, coarse: Graph, identity: dict[int, int]) -> None:
        self.fine, self.identity = fine, identity
        owner = {member: n for n, device in coarse.devices.items() for member in device.members}
        self.owner = {n: owner.get(device.members[0]) for n, device in fine.devices.items()}
        self.nets = self._collapsed(coarse)

    def _collapsed(self, coarse: Graph) -> dict[str, set[str]]:
        """Coarse net to fine nets: those joined by inductors that have no owner in the coarse graph."""
        pairs = [(d.a, d.b) for n, d in self.fine.devices.items() if self.owner[n] is None]
        _, became = self.fine.merged(pairs)
        clusters: dict[str, set[str]] = defaultdict(set)
        for net, representative in became.items():
            clusters[representative].add(net)
        return clusters

    def inner(self, net: str) -> list[Device]:
        nets = self.nets.get(net, {net})
        return [d for n, d in self.fine.devices.items() if self.owner[n] is None and d.a in nets and d.b in nets
                and d.a != d.b]  # fmt: skip

    def mini(self, net: str) -> tuple[Graph, dict[str, object]]:
        """The cluster with every device that leaves it as a marked stub; the marks are seeds for its outer net."""
        nets = self.nets.get(net, {net})
        devices = list(self.inner(net))
        ports: dict[str, str] = {}
        seeds: dict[str, object] = {}
        for n, device in self.fine.devices.items():
            if self.owner[n] is None:
                continue
            for side, end in enumerate((device.a, device.b)):
                if end in nets:
                    outer = f"out {n} {side}"
                    devices.append(Device("J", end, outer, 0.0, device.names))
                    ports[outer] = outer
                    seeds[outer] = ("out", self.identity.get(self.owner[n]), device.kind)
        for special in (*SPECIAL, *self.fine.ports.values()):
            if special in nets:
                seeds[special] = "fixed"
                ports[special] = special
        return Graph.of(devices, ports), seeds
