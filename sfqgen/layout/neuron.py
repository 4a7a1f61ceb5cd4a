"""Places the cells of a neuron in rows so that their pins meet, and draws the whole.

    y 150      store_in | store_bit ...              | store_end     store line, DEC from the right
      110              reader          reader ...                    one per stage, tap above, tick and arm below
       50              cross splitter  cross splitter ... turn       tick line, arms cross it
        0  tree xj | swallow jtl      swallow jtl ...    token jtl   spike line, output to the right

A stage is 60 um wide. Every two pins that share a node of the circuit must lie on one another: that is checked.
"""

from __future__ import annotations

from dataclasses import asdict, astuple, dataclass
from functools import lru_cache

import gdsfactory as gf
import klayout.db as kdb

from cells.leak import Shape, delay_jtls, shape, tree_below
from cells.loop import REACH_UM
from cells.neuron import approach, delayed_token, neuron, sampler_jtls
from pdk_sfq5ee.cells.shapes import port, text
from sfqgen.errors import SfqgenError
from sfqgen.layout.leak import leak_blocks, leak_places, leak_start
from sfqgen.layout.library import Corrections, digest, drawn, filler, floor_plan
from sfqgen.layout.loop import SHIFT_UM, SPLITTER_UM, START_X, loop_blocks, loop_places, token_places
from sfqgen.layout.plan import SIDES, TILE_UM, FloorPlan, pin_point
from sfqgen.layout.rails import check_rails, strip_limit_ma
from sfqgen.layout.sampled import sampled_places
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
class Form:
    """What sets the place of every cell, as keywords of `cells.neuron.neuron`."""

    inputs: int
    levels: int
    reset: str = "frame"
    leak_ps: float | None = None
    sampled: bool = False

    @property
    def stages(self) -> int:
        return self.levels - 1

    @property
    def fold(self) -> Shape | None:
        """Of a leak's delay line."""
        return None if self.leak_ps is None else shape(delay_jtls(self.leak_ps, self.reset))

    @property
    def approach(self) -> tuple[str, ...]:
        return approach(self.inputs, self.leak_ps, self.reset)

    @property
    def delayed(self) -> bool:
        return delayed_token(self.reset, self.leak_ps)

    @property
    def tree_end(self) -> float:
        """Right edge of the tree: where the JTLs to the leak, or to the first swallow cell, begin."""
        if self.fold is not None:
            return leak_start(self.approach)
        return (START_X if self.reset == "self" else SWALLOW_X - JTL_UM) - len(self.approach) * JTL_UM

    @property
    def token_x(self) -> float:
        """Left edge of the token cell."""
        return SWALLOW_X + self.stages * STAGE_UM + (SHIFT_UM if self.delayed else 0.0)


@dataclass(frozen=True)
class Pinned:
    """A pin of an instance in the coordinates of the neuron."""

    instance: str
    name: str
    side: str
    x: float
    y: float


def draw_neuron(
    *, inputs: int, levels: int, reset: str = "frame", ic_scale: float = 1.0, leak_ps: float | None = None,
    sampled: bool = False, fill: bool = True, corrections: Corrections = (), bias_scales: BiasScales = (),
) -> gf.Component:  # fmt: skip
    """The layout of a neuron; keyword arguments as of `cells.neuron.neuron`, `corrections` from extraction in pH.

    `leak_ps`: the window of a leak, which stands between tree and first stage (`sfqgen.layout.leak`).
    `sampled`: inputs that hold their spikes, in the place of the tree (`sfqgen.layout.sampled`).
    `bias_scales` multiply biases by name, as `sfqgen build --recentre` finds them.

    `info` holds area_um2 (of the tiles), width_um, height_um, junctions, bias_ua, power_uw (static, at the rail),
    rail_limit_ma (of one strip) and largest_pillar_ua. Raises SfqgenError when a cell does not fit its place, when
    the rail carries too much, or when the neuron has no layout.
    """
    return _draw_neuron(Form(inputs, levels, reset, leak_ps, sampled), float(ic_scale), fill, corrections, bias_scales)


