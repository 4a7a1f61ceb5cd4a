"""Places the cells of a neuron in rows so that their pins meet, and draws the whole.

    y 150      store_in | store_bit ...              | store_end     store line, DEC from the right
      110              reader          reader ...                    one per stage, tap above, tick and arm below
       50              cross splitter  cross splitter ... turn       tick line, arms cross it
        0  tree xj | swallow jtl      swallow jtl ...    token jtl   spike line, output to the right

A stage is 60 um wide. Every two pins that share a node of the circuit must lie on one another: that is checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import gdsfactory as gf
import klayout.db as kdb

from cells.neuron import APPROACH_JTLS, neuron
from pdk_sfq5ee.cells.shapes import port, text
from sfqgen.errors import SfqgenError
from sfqgen.layout.library import Corrections, digest, drawn, filler, floor_plan
from sfqgen.layout.loop import SHIFT_UM, SPLITTER_UM, START_X, loop_blocks, loop_places
from sfqgen.layout.plan import SIDES, FloorPlan, pin_point
from sfqgen.layout.rails import check_rails, strip_limit_ma
from sfqgen.layout.tree import Block, Place, tree_blocks, tree_places
from sfqgen.netlist.bias import BiasScales, with_bias_scales
from sfqgen.netlist.circuit import Circuit, Instance
from sfqgen.netlist.views import RAIL_UV

STAGE_UM = 60.0
SPIKE_Y, TICK_Y, READER_Y, STORE_Y = 0.0, 50.0, 110.0, 150.0
JTL_UM, TOKEN_UM, STORE_IN_UM, SPLITTER_X, AXIS_Y = 20.0, 60.0, 40.0, 30.0, 25.0
SWALLOW_X, STORE_X = -10.0, 10.0
"""Offsets of the rows against the cross, so that the arm enters the swallow cell and the tap leaves the store cell."""
OPPOSITE = {"left": "right", "right": "left", "top": "bottom", "bottom": "top"}


@dataclass(frozen=True)
class Pinned:
    """A pin of an instance in the coordinates of the neuron."""

    instance: str
    name: str
    side: str
    x: float
    y: float


def draw_neuron(
    *, inputs: int, levels: int, reset: str = "frame", ic_scale: float = 1.0, fill: bool = True,
    corrections: Corrections = (), bias_scales: BiasScales = (),
) -> gf.Component:  # fmt: skip
    """The layout of a neuron; keyword arguments as of `cells.neuron.neuron`, `corrections` from extraction in pH.

    `bias_scales` multiply biases by name, as `sfqgen build --recentre` finds them.

    `info` holds area_um2 (of the tiles), width_um, height_um, junctions, bias_ua, power_uw (static, at the rail),
    rail_limit_ma (of one strip) and largest_pillar_ua. Raises SfqgenError when a cell does not fit its place, when
    the rail carries too much, or when the neuron has no layout.
    """
    return _draw_neuron(inputs, levels, reset, float(ic_scale), fill, corrections, bias_scales)


@lru_cache(maxsize=32)
def _draw_neuron(inputs: int, levels: int, reset: str, ic_scale: float, fill: bool,
                 corrections: Corrections, bias_scales: BiasScales) -> gf.Component:  # fmt: skip
    circuit = with_bias_scales(neuron(inputs=inputs, levels=levels, reset=reset, ic_scale=ic_scale), bias_scales)
    places = placements(circuit, inputs, levels, reset)
    by_cell = {cell: dict(values) for cell, values in corrections}
    told = digest(inputs, levels, reset, ic_scale, fill, corrections, bias_scales)
    c = gf.Component(f"neuron_{inputs}x{levels}_{told}")
    parts = {name: drawn(cell, by_cell.get(name), fill=fill) for name, cell in circuit.cells.items()}
    junctions, bias = 0, 0.0
    for instance in circuit.of_kind(Instance):
        part = parts[instance.cell]
        ref = c << part
        ref.dcplx_trans = _transformation(places[instance.name], part)
        junctions, bias = junctions + part.info["junctions"], bias + part.info["bias_ua"]
    for block in _blocks(inputs, levels - 1, reset):
        ref = c << filler(block.tiles, block.rail_row, block.bus, block.rail_open, fill)
        ref.dcplx_trans = kdb.DCplxTrans(block.x, block.y)
    _draw_ports(c, circuit, places)
    box = c.dbbox()
    pillar = check_rails(bias, {name: floor_plan(cell) for name, cell in circuit.cells.items()})
    c.info.update({
        "area_um2": round(_area_um2(c), 1), "width_um": round(box.width(), 3), "height_um": round(box.height(), 3),
        "junctions": junctions, "bias_ua": round(bias, 1), "power_uw": round(bias * RAIL_UV / 1e6, 2),
        "rail_limit_ma": round(strip_limit_ma(), 1), "largest_pillar_ua": round(pillar, 1),
    })  # fmt: skip
    return c


def _transformation(place: Place, part: gf.Component) -> kdb.DCplxTrans:
    if place.mirrored and place.flipped:
        return kdb.DCplxTrans(1, 180, False, place.x + part.info["width_um"], place.y + part.info["height_um"])
    if place.mirrored:
        return kdb.DCplxTrans(1, 180, True, place.x + part.info["width_um"], place.y)
    if place.flipped:
        return kdb.DCplxTrans(1, 0, True, place.x, place.y + part.info["height_um"])
    return kdb.DCplxTrans(place.x, place.y)


def placements(circuit: Circuit, inputs: int, levels: int, reset: str) -> dict[str, Place]:
    """Where every instance stands. Raises SfqgenError when two pins of one node do not meet."""
    stages = levels - 1
    if reset == "self":
        places = loop_places(stages, TICK_Y, _token_x(stages, reset))
    else:
        places = {"X_xj": Place(SWALLOW_X - JTL_UM, SPIKE_Y)}
    end = _tree_end(inputs, reset)
    places |= _spike_row(inputs, stages, reset) | _tick_row(stages, reset) | _store_rows(stages)
    places |= tree_places(inputs, end, AXIS_Y)
    _check_joined(circuit, places)
    return places


def _blocks(inputs: int, stages: int, reset: str) -> list[Block]:
    blocks = tree_blocks(inputs, _tree_end(inputs, reset), AXIS_Y)
    return blocks + (loop_blocks(_token_x(stages, reset)) if reset == "self" else [])


def _approach(inputs: int) -> int:
    return APPROACH_JTLS if inputs > 2 else 0


def _tree_end(inputs: int, reset: str) -> float:
    """Right edge of the tree: where the JTLs to the first swallow cell begin."""
    start = START_X if reset == "self" else SWALLOW_X - JTL_UM
    return start - _approach(inputs) * JTL_UM


def _token_x(stages: int, reset: str) -> float:
    return SWALLOW_X + stages * STAGE_UM + (SHIFT_UM if reset == "self" else 0.0)


def _spike_row(inputs: int, stages: int, reset: str) -> dict[str, Place]:
    start, token = SWALLOW_X, _token_x(stages, reset)
    end = _tree_end(inputs, reset)
    places = {f"X_xa{i}": Place(end + i * JTL_UM, SPIKE_Y) for i in range(_approach(inputs))}
    for i in range(stages):
        places[f"X_w{i}"] = Place(start + i * STAGE_UM, SPIKE_Y)
        places[f"X_y{i}"] = Place(start + (i + 1) * STAGE_UM - JTL_UM, SPIKE_Y)
    out = token + TOKEN_UM + (SPLITTER_UM if reset == "self" else 0.0)
    return places | {"X_d": Place(token, SPIKE_Y), "X_z": Place(out, SPIKE_Y)}


def _tick_row(stages: int, reset: str) -> dict[str, Place]:
    places = {"X_t": Place(_token_x(stages, reset) - SWALLOW_X, TICK_Y)}
    for i in range(stages):
        places[f"X_x{i}"] = Place(i * STAGE_UM, TICK_Y)
        places[f"X_tq{i}"] = Place(i * STAGE_UM + SPLITTER_X, TICK_Y)
    return places


def _store_rows(stages: int) -> dict[str, Place]:
    places = {"X_si": Place(STORE_X - STORE_IN_UM, STORE_Y), "X_so": Place(STORE_X + (stages - 1) * STAGE_UM, STORE_Y)}
    for i in range(stages - 1):
        places[f"X_s{i}"] = Place(STORE_X + i * STAGE_UM, STORE_Y)
    return places | {f"X_k{i}": Place(i * STAGE_UM, READER_Y, mirrored=True) for i in range(stages)}


def pins_of(plan: FloorPlan, instance: str, place: Place) -> list[Pinned]:
    pins = []
    for pin in plan.pins:
        x, y = pin_point(plan, pin)
        turned = place.mirrored if pin.side in ("left", "right") else place.flipped
        x = plan.width_um - x if place.mirrored else x
        y = plan.height_um - y if place.flipped else y
        pins.append(Pinned(instance, pin.name, OPPOSITE[pin.side] if turned else pin.side, place.x + x, place.y + y))
    return pins


def _by_node(circuit: Circuit, places: dict[str, Place]) -> dict[str, list[Pinned]]:
    plans = {name: floor_plan(cell) for name, cell in circuit.cells.items()}
    nodes: dict[str, list[Pinned]] = {}
    for instance in circuit.of_kind(Instance):
        if instance.name not in places:
            raise SfqgenError("has no place in the layout", where=f"instance {instance.name}")
        net = dict(zip(circuit.cells[instance.cell].ports, instance.nodes, strict=True))
        for pin in pins_of(plans[instance.cell], instance.name, places[instance.name]):
            nodes.setdefault(net[pin.name], []).append(pin)
    return nodes


def _check_joined(circuit: Circuit, places: dict[str, Place]) -> None:
    """Every inner node joins two pins that face each other at one point; every port of the neuron has one pin."""
    for node, pins in _by_node(circuit, places).items():
        if node in circuit.ports:
            if len(pins) != 1:
                raise SfqgenError(f"{len(pins)} pins on port {node}", where="layout")
            continue
        if len(pins) != 2 or (pins[0].x, pins[0].y) != (pins[1].x, pins[1].y) or OPPOSITE[pins[0].side] != pins[1].side:
            said = ", ".join(f"{p.name} of {p.instance} at ({p.x:g}, {p.y:g})" for p in pins)
            raise SfqgenError(f"pins of node {node} do not meet: {said}", where="layout")


def _draw_ports(c: gf.Component, circuit: Circuit, places: dict[str, Place]) -> None:
    for node, pins in _by_node(circuit, places).items():
        if node in circuit.ports:
            port(c, node, "M6", pins[0].x, pins[0].y, 2.0, SIDES[pins[0].side])
            text(c, "M6_PIN", node, pins[0].x, pins[0].y)
            text(c, "PORT_TEXT", f"P_{node} M6 M4", pins[0].x, pins[0].y)


def _area_um2(c: gf.Component) -> float:
    return sum(ref.cell.dbbox().area() for ref in c.insts)
