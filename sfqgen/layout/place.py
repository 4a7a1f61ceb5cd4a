"""A floor plan with its free lengths filled in: where each device stands and how each line runs, in um."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pdk_sfq5ee.cells.junction import I6_UM, JunctionShape, junction_shape
from pdk_sfq5ee.cells.resistor import CONTACT_UM, LeakShape, ResistorShape, leak_shape, resistor_ends, resistor_shape
from sfqgen.errors import SfqgenError
from sfqgen.layout.free import GRID_UM, Coord, Number, at
from sfqgen.layout.plan import TILE_UM, TURNS, Change, FloorPlan, Part, Route, Step, Strap, Width, pin_point
from sfqgen.netlist.circuit import GROUND, RAIL, SHUNT, Junction, Resistor

PIN_STUB_UM = 2.0
SKY_PAD_UM = I6_UM + 2 * 0.35  # M6 around its via to the sky plane


@dataclass(frozen=True)
class Terminal:
    """A point where lines begin: its node, its layer, and the pad around it as (left, bottom, right, top).

    `radius_um` is that of the contact under the pad: current enters or leaves there, not at the pad's edge.
    `is_contact` marks the contact of a resistor.
    """

    x: float
    y: float
    layer: str
    node: str
    pad: tuple[float, float, float, float] | None = None
    radius_um: float = 0.0
    is_pin: bool = False
    is_contact: bool = False


@dataclass(frozen=True)
class Segment:
    layer: str
    w_um: float
    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def length_um(self) -> float:
        return abs(self.x1 - self.x0) + abs(self.y1 - self.y0)

    @property
    def horizontal(self) -> bool:
        return self.y0 == self.y1


@dataclass(frozen=True)
class Wire:
    """A drawn line: straight segments from `start` to `end`, and the points where it changes layer."""

    name: str
    segments: tuple[Segment, ...]
    vias: tuple[tuple[float, float], ...]
    start: Terminal
    end: Terminal


@dataclass(frozen=True)
class Placed:
    """A device at (x, y), turned by `angle` degrees counter-clockwise from pointing up."""

    part: Part
    shape: JunctionShape | ResistorShape | LeakShape
    x: float
    y: float

    @property
    def angle(self) -> int:
        return TURNS[self.part.points]

    def point(self, along: float, across: float = 0.0) -> tuple[float, float]:
        """A point `along` the bar and `across` it (to the right of its direction), in cell coordinates."""
        c, s = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}[self.angle]
        return round(self.x + across * c - along * s, 4), round(self.y + across * s + along * c, 4)

    def rectangle(self, low: float, high: float, half: float, across: float = 0.0) -> tuple[float, float, float, float]:
        """The rectangle from `low` to `high` along the bar and `half` to either side of `across`."""
        (x0, y0), (x1, y1) = self.point(low, across - half), self.point(high, across + half)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


@dataclass(frozen=True)
class Placement:
    plan: FloorPlan
    devices: dict[str, Placed]
    terminals: dict[str, Terminal]
    wires: dict[str, Wire]
    straps: tuple[Wire, ...]


def place(plan: FloorPlan, lengths: Mapping[str, float]) -> Placement:
    """All points of a floor plan for given free lengths. Raises SfqgenError for a step that makes no sense."""
    devices = {part.name: _placed(plan, part, lengths) for part in plan.parts}
    terminals = _terminals(plan, devices, lengths)
    wires = {route.name: _wire(plan, route, terminals, lengths) for route in plan.routes}
    straps = (_wire(plan, strap, terminals, lengths) for strap in plan.straps)
    straps = tuple(strap for strap in straps if strap.segments)
    return Placement(plan, devices, terminals, wires, straps)


def legs_at(wires: Iterable[Wire]) -> dict[tuple[float, float, str], list[Segment]]:
    """Segments that end at each point, by (x, y, layer)."""
    legs: dict[tuple[float, float, str], list[Segment]] = {}
    for wire in wires:
        for terminal, segment in ((wire.start, wire.segments[0]), (wire.end, wire.segments[-1])):
            legs.setdefault((terminal.x, terminal.y, segment.layer), []).append(segment)
    return legs


def shunt_of(plan: FloorPlan, name: str) -> Resistor | None:
    return next((r for r in plan.circuit.of_kind(Resistor) if r.role == SHUNT and r.of == name), None)


def _placed(plan: FloorPlan, part: Part, lengths: Mapping[str, float]) -> Placed:
    return Placed(part, _shape(plan, part), at(part.x, lengths), at(part.y, lengths))


def _shape(plan: FloorPlan, part: Part) -> JunctionShape | ResistorShape | LeakShape:
    where = f"cell {plan.name}, element {part.name}"
    try:
        element = plan.circuit[part.name]
        if isinstance(element, Junction):
            shunt = shunt_of(plan, part.name)
            return junction_shape(element.ic_ua, shunt.r_ohm if shunt else 0.0, "0" in (element.plus, element.minus))
        if RAIL not in (element.plus, element.minus):
            return leak_shape(element.r_ohm)
        return resistor_shape(element.r_ohm, None, part.legs)
    except KeyError:
        raise SfqgenError("placed, but not in the circuit", where=where) from None
    except ValueError as error:
        raise SfqgenError(str(error), where=where) from None


def _terminals(plan: FloorPlan, devices: Mapping[str, Placed], lengths: Mapping[str, float]) -> dict[str, Terminal]:
    found: dict[str, Terminal] = {}
    for name, device in devices.items():
        found |= _of_junction(plan, name, device) if isinstance(device.shape, JunctionShape) else _of_resistor(
            plan, name, device)  # fmt: skip
    for pin in plan.pins:
        found[f"pin {pin.name}"] = Terminal(*pin_point(plan, pin), "M6", pin.name, is_pin=True)
    for number, (column, row) in enumerate(plan.pillars):
        x, y = (column + 0.5) * TILE_UM, (row + 0.5) * TILE_UM
        found[f"pillar {number}"] = Terminal(x, y, "M6", "vdd", (x - 2.2, y - 2.2, x + 2.2, y + 2.2))
    for number, (x, y) in enumerate(plan.grounds):
        half = SKY_PAD_UM / 2
        found[f"ground {number}"] = Terminal(x, y, "M6", GROUND, (x - half, y - half, x + half, y + half))
    for node, (x, y, *layer) in plan.nodes.items():
        found[node] = Terminal(at(x, lengths), at(y, lengths), *(layer or ("M6",)), node)
    return found


def _of_junction(plan: FloorPlan, name: str, device: Placed) -> dict[str, Terminal]:
    element, shape = plan.circuit[name], device.shape
    head, base = (element.minus, element.plus) if device.part.flipped else (element.plus, element.minus)
    half, low = shape.head_half_um, shape.base_half_um
    head_pad = device.rectangle(-half, shape.head_top_um, half)
    found = {name: Terminal(*device.point(0), "M6", head, head_pad, shape.radius_um)}
    base_pad = device.rectangle(-low, max(low, shape.head_top_um + 0.1), low)
    found[f"{name}.base"] = Terminal(*device.point(0), "M5", base, base_pad, shape.radius_um)
    if shape.r_ohm:
        far = device.point(shape.far_centre_um)
        pad = device.rectangle(shape.contact2_um - 0.365, shape.i5_um + 1.075, 0.725)
        found[f"{name}.far"] = Terminal(*far, "M6", base, pad, 0.35)
    return found


def _of_resistor(plan: FloorPlan, name: str, device: Placed) -> dict[str, Terminal]:
    element = plan.circuit[name]
    half, along = device.shape.pad_um / 2, CONTACT_UM / 2 + 0.365
    found = {}
    nodes = (element.plus, element.minus) if not device.part.flipped else (element.minus, element.plus)
    for end, node, (x, y, _) in zip(("start", "end"), nodes, resistor_ends(device.shape), strict=True):
        pad = device.rectangle(y - along, y + along, half, x)
        found[f"{name}.{end}"] = Terminal(*device.point(y, x), "M6", node, pad, CONTACT_UM / 2, is_contact=True)
    return found


def _wire(plan: FloorPlan, line: Route | Strap, terminals: Mapping[str, Terminal],
          lengths: Mapping[str, float]) -> Wire:  # fmt: skip
    name = line.name if isinstance(line, Route) else f"strap of {line.node}"
    where = f"cell {plan.name}, {name}"
    first, last = _terminal(line.path[0], terminals, where), _terminal(line.path[-1], terminals, where)
    layer, w = (first.layer if line.layer == "M6" else line.layer), width(line.w_um, lengths)
    x, y = _moved(line.path[0], first, lengths)
    segments: list[Segment] = []
    vias: list[tuple[float, float]] = []
    for step in line.path[1:]:
        if isinstance(step, Change):
            layer = step.layer
            vias.append((x, y))
        elif isinstance(step, Width):
            w = width(step.w_um, lengths)
        else:
            x, y = _go_on(step, x, y, layer, w, segments, terminals, lengths, where)
    if layer != last.layer:
        raise SfqgenError(f"ends on {layer}, its last point is on {last.layer}", where=where, remedy="a Change step")
    if not segments and isinstance(line, Route):
        raise SfqgenError("has no length", where=where)
    return Wire(name, tuple(segments), tuple(vias), first, last)


def _go_on(
    step: Step, x: float, y: float, layer: str, w: float, segments: list[Segment],
    terminals: Mapping[str, Terminal], lengths: Mapping[str, float], where: str,
) -> tuple[float, float]:  # fmt: skip
    """Appends the segment to the next point and returns that point."""
    if isinstance(step, tuple) and not isinstance(step[0], str):
        x1, y1 = (old if new is None else at(new, lengths) for new, old in zip(step, (x, y), strict=True))
    else:
        x1, y1 = _moved(step, _terminal(step, terminals, where), lengths)
    x, y, x1, y1 = (round(v, 4) for v in (x, y, x1, y1))
    if not (math.isclose(x, x1, abs_tol=1e-4) or math.isclose(y, y1, abs_tol=1e-4)):
        what = f"runs aslant from ({x:g}, {y:g}) to ({x1:g}, {y1:g})"
        raise SfqgenError(what, where=where, remedy="a corner between")
    if (x, y) != (x1, y1):
        segments.append(Segment(layer, w, x, y, x1, y1))
    return x1, y1


def width(value: Number, lengths: Mapping[str, float]) -> float:
    """A line width in um: both edges of a line whose axis is on the grid are on the grid."""
    if isinstance(value, Coord):
        value = value.at_um + sum(share * lengths[name] for name, share in value.shares)
    return round(round(value / (2 * GRID_UM)) * 2 * GRID_UM, 4)


def _terminal(step: Step, terminals: Mapping[str, Terminal], where: str) -> Terminal:
    key = step[0] if isinstance(step, tuple) else step
    if key not in terminals:
        raise SfqgenError(f"unknown point {key!r}", where=where, allowed=", ".join(sorted(terminals)))
    return terminals[key]


def _moved(step: Step, terminal: Terminal, lengths: Mapping[str, float]) -> tuple[float, float]:
    if isinstance(step, tuple):
        return round(terminal.x + at(step[1], lengths), 4), round(terminal.y + at(step[2], lengths), 4)
    return terminal.x, terminal.y
