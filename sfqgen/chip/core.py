"""The core of a chip: the neuron with its converters beside its pins, as one cell, and the tiles that it stands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import gdsfactory as gf
import klayout.db as kdb

from pdk_sfq5ee.cells.shapes import layer_index, text
from sfqgen.chip.circuit import OUTPUT, converter_cells
from sfqgen.chip.route import BACK, STEPS, Tile
from sfqgen.errors import SfqgenError
from sfqgen.layout.draw import draw_cell
from sfqgen.layout.library import Corrections, digest, drawn_once, floor_plan
from sfqgen.layout.neuron import Pinned, draw_neuron, pins_of
from sfqgen.layout.plan import TILE_UM, FloorPlan
from sfqgen.layout.tree import Place
from sfqgen.netlist.circuit import RAIL

STRIP_SIDE_UM = 2.0  # from the axis of the bias rail: just outside its strip
EDGES = {0: "e", 180: "w", 90: "n", 270: "s"}
PROBE_UM = 0.15


@dataclass(frozen=True)
class Pin:
    """Where a line ends at the core: at (x_um, y_um), in which free tile beside it, entered by which edge."""

    name: str
    x_um: float
    y_um: float
    tile: Tile
    edge: str


@dataclass(frozen=True)
class Core:
    """`taken` are the tiles (10 um, counted from the neuron's origin) under devices; `rails` the ends of the bias rail:
    free tiles and the edges by which it enters them. `converters` counts the pins that have one."""

    component: gf.Component
    taken: frozenset[Tile]
    pins: tuple[Pin, ...]
    rails: tuple[tuple[Tile, str], ...]
    converters: int
    width_um: float
    height_um: float


@dataclass(frozen=True)
class Form:
    """A floor plan to try, with the pin that meets the neuron and the one that faces outwards. Drawn for a pin at the
    right, or for one at the left when `mirrored`; `outer_rail`: the bias rail goes on at the outer side."""

    plan: FloorPlan
    inner: str
    outer: str
    mirrored: bool = False
    outer_rail: bool = True


@dataclass(frozen=True)
class Converter:
    """A cell beside the neuron: for which pin, where its own outer pin lies, and how it stands."""

    port: str
    outer: Pinned
    plan: FloorPlan
    place: Place


def draw_core(kwargs: dict, corrections: Corrections = (), of_converters: Corrections = (),
              name: str = "core") -> Core:  # fmt: skip
    """Neuron and converters with what extraction found missing in the cells of each; `kwargs` as of `draw_neuron`.

    Raises SfqgenError when a converter finds no room.
    """
    neuron = draw_neuron(corrections=corrections, **kwargs)
    taken = _tiles(neuron)
    converters = _converters(neuron, taken)
    c = gf.Component(name)
    c << neuron
    for one in converters:
        ref = c << converter(one.plan, dict(dict(of_converters).get(one.plan.name, ())))
        ref.dcplx_trans = _transformation(one)
        taken |= _tiles_of(ref.dbbox())
    pins = _pins(c, neuron, converters)
    box, converted = c.dbbox(), {one.port for one in converters}
    return Core(c, frozenset(taken), pins, tuple(rail_ends(c, taken)), len(converted), box.width(), box.height())


def ends_um(core: Core) -> list[tuple[str, str, float, float]]:
    """Where lines and rail meet the core: net, metal, x and y in the coordinates of the neuron, half a um outside."""
    ends = [(p.name, "M6", p.x_um - 0.5 * STEPS[p.edge][0], p.y_um - 0.5 * STEPS[p.edge][1]) for p in core.pins]
    reach = TILE_UM / 2 - 0.5
    for (i, j), edge in core.rails:
        dx, dy = STEPS[edge]
        ends.append((RAIL, "M0", (i + 0.5) * TILE_UM + reach * dx, (j + 0.5) * TILE_UM + reach * dy))
    return ends


def _tiles(c: gf.Component) -> set[Tile]:
    return {tile for ref in c.insts for tile in _tiles_of(ref.dbbox())}


def _tiles_of(box: kdb.DBox) -> set[Tile]:
    low, high = (round(box.left / TILE_UM), round(box.bottom / TILE_UM)), (box.right / TILE_UM, box.top / TILE_UM)
    return {(i, j) for i in range(low[0], round(high[0])) for j in range(low[1], round(high[1]))}


def _converters(neuron: gf.Component, taken: set[Tile]) -> list[Converter]:
    """What stands beside each pin, from the lowest pin up, in the first of its forms that finds room."""
    ends = rail_ends(neuron, taken)
    placed, occupied = [], set(taken)
    for port in sorted(neuron.ports, key=lambda p: (p.dcenter[1], p.dcenter[0])):
        at = Pinned("", port.name, EDGES[round(port.orientation)], *port.dcenter)
        for forms in _chain(port.name):
            one = _placed(at, forms, occupied, ends)
            occupied |= _tiles_of(_box(one))
            placed.append(one)
            at = replace(one.outer, name=port.name)
    return placed


def _chain(port: str) -> list[list[Form]]:
    """What follows one another outwards from a pin, each in its forms."""
    plans = {name: floor_plan(cell) for name, cell in converter_cells().items()}
    if port != OUTPUT:
        return [[Form(plans[name], "q", "a", mirrored=True) for name in ("dcsfq", "dcsfq_low")]]
    return [[Form(plans["jtl"], "a", "q", outer_rail=False)], [Form(plans["sfqdc"], "a", "q")]]


def _placed(at: Pinned, forms: list[Form], occupied: set[Tile], ends: list[tuple[Tile, str]]) -> Converter:
    """The first form that has room at a pin and whose rail agrees with the ends of the neuron's rail there."""
    for form in forms if at.side in ("e", "w") else ():
        one = _beside(at, form)
        tiles = _tiles_of(_box(one))
        met = [tile for tile, _ in ends if tile in tiles]
        row = round(one.place.y / TILE_UM) + form.plan.rail_row
        if not tiles & occupied and all(tile[1] == row for tile in met):
            inner, outer = bool(met), form.outer_rail  # closed towards the neuron unless its rail lies there too
            opened = (outer, inner) if form.mirrored else (inner, outer)
            return replace(one, plan=replace(form.plan, rail_open=opened))
    raise SfqgenError(f"no room for the converter beside pin {at.name}", where="chip",
                      remedy="fewer inputs or levels, or inputs that are not sampled")  # fmt: skip


def _beside(at: Pinned, form: Form) -> Converter:
    """A form with its inner pin on the pin `at`."""
    mirrored = (at.side == "e") == form.mirrored
    inner, outer = ({p.name: p for p in pins_of(form.plan, "", Place(0.0, 0.0, mirrored))}[name]
                    for name in (form.inner, form.outer))  # fmt: skip
    x, y = round(at.x - inner.x, 3), round(at.y - inner.y, 3)
    outwards = Pinned("", form.outer, {"left": "w", "right": "e"}[outer.side], x + outer.x, y + outer.y)
    return Converter(at.name, outwards, form.plan, Place(x, y, mirrored))


def _box(one: Converter) -> kdb.DBox:
    return kdb.DBox(one.place.x, one.place.y, one.place.x + one.plan.width_um, one.place.y + one.plan.height_um)


def converter(plan: FloorPlan, corrections: Mapping[str, float]) -> gf.Component:
    """The drawn converter; the same component for equal plans and corrections within one process."""
    key = (plan.name, plan.pins, plan.rail_open, tuple(repr(e) for e in plan.circuit), sorted(corrections.items()))
    name = f"{plan.name}_{digest(*key)}"
    return drawn_once(name, lambda: draw_cell(plan, corrections, name=name))


def _transformation(one: Converter) -> kdb.DCplxTrans:
    if one.place.mirrored:
        return kdb.DCplxTrans(1, 180, True, one.place.x + one.plan.width_um, one.place.y)
    return kdb.DCplxTrans(one.place.x, one.place.y)


def _pins(c: gf.Component, neuron: gf.Component, converters: list[Converter]) -> tuple[Pin, ...]:
    """The outer pins in the order of the neuron's ports, labelled in `c`."""
    outer = {port.name: (*port.dcenter, EDGES[round(port.orientation)]) for port in neuron.ports}
    for one in converters:  # the last of a pin is the outermost
        outer[one.port] = (one.outer.x, one.outer.y, one.outer.side)
    pins = []
    for port in neuron.ports:
        x, y, edge = outer[port.name]
        text(c, "M6_PIN", port.name, x, y)
        text(c, "PORT_TEXT", f"P_{port.name} M6 M4", x, y)
        pins.append(Pin(port.name, x, y, _outside(x, y, edge), BACK[edge]))
    return tuple(pins)


def _outside(x: float, y: float, edge: str) -> Tile:
    """The tile on the far side of an edge of the core."""
    dx, dy = STEPS[edge]
    return int((x + dx) // TILE_UM), int((y + dy) // TILE_UM)


def rail_ends(c: gf.Component, taken: set[Tile]) -> list[tuple[Tile, str]]:
    """Free tiles that the bias rail of a taken neighbour runs into, and by which edge.

    The rail is told from the plane by its sides: M0 in the middle of the edge, and none 2 um beside it.
    """
    metal = kdb.Region(c.begin_shapes_rec(layer_index(c, "M0"))).merged()
    edges = [(tile, edge) for tile in sorted(taken) for edge, (dx, dy) in STEPS.items()
             if (tile[0] + dx, tile[1] + dy) not in taken]  # fmt: skip
    middle, beside = (_probed(metal, edges, off) for off in (0.0, STRIP_SIDE_UM))
    ends = []
    for k, ((i, j), edge) in enumerate(edges):
        if k in middle and k not in beside:
            dx, dy = STEPS[edge]
            ends.append(((i + dx, j + dy), BACK[edge]))
    return ends


def _probed(metal: kdb.Region, edges: list[tuple[Tile, str]], off_um: float) -> set[int]:
    """Numbers of the edges that have metal `off_um` beside their middle, just inside."""
    number, probes = {}, kdb.Region()
    for k, ((i, j), edge) in enumerate(edges):
        dx, dy = STEPS[edge]
        reach = TILE_UM / 2 - PROBE_UM
        x = (i + 0.5) * TILE_UM + dx * reach + abs(dy) * off_um
        y = (j + 0.5) * TILE_UM + dy * reach + abs(dx) * off_um
        box = kdb.DBox(x - 0.05, y - 0.05, x + 0.05, y + 0.05).to_itype(0.001)
        number[box] = k
        probes.insert(box)
    probes.merged_semantics = False
    return {number[p.bbox()] for p in probes.interacting(metal).each()}
