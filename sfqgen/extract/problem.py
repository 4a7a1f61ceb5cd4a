"""What is to be extracted from a recognised layout: a netlist of inductors and the ports at which they are measured.

Either the inductors that recognition found (`drawn_problem`; ports at every junction, resistor and pin), or those of
an extraction netlist (`idx_problem`; ports where that file says, by label).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

import klayout.db as kdb

from pdk_sfq5ee import layers
from sfqgen.errors import SfqgenError
from sfqgen.extract.fit import Branch, PortNodes
from sfqgen.extract.geometry import Port, Terminal
from sfqgen.extract.idx import IdxNetlist
from sfqgen.extract.labels import PortLabel
from sfqgen.extract.ports import grounded, junction_port, pin_port
from sfqgen.extract.recognise import RecognisedLayout
from sfqgen.extract.spots import piece_under
from sfqgen.extract.stack import Slab
from sfqgen.netlist.circuit import GROUND, RAIL, Inductor

SHORT_LEAD_PH = 0.6
"""Estimate below which the line from a shunt to its junction or to ground is its lead."""


@dataclass(frozen=True)
class Problem:
    """`ports` and `nodes` go together one by one: where on the metal, and between which nodes of the netlist.

    `pairs` are couplings that the netlist names.
    """

    branches: tuple[Branch, ...]
    ports: tuple[Port, ...]
    nodes: tuple[PortNodes, ...]
    pairs: tuple[tuple[str, str], ...] = ()


def idx_problem(found: RecognisedLayout, netlist: IdxNetlist, slabs: Mapping[str, Slab],
                label_returns: bool = False) -> Problem:  # fmt: skip
    """Ports by label as the extraction netlist names them.

    `label_returns` collects the return of border pins only in the metal that the label names. Raises SfqgenError for
    a port that has no label in the layout.
    """
    labels = {label.name.lower(): label for label in found.labels.ports}
    junctions = {j.name.lower(): j for j in found.junctions.values() if j.name}
    ports = []
    for port in netlist.ports:
        name = port.name.lower()
        if port.kind == "junction" and name in junctions:
            ports.append(junction_port(port.name, junctions[name], slabs))
        elif port.kind != "junction" and name in labels:
            ports.append(replace(pin_port(labels[name], found, label_returns), name=port.name))
        else:
            raise SfqgenError("no label of this port lies on metal", where=f"{found.name}, port {port.name}",
                              allowed=", ".join(sorted(label.name for label in found.labels.ports)) or "none drawn",
                              remedy="label it on 182/0 as NAME +LAYER -LAYER")  # fmt: skip
    branches = tuple(Branch(i.name, i.plus, i.minus) for i in netlist.inductors)
    nodes = tuple(PortNodes(p.name, p.plus, p.minus) for p in netlist.ports)
    return Problem(branches, tuple(ports), nodes, tuple((c.first, c.second) for c in netlist.couplings))


def drawn_problem(found: RecognisedLayout, slabs: Mapping[str, Slab], shunt_leads: bool = False) -> Problem:
    """All recognised inductors, measured at all junctions and pins, and at those resistors that are needed for it.

    A resistor is a port between its contacts; one that goes to a supply (a net without junction, pin or ground, whose
    metal lies below the films that are solved) is a port to both planes at its signal end. With `shunt_leads` all
    resistors are ports, so that the leads of shunts get values too.
    """
    circuit = found.circuit
    pairs: list[tuple[Port, PortNodes]] = []
    for name, junction in found.junctions.items():
        element = circuit[name]
        pairs.append((junction_port(name, junction, slabs), PortNodes(name, element.plus, element.minus)))
    signals = _signal_nets(found)
    for name in found.resistors if shunt_leads else _needed_resistors(found):
        pairs += _resistor_port(found, name, signals, _resistor_top_um())
    taken = {node for _, nodes in pairs for node in (nodes.plus, nodes.minus)}
    for label in (*found.labels.ports, *(PortLabel(p.name, p.layer, "M4", p.x_um, p.y_um) for p in found.labels.pins)):
        node = found.ports.get(label.name)
        # A bias entry lies where its resistor ends: one port is enough.
        if label.kind != "junction" and node not in (None, GROUND, RAIL) and node not in taken:
            pairs.append((pin_port(label, found), PortNodes(label.name, node, GROUND)))
            taken.add(node)
    branches = tuple(Branch(e.name, e.plus, e.minus, e.l_ph) for name in found.inductors for e in [circuit[name]]
                     if RAIL not in (e.plus, e.minus))  # fmt: skip
    return Problem(branches, tuple(p for p, _ in pairs), tuple(n for _, n in pairs))


def _needed_resistors(found: RecognisedLayout) -> list[str]:
    """Resistors that have to be ports: those where one or two inductors end and no junction or pin is.

    A shunt is not worth a port when its short leads are inductors of their own: the schematic's nodes leave no pad
    between it and its junction, and a port at its contact would tell the neighbours wrong.
    """
    circuit = found.circuit
    at: dict[str, list[Inductor]] = defaultdict(list)
    for name in found.inductors:
        for node in (circuit[name].plus, circuit[name].minus):
            at[node].append(circuit[name])
    junctions = {node for name in found.junctions for node in (circuit[name].plus, circuit[name].minus)} | {GROUND}
    entries = {label.name for label in found.labels.ports if label.kind == "bias"}  # their resistors tell better
    measured = junctions | {RAIL} | {node for label, node in found.ports.items() if label not in entries}

    def at_junction(end: str) -> bool:
        if end in junctions or len(at[end]) != 1:
            return end in junctions
        (lead,) = at[end]
        return lead.l_ph < SHORT_LEAD_PH and (lead.minus if lead.plus == end else lead.plus) in junctions

    needed = []
    for name in found.resistors:
        ends = (circuit[name].plus, circuit[name].minus)
        open_ends = [end for end in ends if end not in measured and 0 < len(at[end]) <= 2]
        if open_ends and not all(at_junction(end) for end in ends):
            needed.append(name)
    return needed


def _resistor_top_um() -> float:
    return next(film.z1_um for film in layers.films() if film.name == "R5")


def _signal_nets(found: RecognisedLayout) -> set[int]:
    """Ground and all nets that a junction or a pin is on."""
    nets = set(found.nets.ground) | {p.net for j in found.junctions.values() for p in (j.top, j.base)}
    for label in found.labels.ports:
        piece = piece_under(found.metal, found.labels, label.plus, label.x_um, label.y_um)
        if label.kind != "junction" and piece is not None:
            nets.add(piece.net)
    return nets - found.nets.rail


def _resistor_port(found: RecognisedLayout, name: str, signals: set[int],
                   floor_um: float) -> list[tuple[Port, PortNodes]]:  # fmt: skip
    """The current leaves M6 through the contact down to `floor_um`, spread over it as the grid covers it."""
    resistor, element = found.resistors[name], found.circuit[name]
    number = next(n for n, one in enumerate(found.devices.resistors) if one is resistor)
    ends = {}
    for side in (0, 1):
        if resistor.ends[side].net in signals:
            ends[found.nodes[found.cut.terminals["end", number, side]]] = kdb.Region(resistor.contacts[side])
    if len(ends) == 2:
        plus, minus = (Terminal(("M6",), ends[node], floor_um) for node in (element.plus, element.minus))
        return [(Port(name, plus, minus), PortNodes(name, element.plus, element.minus))]
    if len(ends) == 1 and resistor.ends[0].net != resistor.ends[1].net:
        ((node, contact),) = ends.items()
        if node != GROUND:
            # In one plane alone the value would depend on how far the next stitch is.
            below = grounded(contact, ("M4", "M7"), found)
            planes = tuple(film for film in ("M4", "M7") if not (found.metal.regions[film] & below).is_empty())
            return [(Port(name, Terminal(("M6",), contact, floor_um), Terminal(planes or ("M4",), below)),
                     PortNodes(name, node, GROUND))]
    return []
