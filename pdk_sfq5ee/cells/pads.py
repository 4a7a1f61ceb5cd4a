"""Bond pad and dc pad. Pad size, pitch and ring of this process are not public: they are parameters here.

What is public: pads are M8 (Au/Pt/Ti) on M7 through I7, with M8 of at least 10 um and I7 of at least 5 um.
"""

from __future__ import annotations

import math

import gdsfactory as gf
import klayout.db as kdb

from pdk_sfq5ee import layers, rules
from pdk_sfq5ee.cells.ranges import choices, count, length, snap_up
from pdk_sfq5ee.cells.shapes import box, centred, port, region
from pdk_sfq5ee.cells.vias import draw_stack, stack
from pdk_sfq5ee.process import constant

LARGEST_UM = 500.0
FIELD_UM = 16.0


@gf.cell
def bond_pad(size_um: float = 100.0) -> gf.Component:
    """A square of M8 on M7, origin at its lower left; openings in M7 keep every part of it under the largest width.

    Args:
        size_um: side, 10 to 500 um. Not public for this process: ask the foundry.

    Port `m7` on the right flank. Raises PdkError.
    """
    size_um = length("size_um", size_um, rules.width("M8"), LARGEST_UM)
    c = gf.Component()
    _draw_pad(c, size_um)
    port(c, "m7", "M7", size_um, size_um / 2, rules.width("M8"), 0)
    c.info.update({"size_um": size_um})
    return c


@gf.cell
def dc_pad(size_um: float = 100.0, metal: str = "M6", rows: int = 10) -> gf.Component:
    """A bond pad with a via stack at its right flank down to the metal that carries the direct current.

    Args:
        size_um: side of the pad, 20 to 500 um. Not public for this process: ask the foundry.
        metal: M0 to M6, where the current leaves; M0 for the bias rail.
        rows: vias on each level, 1 to 50; `info` gives their critical current.

    Port `dc` on that metal, facing right. Raises PdkError.
    """
    size_um = length("size_um", size_um, 2 * rules.width("M8"), LARGEST_UM)
    metals = layers.metals()
    choices("metal", (metal,), metals[metals.index("M0") : metals.index("M7")])
    shape = stack(metal, "M7", count("rows", rows, 1, 50))
    _, y0, x1, y1 = shape.pads["M7"]
    left = min(pad[0] for pad in shape.pads.values())
    c = gf.Component()
    _draw_pad(c, size_um)
    x, y = size_um - left + rules.space("M7"), snap_up(size_um / 2 - (y0 + y1) / 2)
    draw_stack(c, shape, x, y)
    box(c, "M7", size_um, y + y0, x + x1, y + y1)
    _, by0, bx1, by1 = shape.pads[metal]
    port(c, "dc", metal, x + bx1, y + (by0 + by1) / 2, by1 - by0, 0)
    c.info.update({"size_um": size_um, "rows": rows, "ic_ma": rows * constant("min_line_or_via_ic")})
    return c


def _draw_pad(c: gf.Component, size_um: float) -> None:
    """M8 over M7, one I7 in each field of a square lattice, an opening of M7 on each inner node of it."""
    box(c, "M8", 0.0, 0.0, size_um, size_um)
    # A field leaves room beside it for the tongue of a via stack.
    fields = 1 if size_um <= rules.limit("M7.WMAX") else math.ceil(size_um / FIELD_UM)
    via = rules.size("I7")
    middles = [snap_up(size_um * (k + 0.5) / fields) for k in range(fields)]
    nodes = [snap_up(size_um * k / fields) for k in range(1, fields)]
    for x in middles:
        for y in middles:
            centred(c, "I7", x, y, via)
    half = rules.space("M7") / 2
    holes = kdb.Region([_square(x, y, half) for x in nodes for y in nodes])
    region(c, "M7", kdb.Region(_square(size_um / 2, size_um / 2, size_um / 2)) - holes)


def _square(x: float, y: float, half: float) -> kdb.Box:
    return kdb.DBox(x - half, y - half, x + half, y + half).to_itype(0.001)
