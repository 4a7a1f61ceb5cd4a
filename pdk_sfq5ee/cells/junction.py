"""Josephson junction with its shunt, drawn as one compact bar.

The junction circle sits at the origin, the shunt runs up from it (turn the instance for other directions):

    [I5 (+ I6 to the sky plane when grounded)]   far end of the shunt, an M6 pad taken down to M5
    [C5R]
     R5     over the M5 bar; grounded: one I4 takes the bar to the ground plane under the resistor
    [C5R]
    (J5)    M6 head over junction and first contact, M5 base under it

Drawn size and shunt length follow `pdk_sfq5ee.sizing`; distances are the safe values of `data/rules.yaml`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import gdsfactory as gf

from pdk_sfq5ee import rules, sizing
from pdk_sfq5ee.cells.shapes import box, centred, polygon, port
from pdk_sfq5ee.process import constant

FACETS = 32
GRID_UM = 0.005
LEAST_GAP_UM = 1.45  # between the two contacts of a shunt: room for the space between head and far pad
OVERHANG_UM = 0.3  # R5 beyond its contact
PAD_UM = 0.365  # M6 beyond a C5R contact
I4_UM, I5_UM, I6_UM = 1.0, 0.7, 1.3
BAR_UM = 1.75  # M5 under the resistor: I5 with its surround
BASE_UM = 0.515  # M5 beyond J5
HEAD_UM = 0.365  # M6 beyond J5


@dataclass(frozen=True)
class JunctionShape:
    """Measures of a junction bar in um, y upwards from the junction centre. Zeros where there is no shunt."""

    ic_ua: float
    area_um2: float
    radius_um: float
    r_ohm: float
    w_um: float
    contact_um: float
    contact1_um: float  # lower edge of the first contact
    contact2_um: float  # lower edge of the second contact
    i5_um: float  # lower edge of the via at the far end
    grounded: bool

    @property
    def head_half_um(self) -> float:
        """Half the width of the M6 head; its lower edge is as far below the centre."""
        return snap_up(max(self.radius_um + HEAD_UM, self.contact_um / 2 + PAD_UM))

    @property
    def head_top_um(self) -> float:
        if not self.r_ohm:
            return self.head_half_um
        return snap_up(self.contact1_um + sizing.resistor_figure("contact_um") + PAD_UM)

    @property
    def base_half_um(self) -> float:
        return snap_up(max(self.radius_um + BASE_UM, self.head_half_um + 0.1, BAR_UM / 2))

    @property
    def far_centre_um(self) -> float:
        """Centre of the far pad's via."""
        return self.i5_um + I5_UM / 2

    @property
    def top_um(self) -> float:
        """Upper end of the M5 bar."""
        if not self.r_ohm:
            return self.base_half_um if not self.grounded else self.i4_um + I4_UM + 0.35
        return self.i5_um + I5_UM + 0.525

    @property
    def i4_um(self) -> float:
        """Lower edge of the ground via."""
        return snap_up(self.radius_um + rules.separation("I4", "J5"))


def snap_up(value_um: float) -> float:
    return math.ceil(round(value_um / GRID_UM, 6)) * GRID_UM


@lru_cache(maxsize=1024)
def junction_shape(ic_ua: float, r_ohm: float | None = None, grounded: bool = True) -> JunctionShape:
    """Measures for a critical current and a shunt (`r_ohm` None: IcRs of the process; 0: no shunt).

    Raises ValueError outside the range that can be drawn.
    """
    low, high = sizing.junction_figure("drawn_range_ua")
    if not low <= ic_ua <= high:
        raise ValueError(f"ic_ua is {ic_ua:g}; allowed: {low:g} to {high:g} uA; remedy: another ic_scale or value")
    r_ohm = round(constant("icrs") / ic_ua, 4) if r_ohm is None else r_ohm
    area = sizing.junction_area_um2(ic_ua)
    radius = _circumradius(area)
    if not r_ohm:
        return JunctionShape(ic_ua, area, radius, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, grounded)
    w, contact, gap = _strip(r_ohm)
    contact1 = snap_up(radius + max(
        rules.separation("C5R", "J5"), rules.separation("R5", "J5") + OVERHANG_UM,
        rules.separation("C5R", "C5J") - sizing.junction_figure("c5j_inset_um"),
    ) + 0.01)  # fmt: skip
    contact2 = contact1 + sizing.resistor_figure("contact_um") + gap
    i5 = snap_up(contact2 + sizing.resistor_figure("contact_um")
                 + max(rules.separation("I5", "C5R"), rules.separation("I5", "R5") + OVERHANG_UM))  # fmt: skip
    return JunctionShape(ic_ua, area, radius, r_ohm, w, contact, contact1, contact2, i5, grounded)


def _strip(r_ohm: float) -> tuple[float, float, float]:
    """Width, contact width and gap of a shunt: the standard width, or wider if the gap would be too short."""
    w = sizing.resistor_figure("width_um")
    spare = w - sizing.resistor_figure("contact_um")
    while w <= rules.limit("R5.WMAX"):
        gap = sizing.strip_gap_um(r_ohm, w, w - spare)
        if gap >= LEAST_GAP_UM - 1e-9:
            return round(w, 3), round(w - spare, 3), round(gap / GRID_UM) * GRID_UM
        w += 2 * 0.025
    raise ValueError(f"r_ohm is {r_ohm:g}; allowed: a shunt of at most {rules.limit('R5.WMAX'):g} um width")


