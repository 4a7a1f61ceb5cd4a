"""The circuit that the field solver solves: bricks of the films between nodes, columns of the vias, port terminals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sfqgen.extract.raster import Frame

QUANTA = 50
"""Widths are rounded to this fraction of a cell, so that equal corner cases share one kernel value."""


@dataclass(frozen=True)
class FilmEdges:
    """Bricks along x, then along y, of all films; `split` is the number of the first y brick.

    `film`, `ix`, `iy` (n,): where; `ends` (n, 2): nodes; `squares` (n,): length over width for the kinetic term;
    `width`, `shift` (n,) int: transverse width in h/QUANTA, offset of its centre from the cell centre in h/(2 QUANTA);
    `length` (n,): in cells, other than 1 only beside a port bar that lies between two columns of nodes.
    `turn` (n,): what current that turns around a corner there multiplies the brick's own inductance by.
    """

    film: np.ndarray
    ix: np.ndarray
    iy: np.ndarray
    ends: np.ndarray
    squares: np.ndarray
    width: np.ndarray
    shift: np.ndarray
    length: np.ndarray
    turn: np.ndarray
    split: int


@dataclass(frozen=True)
class ViaEdges:
    """Columns of one cell: `level` numbers `Mesh.levels`; `area` is the covered fraction of the cell."""

    level: np.ndarray
    ix: np.ndarray
    iy: np.ndarray
    ends: np.ndarray
    area: np.ndarray


@dataclass(frozen=True)
class Mesh:
    """`terminals` (ports, 2): node of + and -. `piece` (nodes,): galvanic piece of each node."""

    frame: Frame
    films: tuple[str, ...]
    levels: tuple[tuple[float, float, str], ...]
    nodes: int
    edges: FilmEdges
    vias: ViaEdges
    terminals: np.ndarray
    piece: np.ndarray
    dropped: int
