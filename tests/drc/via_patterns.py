"""Patterns of the rules about vias, contacts, junctions, resistors. `step`: -1 passes, 0 is the limit, 1 is beyond."""

from __future__ import annotations

import klayout.db as db

from pdk_sfq5ee.rules import Rule
from tests.drc.drawing import ROOM, STEP, UNDER_OVER, Drawing, contact_in, nm

SIDE = {"C0": 800, "I4": 1000, "J5": 2000, "C5J": 1000, "C5R": 600, "I6": 1000, "I5": 1000, "I7": 5000}
SECOND_CONTACT = db.Box(4000, 0, 4600, 600)


def _side(via: str) -> int:
    return SIDE.get(via, 700)


def two_vias(via: str, gap: int) -> Drawing:
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
