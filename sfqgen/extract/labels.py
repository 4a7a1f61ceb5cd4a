"""Texts and terminal marks of a layout: ports, pin names, resistor names, net names.

The convention is the one of the InductEx tool flow, used by the ColdFlux cells and by ours:
layer 182/0 holds one text per port, `NAME +LAYER -LAYER` (`P1 M6 M4` signal pin, `PB1 M6 M4` bias entry, `J1 M6 M5`
junction), and may repeat plain pin names; 60/5 holds pin names, 52/11 resistor names, 40/0 `GND`, 1/0 or 50/0 `VDD`;
19/0 holds a thin bar or box over each terminal. A label may name an element, it never defines one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pdk_sfq5ee import layers

if TYPE_CHECKING:
    import klayout.db as kdb

PortKind = Literal["pin", "bias", "junction"]
_PORT = re.compile(r"(?P<name>[A-Za-z]\w*)[\s,]+(?P<plus>[A-Za-z]+\d+)[\s,]+(?P<minus>[A-Za-z]+\d*)")
_SAME_AS = {"R5": "M6", "GND": "M4", "J5": "M5"}
"""What a port text may say instead of the metal where its terminal is: resistors have their contacts to M6."""
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
    scope: str = ""

    @property
    def kind(self) -> PortKind:
        head = self.name[:2].upper()
        return "bias" if head == "PB" else "junction" if head[0] == "J" else "pin"


@dataclass(frozen=True, slots=True)
class NamedPoint:
    """A name drawn at a point of `layer`; `scope` numbers the instance that holds it, "" for the cell itself."""

    name: str
    layer: str
    x_um: float
    y_um: float
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Marker:
    """A terminal mark on 19/0: its bounding box."""

    left_um: float
    bottom_um: float
    right_um: float
    top_um: float


@dataclass(frozen=True, slots=True)
class Labels:
    """What a layout says about itself, each list by name, then from bottom to top and left to right.

    `ports` and `pins` hold those of the cell itself; the pins of its instances lie on inner borders and are left out.
    """

    ports: tuple[PortLabel, ...] = ()
    pins: tuple[NamedPoint, ...] = ()
    resistors: tuple[NamedPoint, ...] = ()
    nets: tuple[NamedPoint, ...] = ()
    markers: tuple[Marker, ...] = ()
    problems: tuple[str, ...] = ()

    def of_kind(self, kind: PortKind) -> tuple[PortLabel, ...]:
        return tuple(port for port in self.ports if port.kind == kind)


def read_labels(layout: kdb.Layout, cell: kdb.Cell) -> Labels:
    """All labels under `cell`, hierarchy included, in um of that cell.

    Texts that are neither a port, a name nor empty are reported in `problems`, as is a second port of the same name.
    """
    reader = _Reader(layout, cell)
    ports, pins, problems = _ports_and_pins(reader)
    problems += _twice(ports)
    nets = [point for layer in _MARK_LAYERS for point in reader.texts(layer, layer)]
    resistors = tuple(reader.texts("R5_TEXT", "R5"))
    return Labels(tuple(ports), tuple(pins), resistors, tuple(nets), tuple(_markers(layout, cell)), tuple(problems))


def _ports_and_pins(reader: _Reader) -> tuple[list[PortLabel], list[NamedPoint], list[str]]:
    ports: list[PortLabel] = []
    pins = [pin for pin in reader.texts("M6_PIN", "M6") if not pin.scope]
    problems: list[str] = []
    for text in reader.texts("PORT_TEXT", "M6"):
        if match := _PORT.fullmatch(text.name):
            plus, minus = (_SAME_AS.get(match[end].upper(), match[end].upper()) for end in ("plus", "minus"))
            port = PortLabel(match["name"], plus, minus, text.x_um, text.y_um, text.scope)
            if unknown := [layer for layer in (port.plus, port.minus) if layer not in layers.metals()]:
                problems.append(f"port text {text.name!r} at {place(text)}: unknown metal {', '.join(unknown)}")
            elif port.kind == "junction" or not port.scope:
                ports.append(port)
        elif not _NAME.fullmatch(text.name):
            problems.append(f"port text {text.name[:40]!r} at {place(text)} is neither `NAME +LAYER -LAYER` nor a name")
        elif not text.scope and text.name.lower() not in {pin.name.lower() for pin in pins}:
            pins.append(text)
    return ports, pins, problems


def _twice(ports: list[PortLabel]) -> list[str]:
    """One line for each port name that occurs more than once in the same cell."""
    places: dict[tuple[str, str], list[PortLabel]] = {}
    for port in ports:
        places.setdefault((port.name.lower(), port.scope), []).append(port)
    problems = []
    for same in places.values():
        if len(same) > 1:
            times = "twice" if len(same) == 2 else f"{len(same)} times"
            spots = f"at {place(same[0])} and at {place(same[1])}" + (" ..." if len(same) > 2 else "")
            problems.append(f"port {same[0].name} is labelled {times}, {spots}")
    return problems


class _Reader:
    """Texts of a cell with the instance that each comes from; instances are numbered X1, X2, ... from bottom left."""

    def __init__(self, layout: kdb.Layout, cell: kdb.Cell) -> None:
        self._layout, self._cell = layout, cell
        self._left = MOST_TEXTS
        found = {name: list(self._raw(name)) for name in ("M6_PIN", "PORT_TEXT", "R5_TEXT", *_MARK_LAYERS)}
        paths = {path for points in found.values() for _, _, _, path in points if path}
        named = {path for layer in ("PORT_TEXT", "R5_TEXT") for _, _, _, path in found[layer] if path}
        order = [*sorted(named), *sorted(paths - named)]
        self._scopes = {path: f"X{n}" for n, path in enumerate(order, 1)} | {(): ""}
        self._found = found

    def texts(self, source: str, layer: str) -> list[NamedPoint]:
        points = [NamedPoint(name, layer, x, y, self._scopes[path]) for name, x, y, path in self._found[source]]
        return sorted(points, key=lambda t: (t.name.lower(), t.y_um, t.x_um))

    def _raw(self, source: str):
        """(text, x, y, instance path) of the texts on one layer; the path is the placements from the top down."""
        import klayout.db as kdb

        index = self._layout.find_layer(*layers.gds(source))
        if index is None:
            return
        iterator = self._cell.begin_shapes_rec(index)
        iterator.shape_flags = kdb.Shapes.STexts
        dbu = self._layout.dbu
        while not iterator.at_end() and self._left:
            self._left -= 1
            text = iterator.shape().text.transformed(iterator.trans())
            if name := " ".join(text.string.replace("\0", " ").split()):
                path = tuple(_placement(element) for element in iterator.path())
                yield name, round(text.x * dbu, 6), round(text.y * dbu, 6), path
            iterator.next()


def _placement(element: kdb.InstElement) -> tuple[int, int, str]:
    trans = element.specific_cplx_trans()
    return int(trans.disp.y), int(trans.disp.x), str(trans)


def _markers(layout: kdb.Layout, cell: kdb.Cell) -> list[Marker]:
    index = layout.find_layer(*layers.numbers()["TERM"])
    if index is None:
        return []

    boxes = list(_mark_boxes(cell.begin_shapes_rec(index)))
    marks = [Marker(*(round(v * layout.dbu, 6) for v in (b.left, b.bottom, b.right, b.top))) for b in boxes]
    return sorted(marks, key=lambda m: (m.bottom_um, m.left_um))


def _mark_boxes(shapes: kdb.RecursiveShapeIterator) -> Iterator[kdb.Box]:
    """Box of every mark, the pieces of one mark together; a line without a width is a mark as any other."""
    import klayout.db as kdb

    region = kdb.Region()
    while not shapes.at_end() and region.count() < MOST_TEXTS:
        if not shapes.shape().is_text():
            box = shapes.shape().bbox().transformed(shapes.trans())
            region.insert(box.enlarged(*(5 if side < 10 else 0 for side in (box.width(), box.height()))))
        shapes.next()
    return (polygon.bbox() for polygon in region.merged().each())


def place(point: NamedPoint | PortLabel) -> str:
    """`(12.50, 35.00) um`, the way every report of this kit prints a place."""
    return f"({point.x_um:.2f}, {point.y_um:.2f}) um"
