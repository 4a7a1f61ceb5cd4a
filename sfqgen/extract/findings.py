"""What recognition notices about a layout: one line each, with the element's name (when known) and the place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`kind` is a short word (junction, resistor, label, port, ground, plane, stitch, rail); `element` may be empty."""

    kind: str
    element: str
    text: str
    x_um: float | None = None
    y_um: float | None = None
    layer: str = ""

    def __str__(self) -> str:
        name = f"{self.element}: " if self.element else ""
        return f"{name}{self.text}" + ("" if self.x_um is None else f" at ({self.x_um:.2f}, {self.y_um:.2f}) um")
