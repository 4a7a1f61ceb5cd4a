"""One element at fault: leave out one after the other and see whether everything else matches.

Where that works it is the shortest explanation of a mismatch, and an exact one. Only for graphs small enough that the
many comparisons take a second or two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sfqgen.extract.recognise import RecognisedLayout
from sfqgen.netlist.circuit import GROUND, RAIL
from sfqgen.verify.lvs.align import Alignment, Short, align
from sfqgen.verify.lvs.graph import SPECIAL, Device, Graph
from sfqgen.verify.lvs.hints import dead_ends, device_pieces, label_place
from sfqgen.verify.lvs.reduce import reduced
from sfqgen.verify.lvs.result import Mismatch
from sfqgen.verify.lvs.similar import same_names

MOST_DEVICES = 150
WORDS = {"J": "junction", "L": "inductor", "R": "resistor"}


@dataclass(frozen=True)
class Trial:
    """Numbers of the layout and netlist devices left out: a pair that is misplaced, or one without a counterpart."""

    ours: int | None
    theirs: int | None


def single_culprit(layout: Graph, netlist: Graph, found: RecognisedLayout,
                   short: Short) -> tuple[list[Mismatch], Alignment] | None:  # fmt: skip
    """The one element that is misplaced, missing or too many, and the match of the rest; None when it is not one."""
    if len(layout.devices) + len(netlist.devices) > 2 * MOST_DEVICES:
        return None
    return convicted(([trial] for trial in _trials(layout, netlist)), layout, netlist, found, short)


def convicted(trials: Iterable[list[Trial]], layout: Graph, netlist: Graph, found: RecognisedLayout,
              short: Short) -> tuple[list[Mismatch], Alignment] | None:  # fmt: skip
    """The first set of elements without which everything else matches, in words, and that match."""
    for trial in trials:
        rest = (without(layout, [t.ours for t in trial]), without(netlist, [t.theirs for t in trial]))
        aligned = align(*rest, short, by_names=True, by_ports=True)
        if aligned:
            return [_told(each, layout, netlist, aligned, found) for each in trial], aligned
    return None


def _trials(layout: Graph, netlist: Graph) -> Iterator[Trial]:
    """Named devices on both sides, then one of the netlist, then one of the layout."""
    named = same_names(layout, netlist)
    surplus = {k: len(layout.of_kind(k)) - len(netlist.of_kind(k)) for k in "JLR"}
    if surplus["J"] == 0 == surplus["R"]:
        for n, m in sorted(named.items()):
            yield Trial(n, m)
        yield from (Trial(None, m) for m in sorted(netlist.of_kind("L")))
        yield from (Trial(n, None) for n in sorted(layout.of_kind("L")))
    for kind in "JR":
        if surplus[kind] < 0:
            yield from (Trial(None, m) for m in sorted(netlist.of_kind(kind)) if m not in named.values())
        elif surplus[kind] > 0:
            yield from (Trial(n, None) for n in sorted(layout.of_kind(kind)) if n not in named)


def without(graph: Graph, numbers: list[int | None]) -> Graph:
    """A reduced copy with some devices left out."""
    rest = graph.copy()
    for number in numbers:
        if number is not None:
            rest.remove(number)
    return reduced(rest)


def _told(trial: Trial, layout: Graph, netlist: Graph, aligned: Alignment, found: RecognisedLayout) -> Mismatch:
    words = Nodes(aligned, layout, netlist)
    if trial.theirs is None:
        ours = layout.devices[trial.ours]
        ends = f"{words.drawn(ours.a)} and {words.drawn(ours.b)}"
        if ours.kind == "L" and words.drawn(ours.a) == words.drawn(ours.b):
            text = f"metal bridges {words.drawn(ours.a)}"
            return Mismatch("extra", words.element_at(ours), text, *place_of(found, ours))
        if ours.kind == "L":
            text = f"metal joins {ends} by about {ours.value:.2g} pH, which the netlist does not"
            return Mismatch("extra", words.element_at(ours), text, *place_of(found, ours))
        text = f"{WORDS[ours.kind]} that the netlist does not have, between {ends}"
        return Mismatch("extra", ours.name, text, *place_of(found, ours))
    theirs = netlist.devices[trial.theirs]
    if trial.ours is None:
        text = f"{WORDS[theirs.kind]} between {words.node(theirs.a)} and {words.node(theirs.b)} is not drawn"
        place = label_place(found, theirs)
        if theirs.kind == "L":
            text += dead_ends(found, words.pieces_at(theirs, found))
        return Mismatch("missing", theirs.name, text, *(place or (None, None)))
    ours = layout.devices[trial.ours]
    wrong = words.wrong_ends(ours, theirs)
    text = "; ".join(f"an end is on {words.drawn(x)} instead of {words.node(y)}" for x, y in wrong)
    return Mismatch("node", theirs.name, text, *place_of(found, ours))


def place_of(found: RecognisedLayout, ours: Device) -> tuple[float | None, float | None]:
    return next((found.places[name] for name in ours.names if name in found.places), (None, None))


class Nodes:
    """Nets of both sides in words, given a match of most of them."""

    def __init__(self, aligned: Alignment, layout: Graph, netlist: Graph) -> None:
        self.layout, self.netlist = layout, netlist
        self.nets = aligned.nets | {net: net for net in SPECIAL}
        self.back = {b: a for a, b in self.nets.items()}
        self.twin = {name: theirs.name for ours, theirs in aligned.pairs for name in (*ours.names, *ours.leads)}

    def node(self, net: str) -> str:
        """A netlist net: its port or ground, else elements on it."""
        if net in SPECIAL:
            return {GROUND: "ground", RAIL: "the bias rail"}[net]
        ports = [port for port, at in self.netlist.ports.items() if at == net]
        on = sorted(self.netlist.devices[m].names[0] for m in self.netlist.at[net])
        return f"port {ports[0]}" if ports else f"node {net} ({', '.join(on[:4])})"

    def drawn(self, net: str) -> str:
        """A layout net: the netlist net that it is, else the element that passes through it."""
        if net in self.nets:
            return self.node(self.nets[net])
        through = self._through(net)
        return f"the metal of {' and '.join(through[:2])}" if through else "a node of its own"

    def _through(self, net: str) -> list[str]:
        return sorted({self.twin[name] for n in self.layout.at[net] for name in self.layout.devices[n].names
                       if name in self.twin})  # fmt: skip

    def wrong_ends(self, ours: Device, theirs: Device) -> list[tuple[str, str]]:
        straight, crossed = [(ours.a, theirs.a), (ours.b, theirs.b)], [(ours.a, theirs.b), (ours.b, theirs.a)]
        ends = max((straight, crossed), key=lambda pairs: sum(self.nets.get(x) == y for x, y in pairs))
        return [(x, y) for x, y in ends if self.nets.get(x) != y] or ends

    def element_at(self, ours: Device) -> str:
        """Layout inductors have no names of their own: the first element of each node that this one joins."""
        names = []
        for net in (ours.a, ours.b):
            if net in SPECIAL:
                continue
            on = sorted(self.netlist.devices[m].names[0] for m in self.netlist.at[self.nets.get(net, "")])
            names += (on if net in self.nets else self._through(net))[:1]
        return ", ".join(dict.fromkeys(names))

    def pieces_at(self, theirs: Device, found: RecognisedLayout) -> set[int]:
        """Metal pieces of the devices on both nets of a netlist element that is not drawn."""
        pieces: set[int] = set()
        for net in (theirs.a, theirs.b):
            at = self.back.get(net)
            if at and at not in SPECIAL:
                for n in self.layout.at.get(at, ()):
                    pieces |= device_pieces(found, self.layout.devices[n])
        return pieces
