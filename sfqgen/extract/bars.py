"""Port bars on the grid: which column of nodes a bar is, how far beside it the bar lies, and where it ends.

A bar is a terminal across a line, thinner than a cell. It need not lie on nodes: the bricks on either side are as much
longer or shorter as it is beside them. Where the metal goes on beyond its end the current crowds around that end.
"""

from __future__ import annotations

from dataclasses import dataclass

import klayout.db as kdb
import numpy as np

from sfqgen.extract.corners import Around, turning
from sfqgen.extract.geometry import Geometry
from sfqgen.extract.mesh import QUANTA
from sfqgen.extract.raster import Frame


@dataclass(frozen=True)
class Bar:
    """Nodes `first` to `last` of a column on a film; the bar lies `beside` it, in cells along `axis`."""

    film: int
    axis: str
    column: int
    first: int
    last: int
    beside: float


@dataclass(frozen=True)
class Tip:
    """An end of a port bar in metal that goes on: the last node of its column, `way` from there along the bar.

    `inside` is how far, in cells, the bar goes on beyond that node.
    """

    film: int
    axis: str
    column: int
    node: int
    way: int
    inside: float

    @property
    def place(self) -> tuple[float, float, float, float]:
        """Position in cells, direction of the bar, angle of the metal around it."""
        if self.axis == "x":
            return self.column, self.node, self.way * np.pi / 2, 2 * np.pi
        return self.node, self.column, 0.0 if self.way > 0 else np.pi, 2 * np.pi


def thin_axis(box: kdb.DBox, h_um: float) -> str:
    """The axis along which a terminal is a bar, thinner than a cell of `h_um`; none for any other shape."""
    thin = min(box.width(), box.height()) < h_um - 1e-9 and max(box.width(), box.height()) > h_um
    return ("x" if box.width() < box.height() else "y") if thin else ""


class Bars:
    """The port bars of a geometry, collected one by one, and what they do to the bricks beside them."""

    def __init__(self, geometry: Geometry, frame: Frame) -> None:
        self._geometry, self._frame = geometry, frame
        self._films = tuple(geometry.films)
        self._bars: list[Bar] = []
        self._tips: list[Tip] = []

    def mark(self, film: int, axis: str, box: kdb.DBox, chosen: np.ndarray) -> None:
        """Mark the column of nodes nearest to a bar in `chosen` (nx, ny), and remember how far beside it the bar lies.

        `film` is a number in the order of the geometry, `axis` that of `thin_axis`.
        """
        x0, y0, h = self._frame.x0_um, self._frame.y0_um, self._frame.h_um
        x, y = ((box.left - x0) / h, (box.right - x0) / h), ((box.bottom - y0) / h, (box.top - y0) / h)
        along, across = (x, y) if axis == "x" else (y, x)
        at = (along[0] + along[1]) / 2
        column = min(max(round(at), 0), chosen.shape[0 if axis == "x" else 1] - 1)
        first, last = int(np.ceil(across[0] - 1e-6)), int(np.floor(across[1] + 1e-6))
        cells = np.s_[column, max(first, 0) : last + 1] if axis == "x" else np.s_[max(first, 0) : last + 1, column]
        chosen[cells] = True
        self._bars.append(Bar(film, axis, column, first, last, at - column))
        for end, node, way in ((across[0], first, 1), (across[1], last, -1)):
            if self._goes_on(film, *((at, at, end - way, end) if axis == "x" else (end - way, end, at, at))):
                self._tips.append(Tip(film, axis, column, node, way, abs(end - node)))

    def _goes_on(self, film: int, *box: float) -> bool:
        """Whether the film covers a narrow strip, given by its first and last x and y in cells."""
        dbu, frame = self._geometry.dbu, self._frame
        x0, x1, y0, y1 = (origin + place * frame.h_um for origin, place in zip(
            (frame.x0_um, frame.x0_um, frame.y0_um, frame.y0_um), box, strict=True))  # fmt: skip
        strip = kdb.DBox(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)).enlarged(0.01, 0.01).to_itype(dbu)
        length, slack = max(strip.width(), strip.height()), round(0.03 / dbu)
        covered = (kdb.Region(strip) & self._geometry.films[self._films[film]]).each_merged()
        return any(max(p.bbox().width(), p.bbox().height()) >= length - slack for p in covered)

    def lengths(self, film: np.ndarray, ix: np.ndarray, iy: np.ndarray, split: int) -> np.ndarray:
        """Lengths of bricks (n,) in cells, `split` the number of the first along y.

        A bar that lies beside its column lengthens the bricks on one side, shortens the others; one that ends between
        two nodes shortens the brick that leads on from its end.
        """
        length = np.ones(len(film))
        for bar in self._bars:
            rows = np.s_[:split] if bar.axis == "x" else np.s_[split:]
            along, across = (ix[rows], iy[rows]) if bar.axis == "x" else (iy[rows], ix[rows])
            here = (film[rows] == bar.film) & (across >= bar.first) & (across <= bar.last)
            length[rows][here & (along == bar.column)] -= bar.beside
            length[rows][here & (along == bar.column - 1)] += bar.beside
        for tip in self._tips:
            rows = np.s_[split:] if tip.axis == "x" else np.s_[:split]
            column, along = (ix[rows], iy[rows]) if tip.axis == "x" else (iy[rows], ix[rows])
            out = (film[rows] == tip.film) & (column == tip.column) & (along == min(tip.node, tip.node - tip.way))
            length[rows][out] -= tip.inside
        return length

    def crowding(self, columns: tuple[np.ndarray, ...], split: int) -> np.ndarray:
        """What the ends of the bars multiply the inductance of bricks by.

        `columns` (n,) each: film, ix, iy, squares, width and shift as in `FilmEdges`.
        """
        film, ix, iy, squares, width, shift = columns
        factor = np.ones(len(film))
        for number in sorted({tip.film for tip in self._tips}):
            places = np.array([tip.place for tip in self._tips if tip.film == number])
            for axis, part in (("x", np.s_[:split]), ("y", np.s_[split:])):
                rows = np.flatnonzero(film[part] == number) + (part.start or 0)
                along, across = (ix[rows], iy[rows]) if axis == "x" else (iy[rows], ix[rows])
                bricks = Around(axis, along, across, across + shift[rows] / (2 * QUANTA), width[rows] / QUANTA)
                factor[rows] = turning(places, bricks, squares[rows], electrode=True)
        return factor
