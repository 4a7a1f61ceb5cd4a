"""Three patterns for each design rule, made in code: one that passes, one exactly at the limit, one grid step beyond.

Lengths are nanometres. Everything around the tested feature is drawn generously, so that no other rule fires.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import klayout.db as db

from pdk_sfq5ee.rules import Rule, load_rules
from tests.drc.drawing import ROOM, UNDER_OVER, Drawing, contact_in

STEP = 5
SIDE = {"C0": 800, "I4": 1000, "J5": 2000, "C5J": 1000, "C5R": 600, "I6": 1000, "I5": 1000, "I7": 5000}
SECOND_CONTACT = db.Box(4000, 0, 4600, 600)
VARIANTS = ("pass", "limit", "fail")

# What a pattern cannot avoid breaking as well: the larger rule follows from two smaller ones.
COMPANIONS = {
    "J5.D": {"C5J.J5.E"},  # 0.5 of contact and 0.1 of surround on both sides are 0.7 already
    "C5J.M6.C": {"J5.M6.C"},  # a contact lies inside its junction
    "C5J.M6.E": {"J5.M6.E"},  # 0.1 of J5 round the contact and 0.25 of M6 round J5 are 0.35 already
}


def drawing(rule: Rule, variant: str) -> Drawing:
    """The pattern of a rule; KeyError when its kind has none."""
    return BY_KIND[rule.kind](rule, VARIANTS.index(variant) - 1)


def expected(rule: Rule, variant: str) -> set[str]:
    """The rules that fire on a pattern."""
    if variant == "fail":
        return {rule.id} | COMPANIONS.get(rule.id, set())
    if variant == "limit" and rule.kind == "covered":  # flush edges: covered, but no surround
        surround_id = rule.id.removesuffix(".C") + ".E"
        return {surround_id} & {other.id for other in load_rules()} | COMPANIONS.get(rule.id, set())
    return set()


def nm(rule: Rule) -> int:
    return round(rule.process * 1000)


def _side(via: str) -> int:
    return SIDE.get(via, 700)


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
        return _two_vias(layer, nm(rule) - step * STEP)
    d = Drawing()
    size = 12_000 if layer == "M8" else 5000
    height = 3000 if layer == "R5" else size
    gap = (nm(rule) if rule.metric == "projection" else _diagonal(nm(rule))) - step * STEP
    up = 0 if rule.metric == "projection" else height + gap
    _conductor(d, layer, (0, 0, size, height), (size + gap, up, size, height))
    return d


def _two_vias(via: str, gap: int) -> Drawing:
    d, side = Drawing(), 600 if via == "C5J" else _side(via)
    boxes = [db.Box(0, 0, side, side), db.Box(side + gap, 0, 2 * side + gap, side)]
    both = boxes[0] + boxes[1]
    if via == "C5J":  # two contacts of one junction
        d.shapes("J5").insert(both.enlarged(150, 150))
        d.pads(("J5", both))
    if via == "C5R":
        d.shapes("R5").insert(both.enlarged(500, 500))
    for box in boxes:
        if via == "C5J":
            d.shapes(via).insert(box)
        else:
            d.bare(via, box)
    d.pads(*((via, box) for box in boxes))
    return d


def wide(rule: Rule, step: int) -> Drawing:
    d = Drawing()
    side = nm(rule) + step * STEP
    _conductor(d, rule.layers[0], (0, 0, side, side))
    return d


def small(rule: Rule, step: int) -> Drawing:
    """One side at the value, the other not under it."""
    return _one_via(rule.layers[0], nm(rule) - step * STEP, max(nm(rule), _side(rule.layers[0])))


def large(rule: Rule, step: int) -> Drawing:
    return _one_via(rule.layers[0], nm(rule) + step * STEP, nm(rule))


def _one_via(via: str, width: int, height: int) -> Drawing:
    d = Drawing()
    box = db.Box(0, 0, width, height)
    if via == "C5R":
        d.box("R5", -500, -500, 5600, 1600)
        d.via("C5R", SECOND_CONTACT)
    d.via(via, box)
    return d


def surround(rule: Rule, step: int) -> Drawing:
    """The outer layer has room on three sides and the value on the right."""
    return _inner_outer(*rule.layers, nm(rule) - step * STEP)


def cover(rule: Rule, step: int) -> Drawing:
    """Well inside, flush on the right, one step out on the right."""
    return _inner_outer(*rule.layers, {-1: ROOM, 0: 0, 1: -STEP}[step])


def _inner_outer(inner: str, outer: str, right: int) -> Drawing:
    d, side = Drawing(), _side(inner)
    box = db.Box(0, 0, side, side)
    pad = db.Box(-ROOM, -ROOM, side + right, side + ROOM)
    d.shapes(inner).insert(box)
    below, above = UNDER_OVER[inner]
    junction = box.enlarged(250, 250)
    if inner == "J5":
        d.shapes("C5J").insert(contact_in(box))
    if inner == "C5J":
        room = right if outer == "J5" else min(250, max(100, right - 250))
        junction = db.Box(junction.left, junction.bottom, side + room, junction.top)
        d.shapes("J5").insert(junction)
        d.shapes("M5").insert(junction.enlarged(ROOM, ROOM))
    if inner == "C5R":
        second = db.Box(-4000, 0, -3400, 600)
        d.shapes("C5R").insert(second)
        resistor = db.Box(-5000, -ROOM, side + (right if outer == "R5" else ROOM), side + ROOM)
        d.shapes("R5").insert(resistor)
        d.shapes("M6").insert(second.enlarged(400, 400))
    for metal in {below, above} - {"J5", "R5"}:
        drawn = pad if metal == outer else (box + junction).enlarged(ROOM, ROOM)
        d.shapes(metal).insert(_wide_enough(drawn, metal))
    return d


def _wide_enough(pad: db.Box, metal: str) -> db.Box:
    """A pad for M8 and L0, whose least widths are large; its right edge stays."""
    least = {"M8": 10_000, "L0": 2000}.get(metal, 0)
    grow = max(0, least - pad.width())
    tall = max(0, (least - pad.height() + 1) // 2)
    return db.Box(pad.left - grow, pad.bottom - tall, pad.right, pad.top + tall)


def apart(rule: Rule, step: int) -> Drawing:
    """Two shapes of two layers side by side over common pads."""
    d = Drawing()
    one, other = rule.layers
    gap = nm(rule) - step * STEP
    left = db.Box(-_side(one), 0, 0, _side(one))
    right = db.Box(gap, 0, gap + _side(other), _side(other))
    shapes = []
    for name, box, away in ((one, left, -1), (other, right, 1)):
        shapes += _placed(d, name, box, away)
    d.pads(*shapes)
    return d


def _placed(d: Drawing, name: str, box: db.Box, away: int) -> list[tuple[str, db.Box]]:
    """The shape with what belongs to it, on the side away from its partner. Returns the vias that need pads."""
    if name in ("C5R", "R5"):
        start = box.enlarged(250, 250) if name == "C5R" else box
        resistor = start + start.moved(away * 4000, 0)
        contacts = [box, box.moved(away * 3000, 0)] if name == "C5R" else []
        if name == "R5":
            middle = db.Box(-300, -300, 300, 300).moved(box.center().x, box.center().y)
            contacts = [middle.moved(away * 500, 0), middle.moved(away * 3500, 0)]
            resistor = resistor.enlarged(0, 300)
        d.shapes("R5").insert(resistor)
        for contact in contacts:
            d.shapes("C5R").insert(contact)
        return [("C5R", contact) for contact in contacts]
    if name == "C5J":
        junction = db.Box(box.left - 100, box.bottom - 100, box.right + 100, box.top + 100)
        d.shapes("J5").insert(junction)
        d.shapes("C5J").insert(box)
        return [("J5", junction), ("C5J", box)]
    d.bare(name, box)
    return [(name, box)]


def count(rule: Rule, step: int) -> Drawing:
    """One more than asked for, as many, one less."""
    d, n = Drawing(), round(rule.process) - step
    if rule.layers[0] == "J5":
        junction = d.box("J5", 0, 0, 2600, 2600)
        for i in range(n):
            d.box("C5J", 300 + 1200 * i, 600, 600, 600)
        d.pads(("J5", junction))
    else:
        d.box("R5", 0, 0, 9000, 2000)
        d.resistor_contacts(*((700 + 3000 * i, 700) for i in range(n)))
    return d


def right_angled(rule: Rule, step: int) -> Drawing:
    """A square, the same square drawn as two rectangles, a square with one corner cut by a grid step."""
    via, side = rule.layers[0], _side(rule.layers[0])
    d = _one_via(via, side, side)
    if step == 0:
        d.box(via, 0, 0, side // 2, side)
    if step == 1:
        d.shapes(via).clear()
        d.polygon(via, (0, 0), (0, side), (side - STEP, side), (side, side - STEP), (side, 0))
        if via == "C5R":
            d.shapes(via).insert(SECOND_CONTACT)
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


BY_KIND: dict[str, Callable[[Rule, int], Drawing]] = {
    "min_width": width, "min_space": space, "max_width": wide, "min_size": small, "max_size": large,
    "min_diameter": small, "max_diameter": large, "enclosure": surround, "separation": apart, "covered": cover,
    "holds": count, "rectangle": right_angled, "moat": beside_moat, "floating_plane": loose_plane,
    "floating_signal": loose_signal, "grid": off_grid, "acute": sharp, "self_crossing": crossing, "zero_area": no_area,
    "unknown_layer": foreign, "min_density": density,
}  # fmt: skip
