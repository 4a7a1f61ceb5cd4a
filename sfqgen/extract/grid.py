"""From polygons to a circuit of bricks: nodes in the covered cells of each film, edges between neighbours, vias.

Every merged polygon has nodes of its own, so two conductors that share a cell are never shorted. An edge is a brick
of one cell from node to node; how much of its two halves is metal sets its kinetic term, and the width and centre of
the metal its magnetic one. A sliver narrower than half a cell keeps the edges to its neighbours that way.
"""

from __future__ import annotations

from collections import defaultdict

import klayout.db as kdb
import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from sfqgen.errors import SfqgenError
from sfqgen.extract.bars import Bars, thin_axis
from sfqgen.extract.corners import Around, corners_of, turning
from sfqgen.extract.geometry import Geometry, Terminal
from sfqgen.extract.mesh import QUANTA, FilmEdges, Mesh, ViaEdges
from sfqgen.extract.raster import Frame, coverage, frame_of

LEAST = 0.02
"""Bricks and via cells covered by less than this fraction are left out."""
PLANES = ("M0", "M4", "M7")
"""Films whose edges are moats and borders, which the grid need not follow."""
MOST_CELLS = 3_000_000
FLOATING_UM2 = 20.0
"""Metal without a port is dropped below this area; a larger piece (a rail, a plane without stitching) screens."""


