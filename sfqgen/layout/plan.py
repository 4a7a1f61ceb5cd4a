"""What a floor plan says: where devices stand, how inductors run, which length of each is free. Data only, in um.

The origin is the lower left corner of the cell, tiles are 10 um. A path is a list of steps:

    "B_a"            head of a junction (M6), at the junction centre; "B_a.base" its base (M5), "B_a.far" the pad at
                     the far end of its shunt (M6, same node as the base)
    "RI_s.start"     the contacts of a resistor; "RI_s.end"
    "pin a"          a pin of the cell, on its edge; "pillar 0" the first bias pillar
    "m"              a branch point of `nodes`, named like the circuit's node
    ("B_a", 0, -2)   any of these, moved by (dx, dy): where on a pad the line enters
    (x, y)           a corner; None keeps the coordinate of the step before
    Change("M5")     go on with another layer, through an I5 via at the last point
    Width(1.4)       go on with another width

x and y may contain free lengths: `30 + free("L_1")`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TypeAlias

from pdk_sfq5ee import rules, sizing
from sfqgen.layout.free import GRID_UM, Number
from sfqgen.netlist.circuit import Circuit

TILE_UM = 10.0
ROW_UM = 70.0
TURNS = {"up": 0, "left": 90, "down": 180, "right": 270}
SIDES = {"left": 180, "right": 0, "top": 90, "bottom": 270}


@dataclass(frozen=True)
class Change:
    layer: str


@dataclass(frozen=True)
class Width:
    w_um: Number


Step: TypeAlias = str | tuple | Change | Width


@dataclass(frozen=True)
class Part:
    """A junction with its shunt (`B_...`) or a bias resistor (`RI_...`): the point (x, y) and where the bar points.

    (x, y) is the junction centre, or the first contact of a resistor. The head of a floating junction is its plus
    node unless `flipped`.
    """

    name: str
    x: Number
    y: Number
    points: str = "down"
    flipped: bool = False
    legs: int = 1


@dataclass(frozen=True)
class Route:
    """An inductor of the circuit, drawn from its first to its last step. `limits` bound its free length, um.

    The free length may stand in the path, in a device's place or in the width: `1.4 + free("L_2")`.
    """

    name: str
    w_um: Number
    path: tuple[Step, ...]
    limits: tuple[float, float]
    layer: str = "M6"


@dataclass(frozen=True)
class Strap:
    """Metal that joins points of one node: the feed from a pillar to a resistor, two heads side by side."""

    node: str
    w_um: float
    path: tuple[Step, ...]
    layer: str = "M6"


@dataclass(frozen=True)
class Pin:
    """A port of the circuit on an edge of the cell: `side` and the tile along it, counted from the lower left."""

    name: str
    side: str
    tile: int


@dataclass(frozen=True)
class FloorPlan:
    """A cell: `tiles` (columns, rows of 10 um), devices, inductors, straps, pins, pillars at (column, row) tiles.

    `nodes` are branch points by circuit node: (x, y), or (x, y, layer) when they are not on M6. `rail_row` is the tile
    row of the M0 bias strip (None: no strip, and each `bus` runs from edge to edge); pillars in other rows hang on
    branches of it, and `bus` takes it down or up to the edge in the given columns. `rail_open` says whether the strip
    reaches the left and the right edge; each of `feeds` (row, column) leads a branch of the rail in that column to the
    right edge, each of `feeds_left` to the left one. At each of `grounds` (x, y) M6 goes up to the sky plane.
    """

    circuit: Circuit
    tiles: tuple[int, int]
    parts: tuple[Part, ...]
    routes: tuple[Route, ...]
    straps: tuple[Strap, ...] = ()
    pins: tuple[Pin, ...] = ()
    pillars: tuple[tuple[int, int], ...] = ()
    nodes: dict[str, tuple] = field(default_factory=dict)
    rail_row: int | None = 6
    bus: tuple[tuple[int, str], ...] = ()
    rail_open: tuple[bool, bool] = (True, True)
    feeds: tuple[tuple[int, int], ...] = ()
    grounds: tuple[tuple[float, float], ...] = field(default=(), repr=False)  # keys of plans without any stay valid
    feeds_left: tuple[tuple[int, int], ...] = field(default=(), repr=False)  # as `grounds`

    @property
    def name(self) -> str:
        return self.circuit.name

    @property
    def width_um(self) -> float:
        return self.tiles[0] * TILE_UM

    @property
    def height_um(self) -> float:
        return self.tiles[1] * TILE_UM


def escape_um(ic_ua: float) -> float:
    """Distance from a junction's centre to the nearest via that takes its base up to M6."""
    reach = sizing.junction_radius_um(ic_ua) + rules.separation("I5", "J5") + rules.size("I5") / 2
    return math.ceil(round(reach / GRID_UM, 3) + 1) * GRID_UM


def pin_point(plan: FloorPlan, pin: Pin) -> tuple[float, float]:
    """The middle of the pin on the cell edge: at mid-height of its tile."""
    along = (pin.tile + 0.5) * TILE_UM
    return {
        "left": (0.0, along), "right": (plan.width_um, along), "bottom": (along, 0.0), "top": (along, plan.height_um),
    }[pin.side]  # fmt: skip
