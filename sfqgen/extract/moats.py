"""Moats of a recognised layout: the holes of its ground planes, numbered from bottom left."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import klayout.db as kdb

from sfqgen.errors import SfqgenError
from sfqgen.extract.recognise import RecognisedLayout
from sfqgen.extract.touch import ordered

PLANES = ("M4", "M7")
_POINT = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*,\s*([+-]?\d+(?:\.\d+)?)\s*")


@dataclass(frozen=True)
class Moat:
    """A hole in M4 or, where M4 is whole, in M7: `name` is its number, (x, y) a point inside, `planes` where it is."""

    name: str
    x_um: float
    y_um: float
    area_um2: float
    planes: tuple[str, ...]
    hole: kdb.Polygon = field(repr=False)

    def as_dict(self) -> dict:
        return {"name": self.name, "x_um": self.x_um, "y_um": self.y_um, "area_um2": self.area_um2,
                "planes": list(self.planes)}  # fmt: skip

    def line(self) -> str:
        return f"{self.name:>4} {self.x_um:8.2f} {self.y_um:8.2f} {self.area_um2:9.2f}  {', '.join(self.planes)}"


def find_moats(found: RecognisedLayout) -> tuple[Moat, ...]:
    """All moats that metal of the ground net surrounds; a notch at the edge of the cell is none."""
    holes = {plane: _holes(found, plane) for plane in PLANES}
    own = [*ordered(holes["M4"]), *ordered(holes["M7"].not_interacting(holes["M4"]))]
    moats = []
    for number, hole in enumerate(sorted(own, key=lambda p: (p.bbox().bottom, p.bbox().left)), 1):
        planes = tuple(p for p in PLANES if not (kdb.Region(hole) & holes[p]).is_empty())
        x, y = found.metal.um(_inside(hole, found.metal.regions[planes[0]]))
        moats.append(Moat(str(number), x, y, round(hole.area() * found.metal.dbu**2, 4), planes, hole))
    return tuple(moats)


def chosen_moat(moats: tuple[Moat, ...], name: str, where: str) -> Moat:
    """The moat of that number, or the one around a point `x,y` in um. Raises SfqgenError when there is none."""
    if point := _POINT.fullmatch(name):
        x, y = (float(value) for value in point.groups())
        inside = [moat for moat in moats if _contains(moat, x, y)]
    else:
        inside = [moat for moat in moats if moat.name == name.strip()]
    if inside:
        return inside[0]
    known = f"1 to {len(moats)}, or a point x,y in um inside one" if moats else "the layout has no moats"
    raise SfqgenError(f"no moat {name[:40]!r}", where=where, allowed=known, remedy="list them with --moats")


def _contains(moat: Moat, x_um: float, y_um: float) -> bool:
    return moat.hole.inside(kdb.Point(round(x_um * 1000), round(y_um * 1000)))


def _holes(found: RecognisedLayout, plane: str) -> kdb.Region:
    """Holes of the ground net on one plane, with what lies in them as part of the hole."""
    grounds = kdb.Region()
    for piece in found.metal.pieces:
        if piece.layer == plane and piece.net in found.nets.ground:
            grounds.insert(piece.polygon)
    return grounds.merged().holes().merged()


def _inside(hole: kdb.Polygon, metal: kdb.Region) -> kdb.Point:
    """A point well inside the hole and off any metal within it: the middle of the largest free rectangle-like part."""
    free = kdb.Region(hole) - metal
    parts = free.decompose_trapezoids_to_region()
    boxes = [(part.area(), part.bbox()) for part in parts.each()]
    return max(boxes, key=lambda b: (b[0], -b[1].bottom, -b[1].left))[1].center()
