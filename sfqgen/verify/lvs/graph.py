"""The graph that both sides of a comparison become: two-terminal devices between nets.

Kinds: "J" junction, "L" inductor, "R" resistor. Nets are lower-case names; "0" is ground, "vdd" the bias rail. A device
that was joined from several keeps all their names in order, and in `leads` the inductors that vanished into it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sfqgen.netlist.circuit import GROUND, RAIL

SPECIAL = (GROUND, RAIL)


@dataclass(frozen=True, slots=True)
class Device:
    """`value` is Ic in uA, L in pH or R in ohm; NaN where the side does not say. `members` are numbers of `Graph`.

    `apart` keeps a resistor from being joined with one beside it. `loop_ph` is the inductance around the largest loop
    that parallel inductors formed here.
    """

    kind: str
    a: str
    b: str
    value: float
    names: tuple[str, ...]
    leads: tuple[str, ...] = ()
    members: tuple[int, ...] = ()
    apart: bool = False
    loop_ph: float = 0.0

    @property
    def name(self) -> str:
        return " + ".join(self.names)

    def other(self, net: str) -> str:
        return self.b if net == self.a else self.a


@dataclass
class Graph:
    """Devices by number, with the nets that must survive a reduction in `ports` (port name: net)."""

    devices: dict[int, Device] = field(default_factory=dict)
    ports: dict[str, str] = field(default_factory=dict)
    at: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    gone: list[Device] = field(default_factory=list)  # dead ends and loops that were dropped
    count: int = 0

    @classmethod
    def of(cls, devices: Iterable[Device], ports: dict[str, str]) -> Graph:
        graph = cls(ports=dict(ports))
        for device in devices:
            graph.add(replace(device, members=(graph.count,)))
        return graph

    def add(self, device: Device) -> int:
        number = self.count
        self.devices[number] = device
        self.at[device.a].add(number)
        self.at[device.b].add(number)
        self.count += 1
        return number

    def remove(self, number: int) -> Device:
        device = self.devices.pop(number)
        self.at[device.a].discard(number)
        self.at[device.b].discard(number)
        return device

    def copy(self) -> Graph:
        at: dict[str, set[int]] = defaultdict(set)
        for net, numbers in self.at.items():
            if numbers:
                at[net] = set(numbers)
        return Graph(dict(self.devices), dict(self.ports), at, list(self.gone), self.count)

    @property
    def fixed(self) -> set[str]:
        """Nets with a meaning of their own: ground, rail, ports."""
        return {*SPECIAL, *self.ports.values()}

    def nets(self) -> list[str]:
        return [net for net, numbers in self.at.items() if numbers]

    def of_kind(self, kind: str) -> list[int]:
        return [n for n, device in self.devices.items() if device.kind == kind]

    def merged(self, pairs: Iterable[tuple[str, str]]) -> tuple[Graph, dict[str, str]]:
        """A copy with those nets joined, and for every net the one that it became.

        Two fixed nets are never joined; a fixed net gives its name to the others.
        """
        fixed = self.fixed
        parent: dict[str, str] = {}

        def root(net: str) -> str:
            while parent.get(net, net) != net:
                net = parent[net]
            return net

        for a, b in pairs:
            a, b = root(a), root(b)
            if a != b and not (a in fixed and b in fixed):
                keep, drop = (b, a) if b in fixed else (a, b) if a in fixed else (min(a, b), max(a, b))
                parent[drop] = keep
        result = Graph(ports={p: root(n) for p, n in self.ports.items()}, gone=list(self.gone), count=self.count)
        for number, device in self.devices.items():
            moved = replace(device, a=root(device.a), b=root(device.b))
            result.devices[number] = moved
            result.at[moved.a].add(number)
            result.at[moved.b].add(number)
        return result, {net: root(net) for net in self.nets()}