@lru_cache(maxsize=32)
def _draw_neuron(form: Form, ic_scale: float, fill: bool, corrections: Corrections,
                 bias_scales: BiasScales) -> gf.Component:  # fmt: skip
    circuit = with_bias_scales(neuron(ic_scale=ic_scale, **asdict(form)), bias_scales)
    places = placements(circuit, form)
    by_cell = {cell: dict(values) for cell, values in corrections}
    told = digest(*(v for v in astuple(form) if v not in (None, False)), ic_scale, fill, corrections, bias_scales)
    c = gf.Component(f"neuron_{form.inputs}x{form.levels}_{told}")
    parts = {name: drawn(cell, by_cell.get(name), fill=fill) for name, cell in circuit.cells.items()}
    junctions, bias = 0, 0.0
    for instance in circuit.of_kind(Instance):
        part = parts[instance.cell]
        ref = c << part
        ref.dcplx_trans = _transformation(places[instance.name], part)
        junctions, bias = junctions + part.info["junctions"], bias + part.info["bias_ua"]
    for block in _blocks(circuit, places, form):
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


def placements(circuit: Circuit, form: Form) -> dict[str, Place]:
    """Where every instance stands. Raises SfqgenError when two pins of one node do not meet."""
    if form.reset == "self":
        places = loop_places(form.stages, TICK_Y, form.token_x)
    else:
        places = {"X_xj": Place(SWALLOW_X - (JTL_UM if form.fold is None else REACH_UM), SPIKE_Y)}
    if form.fold is not None:
        places |= leak_places(form.fold, form.approach, form.reset)
    places |= _spike_row(form) | _tick_row(form) | _store_rows(form.stages) | _input_places(form)
    _check_joined(circuit, places)
    return places


def _input_places(form: Form) -> dict[str, Place]:
    """Sampled inputs, or the tree and the JTLs between it and the first stage."""
    if form.sampled:
        return sampled_places(form.inputs, sampler_jtls(form.levels))
    places = tree_places(form.inputs, form.tree_end, AXIS_Y)
    if form.fold is None:
        places |= {f"X_xa{i}": Place(form.tree_end + i * JTL_UM, SPIKE_Y) for i in range(len(form.approach))}
    return places


def _blocks(circuit: Circuit, places: dict[str, Place], form: Form) -> list[Block]:
    blocks = [] if form.sampled else tree_blocks(form.inputs, form.tree_end, AXIS_Y)
    if form.reset == "self":
        blocks += loop_blocks(form.token_x)
    if form.fold is not None:
        blocks += leak_blocks(form.fold, _taken(circuit, places), tree_below(form.inputs, form.fold.columns))
    return blocks


def _taken(circuit: Circuit, places: dict[str, Place]) -> set[tuple[int, int]]:
    """Tiles under the cells, counted from the origin."""
    found = set()
    for instance in circuit.of_kind(Instance):
        place, (columns, rows) = places[instance.name], floor_plan(circuit.cells[instance.cell]).tiles
        column, row = round(place.x / TILE_UM), round(place.y / TILE_UM)
        found |= {(column + i, row + j) for i in range(columns) for j in range(rows)}
    return found


def _spike_row(form: Form) -> dict[str, Place]:
    start, token = SWALLOW_X, form.token_x
    places = {}
    for i in range(form.stages):
        places[f"X_w{i}"] = Place(start + i * STAGE_UM, SPIKE_Y)
        places[f"X_y{i}"] = Place(start + (i + 1) * STAGE_UM - JTL_UM, SPIKE_Y)
    out = token + TOKEN_UM + (SPLITTER_UM if form.reset == "self" else 0.0)
    return places | {"X_d": Place(token, SPIKE_Y), "X_z": Place(out, SPIKE_Y)}


def _tick_row(form: Form) -> dict[str, Place]:
    places = {"X_t": Place(form.token_x - SWALLOW_X, TICK_Y)}
    if form.delayed:
        places |= token_places(form.stages, TICK_Y, form.token_x)
    for i in range(form.stages):
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
