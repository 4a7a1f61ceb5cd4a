"""From polygons to a circuit: what is drawn, where it is, what it is called.

    layout, cell = read_layout("JTL.gds")
    found = recognise(layout, cell)
    found.circuit            # junctions, inductors, resistors and ports, as the metal shows them
    found.junctions[0].x_um  # and where

Names come from the labels where there are any (`J1` gives junction `B1`, `RB1` and `RIB1` keep theirs), otherwise
from the position, counted from bottom left. Inductors have no labels: they are L1, L2, ... until a comparison with a
schematic lends them names. Their values here are estimates from the sizing table.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import klayout.db as kdb

from pdk_sfq5ee.process import Process
from sfqgen.errors import SfqgenError
from sfqgen.extract.connect import Connectivity, connect
from sfqgen.extract.cut import Cut, cut
from sfqgen.extract.devices import Devices, DrawnJunction, DrawnResistor, find_devices
from sfqgen.extract.estimate import Estimator
from sfqgen.extract.findings import Finding
from sfqgen.extract.frames import placed_frames
from sfqgen.extract.labels import Labels, read_labels
from sfqgen.extract.lines import DrawnInductor, join_lines
from sfqgen.extract.naming import element_names, node_names
from sfqgen.extract.nets import Nets, classify
from sfqgen.extract.stitches import check_ground
from sfqgen.netlist.circuit import GROUND, RAIL, Circuit, Inductor, Junction, Resistor


@dataclass(frozen=True)
class RecognisedLayout:
    """Everything that was found. `circuit` holds one element per entry of `places`; see the module for its names.

    `nodes` maps a node number of `cut` to its name in the circuit, `ports` a port or pin label to its node's name.
    `floating` counts the metal pieces that were left out as fill; `loops` are lines that start and end on one node.
    `frames` are the boxes of the placed cells in database units, where the field solver may cut.
    """

    name: str
    circuit: Circuit
    junctions: dict[str, DrawnJunction]
    resistors: dict[str, DrawnResistor]
    inductors: dict[str, DrawnInductor]
    ports: dict[str, str]
    places: dict[str, tuple[float, float]]
    findings: tuple[Finding, ...]
    floating: int
    labels: Labels = field(repr=False)
    metal: Connectivity = field(repr=False)
    devices: Devices = field(repr=False)
    nets: Nets = field(repr=False)
    cut: Cut = field(repr=False)
    nodes: dict[int, str] = field(repr=False)
    loops: tuple[DrawnInductor, ...] = field(repr=False)
    frames: tuple[kdb.Box, ...] = field(repr=False, default=())


def recognise(layout: kdb.Layout, cell: kdb.Cell, process: Process | None = None) -> RecognisedLayout:
    """Read the circuit of `cell` from its polygons; places in um.

    Raises SfqgenError when the cell holds no metal of this process or exceeds the bounds on size.
    """
    metal = connect(layout, cell, process)
    if not metal.pieces:
        raise SfqgenError("no metal of the SFQ5ee layers is drawn", where=f"cell {cell.name}",
                          remedy="check the layer numbers: M6 is 60/0, M4 is 40/0")  # fmt: skip
    labels = read_labels(layout, cell)
    devices = find_devices(metal, labels, process)
    nets = classify(metal, labels, devices)
    pieces = cut(metal, labels, devices, nets)
    estimator = Estimator(metal.regions["M7"], metal.dbu)  # the sizing table is of the public stack
    lines, loops = join_lines(pieces, estimator)
    named = _named(cell.name, labels, metal, devices, nets, pieces, lines, loops)
    return replace(named, frames=placed_frames(layout, cell, process))


def _named(name: str, labels: Labels, metal: Connectivity, devices: Devices, nets: Nets, pieces: Cut,
           lines: list[DrawnInductor], loops: list[DrawnInductor]) -> RecognisedLayout:  # fmt: skip
    at = pieces.terminals
    junctions = {n: j for n, j in enumerate(devices.junctions) if ("top", n) in at}
    resistors = {n: r for n, r in enumerate(devices.resistors) if ("end", n, 0) in at}
    nodes, ports = node_names(pieces, labels, lines)
    junction_names = element_names("B", {n: (j.name, j.label.scope if j.label else "", j.x_um, j.y_um)
                                         for n, j in junctions.items()})  # fmt: skip
    resistor_names = element_names("R", {n: (r.name, r.scope, r.x_um, r.y_um) for n, r in resistors.items()})
    line_names = element_names("L", {n: ("", "", *line.place) for n, line in enumerate(lines)})
    elements: list = []
    for n, junction in junctions.items():
        ends = nodes[at["top", n]], nodes[at["base", n]]
        plus, minus = ends[::-1] if junction.plus_is_base else ends
        elements.append(Junction(junction_names[n], plus, minus, round(junction.ic_ua, 3)))
    for n, resistor in resistors.items():
        first, second = nodes[at["end", n, 0]], nodes[at["end", n, 1]]
        if second == RAIL or (first == GROUND and second != RAIL):
            first, second = second, first
        elements.append(Resistor(resistor_names[n], first, second, round(resistor.r_ohm, 4)))
    for n, line in enumerate(lines):
        elements.append(Inductor(line_names[n], nodes[line.a], nodes[line.b], round(line.l_ph, 4)))
    entries = {port.name for port in labels.of_kind("bias")}
    pins = tuple(dict.fromkeys(n for label, n in ports.items() if label not in entries and n not in (GROUND, RAIL)))
    circuit = Circuit(name, pins, tuple(elements))
    return RecognisedLayout(
        name, circuit, {junction_names[n]: j for n, j in junctions.items()},
        {resistor_names[n]: r for n, r in resistors.items()}, {line_names[n]: line for n, line in enumerate(lines)},
        ports, _places(junctions, junction_names, resistors, resistor_names, lines, line_names),
        _findings(labels, metal, devices, nets, pieces, junction_names, resistor_names),
        sum(1 for piece in metal.pieces if nets.floating(piece)), labels, metal, devices, nets, pieces, nodes,
        tuple(loops),
    )  # fmt: skip


def _places(junctions: dict, junction_names: dict, resistors: dict, resistor_names: dict, lines: list,
            line_names: dict) -> dict[str, tuple[float, float]]:  # fmt: skip
    places = {junction_names[n]: (j.x_um, j.y_um) for n, j in junctions.items()}
    places |= {resistor_names[n]: (r.x_um, r.y_um) for n, r in resistors.items()}
    return places | {line_names[n]: line.place for n, line in enumerate(lines)}


def _findings(labels: Labels, metal: Connectivity, devices: Devices, nets: Nets, pieces: Cut, junction_names: dict,
              resistor_names: dict) -> tuple[Finding, ...]:  # fmt: skip
    """All findings, those about pure fill left out."""
    of_labels = tuple(Finding("label", "", text) for text in labels.problems)
    of_devices = tuple(f for f in devices.findings if f.element or f.kind == "label" or _is_live(f, metal, nets))
    ground = check_ground(metal, devices, nets, pieces, junction_names, resistor_names)
    return (*of_labels, *of_devices, *nets.findings, *pieces.findings, *ground,
            *_bridged(devices, pieces, resistor_names))  # fmt: skip


def _bridged(devices: Devices, pieces: Cut, resistor_names: dict[int, str]) -> list[Finding]:
    """Resistors whose both ends are the bias rail."""
    found = []
    for n, name in resistor_names.items():
        if pieces.terminals["end", n, 0] == pieces.terminals["end", n, 1] == pieces.rail:
            resistor = devices.resistors[n]
            found.append(Finding("rail", name, "metal bridges it: both ends are on the bias rail", resistor.x_um,
                                 resistor.y_um))  # fmt: skip
    return found


def _is_live(finding: Finding, metal: Connectivity, nets: Nets) -> bool:
    """Whether an incomplete device without a name touches live metal; fill may be drawn as it likes."""
    touched = [metal.at(layer, finding.x_um, finding.y_um) for layer in ("M5", "M6")]
    return any(piece is not None and piece.net in nets.live for piece in touched)
