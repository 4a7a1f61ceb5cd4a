"""Patterns of the rules about conductors, planes and drawing. `step`: -1 passes, 0 is the limit, 1 is beyond."""

from __future__ import annotations

import math

import klayout.db as db

from pdk_sfq5ee.rules import Rule
from tests.drc.drawing import STEP, UNDER_OVER, Drawing, nm
from tests.drc.via_patterns import two_vias


def _conductor(d: Drawing, layer: str, *boxes: tuple[int, int, int, int]) -> None:
    """Pieces of a conductor, at least 5 um long; a resistor gets two contacts in each."""
    for x, y, width, height in boxes:
        d.box(layer, x, y, width, height)
        if layer == "R5":
            d.resistor_contacts((x + 600, y + 600), (x + width - 1200, y + height - 1200))


def width(rule: Rule, step: int) -> Drawing:
    """Projection: a neck between two blocks. Euclidian: two blocks that overlap at a corner."""
    d, layer = Drawing(), rule.layers[0]
    side = 3000 if layer == "R5" else 12_000  # a resistor may be 5 um wide only
    if rule.metric == "projection":
        d.box(layer, side, 1000, 2000, nm(rule) - step * STEP)
        second = (side + 2000, 0)
    else:
        overlap = _diagonal(nm(rule)) - step * STEP
        second = (side - overlap, side - overlap)
    for x, y in ((0, 0), second):
        d.box(layer, x, y, side, side)
        if layer == "R5":
            d.resistor_contacts((x + 1200, y + 1200))
    return d


def _diagonal(distance: int) -> int:
    """The smallest grid step whose diagonal is not under the distance."""
    return math.ceil(distance / math.sqrt(2) / STEP) * STEP


def space(rule: Rule, step: int) -> Drawing:
    """Projection: two pieces side by side. Euclidian: corner to corner."""
    layer = rule.layers[0]
    if layer in UNDER_OVER:
        return two_vias(layer, nm(rule) - step * STEP)
    d = Drawing()
    size = 12_000 if layer == "M8" else 5000
    height = 3000 if layer == "R5" else size
    gap = (nm(rule) if rule.metric == "projection" else _diagonal(nm(rule))) - step * STEP
    up = 0 if rule.metric == "projection" else height + gap
    _conductor(d, layer, (0, 0, size, height), (size + gap, up, size, height))
    return d


def wide(rule: Rule, step: int) -> Drawing:
    d = Drawing()
    side = nm(rule) + step * STEP
    _conductor(d, rule.layers[0], (0, 0, side, side))
    return d


def beside_moat(rule: Rule, step: int, plane: int = 1) -> Drawing:
    """A line one step beside a moat of M4, touching it, one step over it."""
    d, (line, *planes) = Drawing(), rule.layers
    plane_film = planes[plane - 1]
    for x, y, w, h in ((0, 0, 12_000, 4000), (0, 8000, 12_000, 4000), (0, 4000, 4000, 4000), (8000, 4000, 4000, 4000)):
        d.box(plane_film, x, y, w, h)
    right = 4000 + step * STEP
    d.box(line, right - 1600, 4000, 1600, 4000)
    if line == "R5":
        d.resistor_contacts((right - 1100, 4500), (right - 1100, 6900))
    return d


def loose_plane(rule: Rule, step: int) -> Drawing:
    """Ground, a circuit, and a piece of plane on the outline, shorter than a tile, as long, longer."""
    d, film = Drawing(), rule.layers[0]
    d.box("M4", 0, 0, 5000, 25_000)
    d.via("J5", db.Box(1500, 18_000, 2500, 19_000))
    left = 5500 if film == "M4" else 0
    d.box(film, left, 2000, 2000, nm(rule) + step * STEP)
    return d


def loose_signal(rule: Rule, step: int) -> Drawing:
    d = Drawing()
    d.box("M4", 0, 0, 7000, 25_000)
    d.box(rule.layers[0], 2000, 2000, 2000, nm(rule) + step * STEP)
    return d


def off_grid(rule: Rule, step: int) -> Drawing:
    """On the grid, one grid step further, one nanometre off it."""
    d = Drawing()
    d.box("M6", 0, 0, 1000, 1000 + {-1: 0, 0: STEP, 1: 1}[step])
    return d


def sharp(rule: Rule, step: int) -> Drawing:
    """A right angle, the last leaning side that is allowed, one grid step more of lean."""
    height = 2000
    allowed = math.floor(height * math.tan(math.radians(90 - rule.process)) / STEP) * STEP
    lean = {-1: 0, 0: allowed, 1: allowed + STEP}[step]
    d = Drawing()
    d.polygon("M6", (0, 0), (0, height), (5000 + lean, height), (5000, 0))
    return d


def crossing(rule: Rule, step: int) -> Drawing:
    """One contour round a ring: its ends apart, touching, overlapping by a grid step."""
    d = Drawing()
    d.polygon("M6", *_open_ring({-1: 6000, 0: 7000, 1: 7000 + STEP}[step]))
    return d


def _open_ring(end: int) -> list[tuple[int, int]]:
    """A ring of 2 um wide bars, cut at its lower bar: one end of the cut at x = 7 um, the other at `end`."""
    return [(7000, 0), (10_000, 0), (10_000, 10_000), (0, 10_000), (0, 0), (end, 0), (end, 2000), (2000, 2000),
            (2000, 8000), (8000, 8000), (8000, 2000), (7000, 2000)]  # fmt: skip


def no_area(rule: Rule, step: int) -> Drawing:
    """A line, the same line drawn twice, a path without width beside it."""
    d = Drawing()
    for _ in range(1 if step == -1 else 2):
        d.box("M6", 0, 0, 5000, 1000)
    if step == 1:
        d.shapes("M6").insert(db.Path([db.Point(0, 3000), db.Point(5000, 3000)], 0))
    return d


def foreign(rule: Rule, step: int) -> Drawing:
    """A pin mark, a text on a layer that the process lacks, a shape on it."""
    d = Drawing()
    d.box("TERM", 0, 0, 100, 1000)
    if step == 0:
        d.cell.shapes(d.layout.layer(99, 0)).insert(db.Text("note", 0, 0))
    if step == 1:
        d.cell.shapes(d.layout.layer(99, 0)).insert(db.Box(0, 0, 1000, 1000))
    return d


DENSE = {"J5": (1600, 1250), "M5": (4500, 4000), "M6": (6000, 4000), "M4": (10_000, 7000), "M7": (10_000, 7000)}


def density(rule: Rule, step: int) -> Drawing:
    """A tile whose films all hold just what is asked for; the one that is tested a grid step more or less."""
    d = Drawing()
    for film, (w, h) in DENSE.items():
        if film == rule.layers[0]:
            assert abs(w * h / 1e8 - rule.process) < 1e-9, "the pattern no longer stands at the limit"
            h -= step * STEP
        plane = film in ("M4", "M7")
        x, y = (0, 0) if plane else (5000 - w // 2, 5000 - DENSE[film][1] // 2)
        d.box(film, x, y, w, 10_000 if plane and film != rule.layers[0] else h)
    d.box("C5J", 4500, 4600, 900, 700)
    return d
