"""A small cell drawn in code, with everything a library cell has: grounded and floating junctions with shunts, a bias
from the rail, a line that changes metal, an inductor to ground, stitches, fill and labels. Units um."""

from __future__ import annotations

import math
from collections.abc import Sequence

import klayout.db as kdb

from pdk_sfq5ee import layers, sizing
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Circuit

DBU = 0.001
CONTACT = 0.52
WIDTH = 1.15


class Sketch:
    """A layout with one cell, and the strokes to draw on it."""

    def __init__(self, name: str = "sketch") -> None:
        self.layout = kdb.Layout()
        self.layout.dbu = DBU
        self.cell = self.layout.create_cell(name)

    def shapes(self, layer: str) -> kdb.Shapes:
        return self.cell.shapes(self.layout.layer(*layers.gds(layer)))

    def box(self, layer: str, left: float, bottom: float, right: float, top: float) -> None:
        self.shapes(layer).insert(kdb.DBox(left, bottom, right, top))

    def square(self, layer: str, x: float, y: float, size: float) -> None:
        self.box(layer, x - size / 2, y - size / 2, x + size / 2, y + size / 2)

    def line(self, layer: str, w: float, *points: tuple[float, float]) -> None:
        self.shapes(layer).insert(kdb.DPath([kdb.DPoint(*p) for p in points], w).polygon())

    def text(self, layer: str, words: str, x: float, y: float) -> None:
        self.shapes(layer).insert(kdb.DText(words, kdb.DTrans(kdb.DVector(x, y))))

    def circle(self, layer: str, x: float, y: float, area: float) -> None:
        n = 32
        radius = math.sqrt(2 * area / (n * math.sin(2 * math.pi / n)))
        corners = [(x + radius * math.cos(2 * math.pi * k / n), y + radius * math.sin(2 * math.pi * k / n))
                   for k in range(n)]  # fmt: skip
        self.shapes(layer).insert(kdb.DPolygon([kdb.DPoint(*c) for c in corners]))

    def resistor(self, x: float, y: float, r_ohm: float, name: str = "") -> float:
        """A vertical strip whose lower contact is centred at (x, y); the centre of the upper contact."""
        gap = sizing.strip_gap_um(r_ohm, WIDTH, CONTACT)
        top = y + CONTACT + gap
        self.box("R5", x - WIDTH / 2, y - CONTACT / 2 - 0.3, x + WIDTH / 2, top + CONTACT / 2 + 0.3)
        for at in (y, top):
            self.square("C5R", x, at, CONTACT)
            self.square("M6", x, at, CONTACT + 0.74)
        if name:
            self.text("R5_TEXT", name, x, (y + top) / 2)
        return top

    def junction(self, x: float, y: float, ic_ua: float, name: str, *, grounded: bool = True,
                 plus: str = "M6") -> None:  # fmt: skip
        """A junction with its shunt going up; grounded by I4 under the resistor and by I5 and I6 at its far end."""
        area = sizing.junction_area_um2(ic_ua)
        self.circle("J5", x, y, area)
        self.circle("C5J", x, y, (math.sqrt(area) - 0.25) ** 2)
        self.box("M6", x - 1.3, y - 1.3, x + 1.3, y + 2.55)
        self.box("M5", x - 1.45, y - 1.45, x + 1.45, y + 2.65)
        top = self.resistor(x, y + 1.9, 685.99 / ic_ua, f"RB_{name}")
        far = top + 1.5
        self.box("M5", x - 0.875, y, x + 0.875, far + 0.9)
        self.square("I5", x, far, 0.7)
        self.box("M6", x - 0.75, top - 0.6, x + 0.75, far + 0.75)
        if grounded:
            self.square("I4", x, (y + 1.9 + top) / 2, 1.0)
            self.square("M6", x, far, 2.0)
            self.square("I6", x, far, 1.3)
        other = "M5" if plus == "M6" else "M6"
        self.text("PORT_TEXT", f"J_{name} {plus} {other}", x, y)

    def stitch(self, x: float, y: float) -> None:
        """M4 to M7 through one M5/M6 pad: I4 on the left, I5 and I6 on the right."""
        for layer in ("M5", "M6"):
            self.box(layer, x - 1.7, y - 0.85, x + 1.7, y + 0.85)
        self.square("I4", x - 0.9, y, 0.8)
        self.square("I5", x + 0.9, y, 0.7)
        self.square("I6", x + 0.9, y, 1.0)

    def pillar(self, x: float, y: float) -> None:
        """The bias pillar from M0 to M6; planes have to leave room for it."""
        for number, metal in enumerate(("M0", "M1", "M2", "M3", "M4", "M5", "M6")):
            self.square(metal, x, y, 4.4)
            if number:
                side = 1.0 if number % 2 else -1.0
                self.square(f"I{number - 1}", x + side, y + side, 1.2)

    def fill(self, x: float, y: float) -> None:
        """A dummy junction that nothing reaches."""
        for layer, size in (("M5", 4.0), ("J5", 3.0), ("C5J", 2.8), ("M6", 3.5)):
            self.square(layer, x, y, size)

    def plane(self, layer: str, box: Sequence[float], *holes: Sequence[float]) -> None:
        region = kdb.Region(kdb.DBox(*box).to_itype(DBU))
        for hole in holes:
            region -= kdb.Region(kdb.DBox(*hole).to_itype(DBU))
        self.shapes(layer).insert(region)


