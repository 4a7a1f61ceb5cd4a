"""Bias and leak resistors on R5, drawn by the law of `pdk_sfq5ee.sizing`.

A bias resistor runs up from the origin, straight or folded into legs, with an M6 pad at each end. A leak resistor of
a fraction of an ohm is short and wide: several strips side by side, each with contacts almost as wide as itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import gdsfactory as gf

from pdk_sfq5ee import rules, sizing
from pdk_sfq5ee.cells.shapes import box, centred, port
from pdk_sfq5ee.process import constant

GRID_UM = 0.005
OVERHANG_UM = 0.3  # R5 beyond its contact
PAD_UM = 0.365  # M6 beyond a C5R contact
LEG_SPACE_UM = 0.85
CONTACT_UM: float = sizing.resistor_figure("contact_um")  # along the current
LEAK_WIDTH_UM = 4.5
LEAST_LEAK_GAP_UM = 1.45  # leaves the safe space between the two M6 bars
HEATING_SHARE = 0.5  # of the current at which the contacting niobium goes normal


@dataclass(frozen=True)
class ResistorShape:
    """Measures in um of a resistor of `legs` parallel legs that are joined at alternate ends.

    `span_um` is the height between the contact centres of a straight resistor, and between the two rows of bends
    and contacts of a folded one.
    """

    r_ohm: float
    w_um: float
    contact_um: float
    legs: int
    span_um: float

    @property
    def pad_um(self) -> float:
        """Width of the M6 pad at each end."""
        return snap_up(self.contact_um + 2 * PAD_UM)

    @property
    def pitch_um(self) -> float:
        return self.w_um + LEG_SPACE_UM


@dataclass(frozen=True)
class LeakShape:
    """Measures in um of a resistor of `strips` side by side between two M6 bars; the first one stands at x = 0."""

    r_ohm: float
    strips: int
    w_um: float
    contact_um: float
    gap_um: float

    @property
    def pitch_um(self) -> float:
        return self.w_um + LEG_SPACE_UM

    @property
    def span_um(self) -> float:
        """Height between the contact centres."""
        return CONTACT_UM + self.gap_um

    @property
    def middle_um(self) -> float:
        """x of the middle of the bars."""
        return (self.strips - 1) * self.pitch_um / 2

    @property
    def pad_um(self) -> float:
        """Length of the bars."""
        return 2 * self.middle_um + self.contact_um + 2 * PAD_UM


def most_current_ua(w_um: float) -> float:
    """Largest current of an R5 strip: half of the measured limit per um of width."""
    return HEATING_SHARE * 1000.0 * constant("r5_max_current") * w_um


@lru_cache(maxsize=1024)
def resistor_shape(r_ohm: float, w_um: float | None = None, legs: int = 1) -> ResistorShape:
    """Measures of a resistor. Raises ValueError when it has too few squares for its contacts or its legs."""
    w = sizing.resistor_figure("width_um") if w_um is None else w_um
    contact = round(w - (sizing.resistor_figure("width_um") - CONTACT_UM), 3)
    turns = legs - 1
    # Straight parts between contacts and bends, plus two corners per turn on the centre line.
    bends = turns * (LEG_SPACE_UM - w + 2 * sizing.resistor_figure("corner_squares") * w)
    span = snap((sizing.strip_gap_um(r_ohm, w, contact) - bends + CONTACT_UM) / legs)
    least = CONTACT_UM + rules.space("C5R")
    if span < least:
        most = sizing.strip_ohm(legs * least - CONTACT_UM + bends, w, contact)
        raise ValueError(f"r_ohm is {r_ohm:g}; allowed: at least {most:.2f} ohm in {legs} legs of {w:g} um")
    return ResistorShape(r_ohm, w, contact, legs, span)


def snap(value_um: float) -> float:
    return round(value_um / GRID_UM) * GRID_UM


def snap_up(value_um: float) -> float:
    return math.ceil(round(value_um / GRID_UM, 6)) * GRID_UM


def bias_resistance_ohm(i_ua: float) -> float:
    """Resistance that carries `i_ua` from the bias rail."""
    return 1000.0 * constant("vdd") / i_ua


@gf.cell
def bias_resistor(r_ohm: float | None = None, i_ua: float | None = None, w_um: float = 1.15,
                  legs: int = 1) -> gf.Component:  # fmt: skip
    """A resistor of `r_ohm`, or the one that carries `i_ua` from the 2.6 mV rail, from the origin up.

    Args:
        r_ohm: resistance in ohm.
        i_ua: bias current in uA, instead of `r_ohm`.
        w_um: width of the strip.
        legs: number of parallel legs; more than one folds a long strip.

    Ports `start` (at the origin's pad, facing down) and `end`. Raises ValueError when neither or both of `r_ohm` and
    `i_ua` are given, when the strip is too short, or when the current would heat it too much.
    """
    if (r_ohm is None) == (i_ua is None):
        raise ValueError("bias_resistor takes r_ohm or i_ua, not both and not neither")
    r_ohm = bias_resistance_ohm(i_ua) if r_ohm is None else r_ohm
    i_ua = 1000.0 * constant("vdd") / r_ohm if i_ua is None else i_ua
    if i_ua > most_current_ua(w_um):
        most = most_current_ua(w_um)
        raise ValueError(f"{i_ua:g} uA in {w_um:g} um of R5; allowed: {most:g} uA; remedy: a wider strip")
    shape = resistor_shape(r_ohm, w_um, legs)
    c = gf.Component()
    _strip(c, shape)
    for name, (x, y, orientation) in zip(("start", "end"), resistor_ends(shape), strict=True):
        centred(c, "C5R", x, y, shape.contact_um, CONTACT_UM)
        centred(c, "M6", x, y, shape.pad_um, CONTACT_UM + 2 * PAD_UM)
        half = CONTACT_UM / 2 + PAD_UM
        port(c, name, "M6", x, y + (half if orientation == 90 else -half), shape.pad_um, orientation)
    c.info.update({"r_ohm": round(r_ohm, 4), "i_ua": round(i_ua, 3), "w_um": w_um, "legs": legs,
                   "n_squares": round(r_ohm / constant("rsheet"), 3)})  # fmt: skip
    return c


def resistor_ends(shape: ResistorShape | LeakShape) -> tuple[tuple[float, float, int], tuple[float, float, int]]:
    """Both contact centres, with the direction in which each end faces; of a leak, the middles of its bars."""
    if isinstance(shape, LeakShape):
        return (shape.middle_um, 0.0, 270), (shape.middle_um, shape.span_um, 90)
    x = (shape.legs - 1) * shape.pitch_um
    end = (x, shape.span_um, 90) if shape.legs % 2 else (x, 0.0, 270)
    return (0.0, 0.0, 270), end


def _strip(c: gf.Component, shape: ResistorShape) -> None:
    """The R5 metal: legs between both rows, bridges at alternate ends, an overhang beyond each contact."""
    half, beyond = shape.w_um / 2, CONTACT_UM / 2 + OVERHANG_UM
    for leg in range(shape.legs):
        x = leg * shape.pitch_um
        low = -beyond if leg == 0 else -half
        high = shape.span_um + half
        if leg == shape.legs - 1:
            low, high = (low, shape.span_um + beyond) if shape.legs % 2 else (-beyond, high)
        box(c, "R5", x - half, low, x + half, high)
        if leg < shape.legs - 1:
            y = shape.span_um if leg % 2 == 0 else 0.0
            box(c, "R5", x - half, y - half, x + shape.pitch_um + half, y + half)


@gf.cell
def leak_resistor(r_ohm: float = 0.5) -> gf.Component:
    """A resistor of 0.1 to 10 ohm between two M6 bars: as many wide strips side by side as the value takes.

    At 2 ohm/sq a single strip cannot go under about 0.65 ohm: two contacts must stay 1.45 um apart and a strip under
    5 um wide. 0.1 ohm is seven strips of a third of a square each. `info`: `r_ohm` is the nominal value as drawn,
    within 1 % of what was asked for; `r_spread_ohm` the possible deviation of a made one: the sheet resistance's 15 %
    (published) plus all of the contact resistance (inferred; 3 % of the whole at 0.1 ohm). The law itself agrees with
    a two-dimensional Laplace solution within 2 % for such strips.

    Args:
        r_ohm: resistance in ohm.

    Ports `start` (lower bar, facing down) and `end` (upper bar). Raises ValueError outside the range.
    """
    shape = leak_shape(r_ohm)
    strips, w, contact, gap = shape.strips, shape.w_um, shape.contact_um, shape.gap_um
    c = gf.Component()
    y2 = shape.span_um
    for n in range(strips):
        x = n * shape.pitch_um
        box(c, "R5", x - w / 2, -CONTACT_UM / 2 - OVERHANG_UM, x + w / 2, y2 + CONTACT_UM / 2 + OVERHANG_UM)
        for y in (0.0, y2):
            centred(c, "C5R", x, y, contact, CONTACT_UM)
    left, right = -contact / 2 - PAD_UM, 2 * shape.middle_um + contact / 2 + PAD_UM
    half = CONTACT_UM / 2 + PAD_UM
    for y in (0.0, y2):
        box(c, "M6", left, y - half, right, y + half)
    bar = 2 * GRID_UM * math.floor((right - left) / (2 * GRID_UM))
    port(c, "start", "M6", (left + right) / 2, -half, bar, 270)
    port(c, "end", "M6", (left + right) / 2, y2 + half, bar, 90)
    r_drawn, r_sheet = sizing.strip_ohm(gap, w, contact) / strips, constant("rsheet") * gap / w / strips
    spread = r_sheet * constant("rsheet_tol") / constant("rsheet") + (r_drawn - r_sheet)
    c.info.update({"r_ohm": round(r_drawn, 4), "r_spread_ohm": round(spread, 4), "strips": strips, "w_um": w})
    return c


@lru_cache(maxsize=64)
def leak_shape(r_ohm: float) -> LeakShape:
    """The fewest strips that leave the contacts apart. Raises ValueError outside 0.1 to 10 ohm."""
    if not 0.1 <= r_ohm <= 10.0:
        raise ValueError(f"r_ohm is {r_ohm:g}; allowed: 0.1 to 10 ohm")
    spare = sizing.resistor_figure("width_um") - CONTACT_UM
    for strips in range(1, 16):
        w = sizing.resistor_figure("width_um")
        while w <= LEAK_WIDTH_UM:
            gap = snap(sizing.strip_gap_um(r_ohm * strips, w, w - spare))
            if gap >= LEAST_LEAK_GAP_UM:
                return LeakShape(r_ohm, strips, round(w, 3), round(w - spare, 3), gap)
            w += 0.05
    raise ValueError(f"r_ohm is {r_ohm:g}; allowed: at least 0.1 ohm")
