"""Turns a placed floor plan into a gdsfactory component: devices, lines, pins, labels; planes and fill come after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import gdsfactory as gf
import klayout.db as kdb

from pdk_sfq5ee.cells.junction import I6_UM, JunctionShape, junction
from pdk_sfq5ee.cells.resistor import LeakShape, bias_resistor, leak_resistor
from pdk_sfq5ee.cells.shapes import layer_index, port, text
from sfqgen.layout.check import check_elements, check_nodes
from sfqgen.layout.fill import draw_fill, moats_of
from sfqgen.layout.place import PIN_STUB_UM, SKY_PAD_UM, Placed, Placement, Segment, Terminal, Wire, legs_at, shunt_of
from sfqgen.layout.plan import SIDES, FloorPlan, pin_point
from sfqgen.layout.planes import covered_moats, draw_planes, drawn_region
from sfqgen.layout.solve import Solved, estimates, solve
from sfqgen.netlist.circuit import RAIL, Junction, Resistor
from sfqgen.netlist.views import RAIL_UV

VIA_UM = 0.7
VIA_PADS_UM = {"M5": 1.75, "M6": 1.45}


def draw_devices(c: gf.Component, placement: Placement) -> None:
    for device in placement.devices.values():
        ref = c << _device(placement.plan, device)
        ref.dcplx_trans = kdb.DCplxTrans(1, device.angle, False, device.x, device.y)


def _device(plan: FloorPlan, device: Placed) -> gf.Component:
    element = plan.circuit[device.part.name]
    if isinstance(element, Junction):
        shunt = shunt_of(plan, element.name)
        return junction(ic_ua=float(element.ic_ua), r_ohm=float(shunt.r_ohm) if shunt else 0.0,
                        grounded=device.shape.grounded)  # fmt: skip
    if isinstance(device.shape, LeakShape):
        return leak_resistor(r_ohm=float(element.r_ohm))
    return bias_resistor(r_ohm=float(element.r_ohm), legs=device.part.legs)


def draw_wires(c: gf.Component, placement: Placement) -> None:
    """All lines, straps and pin stubs, merged per layer."""
    lines = [*placement.wires.values(), *placement.straps]
    metal = wire_metal(lines)
    for pin in placement.plan.pins:
        metal.setdefault("M6", []).append(_stub(placement.plan, pin))
    for x, y in placement.plan.grounds:
        metal.setdefault("I6", []).append(_square(x, y, I6_UM))
        metal.setdefault("M6", []).append(_square(x, y, SKY_PAD_UM))
    for layer, boxes in metal.items():
        region = kdb.Region([box.to_itype(c.kcl.dbu) for box in boxes])
        c.shapes(layer_index(c, layer)).insert(region.merged())


def wire_metal(wires: Iterable[Wire]) -> dict[str, list[kdb.DBox]]:
    """The rectangles of lines by layer, vias and their pads included."""
    wires = list(wires)
    legs = legs_at(wires)
    metal: dict[str, list[kdb.DBox]] = {}
    for wire in wires:
        neighbours = (None, *wire.segments, None)
        for before, segment, after in zip(neighbours, wire.segments, neighbours[2:], strict=False):
            start = _reach(segment, before) if before else _reach_at(segment, wire.start, legs)
            end = _reach(segment, after) if after else _reach_at(segment, wire.end, legs)
            metal.setdefault(segment.layer, []).append(_box(segment, start, end))
        for x, y in wire.vias:
            metal.setdefault("I5", []).append(_square(x, y, VIA_UM))
            for layer, side in VIA_PADS_UM.items():
                metal.setdefault(layer, []).append(_square(x, y, side))
    return metal


def _reach(segment: Segment, neighbour: Segment) -> float:
    """How far a segment runs past the corner with its neighbour, to fill the corner's square."""
    if neighbour.layer != segment.layer or neighbour.horizontal == segment.horizontal:
        return 0.0
    return neighbour.w_um / 2


def _reach_at(segment: Segment, terminal: Terminal, legs: dict) -> float:
    if terminal.is_pin:
        return 0.0
    across = [s.w_um for s in legs[terminal.x, terminal.y, segment.layer] if s.horizontal != segment.horizontal]
    return max(across, default=0.0) / 2