IC = {"1": 250.0, "2": 170.0, "3": 225.0}
BIAS_UA = 350.0


def draw(labels: bool = True, longer_um: float = 0.0) -> Sketch:
    """The cell of `netlist`, 30 by 38 um; `longer_um` is added to the M6 line of L_5."""
    s = Sketch()
    moats = [(x, y, x + 2.4, y + 2.4) for x in (0.4, 7.2, 27.2) for y in (0.4, 9.0, 24.5)]
    pillar_room = (8.0, 32.2, 14.0, 37.8)
    s.plane("M4", (0, 0, 30, 38), pillar_room, *moats)
    s.plane("M7", (0, 0, 30, 38), *moats)
    s.box("M0", 0, 33.5, 30, 36.5)
    s.junction(6, 15, IC["1"], "1")
    s.junction(17, 15, IC["2"], "2", grounded=False, plus="M5")
    s.junction(22, 15, IC["3"], "3")
    s.line("M6", 1.0, (0, 15), (6, 15))  # L_1
    s.line("M6", 1.0, (6, 15), (13.2, 15))  # L_2 to the bias, L_3 from it
    s.square("M6", 13.2, 15, 1.5)
    s.square("I5", 13.2, 15, 0.7)
    s.square("M5", 13.2, 15, 1.8)
    s.line("M5", 1.2, (13.2, 15), (17, 15))
    s.box("M6", 17, 14, 22, 16)  # both counter-electrodes are one node
    s.line("M6", 1.0, (22, 15), (30, 15))  # L_4
    end = 5.7 - longer_um
    s.line("M6", 1.0, (22, 15), (22, end))  # L_5, to ground
    s.square("M6", 22, end, 1.5)
    s.square("I5", 22, end, 0.7)
    s.box("M5", 21.1, end - 3.2, 22.9, end + 0.9)
    s.square("I4", 22, end - 2.2, 1.0)
    s.line("M6", 1.4, (11, 15), (11, 26.3))  # LB_s
    top = s.resistor(11, 26.3, 2600 / BIAS_UA, "RI_s" if labels else "")
    s.line("M6", 1.4, (11, top - 0.5), (11, 35))
    s.pillar(11, 35)
    for x, y in ((3, 6), (26, 6), (3, 28), (25, 28)):
        s.stitch(x, y)
    s.fill(26, 33)
    s.fill(4, 33)
    if labels:
        _labels(s)
    else:
        for layer in ("PORT_TEXT", "R5_TEXT"):
            s.shapes(layer).clear()
    return s


def _labels(s: Sketch) -> None:
    s.text("PORT_TEXT", "P1 M6 M4", 0, 15)
    s.text("PORT_TEXT", "P2 M6 M4", 30, 15)
    s.text("M6_PIN", "a", 0, 15)
    s.text("M6_PIN", "q", 30, 15)
    s.text("PORT_TEXT", "PB1 M6 M4", 11, 26.3)
    s.box("TERM", -0.05, 14.5, 0.05, 15.5)
    s.box("TERM", 29.95, 14.5, 30.05, 15.5)
    s.text("M0", "VDD", 29, 35)
    s.text("M4", "GND", 29, 22)


def netlist() -> Circuit:
    """What `draw` draws; inductances as the sizing table estimates them, so that gross errors show."""
    cell = CellBuilder("sketch", ("a", "q"))
    cell.l("1", "a", "n1", 1.3)
    cell.jj("1", "n1", ic_ua=IC["1"])
    cell.l("2", "n1", "n2", 0.9)
    cell.bias("s", "n2", BIAS_UA)
    cell.l("3", "n2", "n3", 1.3)
    cell.jj("2", "n3", "n4", ic_ua=IC["2"])
    cell.jj("3", "n4", ic_ua=IC["3"])
    cell.l("4", "n4", "q", 1.6)
    cell.l("5", "n4", "0", 2.2)
    return cell.done()
