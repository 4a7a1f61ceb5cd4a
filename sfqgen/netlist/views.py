"""One circuit, two views: what a layout shows (`lvs_view`) and what a simulator runs (`sim_view`)."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pdk_sfq5ee.process import constant
from sfqgen.netlist.circuit import (
    GROUND,
    GROUND_LEAD,
    RAIL,
    SHUNT_LEAD,
    STIMULUS,
    Bias,
    Circuit,
    CurrentSource,
    Element,
    Inductor,
    Instance,
    Line,
    Mutual,
    Resistor,
    VoltageSource,
    Waveform,
)  # fmt: skip

RAIL_UV: float = 1000.0 * constant("vdd")
"""Bias rail, 2.6 mV: a bias resistor is RAIL_UV / I."""
BIAS_RAMP_PS = 10.0


def sim_view(circuit: Circuit, bias: Literal["current", "resistor"] = "current") -> Circuit:
    """Biases become ramped current sources, or resistors from the 2.6 mV rail (one source `V_RAIL` at the top)."""
    cells = {name: _biases_replaced(cell, bias) for name, cell in circuit.cells.items()}
    top = replace(_biases_replaced(circuit, bias), cells=cells)
    if bias == "resistor":
        ramp = Waveform("pwl", (0.0, 0.0, BIAS_RAMP_PS, RAIL_UV))
        top = replace(top, elements=(*top.elements, VoltageSource("V_RAIL", RAIL, GROUND, ramp, STIMULUS)))
    return top


def _biases_replaced(cell: Circuit, bias: str) -> Circuit:
    def lowered(element: Element) -> Element:
        if not isinstance(element, Bias):
            return element
        if bias == "resistor":
            return bias_resistor(element)
        ramp = Waveform("pwl", (0.0, 0.0, BIAS_RAMP_PS, element.i_ua))
        return CurrentSource(element.name, GROUND, element.node, ramp)

    inner = {name: _biases_replaced(sub, bias) for name, sub in cell.cells.items()}
    return replace(cell, elements=tuple(lowered(e) for e in cell.elements), cells=inner)


def bias_resistor(bias: Bias) -> Resistor:
    """The resistor that a layout draws for a bias; its name is the bias's with an R before it (`RI_s`)."""
    return Resistor(f"R{bias.name}", RAIL, bias.node, RAIL_UV / bias.i_ua, of=bias.name)


def lvs_view(circuit: Circuit) -> Circuit:
    """What metal shows: no stimulus, ground and shunt leads shorted, each bias a resistor to the rail."""
    cells = {name: lvs_view(cell) for name, cell in circuit.cells.items()}
    kept = [e for e in circuit.elements if getattr(e, "role", "") != STIMULUS]
    leads = [e for e in kept if isinstance(e, Inductor) and e.role in (GROUND_LEAD, SHUNT_LEAD)]
    joined = _joined_nodes(leads, set(circuit.ports))
    gone = {lead.name for lead in leads}
    elements = tuple(_renamed(e, joined) for e in kept if e.name not in gone)
    return replace(circuit, elements=elements, cells=cells)


def _joined_nodes(leads: list[Inductor], ports: set[str]) -> dict[str, str]:
    """For each node that a lead shorts, the node that stands for it: ground, else a port, else the lead's minus."""
    stands_for: dict[str, str] = {}

    def root(node: str) -> str:
        while node in stands_for:
            node = stands_for[node]
        return node

    for lead in leads:
        a, b = root(lead.plus), root(lead.minus)
        if a == b:
            continue
        keep, drop = (a, b) if a == GROUND or (a in ports and b != GROUND) else (b, a)
        stands_for[drop] = keep
    return {node: root(node) for node in stands_for}


def _renamed(element: Element, joined: dict[str, str]) -> Element:
    def of(node: str) -> str:
        return joined.get(node, node)

    match element:
        case Mutual():
            return element
        case Bias():
            return bias_resistor(replace(element, node=of(element.node)))
        case Instance():
            return replace(element, nodes=tuple(of(n) for n in element.nodes))
        case Line():
            return replace(element, plus1=of(element.plus1), minus1=of(element.minus1), plus2=of(element.plus2),
                           minus2=of(element.minus2))  # fmt: skip
        case _:
            return replace(element, plus=of(element.plus), minus=of(element.minus))
