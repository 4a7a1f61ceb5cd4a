"""Two graphs that do not match laid over each other: shorts, opens, misplaced, missing and extra devices in words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sfqgen.extract.recognise import RecognisedLayout
from sfqgen.netlist.circuit import GROUND, RAIL
from sfqgen.verify.lvs.culprit import WORDS, Trial
from sfqgen.verify.lvs.graph import SPECIAL, Device, Graph
from sfqgen.verify.lvs.hints import dead_ends, device_pieces, label_place
from sfqgen.verify.lvs.reduce import without_short_lines
from sfqgen.verify.lvs.result import Mismatch
from sfqgen.verify.lvs.similar import same_names, similar_nets

MOST_LIMITS = 10
MOST_SUSPECTS = 12


@dataclass
class Overlay:
    """One attempt to lay the two reduced graphs over each other: nets, and the devices that fit."""

    layout: Graph
    netlist: Graph
    nets: dict[str, str]
    fits: dict[int, int]

    @property
    def misfits(self) -> int:
        return len(self.layout.devices) + len(self.netlist.devices) - 2 * len(self.fits)


def overlays(layout: Graph, netlist: Graph, short_ph: float):
    """Attempts with more and more of the layout's short lines as wires."""
    small = sorted({round(d.value, 2) for d in layout.devices.values() if d.kind == "L" and d.value < short_ph})
    step = max(1, -(-len(small) // MOST_LIMITS))
    for limit in [0.0, *(value + 0.006 for value in small[::step])]:
        drawn, _ = without_short_lines(layout, limit)
        nets = similar_nets(drawn, netlist)
        yield Overlay(drawn, netlist, nets, _fits(drawn, netlist, nets))


def _fits(layout: Graph, netlist: Graph, nets: dict[str, str]) -> dict[int, int]:
    """Layout device to netlist device of the same kind between the same nets, equal names first."""
    places: dict[tuple, list[int]] = defaultdict(list)
    for m, device in netlist.devices.items():
        places[device.kind, frozenset((device.a, device.b))].append(m)
    named = same_names(layout, netlist)
    fits: dict[int, int] = {}
    for wanted_name in (True, False):
        for n, device in layout.devices.items():
            key = device.kind, frozenset((nets.get(device.a, ""), nets.get(device.b, "")))
            free = [m for m in places.get(key, []) if not wanted_name or named.get(n) == m]
            if n not in fits and free:
                fits[n] = free[0]
                places[key].remove(free[0])
    return fits


class Report:
    """What the best overlay says, in words."""

    def __init__(self, view: Overlay, found: RecognisedLayout) -> None:
        self.view, self.found = view, found
        self.mismatches: list[Mismatch] = []
        self.layout = {n: d for n, d in view.layout.devices.items() if n not in view.fits}
        taken = set(view.fits.values())
        self.netlist = {m: d for m, d in view.netlist.devices.items() if m not in taken}
        self.back = {other: net for net, other in view.nets.items()}
        self.named = same_names(view.layout, view.netlist)
        self.moved: list[tuple[int, int]] = []

    def tell(self) -> None:
        self.shorts_and_opens()
        self.misplaced()
        self.lost = sorted(self.netlist)
        self.surplus = sorted(self.layout)
        self.missing()
        self.extra()

    def suspects(self, layout: Graph) -> Iterator[list[Trial]]:
        """Sets of devices that may be all that is wrong: what has no counterpart, together and one by one; then
        what is misplaced. Numbers of the layout as it was before short lines became wires."""
        number = {device.names: n for n, device in layout.devices.items()}
        surplus = [number[d.names] for n in self.surplus if (d := self.view.layout.devices[n]).names in number]
        alone = [Trial(None, m) for m in self.lost] + [Trial(n, None) for n in surplus]
        if 1 < len(alone) <= MOST_SUSPECTS:
            yield alone
        yield from ([trial] for trial in alone[:MOST_SUSPECTS])
        for n, m in self.moved[:MOST_SUSPECTS]:
            names = self.view.layout.devices[n].names
            if names in number:
                yield [Trial(number[names], m)]

    def say(self, kind: str, element: str, text: str, place: tuple[float, float] | None) -> None:
        self.mismatches.append(Mismatch(kind, element, text, *(place or (None, None))))

    def place(self, device: Device) -> tuple[float, float] | None:
        return next((self.found.places[name] for name in device.names if name in self.found.places), None)

    def node(self, net: str) -> str:
        """A netlist net in words: its port or ground, else some of the elements on it."""
        if net == GROUND:
            return "ground"
        if net == RAIL:
            return "the bias rail"
        ports = [port for port, at in self.view.netlist.ports.items() if at == net]
        if ports:
            return f"port {ports[0]}"
        return f"node {net} ({', '.join(self._on(net)[:4])})"

    def _on(self, net: str) -> list[str]:
        """Netlist elements on a netlist net."""
        return sorted(self.view.netlist.devices[m].names[0] for m in self.view.netlist.at[net])

    def drawn(self, net: str) -> str:
        """A layout net in words: the netlist net that it is, else some of its elements or its place."""
        if net in self.view.nets:
            return self.node(self.view.nets[net])
        on = sorted(name for n in self.view.layout.at[net] for name in self.view.layout.devices[n].names
                    if self.view.layout.devices[n].kind != "L")  # fmt: skip
        return f"a separate node ({', '.join(on[:4])})" if on else "a separate node"

    def shorts_and_opens(self) -> None:
        """Netlist nets that share one layout net, and layout nets that share one netlist net, by where devices are."""
        votes: dict[str, Counter] = defaultdict(Counter)
        swallowed = self._swallowed()
        for n, m in (self.named or self.view.fits).items():
            for net, other in self._ends(self.view.layout.devices[n], self.view.netlist.devices[m]):
                votes[net][other] += 1
        for net, counter in sorted(votes.items()):
            home = self.view.nets.get(net)
            others = [o for o, _ in counter.most_common() if o not in self.back and home is not None and o != home]
            others = [o for o in others if {home, o} not in swallowed]
            if others:
                self._short(net, home, others)
        for net, counter in sorted(votes.items()):
            if net not in self.view.nets and net not in SPECIAL:
                self._open(net, counter.most_common(1)[0][0])

    def _ends(self, ours: Device, theirs: Device) -> list[tuple[str, str]]:
        """Ends that belong together: those whose nets agree first."""
        straight = [(ours.a, theirs.a), (ours.b, theirs.b)]
        crossed = [(ours.a, theirs.b), (ours.b, theirs.a)]
        return max((straight, crossed), key=lambda pairs: sum(self.view.nets.get(x) == y for x, y in pairs))

    def _short(self, net: str, home: str, others: list[str]) -> None:
        one = {home, *others}
        lost = [m for m, d in self.netlist.items() if {d.a, d.b} <= one]
        names = ", ".join(self.netlist[m].name for m in lost) or ", ".join(self._on(others[0])[:3])
        text = f"shorted: {' and '.join(self.node(n) for n in (home, *others))} are one node"
        on = [self.view.layout.devices[n] for n in sorted(self.view.layout.at[net])]
        places = [p for d in on if (p := self.place(d))]
        self.say("short", names, text, places[0] if places and net not in SPECIAL else None)
        for m in lost:
            del self.netlist[m]
        self.layout = {n: d for n, d in self.layout.items() if d.a != d.b}
        self.back |= dict.fromkeys(others, net)
        self._fit_again(dict.fromkeys(others, home))

    def _fit_again(self, same: dict[str, str]) -> None:
        """Let devices fit that were held apart only by two netlist nets that the layout joins."""
        for m, theirs in list(self.netlist.items()):
            wanted = frozenset(same.get(x, x) for x in (theirs.a, theirs.b))
            for n, ours in list(self.layout.items()):
                nets = frozenset(same.get(y, y) for y in (self.view.nets.get(x, "") for x in (ours.a, ours.b)))
                if ours.kind == theirs.kind and nets == wanted:
                    del self.netlist[m], self.layout[n]
                    break

    def _open(self, net: str, wanted: str) -> None:
        devices = [self.view.layout.devices[n] for n in self.view.layout.at[net]]
        hard = [d for d in devices if d.kind != "L"]
        if not hard or wanted in SPECIAL:
            return
        if len(hard) == 1 and len(devices) == 1:
            return  # a single end is better told as a misplaced device
        names = ", ".join(d.name for d in hard)
        self.say("open", hard[0].name, f"open: {names} should be on {self.node(wanted)} but hang on a node of their own"
                 + dead_ends(self.found, self._pieces_of(devices)), self.place(hard[0]))  # fmt: skip
        same = {net: wanted}
        for m, theirs in list(self.netlist.items()):
            for n, ours in list(self.layout.items()):
                nets = frozenset(same.get(x, self.view.nets.get(x, "")) for x in (ours.a, ours.b))
                if ours.kind == theirs.kind and nets == frozenset((theirs.a, theirs.b)):
                    del self.netlist[m], self.layout[n]
                    break

    def misplaced(self) -> None:
        """Unmatched devices of both sides that are the same by name, or by one end and kind: say which end is wrong."""
        for n, ours in list(self.layout.items()):
            m = self.named.get(n)
            if m is None or m not in self.netlist:
                m = self._by_one_end(ours)
            if m is None:
                continue
            theirs = self.netlist.pop(m)
            del self.layout[n]
            self.moved.append((n, m))
            self._wrong_ends(ours, theirs)

    def _by_one_end(self, ours: Device) -> int | None:
        """The netlist device of the same kind that shares an end with this one, the nearest in value."""
        best: tuple[float, int] | None = None
        for m, theirs in self.netlist.items():
            if theirs.kind != ours.kind:
                continue
            shared = {self.view.nets.get(ours.a), self.view.nets.get(ours.b)} & {theirs.a, theirs.b}
            if not shared or (shared <= set(SPECIAL) and ours.kind == "L"):
                continue
            apart = abs(ours.value / theirs.value - 1) if theirs.value and theirs.value == theirs.value else 0.5
            if best is None or (apart, m) < best:
                best = (apart, m)
        return best[1] if best else None

    def _wrong_ends(self, ours: Device, theirs: Device) -> None:
        wrong = [(x, y) for x, y in self._ends(ours, theirs) if self.view.nets.get(x) != y]
        told = []
        for x, y in wrong or [(ours.a, theirs.a)]:
            told.append(f"an end is on {self.drawn(x)} instead of {self.node(y)}")
        self.say("node", theirs.name, "; ".join(told), self.place(ours))

    def missing(self) -> None:
        """Netlist devices without a counterpart; not those that a resistor swallowed because a line beyond is cut."""
        swallowed = self._swallowed()
        for theirs in self.netlist.values():
            if theirs.kind == "L" and {theirs.a, theirs.b} in swallowed:
                continue
            text = f"{WORDS[theirs.kind]} between {self.node(theirs.a)} and {self.node(theirs.b)} is not drawn"
            if theirs.kind == "L":
                text += dead_ends(self.found, self._pieces_on(theirs))
            self.say("missing", theirs.name, text, label_place(self.found, theirs))

    def _swallowed(self) -> list[set[str]]:
        """Pairs of netlist nets between which an inductor became part of a resistor's lead.

        That happens when everything else on the resistor's node is cut off: the rest of the node is then no node.
        """
        spans = []
        for n, m in self.named.items():
            ours, theirs = self.view.layout.devices[n], self.view.netlist.devices[m]
            if ours.kind != "R":
                continue
            for x, y in self._ends(ours, theirs):
                home = self.view.nets.get(x)
                if home in (y, None) or y in SPECIAL:
                    continue
                others = [k for k in self.view.netlist.at[y] if k != m and home not in (
                    self.view.netlist.devices[k].a, self.view.netlist.devices[k].b)]  # fmt: skip
                if others and all(k in self.netlist and self.netlist[k].kind == "L" for k in others):
                    spans.append({home, y})
        return spans

    def extra(self) -> None:
        for ours in self.layout.values():
            ends = f"{self.drawn(ours.a)} and {self.drawn(ours.b)}"
            if ours.kind == "L":
                text = f"metal joins {ends} by about {ours.value:.2g} pH, which the netlist does not"
            else:
                text = f"{WORDS[ours.kind]} that the netlist does not have, between {ends}"
            self.say("extra", ours.name if ours.kind != "L" else self._names_at(ours), text, self.place(ours))

    def _names_at(self, ours: Device) -> str:
        """Layout inductors have no names of their own: the first element of each node that this one joins."""
        names = []
        for net in (ours.a, ours.b):
            if net not in SPECIAL and net in self.view.nets:
                names += self._on(self.view.nets[net])[:1]
        return ", ".join(dict.fromkeys(names))

    def _pieces_of(self, devices: list[Device]) -> set[int]:
        return set().union(*(device_pieces(self.found, device) for device in devices))

    def _pieces_on(self, theirs: Device) -> set[int]:
        """Metal pieces on both sides of a netlist inductor that is not drawn."""
        pieces: set[int] = set()
        for net in (theirs.a, theirs.b):
            at = self.back.get(net)
            if at and at not in SPECIAL:
                pieces |= self._pieces_of([self.view.layout.devices[n] for n in self.view.layout.at[at]])
        return pieces