def _box(s: Segment, before: float, after: float) -> kdb.DBox:
    half = s.w_um / 2
    if s.horizontal:
        sign = 1 if s.x1 >= s.x0 else -1
        return kdb.DBox(s.x0 - sign * before, s.y0 - half, s.x1 + sign * after, s.y0 + half)
    sign = 1 if s.y1 >= s.y0 else -1
    return kdb.DBox(s.x0 - half, s.y0 - sign * before, s.x0 + half, s.y1 + sign * after)


def _square(x: float, y: float, side: float) -> kdb.DBox:
    return kdb.DBox(x - side / 2, y - side / 2, x + side / 2, y + side / 2)


def _stub(plan: FloorPlan, pin) -> kdb.DBox:
    """The wide end of a line at a pin: `PIN_STUB_UM` square, inside the cell."""
    x, y = pin_point(plan, pin)
    half = PIN_STUB_UM / 2
    dx, dy = {"left": (half, 0), "right": (-half, 0), "bottom": (0, half), "top": (0, -half)}[pin.side]
    return _square(x + dx, y + dy, PIN_STUB_UM)


def draw_pins(c: gf.Component, plan: FloorPlan) -> None:
    """Ports and pin names: `P_a M6 M4` and `a` on the label layers."""
    for pin in plan.pins:
        x, y = pin_point(plan, pin)
        port(c, pin.name, "M6", x, y, PIN_STUB_UM, SIDES[pin.side])
        text(c, "M6_PIN", pin.name, x, y)
        text(c, "PORT_TEXT", f"P_{pin.name} M6 M4", x, y)


def draw_labels(c: gf.Component, placement: Placement) -> None:
    """One label per junction, bias entry and resistor, with the element's name: B_a is labelled J_a.

    A junction's label names its positive electrode first.
    """
    for name, device in placement.devices.items():
        if isinstance(device.shape, JunctionShape):
            plus, minus = ("M5", "M6") if device.part.flipped else ("M6", "M5")
            text(c, "PORT_TEXT", f"J{name[1:]} {plus} {minus}", device.x, device.y)
            if device.shape.r_ohm:
                gap = (device.shape.contact1_um + device.shape.contact2_um + 0.52) / 2
                text(c, "R5_TEXT", shunt_of(placement.plan, name).name, *device.point(gap))
        else:
            text(c, "R5_TEXT", name, *device.point(device.shape.span_um / 2))
            if isinstance(device.shape, LeakShape):
                continue
            entry = placement.terminals[f"{name}.{'start' if device.part.flipped else 'end'}"]
            text(c, "PORT_TEXT", f"PB{name[2:]} M6 M4", entry.x, entry.y)


def draw_cell(plan: FloorPlan, corrections: Mapping[str, float] | None = None, *, fill: bool = True,
              name: str | None = None) -> gf.Component:  # fmt: skip
    """A whole cell on its planes, inductors on target. Raises SfqgenError when something does not fit.

    `corrections` in pH by inductor are added to the targets. `info` holds sizes, junctions, bias and, by inductor,
    target, estimate and free length.
    """
    check_elements(plan)
    solved = solve(plan, corrections)
    placement = solved.placement
    check_nodes(placement)
    c = gf.Component(name or plan.name)
    draw_devices(c, placement)
    draw_wires(c, placement)
    drawn = drawn_region(c)
    left_out = draw_planes(c, plan, drawn)
    filled = draw_fill(c, plan, moats_of(plan, lambda i, j: covered_moats(drawn, i, j))) if fill else {}
    draw_pins(c, plan)
    draw_labels(c, placement)
    c.info.update(_info(solved, placement) | {"moats_left_out": left_out} | filled)
    return c


def _info(solved: Solved, placement: Placement) -> dict:
    circuit, plan = placement.plan.circuit, placement.plan
    drawn = estimates(placement)
    biases = [RAIL_UV / r.r_ohm for r in circuit.of_kind(Resistor) if r.plus == RAIL]
    return {
        "width_um": plan.width_um, "height_um": plan.height_um, "area_um2": plan.width_um * plan.height_um,
        "junctions": len(circuit.of_kind(Junction)), "bias_ua": round(sum(biases), 3),
        "inductors": {name: [circuit[name].l_ph, round(drawn[name], 4), round(length, 4)]
                      for name, length in solved.lengths.items()},
    }  # fmt: skip
