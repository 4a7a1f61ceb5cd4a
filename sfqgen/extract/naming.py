"""Names of recognised elements and nodes: from labels where drawn, otherwise counted from bottom left."""

from __future__ import annotations

from collections.abc import Mapping

from sfqgen.extract.cut import Cut, Node
from sfqgen.extract.labels import Labels
from sfqgen.extract.lines import DrawnInductor
from sfqgen.netlist.circuit import GROUND, RAIL


def element_names(letter: str, found: Mapping[int, tuple[str, str, float, float]]) -> dict[int, str]:
    """Circuit names for elements given as number: (label, scope of the label, x, y).

    A junction's port label loses its J (`J1` is `B1`); a label inside an instance gets that instance behind it
    (`B1|X2`). Elements without a label take the numbers that are free.
    """
    names: dict[int, str] = {}
    taken: dict[str, int] = {}
    order = sorted(found, key=lambda n: (found[n][3], found[n][2], n))
    for n in order:
        label, scope, _, _ = found[n]
        if label:
            names[n] = _free(_spelt(letter, label) + (f"|{scope}" if scope else ""), taken)
    number = 0
    for n in order:
        if n not in names:
            number += 1
            while f"{letter}{number}".lower() in taken:
                number += 1
            names[n] = _free(f"{letter}{number}", taken)
    return names


def _spelt(letter: str, label: str) -> str:
    if letter == "B":
        return "B" + label[1:]
    return label if label.upper().startswith(letter) else f"{letter}_{label}"


def _free(name: str, taken: dict[str, int]) -> str:
    """The name, or with _2, _3 ... behind it; `taken` counts how often each was asked for."""
    candidate = name
    while candidate.lower() in taken:
        taken[name.lower()] += 1
        candidate = f"{name}_{taken[name.lower()]}"
    taken[candidate.lower()] = 1
    return candidate


def node_names(pieces: Cut, labels: Labels, lines: list[DrawnInductor]) -> tuple[dict[Node, str], dict[str, str]]:
    """Name of every node that something connects to, and for every port and pin label the name of its node.

    A pin's name (`a`) goes before the port label at the same node (`P1`); other nodes are n1, n2, ... from bottom
    left. Bias entries (`PB1`) name no node.
    """
    names: dict[Node, str] = {pieces.ground: GROUND, pieces.rail: RAIL}
    taken = {GROUND: 1, RAIL: 1}
    plain = [pin.name for pin in labels.pins] + [port.name for port in labels.of_kind("pin")]
    for label in plain:
        node = pieces.terminals.get(("pin", label))
        if node is not None and node not in names:
            names[node] = _free(label, taken)
    used = {*pieces.terminals.values(), *(n for line in lines for n in (line.a, line.b))} - set(names)
    for number, node in enumerate(sorted(used, key=lambda n: (pieces.places[n][1], pieces.places[n][0], n)), 1):
        names[node] = _free(f"n{number}", taken)
    ports = {key[1]: names[node] for key, node in sorted(pieces.terminals.items(), key=str) if key[0] == "pin"}
    return names, ports
