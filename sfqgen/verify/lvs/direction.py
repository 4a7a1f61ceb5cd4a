"""Which way each drawn inductor runs in the schematic: currents and coupling factors have a sign.

A matched pair may be several inductors in series on either side, and the ends of a line are numbered by place in the
layout and by the designer in the schematic. Both series are walked from the ends that correspond.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sfqgen.netlist.circuit import GROUND, RAIL
from sfqgen.verify.lvs.align import Alignment
from sfqgen.verify.lvs.graph import Device, Graph


@dataclass(frozen=True, slots=True)
class Counterpart:
    """The schematic inductors (in series) that a drawn one belongs to; `sign` against the first of them, 1 or -1."""

    names: tuple[str, ...]
    sign: int


def counterparts(layout: Graph, netlist: Graph, aligned: Alignment) -> dict[str, Counterpart]:
    """By layout inductor. `layout` and `netlist` are the sides before anything was joined, one device per element."""
    ours = _Walker(layout, aligned.wires)
    theirs = _Walker(netlist, aligned.unseen)
    found: dict[str, Counterpart] = {}
    for mine, other in aligned.pairs:
        for drawn, names, start, there in _series(mine, other, aligned.nets):
            signs, other_signs = ours.signs(drawn, start), theirs.signs(names, there)
            for name in drawn:
                found[name] = Counterpart(names, signs[name] * other_signs[names[0]])
    return found


def _series(mine: Device, other: Device, nets: Mapping[str, str]):
    """(layout inductors, schematic inductors, net where the first series starts, net where the second does)."""
    if other.kind == "L":
        start = mine.a if nets.get(mine.a) == other.a else mine.b
        yield mine.names, other.names, start, other.a
    elif mine.leads and other.leads and other.kind == "J" and GROUND in (other.a, other.b):
        yield mine.leads, other.leads, GROUND, GROUND
    elif mine.leads and other.leads and RAIL in (mine.a, mine.b) and RAIL in (other.a, other.b):
        yield mine.leads, other.leads, mine.other(RAIL), other.other(RAIL)


class _Walker:
    """Walks along inductors of one side; `wires` are inductors whose ends count as one node."""

    def __init__(self, graph: Graph, wires: Sequence[str]) -> None:
        self._ends = {d.names[0]: (d.a, d.b) for d in graph.devices.values() if len(d.names) == 1}
        self._parent: dict[str, str] = {}
        for wire in wires:
            a, b = (self._root(net) for net in self._ends.get(wire, ("", "")))
            if a != b:
                self._parent[b] = a

    def _root(self, net: str) -> str:
        while net in self._parent:
            net = self._parent[net]
        return net

    def signs(self, names: Sequence[str], start: str) -> dict[str, int]:
        """1 for each inductor that is passed from its first to its second node, -1 for the others."""
        at, left, signs = self._root(start), list(names), dict.fromkeys(names, 1)
        while left:
            step = next((name for name in left if at in self._roots(name)), None)
            if step is None:
                return signs
            a, b = self._roots(step)
            signs[step] = 1 if a == at else -1
            at = b if a == at else a
            left.remove(step)
        return signs

    def _roots(self, name: str) -> tuple[str, str]:
        a, b = self._ends.get(name, ("", ""))
        return self._root(a), self._root(b)
