"""Superconducting loops of metal that the netlist does not have: lines that part and meet again.

A bridge between two lines of the same node changes no connection, but it closes a loop that traps flux and carries
circulating current. Loops through ground are every cell's business and are not looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sfqgen.extract.recognise import RecognisedLayout
from sfqgen.verify.lvs.graph import SPECIAL, Device, Graph
from sfqgen.verify.lvs.reduce import reduced
from sfqgen.verify.lvs.result import Mismatch

MOST_TOLD = 5


@dataclass(frozen=True)
class Loop:
    """`l_ph` around the loop, its inductors and the nets that it passes."""

    l_ph: float
    devices: tuple[Device, ...]
    nets: frozenset[str]


def closed_loops(layout: Graph, netlist: Graph, pairs: Sequence[tuple[Device, Device]], found: RecognisedLayout,
                 least_ph: float) -> list[Mismatch]:  # fmt: skip
    """A mismatch for each loop above the limit, when the layout has more of them than the netlist."""
    drawn = [loop for loop in find_loops(layout) if loop.l_ph > least_ph]
    if len(drawn) <= len(find_loops(netlist)):
        return []
    names = {name: theirs.names[0] for ours, theirs in pairs for name in (*ours.names, *ours.leads)}
    mismatches = []
    for loop in sorted(drawn, key=lambda one: -one.l_ph)[:MOST_TOLD]:
        on = sorted({names[n] for d in _touching(reduced(layout), loop) for n in d.names if n in names})
        text = f"a superconducting loop of about {loop.l_ph:.1f} pH that the netlist does not have"
        mismatches.append(Mismatch("loop", ", ".join(on[:4]), text, *_place(loop, found)))
    return mismatches


def find_loops(graph: Graph) -> list[Loop]:
    """The loops of inductors: one for each line beyond a spanning tree, which takes the smallest first."""
    small = reduced(graph)
    loops = [Loop(d.value, (d,), frozenset((d.a,))) for d in small.gone if d.a == d.b]
    loops += [Loop(d.loop_ph, (d,), frozenset((d.a, d.b))) for d in small.devices.values() if d.loop_ph]
    lines = [d for d in small.devices.values() if d.kind == "L" and not {d.a, d.b} & set(SPECIAL)]
    tree: dict[str, list[Device]] = defaultdict(list)
    parent: dict[str, str] = {}

    def root(net: str) -> str:
        while parent.get(net, net) != net:
            net = parent[net]
        return net

    for line in sorted(lines, key=lambda d: (d.value != d.value, d.value)):
        a, b = root(line.a), root(line.b)
        if a != b:
            parent[a] = b
            tree[line.a].append(line)
            tree[line.b].append(line)
        else:
            way = _way(tree, line.a, line.b)
            nets = frozenset(net for d in way for net in (d.a, d.b))
            loops.append(Loop(line.value + sum(d.value for d in way), (line, *way), nets))
    return loops


def _way(tree: dict[str, list[Device]], start: str, end: str) -> list[Device]:
    """The devices from one net to another along a tree."""
    came: dict[str, Device | None] = {start: None}
    frontier = [start]
    while frontier:
        net = frontier.pop()
        for device in tree[net]:
            other = device.other(net)
            if other not in came:
                came[other] = device
                frontier.append(other)
    way, net = [], end
    while (device := came[net]) is not None:
        way.append(device)
        net = device.other(net)
    return way


def _touching(graph: Graph, loop: Loop) -> list[Device]:
    return [graph.devices[n] for net in sorted(loop.nets) for n in sorted(graph.at.get(net, ()))]


def _place(loop: Loop, found: RecognisedLayout) -> tuple[float, float]:
    name = loop.devices[0].names[0]
    if name.startswith("loop "):
        return found.loops[int(name.split()[1]) - 1].place
    return next(found.places[n] for n in (*loop.devices[0].leads, *loop.devices[0].names) if n in found.inductors)
