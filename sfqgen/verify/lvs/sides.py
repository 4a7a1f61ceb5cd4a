"""Both sides of the comparison as graphs: the recognised layout, and the netlist that it should be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sfqgen.errors import SfqgenError
from sfqgen.extract.idx import IdxNetlist
from sfqgen.extract.recognise import RecognisedLayout
from sfqgen.extract.sheet import sheet_inductances
from sfqgen.netlist.circuit import (
    GROUND,
    RAIL,
    STIMULUS,
    Bias,
    Circuit,
    CurrentSource,
    Inductor,
    Junction,
    Mutual,
    Resistor,
    VoltageSource,
    Waveform,
)  # fmt: skip
from sfqgen.netlist.flatten import flatten
from sfqgen.netlist.views import RAIL_UV
from sfqgen.verify.lvs.graph import Device, Graph


@dataclass(frozen=True)
class Reference:
    """The netlist side: a circuit, other labels under which a port may be drawn (`a`: `P1`), and what it leaves out.

    An extraction netlist has no resistors but those to the rail (`without_resistors`).
    """

    circuit: Circuit
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    without_resistors: bool = False

    @classmethod
    def of_idx(cls, netlist: IdxNetlist) -> Reference:
        circuit = netlist.to_circuit()
        pins = [p for p in netlist.ports if p.kind == "pin"]
        aliases = {name: tuple(p.name for p in pins if name in (p.plus, p.name)) for name in circuit.ports}
        return cls(circuit, aliases, without_resistors=True)


@dataclass(frozen=True)
class Side:
    """A graph with what could not be put into it."""

    graph: Graph
    notes: tuple[str, ...] = ()
    missing_ports: tuple[str, ...] = ()


def reference_side(reference: Reference) -> Side:
    """Graph of the netlist: hierarchy flattened, each bias a resistor to the rail, test bench elements left out."""
    circuit = flatten(reference.circuit)
    notes: list[str] = []
    rails = {GROUND: GROUND, RAIL: RAIL} | _rails(circuit)
    ports = {port.lower() for port in circuit.ports}

    def net(node: str) -> str:
        return rails.get(node.lower(), node.lower())

    devices: list[Device] = []
    for element in circuit:
        if getattr(element, "role", "") == STIMULUS or isinstance(element, (Mutual, VoltageSource)):
            continue
        match element:
            case Junction():
                devices.append(Device("J", net(element.plus), net(element.minus), element.ic_ua, (element.name,)))
            case Inductor():
                devices.append(Device("L", net(element.plus), net(element.minus), element.l_ph, (element.name,)))
            case Resistor():
                devices.append(Device("R", net(element.plus), net(element.minus), element.r_ohm, (element.name,),
                                      apart=True))  # fmt: skip
            case Bias():
                devices.append(_bias(element.name, net(element.node), element.i_ua))
            case CurrentSource():
                i_ua = steady(element.wave)
                node = element.minus if element.plus == GROUND else element.plus
                if i_ua and GROUND in (element.plus, element.minus) and node.lower() not in ports:
                    devices.append(_bias(element.name, net(node), abs(i_ua)))
                else:
                    notes.append(f"{element.name} is taken for a test signal and left out")
            case _:
                notes.append(f"{element.name} has no drawn counterpart and is left out")
    return Side(Graph.of(devices, {port: net(port) for port in circuit.ports}), tuple(notes))


def _bias(name: str, net: str, i_ua: float) -> Device:
    return Device("R", RAIL, net, RAIL_UV / i_ua, (f"R{name}",), apart=True)


def _rails(circuit: Circuit) -> dict[str, str]:
    """Nodes that a steady voltage source holds above ground are the bias rail."""
    return {
        (source.plus if source.minus == GROUND else source.minus).lower(): RAIL
        for source in circuit.of_kind(VoltageSource)
        if GROUND in (source.plus, source.minus) and steady(source.wave)
    }  # fmt: skip


def steady(wave: Waveform) -> float | None:
    """The value at which a dc source, or a ramp up to it, stays; None for a signal."""
    if wave.kind == "dc":
        return wave.values[0]
    values = wave.values[1::2]
    if wave.kind == "pwl" and values and list(values) in (sorted(values), sorted(values, reverse=True)):
        return values[-1]
    return None


def layout_side(found: RecognisedLayout, reference: Reference) -> Side:
    """Graph of the layout, its ports those of the reference, its inductances by current flow in a sheet."""
    devices: list[Device] = []
    estimated_ph = sheet_inductances(found)
    for element in found.circuit:
        match element:
            case Junction():
                devices.append(Device("J", element.plus.lower(), element.minus.lower(), element.ic_ua, (element.name,)))
            case Inductor():
                devices.append(Device("L", element.plus.lower(), element.minus.lower(), estimated_ph[element.name],
                                      (element.name,), loop_ph=found.inductors[element.name].loop_ph))  # fmt: skip
            case Resistor() if not reference.without_resistors or RAIL in (element.plus, element.minus):
                # Strips side by side are one resistor, unless each has a label of its own.
                devices.append(Device("R", element.plus.lower(), element.minus.lower(), element.r_ohm, (element.name,),
                                      apart=bool(found.resistors[element.name].name)))  # fmt: skip
    devices += _loops(found)
    ports, missing = _ports(found, reference)
    return Side(Graph.of(devices, ports), (), tuple(missing))


def _loops(found: RecognisedLayout) -> list[Device]:
    """Lines from a node back to it; ground and rail are drawn with as many loops as one likes."""
    return [
        Device("L", found.nodes[loop.a].lower(), found.nodes[loop.a].lower(), loop.l_ph, (f"loop {n}",))
        for n, loop in enumerate(found.loops, 1)
        if found.nodes.get(loop.a) not in (None, GROUND, RAIL)
    ]


def _ports(found: RecognisedLayout, reference: Reference) -> tuple[dict[str, str], list[str]]:
    """Net of every port of the netlist: under its extraction label, its own name, or `Pn` by its position."""
    drawn = {name.lower(): node.lower() for name, node in found.ports.items()}
    ports: dict[str, str] = {}
    missing: list[str] = []
    named = any(port.lower() in drawn for port in reference.circuit.ports)
    for position, port in enumerate(reference.circuit.ports, 1):
        if port.lower() in (RAIL, GROUND):
            continue
        candidates = [*reference.aliases.get(port, ()), port, *([] if named else [f"P{position}"])]
        label = next((c.lower() for c in candidates if c.lower() in drawn), None)
        if label is None:
            missing.append(port)
        else:
            ports[port] = drawn[label]
    return ports, missing


def require_elements(reference: Reference) -> None:
    """Raises SfqgenError when the netlist has nothing that a layout could show."""
    if not reference.circuit.elements:
        raise SfqgenError("the netlist has no elements", where=reference.circuit.name,
                          allowed=", ".join(reference.circuit.cells) or "a circuit",
                          remedy="name a subcircuit with --subckt")  # fmt: skip