class _Builder:
    """Collects nodes and edges polygon by polygon; `cell_node` finds the node of a film in a cell."""

    def __init__(self, geometry: Geometry, frame: Frame) -> None:
        self.geometry, self.frame = geometry, frame
        self.films = tuple(geometry.films)
        self.nodes = 0
        self.cell_node = np.full((len(self.films), frame.nx, frame.ny), -1, np.int64)
        self.best = np.zeros(self.cell_node.shape, np.float32)
        self.area_of: list[np.ndarray] = []
        self.along: dict[str, list[tuple]] = {"x": [], "y": []}
        self.columns: list[tuple] = []
        self.bars = Bars(geometry, frame)
        self.levels: list[tuple[float, float, str]] = []

    def film(self, number: int) -> None:
        dbu = self.geometry.dbu
        for shape in self.geometry.films[self.films[number]].merged().each():
            self._polygon(number, kdb.Region(shape), *self.frame.part(shape.bbox().to_dtype(dbu)))

    def _polygon(self, film: int, region: kdb.Region, inner: Frame, di: int, dj: int) -> None:
        area, mx, my = coverage(region, self.geometry.dbu, inner, halves=True)
        cell_area = _quads(area)
        ids = np.full(cell_area.shape, -1, np.int64)
        covered = cell_area > 4 * 1e-3
        count = int(covered.sum())
        ids[covered] = self.nodes + np.arange(count)
        self.nodes += count
        self.area_of.append(cell_area[covered] * (self.frame.h_um / 2) ** 2)
        self._claim(film, ids, cell_area, di, dj)
        corners = corners_of(region, self.geometry.dbu, inner)
        self._bricks("x", film, ids, area, mx, my, (di, dj), corners)
        self._bricks("y", film, ids.T, area.T, my.T, mx.T, (dj, di), corners)

    def _claim(self, film: int, ids: np.ndarray, area: np.ndarray, di: int, dj: int) -> None:
        window = np.s_[film, di : di + ids.shape[0], dj : dj + ids.shape[1]]
        better = (ids >= 0) & (area > self.best[window])
        self.cell_node[window][better] = ids[better]
        self.best[window][better] = area[better]

    def _bricks(self, axis: str, film: int, ids: np.ndarray, area: np.ndarray, along: np.ndarray, across: np.ndarray,
                offset: tuple[int, int], corners: np.ndarray) -> None:  # fmt: skip
        """Edges along the first index: between cells i and i + 1 lie the half columns 2 i + 1 and 2 i + 2.

        `along` and `across` are first moments of the covered area in half cells. Metal that fills a half column for
        part of its length only (the end of a line) is told from a narrow line by the centroid along the current.
        """
        rows, along, across = (a[:, 0::2] + a[:, 1::2] for a in (area, along, across))
        with np.errstate(invalid="ignore", divide="ignore"):
            middle = np.arange(len(rows))[:, None] + 0.5
            extent = np.where(rows > 0, 1 - 2 * np.abs(along / rows - middle), 1.0)
        extent = np.clip(extent, rows / 2, 1.0)
        fill = rows / 2 / np.maximum(extent, 1e-9)
        first, second = np.s_[1:-1:2], np.s_[2::2]
        good = (ids[:-1] >= 0) & (ids[1:] >= 0) & (np.minimum(fill[first], fill[second]) > LEAST)
        i, j = np.nonzero(good)
        f, g = fill[first][good], fill[second][good]
        full = 0.5 / f + 0.5 / g
        squares = 0.5 * (extent[first][good] / f + extent[second][good] / g)
        mass = (rows[first] + rows[second])[good]
        centre = (across[first] + across[second])[good] / mass - (2 * j + 1)  # half cells from the middle of the row
        width = np.clip(np.round(QUANTA * (f + g) / 2), 1, QUANTA).astype(np.int64)
        shift = np.where(width == QUANTA, 0, np.round(QUANTA * centre)).astype(np.int64)
        di, dj = offset
        turn = turning(corners, Around(axis, i, j, j + shift / (2 * QUANTA), width / QUANTA), squares)
        cells = (i + di, j + dj) if axis == "x" else (j + dj, i + di)
        self.along[axis].append((np.full(len(i), film), *cells, ids[:-1][good], ids[1:][good], squares, full, width,
                                 shift, turn))  # fmt: skip

    def via(self, name: str, slabs: dict) -> None:
        low, high = (self.films.index(film) for film in self.geometry.via_films[name])
        z = [(slabs[f].z0_um + slabs[f].z1_um) / 2 for f in self.geometry.via_films[name]]
        covered = coverage(self.geometry.vias[name], self.geometry.dbu, self.frame, halves=False)
        a, b = self.cell_node[low], self.cell_node[high]
        fraction = _on_nodes(*covered, (a >= 0) & (b >= 0))
        i, j = np.nonzero(fraction > LEAST)
        self._columns((z[0], z[1], name), i, j, a[i, j], b[i, j], fraction[i, j])

    def terminal(self, terminal: Terminal, slabs: dict, where: str) -> np.ndarray:
        """Nodes that the terminal ties together."""
        if terminal.sheet_z_um is not None:
            return self._sheet(terminal, slabs, where)
        nodes = [self._tied(film, terminal.region, where) for film in terminal.films if film in self.films]
        if not nodes:
            raise SfqgenError(f"none of the films {', '.join(terminal.films)} is in the geometry", where=where)
        return np.concatenate(nodes)

    def _tied(self, film: str, region: kdb.Region, where: str) -> np.ndarray:
        """Nodes of the cells that the terminal mostly covers; for a bar across a line, of its nearest column."""
        number = self.films.index(film)
        nodes = self.cell_node[number]
        chosen = np.zeros(nodes.shape, bool)
        for shape in region.each_merged():
            box = shape.bbox().to_dtype(self.geometry.dbu)
            axis = thin_axis(box, self.frame.h_um)
            if axis:
                self.bars.mark(number, axis, box, chosen)
            else:
                share = coverage(kdb.Region(shape), self.geometry.dbu, self.frame, halves=False)[0]
                share[nodes < 0] = 0.0
                chosen |= share >= max(LEAST, min(0.5 - 1e-6, share.max()))
        chosen &= nodes >= 0
        if not chosen.any():
            raise SfqgenError(f"the terminal touches no {film}", where=where,
                              remedy="move the label onto the metal that it names")  # fmt: skip
        return np.unique(nodes[chosen])

    def _sheet(self, terminal: Terminal, slabs: dict, where: str) -> np.ndarray:
        film = terminal.films[0]
        slab = slabs[film]
        covered = coverage(terminal.region, self.geometry.dbu, self.frame, halves=False)
        nodes = self.cell_node[self.films.index(film)]
        fraction = _on_nodes(*covered, nodes >= 0)
        i, j = np.nonzero(fraction > LEAST)
        if not len(i):
            raise SfqgenError(f"the terminal touches no {film}", where=where,
                              remedy="move the label onto the metal that it names")  # fmt: skip
        sheet = self.nodes
        self.nodes += 1
        self.area_of.append(np.zeros(1))
        level = ((slab.z0_um + slab.z1_um) / 2, terminal.sheet_z_um, f"{film} contact")
        self._columns(level, i, j, nodes[i, j], np.full(len(i), sheet), fraction[i, j])
        return np.array([sheet])

    def _columns(self, level: tuple, i: np.ndarray, j: np.ndarray, a: np.ndarray, b: np.ndarray, area: np.ndarray):
        if level not in self.levels:
            self.levels.append(level)
        number = np.full(len(i), self.levels.index(level))
        self.columns.append((number, i, j, a, b, area))


