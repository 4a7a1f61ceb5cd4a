"""What the field solver is asked: drawn metal as polygons, vias, and the ports between which it measures.

Lengths are um in the names that say so; polygons are KLayout regions in database units of `dbu` um.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import klayout.db as kdb

from sfqgen.errors import SfqgenError

DBU_UM = 0.001

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Terminal:
    """One end of a port: the cells of `films` inside `region` are one node.

    With `sheet_z_um` the region is the footprint of a vertical column (a junction's contact): the node is a sheet at
    that height and the current reaches the film through the column, so that its inductance counts.
    """

    films: tuple[str, ...]
    region: kdb.Region
    sheet_z_um: float | None = None


@dataclass(frozen=True)
class Port:
    """Current enters at `plus` and leaves at `minus`."""

    name: str
    plus: Terminal
    minus: Terminal


@dataclass(frozen=True)
class Geometry:
    """Metal by film name, vias by name, and ports.

    `via_films` gives for each via the film below and above. `bias_um` widens (or shrinks) a signal film on every side
    before meshing; nominal is none.
    """

    films: Mapping[str, kdb.Region]
    vias: Mapping[str, kdb.Region] = field(default_factory=dict)
    ports: tuple[Port, ...] = ()
    via_films: Mapping[str, tuple[str, str]] = field(default_factory=lambda: VIA_FILMS)
    dbu: float = DBU_UM

    def clipped(self, box: kdb.DBox) -> Geometry:
        """The geometry inside a box; ports are kept as they are."""
        frame = kdb.Region(box.to_itype(self.dbu))
        return replace(
            self,
            films={name: region & frame for name, region in self.films.items()},
            vias={name: region & frame for name, region in self.vias.items()},
        )

    def with_bias(self, bias_um: Mapping[str, float]) -> Geometry:
        """Edges of the named films moved outwards by that many um (inwards if negative), after merging."""
        moved = {
            name: region.merged().sized(round(bias_um[name] / self.dbu)) if bias_um.get(name) else region
            for name, region in self.films.items()
        }
        return replace(self, films=moved)

    def bbox(self) -> kdb.DBox:
        box = kdb.Box()
        for region in self.films.values():
            box += region.bbox()
        if box.empty():
            raise SfqgenError("no metal to extract", remedy="check the layer numbers and the cell")
        return box.to_dtype(self.dbu)


VIA_FILMS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"I3": ("M3", "M4"), "I4": ("M4", "M5"), "I5": ("M5", "M6"), "I6": ("M6", "M7"), "C5R": ("R5", "M6")}
)


def polygon(points: Points, dbu: float = DBU_UM) -> kdb.Region:
    """A region of one polygon given in um."""
    return kdb.Region(kdb.DPolygon([kdb.DPoint(x, y) for x, y in points]).to_itype(dbu))


def box(x0: float, y0: float, x1: float, y1: float, dbu: float = DBU_UM) -> kdb.Region:
    """A region of one rectangle given in um."""
    return kdb.Region(kdb.DBox(x0, y0, x1, y1).to_itype(dbu))
