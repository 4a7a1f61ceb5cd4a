"""Short words to draw test patterns with. Lengths are nanometres."""

from __future__ import annotations

import klayout.db as db

from pdk_sfq5ee.layers import numbers
from pdk_sfq5ee.rules import Rule

STEP = 5
ROOM = 1000  # surround of a via where its surround is not what is tested
UNDER_OVER = {
    "C0": ("L0", "M0"), "I0": ("M0", "M1"), "I1": ("M1", "M2"), "I2": ("M2", "M3"), "I3": ("M3", "M4"),
    "I4": ("M4", "M5"), "I5": ("M5", "M6"), "J5": ("M5", "M6"), "C5J": ("J5", "M6"), "C5R": ("R5", "M6"),
    "I6": ("M6", "M7"), "I7": ("M7", "M8"),
}  # fmt: skip


class Drawing:
    """A layout of one cell with short words to draw in it."""

    def __init__(self, name: str = "PATTERN") -> None:
        self.layout = db.Layout()
        self.layout.dbu = 0.001
        self.cell = self.layout.create_cell(name)
        self._numbers = numbers()

    def shapes(self, layer: str) -> db.Shapes:
        return self.cell.shapes(self.layout.layer(*self._numbers[layer]))

    def box(self, layer: str, x: int, y: int, width: int, height: int) -> db.Box:
        box = db.Box(x, y, x + width, y + height)
        self.shapes(layer).insert(box)
        return box

    def polygon(self, layer: str, *points: tuple[int, int]) -> None:
        self.shapes(layer).insert(db.Polygon([db.Point(*point) for point in points], True))

    def resistor_contacts(self, *lower_left: tuple[int, int]) -> None:
        for x, y in lower_left:
            self.box("C5R", x, y, 600, 600)
            self.box("M6", x - 350, y - 350, 1300, 1300)

    def pads(self, *shapes: tuple[str, db.Box]) -> None:
        """Metal with room round all the given vias, one common pad on each metal."""
        common: dict[str, db.Box] = {}
        for via, box in shapes:
            for metal in UNDER_OVER[via]:
                if metal not in ("J5", "R5"):
                    common[metal] = common.get(metal, db.Box()) + box.enlarged(ROOM, ROOM)
        for metal, box in common.items():
            room = max(0, (10_000 - min(box.width(), box.height())) // 10 * 5 + 5) if metal == "M8" else 0
            self.shapes(metal).insert(box.enlarged(room, room))

    def via(self, name: str, box: db.Box) -> None:
        """A via with its pads; a junction with its contact, a contact with its junction or resistor."""
        self.bare(name, box)
        self.pads((name, box))

    def bare(self, name: str, box: db.Box) -> None:
        """A via without pads on the metals, but with what it cannot be without."""
        self.shapes(name).insert(box)
        if name == "J5":
            self.shapes("C5J").insert(contact_in(box))
        if name == "C5J":
            self.box("J5", box.left - 250, box.bottom - 250, box.width() + 500, box.height() + 500)
            self.pads(("J5", box.enlarged(250, 250)))


def contact_in(junction: db.Box) -> db.Box:
    """The contact of a square junction: 0.5 um inside where there is room, never under 0.5 um wide."""
    dx, dy = (min(500, (side - 500) // 10 * 5) for side in (junction.width(), junction.height()))
    return junction.enlarged(-dx, -dy)


def nm(rule: Rule) -> int:
    """The process value of a rule in um as nanometres."""
    return round(rule.process * 1000)