def _on_nodes(area: np.ndarray, mx: np.ndarray, my: np.ndarray, metal: np.ndarray) -> np.ndarray:
    """Cross-section of a column shared out to the nodes, so that its middle is kept.

    What covers a part of a cell does not lie at the cell's node: a share goes to the neighbours on that side, linearly
    with the distance. Without it the rim of a contact is off by up to half a cell.
    """
    i, j = np.nonzero((area > 0) & metal)
    whole = area[i, j]
    ux, uy = mx[i, j] / whole - (i + 0.5), my[i, j] / whole - (j + 0.5)
    shared = np.zeros_like(area)
    left = whole.copy()
    for dx, dy, weight in ((1, 0, np.abs(ux) * (1 - np.abs(uy))), (0, 1, np.abs(uy) * (1 - np.abs(ux))),
                           (1, 1, np.abs(ux * uy))):  # fmt: skip
        ni = np.clip(i + dx * np.sign(ux).astype(int), 0, area.shape[0] - 1)
        nj = np.clip(j + dy * np.sign(uy).astype(int), 0, area.shape[1] - 1)
        part = np.where(metal[ni, nj], weight * whole, 0.0)
        np.add.at(shared, (ni, nj), part)
        left -= part
    np.add.at(shared, (i, j), left)
    return shared


def _anchor(geometry: Geometry, h_um: float) -> tuple[float, float]:
    """Where the grid puts its cell centres: on port bars, else on the edges of the signal metal.

    A bar beside its column of nodes costs accuracy, and metal edges in the middle of cells give the best currents at
    them. As the grid goes with the layout, moving a layout changes nothing.
    """
    votes: dict[str, dict[float, float]] = {"x": defaultdict(float), "y": defaultdict(float)}
    for port in geometry.ports:
        for shape in port.plus.region.each_merged():
            box = shape.bbox().to_dtype(geometry.dbu)
            if axis := thin_axis(box, h_um):
                votes[axis][round((box.center().x if axis == "x" else box.center().y) % h_um, 4) % h_um] += 1e6
    for name, region in geometry.films.items():
        if name not in PLANES:
            for edge in region.edges().each():
                if edge.dx() == 0 or edge.dy() == 0:
                    axis, at = ("x", edge.p1.x) if edge.dx() == 0 else ("y", edge.p1.y)
                    votes[axis][round(at * geometry.dbu % h_um, 4) % h_um] += edge.length()
    best = (max(sorted(places), key=lambda place: places[place], default=0.0) for places in votes.values())
    return tuple(best)


def _quads(area: np.ndarray) -> np.ndarray:
    return area[0::2, 0::2] + area[1::2, 0::2] + area[0::2, 1::2] + area[1::2, 1::2]


def build_mesh(geometry: Geometry, slabs: dict, h_um: float, anchor: tuple[float, float] | None = None) -> Mesh:
    """Mesh a geometry on cells of `h_um`, one cell centre at `anchor` (chosen to suit the geometry if left out).

    Raises SfqgenError for a port off its metal, shorted ports, a huge grid.
    """
    frame = frame_of(geometry.bbox(), h_um, anchor or _anchor(geometry, h_um))
    if frame.nx * frame.ny * len(geometry.films) > MOST_CELLS:
        raise SfqgenError(
            f"{frame.nx} x {frame.ny} cells on {len(geometry.films)} films are too many for one field solution",
            allowed=f"{MOST_CELLS} cells", remedy="a coarser grid, or window by window",
        )  # fmt: skip
    builder = _Builder(geometry, frame)
    for number in range(len(builder.films)):
        builder.film(number)
    for name in geometry.vias:
        if all(film in builder.films for film in geometry.via_films[name]):
            builder.via(name, slabs)
    tied = [[builder.terminal(end, slabs, f"port {port.name}") for end in (port.plus, port.minus)]
            for port in geometry.ports]  # fmt: skip
    return _finish(builder, tied)


