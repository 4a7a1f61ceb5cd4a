"""Kirchhoff's current law, drawn against netlist: do the same sets of terminal currents balance on both sides?

Every junction, resistor and port drives a current between two pieces of metal in the layout, and between two islands
of inductors in the netlist. The currents that balance on every piece are the null space of that incidence; both sides
must have the same one. The check knows nodes and branches only as conductors that hang together, so that it is
independent of how the metal was cut; it is what a field solver needs to be true of its ports.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from sfqgen.extract.recognise import RecognisedLayout
from sfqgen.extract.spots import piece_under
from sfqgen.netlist.circuit import GROUND, RAIL
from sfqgen.verify.lvs.graph import Graph

LARGEST = 1e-6
"""Residual above which the sides differ; equal sides give rounding errors."""
MOST_TERMINALS = 3_000


def kirchhoff_residual(
    found: RecognisedLayout, netlist: Graph, ports: Mapping[str, str], names: Mapping[str, str],
    turned: Collection[str] = (),
) -> tuple[float, tuple[str, ...]]:  # fmt: skip
    """Distance of the two spaces of balanced currents, 0 to 1, and the netlist names of the terminals that differ most.

    `netlist` is the unreduced graph of the netlist, `ports` maps its ports to the layout's labels, `names` its
    junctions and resistors to the layout's; resistors in `turned` are drawn the other way round.
    """
    drawn = {t: ends[::-1] if t in turned else ends for t, ends in _drawn(found, ports, names).items()}
    wanted = _wanted(netlist, ports, names)
    terminals = sorted(drawn.keys() & wanted.keys())
    if not terminals or len(terminals) > MOST_TERMINALS:
        return 0.0, ()
    difference = _projector([drawn[t] for t in terminals]) - _projector([wanted[t] for t in terminals])
    residual = float(np.linalg.norm(difference, 2))
    weight = np.abs(difference).sum(axis=0)
    worst = [t for t, w in zip(terminals, weight, strict=True) if w > 0.5 * weight.max() and w > LARGEST]
    return residual, tuple(worst)


def _drawn(found: RecognisedLayout, ports: Mapping[str, str], names: Mapping[str, str]) -> dict[str, tuple]:
    """Terminal to the two conductors that its current joins: all ground metal is one, all rail metal another."""
    nets = found.nets

    def conductor(net: int) -> object:
        return GROUND if net in nets.ground else RAIL if net in nets.rail else net

    terminals: dict[str, tuple] = {}
    for theirs, ours in names.items():
        if ours in found.junctions:
            junction = found.junctions[ours]
            plus, minus = conductor(junction.top.net), conductor(junction.base.net)
            terminals[theirs] = (minus, plus) if junction.plus_is_base else (plus, minus)
        elif ours in found.resistors:
            terminals[theirs] = _as_in_circuit(found, ours, [conductor(p.net) for p in found.resistors[ours].ends])
    for port, label in ports.items():
        point = next((p for p in (*found.labels.ports, *found.labels.pins) if p.name.lower() == label), None)
        if point:
            layer = getattr(point, "plus", None) or point.layer
            piece = piece_under(found.metal, found.labels, layer, point.x_um, point.y_um)
            if piece:
                terminals[f"port {port}"] = (conductor(piece.net), GROUND)
    return terminals


def _as_in_circuit(found: RecognisedLayout, name: str, ends: list[object]) -> tuple[object, object]:
    """Both ends of a resistor in the order of the circuit, which puts the rail first and ground last."""
    resistor = found.circuit[name]
    turned = (resistor.plus == RAIL and ends[0] != RAIL) or (resistor.minus == GROUND and ends[0] == GROUND)
    return (ends[1], ends[0]) if turned else (ends[0], ends[1])


def _wanted(netlist: Graph, ports: Mapping[str, str], names: Mapping[str, str]) -> dict[str, tuple]:
    """The same from the netlist, where nodes that inductors join are one conductor."""
    lines = [(d.a, d.b) for d in netlist.devices.values() if d.kind == "L"]
    bare = Graph(devices=dict(netlist.devices), at=netlist.at, count=netlist.count)
    island = bare.merged(lines)[1]
    # Ground and an inductor to ground are one conductor, although `merged` keeps fixed nets apart.
    terminals = {
        d.names[0]: (island[d.a], island[d.b]) for d in netlist.devices.values()
        if d.kind in "JR" and d.names[0] in names
    }  # fmt: skip
    for port in ports:
        net = netlist.ports[port]
        terminals[f"port {port}"] = (island.get(net, net), GROUND)
    return terminals


def _projector(pairs: list[tuple]) -> np.ndarray:
    """Projector onto the row space of the incidence of conductors and terminals."""
    conductors = {c: i for i, c in enumerate(dict.fromkeys(c for pair in pairs for c in pair))}
    incidence = np.zeros((len(conductors), len(pairs)))
    for k, (a, b) in enumerate(pairs):
        incidence[conductors[a], k] += 1
        incidence[conductors[b], k] -= 1
    _, sizes, rows = np.linalg.svd(incidence, full_matrices=False)
    rows = rows[sizes > 1e-9 * max(sizes.max(initial=0.0), 1.0)]
    return rows.T @ rows
