"""The layout in the schematic's terms: short lines that the schematic has none for become wires.

A pad with a junction, a contact and two lines is one node in a schematic and several in the metal. A field solver can
tell the few picohenries between two devices of such a node only where a current can flow through them alone; it needs
the schematic's nodes to give values to the schematic's inductors.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from sfqgen.extract.lines import DrawnInductor
from sfqgen.extract.recognise import RecognisedLayout
from sfqgen.netlist.circuit import GROUND, RAIL, Circuit, Inductor
from sfqgen.verify.lvs.graph import Device
from sfqgen.verify.lvs.result import LvsResult


def without_wires(found: RecognisedLayout, result: LvsResult) -> RecognisedLayout:
    """A recognised layout whose inductors are those of the netlist that it matched, series pieces joined.

    `result` is a comparison of `found` whose connections match. Raises ValueError otherwise.
    """
    if result.alignment is None:
        raise ValueError("without_wires needs a comparison whose connections match")
    node = _joined_nodes(found, result.alignment.wires)
    lines = _joined_lines(found, [ours for ours, _ in result.alignment.pairs], set(result.alignment.wires))
    kept = {name: line for name, line in lines.items() if node[found.nodes[line.a]] != node[found.nodes[line.b]]}
    elements = []
    for element in found.circuit:
        if isinstance(element, Inductor):
            if element.name not in kept:
                continue
            line = kept[element.name]
            plus, minus = node[found.nodes[line.a]], node[found.nodes[line.b]]
            elements.append(Inductor(element.name, plus, minus, round(line.l_ph, 4)))
        else:
            elements.append(replace(element, plus=node[element.plus], minus=node[element.minus]))
    ports = {label: node[at] for label, at in found.ports.items()}
    pins = tuple(dict.fromkeys(node[port] for port in found.circuit.ports))
    gone = set(found.inductors) - set(kept)
    return replace(
        found, circuit=Circuit(found.circuit.name, pins, tuple(elements)), inductors=kept, ports=ports,
        places={name: place for name, place in found.places.items() if name not in gone},
        nodes={number: node[name] for number, name in found.nodes.items()},
    )  # fmt: skip


def _joined_nodes(found: RecognisedLayout, wires: tuple[str, ...]) -> dict[str, str]:
    """Every node to the name that stands for it: ground, rail or port before others, else the first."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.get(name, name) != name:
            name = parent[name]
        return name

    rank = {name: n for n, name in enumerate((GROUND, RAIL, *found.circuit.ports))}
    for wire in wires:
        a, b = (root(found.nodes[n]) for n in (found.inductors[wire].a, found.inductors[wire].b))
        if a != b:
            keep, drop = sorted((a, b), key=lambda name: (rank.get(name, len(rank)), name))
            parent[drop] = keep
    return {name: root(name) for name in found.nodes.values()}


def _joined_lines(found: RecognisedLayout, devices: list[Device], wires: set[str]) -> dict[str, DrawnInductor]:
    """The layout's inductors without the wires, each series of a matched device as one under its first name."""
    lines = {name: line for name, line in found.inductors.items() if name not in wires}
    for device in devices:
        if device.kind == "L" and len(device.names) > 1 and not device.loop_ph:
            chain = [lines.pop(name) for name in device.names]
            lines[device.names[0]] = _chained(chain)
    return lines


def _chained(chain: list[DrawnInductor]) -> DrawnInductor:
    """One inductor from the pieces of a series; its ends are the nodes that occur once."""
    times: dict[int, int] = defaultdict(int)
    for line in chain:
        times[line.a] += 1
        times[line.b] += 1
    ends = [n for n, count in times.items() if count == 1]
    a, b = ends if len(ends) == 2 else (chain[0].a, chain[-1].b)
    longest = max(chain, key=lambda line: line.length_um)
    return DrawnInductor(a, b, sum(line.l_ph for line in chain), longest.place, 0.0,
                         tuple(arm for line in chain for arm in line.arms))  # fmt: skip
