"""Via stacks between any two metals, and the cluster that stitches ground plane and sky plane together.

Vias of neighbouring levels stand in two columns by turns, because they may not lie over one another; vias two levels
apart may. Rows repeat the pattern upwards.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache

import gdsfactory as gf

from pdk_sfq5ee import layers, rules
from pdk_sfq5ee.cells.ranges import choices, count, length, snap_up
from pdk_sfq5ee.cells.shapes import box, centred, port
from pdk_sfq5ee.process import constant, figure

MOST_ROWS = 50


@dataclass(frozen=True)
class Stack:
    """Measures in um of a via stack; the first column is at x = 0, the second at x = `stagger_um`, row 0 at y = 0.

    `levels` is (via, side, x) from the bottom up; `pads` is metal to (x0, y0, x1, y1).
    """

    levels: tuple[tuple[str, float, float], ...]
    pads: dict[str, tuple[float, float, float, float]]
    stagger_um: float
    pitch_um: float
    rows: int


def via_between(lower: str, upper: str) -> str:
    """The via that joins two neighbouring metals."""
    return next(via for below, via, above in layers.connectivity() if (below, above) == (lower, upper))


def surround(via: str, metal: str) -> float:
    """Surround of a via by a metal that is drawn: the rule, or the kit's own figure where there is none."""
    try:
        return rules.enclosure(via, metal)
    except KeyError:
        return figure("geometry", "surround", via)


@lru_cache(maxsize=256)
def stack(bottom: str, top: str, rows: int = 1, via_um: float = 0.0) -> Stack:
    """Measures of a stack. Raises PdkError for unknown or misordered metals and for a via size out of its rules."""
    metals = layers.metals()
    choices("bottom", (bottom,), metals[:-1])
    choices("top", (top,), metals[metals.index(bottom) + 1 :])
    count("rows", rows, 1, MOST_ROWS)
    span = metals[metals.index(bottom) : metals.index(top) + 1]
    vias = [via_between(lower, upper) for lower, upper in itertools.pairwise(span)]
    sides = [_side(via, via_um) for via in vias]
    stagger = max((_apart(vias, sides, k) for k in range(len(vias) - 1)), default=0.0)
    pitch = snap_up(max(side + rules.space(via) for via, side in zip(vias, sides, strict=True)))
    levels = tuple((via, side, stagger * (k % 2)) for k, (via, side) in enumerate(zip(vias, sides, strict=True)))
    pads = {metal: _pad(metal, levels[max(k - 1, 0) : k + 1], (rows - 1) * pitch) for k, metal in enumerate(span)}
    return Stack(levels, pads, stagger, pitch, rows)


def _side(via: str, via_um: float) -> float:
    if not via_um:
        return rules.size(via)
    try:
        largest = rules.limit(f"{via}.WMAX")
    except KeyError:
        largest = 20.0
    return length(f"via_um of {via}", via_um, rules.size(via), largest)


def _apart(vias: list[str], sides: list[float], k: int) -> float:
    """Distance of the columns that level k and the next one ask for."""
    try:
        space = rules.separation(vias[k], vias[k + 1])
    except KeyError:
        space = figure("geometry", "surround", "stagger")
    return snap_up((sides[k] + sides[k + 1]) / 2 + space)


def _pad(metal: str, levels: tuple[tuple[str, float, float], ...], height: float) -> tuple[float, float, float, float]:
    """Box of a metal around its vias below and above, at least as wide as the metal must be."""
    edges = [(x, side / 2 + surround(via, metal)) for via, side, x in levels]
    x0, x1 = min(x - reach for x, reach in edges), max(x + reach for x, reach in edges)
    reach = max(reach for _, reach in edges)
    y0, y1 = -reach, height + reach
    spare = max(rules.width(metal) - (x1 - x0), 0.0) / 2, max(rules.width(metal) - (y1 - y0), 0.0) / 2
    return tuple(round(v, 6) for v in (x0 - spare[0], y0 - spare[1], x1 + spare[0], y1 + spare[1]))


def draw_stack(c: gf.Component, shape: Stack, x: float = 0.0, y: float = 0.0) -> None:
    """Draws pads and vias with row 0 of the first column at (x, y)."""
    for metal, (x0, y0, x1, y1) in shape.pads.items():
        box(c, metal, x + x0, y + y0, x + x1, y + y1)
    for via, side, dx in shape.levels:
        for row in range(shape.rows):
            centred(c, via, x + dx, y + row * shape.pitch_um, side)


def _finish(c: gf.Component, shape: Stack, bottom: str, top: str) -> None:
    draw_stack(c, shape)
    for name, metal in (("bottom", bottom), ("top", top)):
        x0, y0, x1, y1 = shape.pads[metal]
        port(c, f"{name}_w", metal, x0, (y0 + y1) / 2, y1 - y0, 180)
        port(c, f"{name}_e", metal, x1, (y0 + y1) / 2, y1 - y0, 0)
    c.info.update({"vias": "+".join(via for via, _, _ in shape.levels), "rows": shape.rows,
                   "ic_ma": shape.rows * constant("min_line_or_via_ic")})  # fmt: skip


@gf.cell
def via_stack(bottom: str = "M5", top: str = "M6", rows: int = 1, via_um: float = 0.0) -> gf.Component:
    """Vias from one metal up to another, neighbours or not, with a pad on every metal between.

    Args:
        bottom: lower metal, L0 to M7.
        top: upper metal, above `bottom`, up to M8.
        rows: number of vias on each level, 1 to 50; `info` gives the critical current of them together.
        via_um: side of the vias; 0 takes the smallest that each level allows.

    Ports `bottom_w`, `bottom_e`, `top_w`, `top_e` on the pads' flanks. Raises PdkError. No inductance of a via is
    public for this process: extract it from the drawing.
    """
    shape = stack(bottom, top, rows, via_um)
    c = gf.Component()
    _finish(c, shape, bottom, top)
    return c


@gf.cell
def ground_stitch(rows: int = 1) -> gf.Component:
    """Joins ground plane M4 and sky plane M7, about once per tile: I4 and I6 in one column, I5 in the other.

    Args:
        rows: number of vias on each level, 1 to 50.

    Ports as `via_stack`; all of it is ground.
    """
    c = gf.Component()
    _finish(c, stack("M4", "M7", rows), "M4", "M7")
    return c