def _circumradius(area_um2: float) -> float:
    """Radius of the corners of a regular polygon of that area."""
    return math.sqrt(2 * area_um2 / (FACETS * math.sin(2 * math.pi / FACETS)))


@lru_cache(maxsize=1024)
def circle_points(area_um2: float) -> tuple[tuple[float, float], ...]:
    """Corners, on the grid, of the polygon whose area comes nearest to `area_um2`."""
    ideal = _circumradius(area_um2)
    candidates = [_on_grid(ideal + step * GRID_UM / 10) for step in range(-10, 11)]
    return min(candidates, key=lambda points: abs(_area(points) - area_um2))


def _on_grid(radius: float) -> tuple[tuple[float, float], ...]:
    # One octant is rounded and mirrored, so that the polygon looks the same after any turn.
    octant = []
    for k in range(FACETS // 8 + 1):
        angle = 2 * math.pi * k / FACETS
        octant.append((round(radius * math.cos(angle) / GRID_UM), round(radius * math.sin(angle) / GRID_UM)))
    octant[-1] = (octant[-1][0], octant[-1][0])
    quarter = octant + [(y, x) for x, y in reversed(octant[:-1])]
    half = quarter + [(-x, y) for x, y in reversed(quarter[:-1])]
    full = half + [(x, -y) for x, y in reversed(half[1:-1])]
    return tuple((x * GRID_UM, y * GRID_UM) for x, y in full)


def _area(points: tuple[tuple[float, float], ...]) -> float:
    shifted = points[1:] + points[:1]
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(points, shifted, strict=True))) / 2


@gf.cell
def junction(ic_ua: float = 250.0, r_ohm: float | None = None, grounded: bool = True) -> gf.Component:
    """A junction of `ic_ua` (uA) with a shunt of `r_ohm` (ohm) along +y.

    Args:
        ic_ua: critical current, 45 to 450 uA.
        r_ohm: shunt resistance; None takes IcRs of the process, 0 draws no shunt.
        grounded: base taken to ground plane and sky plane; otherwise both nodes are free.

    Ports: `plus` on the head (M6, facing down), `plus_w`, `plus_e` on its flanks; `minus` at the far pad (M6, facing
    up) and `base` (M5, facing down). Raises ValueError outside the range.
    """
    shape = junction_shape(ic_ua, r_ohm, grounded)
    c = gf.Component()
    _junction_stack(c, shape)
    if shape.r_ohm:
        _shunt(c, shape)
    if grounded:
        _to_ground(c, shape)
    _ports(c, shape)
    c.info.update({
        "ic_ua": ic_ua, "area_um2": round(_area(circle_points(shape.area_um2)), 5), "r_ohm": shape.r_ohm,
        "shunt_w_um": shape.w_um, "shunt_gap_um": round(_gap(shape), 3), "grounded": grounded,
    })  # fmt: skip
    return c


def _gap(shape: JunctionShape) -> float:
    return shape.contact2_um - shape.contact1_um - sizing.resistor_figure("contact_um") if shape.r_ohm else 0.0


def _junction_stack(c: gf.Component, shape: JunctionShape) -> None:
    polygon(c, "J5", circle_points(shape.area_um2))
    contact_radius = shape.radius_um - sizing.junction_figure("c5j_inset_um")
    polygon(c, "C5J", _on_grid(contact_radius))
    half, base = shape.head_half_um, shape.base_half_um
    box(c, "M6", -half, -half, half, shape.head_top_um)
    box(c, "M5", -base, -base, base, max(base, shape.head_top_um + 0.1) if shape.r_ohm else base)


def _shunt(c: gf.Component, shape: JunctionShape) -> None:
    length = sizing.resistor_figure("contact_um")
    half = shape.contact_um / 2
    for y in (shape.contact1_um, shape.contact2_um):
        box(c, "C5R", -half, y, half, y + length)
    box(c, "R5", -shape.w_um / 2, shape.contact1_um - OVERHANG_UM, shape.w_um / 2,
        shape.contact2_um + length + OVERHANG_UM)  # fmt: skip
    pad_half = snap_up(max(half + PAD_UM, I5_UM / 2 + 0.375))
    box(c, "M6", -pad_half, shape.contact2_um - PAD_UM, pad_half, shape.i5_um + I5_UM + 0.375)
    box(c, "M5", -BAR_UM / 2, 0, BAR_UM / 2, shape.top_um)
    centred(c, "I5", 0, shape.far_centre_um, I5_UM)


def _to_ground(c: gf.Component, shape: JunctionShape) -> None:
    centred(c, "I4", 0, shape.i4_um + I4_UM / 2, I4_UM)
    if not shape.r_ohm:
        box(c, "M5", -BAR_UM / 2, 0, BAR_UM / 2, shape.top_um)
        return
    centred(c, "I6", 0, shape.far_centre_um, I6_UM)
    for layer in ("M6", "M7"):
        centred(c, layer, 0, shape.far_centre_um, I6_UM + 2 * 0.35)


def _ports(c: gf.Component, shape: JunctionShape) -> None:
    half, base = shape.head_half_um, shape.base_half_um
    port(c, "plus", "M6", 0, -half, 2 * half, 270)
    port(c, "plus_e", "M6", half, 0, 2 * half, 0)
    port(c, "plus_w", "M6", -half, 0, 2 * half, 180)
    port(c, "base", "M5", 0, -base, 2 * base, 270)
    if shape.r_ohm:
        port(c, "minus", "M6", 0, shape.i5_um + I5_UM + 0.375, 1.45, 90)
