"""Texts and terminal marks of a layout: ports, pin names, resistor names, net names.

The convention is the one of the InductEx tool flow, used by the ColdFlux cells and by ours:
layer 182/0 holds one text per port, `NAME +LAYER -LAYER` (`P1 M6 M4` signal pin, `PB1 M6 M4` bias entry, `J1 M6 M5`
junction), and may repeat plain pin names; 60/5 holds pin names, 52/11 resistor names, 40/0 `GND`, 1/0 or 50/0 `VDD`;
19/0 holds a thin bar or box over each terminal. A label may name an element, it never defines one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from pdk_sfq5ee.process import table

if TYPE_CHECKING:
    import klayout.db as kdb

PortKind = Literal["pin", "bias", "junction"]
_PORT = re.compile(r"(?P<name>[A-Za-z]\w*)\s+(?P<plus>[A-Za-z]+\d+)\s+(?P<minus>[A-Za-z]+\d+)")
_NAME = re.compile(r"[A-Za-z_]\w*")
_MARK_LAYERS = ("M0", "M4", "M5", "M6", "M7")  # metals that may carry `GND` or `VDD`
MOST_TEXTS = 100_000


@dataclass(frozen=True, slots=True)
class PortLabel:
    """One port text: the terminal is on `plus` at (x, y), the return on `minus`."""

    name: str
    plus: str
    minus: str
    x_um: float
    y_um: float

    @property
    def kind(self) -> PortKind:
        head = self.name[:2].upper()
        return "bias" if head == "PB" else "junction" if head[0] == "J" else "pin"


@dataclass(frozen=True, slots=True)
class NamedPoint:
    """A name drawn at a point of `layer`."""

    name: str
    layer: str
    x_um: float
    y_um: float


@dataclass(frozen=True, slots=True)
class Marker:
    """A terminal mark on 19/0: its bounding box."""

    left_um: float
    bottom_um: float
    right_um: float
    top_um: float


@dataclass(frozen=True, slots=True)
class Labels:
    """What a layout says about itself; all lists in reading order (bottom to top, left to right within a name)."""

    ports: tuple[PortLabel, ...] = ()
    pins: tuple[NamedPoint, ...] = ()
    resistors: tuple[NamedPoint, ...] = ()
    nets: tuple[NamedPoint, ...] = ()
    markers: tuple[Marker, ...] = ()
    problems: tuple[str, ...] = ()

    def of_kind(self, kind: PortKind) -> tuple[PortLabel, ...]:
        return tuple(port for port in self.ports if port.kind == kind)


@lru_cache
def gds_numbers() -> dict[str, tuple[int, int]]:
    """GDS layer and datatype by layer name, drawing and auxiliary layers, from the kit's layer table."""
    layers = table("layers")
    return {row["name"]: tuple(row["gds"]) for row in (*layers["layers"], *layers["aux_layers"])}


def read_labels(layout: kdb.Layout, cell: kdb.Cell) -> Labels:
    """All labels under `cell`, hierarchy included, in um of that cell.

    Texts that are neither a port, a name nor empty are reported in `problems`, as is a second port of the same name.
    """
    ports, pins, problems = _ports_and_pins(layout, cell)
    problems += _twice(ports)
    nets = [point for layer in _MARK_LAYERS for point in _texts(layout, cell, layer, layer)]
    return Labels(
        tuple(ports), tuple(pins), tuple(_texts(layout, cell, "R5_TEXT", "R5")), tuple(nets),
        tuple(_markers(layout, cell)), tuple(problems),
    )  # fmt: skip


def _ports_and_pins(layout: kdb.Layout, cell: kdb.Cell) -> tuple[list[PortLabel], list[NamedPoint], list[str]]:
    ports: list[PortLabel] = []
    pins = _texts(layout, cell, "M6_PIN", "M6")
    problems: list[str] = []
    for text in _texts(layout, cell, "PORT_TEXT", "M6"):
        if match := _PORT.fullmatch(text.name):
            name, plus, minus = match["name"], match["plus"].upper(), match["minus"].upper()
            if unknown := [layer for layer in (plus, minus) if layer not in gds_numbers()]:
                problems.append(f"port text {text.name!r} at {place(text)}: unknown layer {', '.join(unknown)}")
            else:
                ports.append(PortLabel(name, plus, minus, text.x_um, text.y_um))
        elif not _NAME.fullmatch(text.name):
            problems.append(f"port text {text.name[:40]!r} at {place(text)} is neither `NAME +LAYER -LAYER` nor a name")
        elif text.name.lower() not in {pin.name.lower() for pin in pins}:
            pins.append(text)
    return ports, pins, problems


def _twice(ports: list[PortLabel]) -> list[str]:
    seen: dict[str, PortLabel] = {}
    problems = []
    for port in ports:
        first = seen.setdefault(port.name.lower(), port)
        if first is not port:
            problems.append(f"port {port.name} is labelled twice, at {place(first)} and at {place(port)}")
    return problems


def _texts(layout: kdb.Layout, cell: kdb.Cell, source: str, layer: str) -> list[NamedPoint]:
    found = []
    index = layout.find_layer(*gds_numbers()[source])
    if index is None:
        return []
    import klayout.db as kdb

    iterator = cell.begin_shapes_rec(index)
    iterator.shape_flags = kdb.Shapes.STexts
    while not iterator.at_end() and len(found) < MOST_TEXTS:
        text = iterator.shape().text.transformed(iterator.trans())
        if name := " ".join(text.string.split()):
            x_um, y_um = (round(value * layout.dbu, 6) for value in (text.x, text.y))
            found.append(NamedPoint(name, layer, x_um, y_um))
        iterator.next()
    return sorted(found, key=lambda t: (t.name.lower(), t.y_um, t.x_um))


def _markers(layout: kdb.Layout, cell: kdb.Cell) -> list[Marker]:
    index = layout.find_layer(*gds_numbers()["TERM"])
    if index is None:
        return []
    import klayout.db as kdb

    region = kdb.Region(cell.begin_shapes_rec(index)).merged()
    boxes = (polygon.bbox() for polygon in region.each())
    marks = [Marker(*(round(v * layout.dbu, 6) for v in (b.left, b.bottom, b.right, b.top))) for b in boxes]
    return sorted(marks, key=lambda m: (m.bottom_um, m.left_um))


def place(point: NamedPoint | PortLabel) -> str:
    """`(12.50, 35.00) um`, the way every report of this kit prints a place."""
    return f"({point.x_um:.2f}, {point.y_um:.2f}) um"