def _finish(builder: _Builder, tied: list[list[np.ndarray]]) -> Mesh:
    film_edges, split = _film_edges(builder)
    columns = [np.concatenate(c) for c in zip(*builder.columns, strict=True)] if builder.columns else [np.zeros(0)] * 6
    root = _tie(builder.nodes, tied)
    ends, via_ends = root[film_edges[3].astype(int)], root[np.stack(columns[3:5], axis=1).astype(int)]
    keep, piece, dropped = _kept(builder, root, ends, via_ends, tied)
    number = np.cumsum(keep) - 1
    e, v = keep[ends[:, 0]], keep[via_ends[:, 0]]
    e &= ends[:, 0] != ends[:, 1]
    v &= via_ends[:, 0] != via_ends[:, 1]
    film, ix, iy, _, squares, full, width, shift, turn = (column[e] for column in film_edges)
    split = int(e[:split].sum())
    length = builder.bars.lengths(film, ix, iy, split)
    squares = np.where(length == 1.0, squares, full * length)
    turn *= builder.bars.crowding((film, ix, iy, squares, width, shift), split)
    edges = FilmEdges(film, ix, iy, number[ends[e]], squares, width, shift, length, turn, split)
    level, vx, vy = (columns[k][v].astype(int) for k in range(3))
    vias = ViaEdges(level, vx, vy, number[via_ends[v]], columns[5][v])
    terminals = np.array([[number[root[nodes[0]]] for nodes in port] for port in tied], int).reshape(-1, 2)
    _check_shorts(builder.geometry, terminals)
    return Mesh(builder.frame, builder.films, tuple(builder.levels), int(keep.sum()), edges, vias, terminals,
                piece[keep], dropped)  # fmt: skip


def _film_edges(builder: _Builder) -> tuple[list[np.ndarray], int]:
    columns = []
    for axis in "xy":
        parts = builder.along[axis]
        film, ix, iy, a, b, *rest = (np.concatenate(c) for c in zip(*parts, strict=True))
        columns.append((film, ix, iy, np.stack([a, b], axis=1), *rest))
    return [np.concatenate(c) for c in zip(*columns, strict=True)], len(columns[0][0])


def _tie(nodes: int, tied: list[list[np.ndarray]]) -> np.ndarray:
    """For every node the one that stands for it."""
    rows = np.concatenate([np.zeros(0, int), *(np.full(len(t), t[0]) for port in tied for t in port)])
    cols = np.concatenate([np.zeros(0, int), *(t for port in tied for t in port)])
    links = coo_matrix((np.ones(len(rows)), (rows, cols)), shape=(nodes, nodes))
    _, label = connected_components(links, directed=False)
    return np.unique(label, return_index=True)[1][label]


def _kept(builder, root, ends, via_ends, tied) -> tuple[np.ndarray, np.ndarray, int]:
    """Nodes of pieces that carry a port or are large, the piece number of every node, and the pieces dropped."""
    links = np.concatenate([ends, via_ends])
    shape = (builder.nodes, builder.nodes)
    _, piece = connected_components(coo_matrix((np.ones(len(links)), links.T), shape=shape), directed=False)
    piece = piece[root]
    area = np.bincount(piece, np.concatenate(builder.area_of))
    wanted = area >= FLOATING_UM2
    metal = area >= builder.frame.h_um**2  # rounding leaves crumbs at cell borders
    for port in tied:
        for nodes in port:
            wanted[piece[nodes[0]]] = True
    standing = root == np.arange(builder.nodes)
    return wanted[piece] & standing, np.unique(piece, return_inverse=True)[1], int((metal & ~wanted).sum())


def _check_shorts(geometry: Geometry, terminals: np.ndarray) -> None:
    for port, (plus, minus) in zip(geometry.ports, terminals, strict=True):
        if plus == minus:
            raise SfqgenError("both ends of the port are on the same metal", where=f"port {port.name}",
                              remedy="give the port's terminals on two conductors or two places")  # fmt: skip
