"""Inductance of drawn lines by current flow in a thin sheet: corners, pads and constrictions follow from the shape.

Between close planes the field stays under the metal, so that a line is a sheet of so many pH per square, widened on
both sides by its fringe field: L'(w) = L_square / (w + 2 fringe), which fits the sizing table within 1 % from 0.5 to
6 um. Each piece of metal is solved once by linear finite elements between its contacts; the fringe is a conductor
along the outline. Changes of layer come from the sizing table. Against the field solver, on 110 different
inductors of a sampled neuron, the SFQ/DC converter and four library cells: 7 % rms, 30 % at worst (0.48 pH of DCSFQ).

Where lines part in the metal beside a contact (two resistors on one strap) the skeleton parts them at the contact, and
the arm there is low: by 27 % for L_r of the SFQ/DC converter.

This is how LVS judges lengths before anything is extracted. Neighbours and moats are not in it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import klayout.db as kdb
import numpy as np

from pdk_sfq5ee.process import Process
from sfqgen.errors import SfqgenError
from sfqgen.extract.cut import Cut, CutArm, Trace
from sfqgen.extract.estimate import Estimator
from sfqgen.extract.lines import LEAST_PH, DrawnInductor
from sfqgen.extract.recognise import RecognisedLayout
from sfqgen.extract.skeleton import Skeleton
from sfqgen.extract.table import line_inductance_ph_per_um, via_ph
from sfqgen.extract.touch import Union, ordered
from sfqgen.extract.triangles import OUTLINE_STEP_UM, owners_of, subdivided

MESH_UM, MOST_TRIANGLES = 0.7, 20_000
"""Side of the largest triangles, unless a piece is so large that there would be more than that many."""
HEAD_PH, BASE_PH = 0.07, 0.11
"""What a junction adds where a line ends on its counter-electrode or in its base: the way down into the film and the
crowding around the contact. Least squares against our field solver, 66 and 16 different lines."""
LEAST_AREA2 = 20  # twice the area in dbu^2: triangles of rounding errors have no stiffness
VIA_UM = 0.7
MOST_KEPT = 10_000
_FIT_UM = (0.8, 3.0)


_solved: dict[bytes, np.ndarray | None] = {}


@dataclass(frozen=True)
class SheetFilm:
    """`l_square_ph` per square; the fringe field widens a line by `fringe_um` on either side."""

    l_square_ph: float
    fringe_um: float


@lru_cache(maxsize=64)
def sheet_film(layer: str, sky: bool, process: Process | None = None) -> SheetFilm:
    """The sheet that a metal is, through two widths of the sizing table. Metals without a curve count as M6 does."""
    planes = {"below": "M4", "above": "M7" if sky and layer in ("M5", "M6") else None, "process": process}
    try:
        narrow, wide = (1 / line_inductance_ph_per_um(layer, w, **planes) for w in _FIT_UM)
    except SfqgenError:
        return sheet_film("M6", False, process)
    slope = (wide - narrow) / (_FIT_UM[1] - _FIT_UM[0])
    return SheetFilm(1 / slope, (narrow / slope - _FIT_UM[0]) / 2)


@lru_cache(maxsize=8)
def change_of_layer_ph(sky: bool, process: Process | None = None) -> float:
    """What a via between M5 and M6 adds to lines that are counted up to its rim, in pH; by the sizing table."""
    above, w = "M7" if sky else None, VIA_UM + 0.5
    lines = sum(line_inductance_ph_per_um(layer, w, below="M4", above=above, process=process) for layer in ("M5", "M6"))
    return via_ph(VIA_UM, below="M4", above=above, process=process) + VIA_UM / 2 * lines


def sheet_inductances(found: RecognisedLayout, process: Process | None = None) -> dict[str, float]:
    """Inductance of every inductor of a recognised layout in pH, by name. About 10 ms per distinct piece of metal."""
    sky = not found.metal.regions["M7"].is_empty()
    arms = _arm_values(found, sky, process)
    ends = _Ends(found.cut, change_of_layer_ph(sky, process))
    values = {}
    for name, line in found.inductors.items():
        along = sum(arms[arm] for arm in line.arms)
        if line.loop_ph:  # two ways: what both are together, scaled as their sum
            estimator = Estimator(found.metal.regions["M7"], found.metal.dbu, process)
            rough = sum(estimator.arm_ph(arm.arm, arm.layer) for arm in line.arms)
            along = line.l_ph * along / max(rough, LEAST_PH)
        values[name] = max(along + ends.ph(line), LEAST_PH)
    return values


def _arm_values(found: RecognisedLayout, sky: bool, process: Process | None) -> dict[CutArm, float]:
    """pH of every arm of the cut. Where the lines of a piece form a ring, its arms count by length and width."""
    dbu = found.metal.dbu
    estimator = Estimator(found.metal.regions["M7"], dbu, process)
    values: dict[CutArm, float] = {}
    arms = iter(found.cut.arms)
    for trace in found.cut.traces:
        mine = [next(arms) for _ in trace.skeleton.arms]
        if not mine:
            continue
        film = sheet_film(trace.layer, sky, process)
        key = _key(trace, film, dbu)
        if key not in _solved:
            if len(_solved) >= MOST_KEPT:
                _solved.clear()
            matrix = sheet_matrix(trace.polygon, trace.footprints, film, dbu)
            _solved[key] = tree_values(trace.skeleton, matrix)
        solved = _solved[key]
        for n, arm in enumerate(mine):
            value = estimator.arm_ph(arm.arm, arm.layer) if solved is None else float(solved[n])
            values[arm] = max(value, LEAST_PH)
    return values


def _key(trace: Trace, film: SheetFilm, dbu: float) -> bytes:
    """What decides the values of a piece: pieces repeat in a layout, and a layout is compared more than once."""
    corner = trace.polygon.bbox().p1
    home = kdb.Trans(kdb.Vector(-corner.x, -corner.y))
    marks = (str(part) for mark in trace.footprints for part in ("|", *ordered(mark.transformed(home))))
    text = " ".join([repr(film), repr(dbu), str(trace.polygon.transformed(home)), *marks])
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


class _Ends:
    """What the ends of lines and changes of layer add."""

    def __init__(self, pieces: Cut, via: float) -> None:
        self._via = via
        self._layers: dict[int, set[str]] = defaultdict(set)
        for arm in pieces.arms:
            self._layers[arm.a].add(arm.layer)
            self._layers[arm.b].add(arm.layer)
        self._devices: dict[int, set[str]] = defaultdict(set)
        for key, node in pieces.terminals.items():
            self._devices[node].add(key[0])

    def ph(self, line: DrawnInductor) -> float:
        at: dict[int, list[str]] = defaultdict(list)
        for arm in line.arms:
            if arm.a != arm.b:
                at[arm.a].append(arm.layer)
                at[arm.b].append(arm.layer)
        inner = sum(self._via for layers in at.values() if len(layers) > 1 and len(set(layers)) > 1)
        return inner + sum(self._end(node, layers[0]) for node, layers in at.items() if len(layers) == 1)

    def _end(self, node: int, layer: str) -> float:
        devices = self._devices[node]
        if "top" in devices and layer == "M6":
            return HEAD_PH
        if "base" in devices and layer == "M5":
            return BASE_PH
        if "pin" in devices or ("end" in devices and layer == "M6"):
            return 0.0
        # Lines of both metals that meet in a via share it.
        return self._via / 2 if self._layers[node] - {layer} else 0.0


def sheet_matrix(polygon: kdb.Polygon, footprints: Sequence[kdb.Region], film: SheetFilm, dbu: float) -> np.ndarray:
    """(k, k) inverse inductances between k contacts of one piece in 1/pH: i = K phi, each row adds up to zero."""
    points, triangles = _mesh(polygon, footprints, dbu)
    k = len(footprints)
    if not len(triangles):
        return np.zeros((k, k))
    owner = owners_of({tuple(p) for p in points.tolist()}, footprints)
    owners = np.array([owner.get(tuple(p), -1) for p in points.tolist()])
    rows, columns, values = _stiffness(points * dbu, triangles, owners, film)
    number = owners.copy()
    free = np.flatnonzero(owners < 0)
    number[free] = k + np.arange(len(free))
    return _condensed(number[rows], number[columns], values / film.l_square_ph, k, len(free))


def _mesh(polygon: kdb.Polygon, footprints: Sequence[kdb.Region], dbu: float) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 2) in dbu and triangles (m, 3) of the metal outside its contacts."""
    body = kdb.Region(polygon)
    for footprint in footprints:
        body -= footprint
    body.min_coherence = True
    body.merge()
    number: dict[tuple[int, int], int] = {}
    triangles = []
    largest = max((MESH_UM / dbu) ** 2 / 2, body.area() / MOST_TRIANGLES)
    for part in body.each():
        for triangle in _refined(subdivided(part, round(OUTLINE_STEP_UM / dbu)), largest).each():
            corners = [number.setdefault((p.x, p.y), len(number)) for p in triangle.each_point_hull()]
            if len(corners) == 3 and triangle.area2() >= LEAST_AREA2:
                triangles.append(corners)
    return np.array(list(number), float).reshape(-1, 2), np.array(triangles, int).reshape(-1, 3)


def _refined(polygon: kdb.Polygon, largest: float) -> kdb.Region:
    try:
        return polygon.delaunay(largest, 1.0)
    except RuntimeError:  # klayout refines no slivers of a few nm
        return polygon.delaunay()


def _stiffness(points: np.ndarray, triangles: np.ndarray, owners: np.ndarray,
               film: SheetFilm) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Entries (row, column, value) of the stiffness of linear elements, and of the fringe along the outline."""
    x = points[triangles]
    across = x[:, [2, 0, 1]] - x[:, [1, 2, 0]]  # (m, 3, 2): the edge that faces each corner
    area = np.abs(across[:, 0, 0] * across[:, 1, 1] - across[:, 0, 1] * across[:, 1, 0]) / 2
    local = np.einsum("mik,mjk->mij", across, across) / (4 * area[:, None, None])
    rows = np.repeat(triangles, 3, axis=1).ravel()
    columns = np.tile(triangles, (1, 3)).ravel()
    edges = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    edges, times = np.unique(edges, axis=0, return_counts=True)
    a, b = edges[times == 1].T
    rim = (owners[a] >= 0) & (owners[a] == owners[b])  # the rim of a contact is no edge of the metal
    a, b = a[~rim], b[~rim]
    fringe = film.fringe_um / np.hypot(*(points[a] - points[b]).T)
    return (np.concatenate([rows, a, b, a, b]), np.concatenate([columns, b, a, a, b]),
            np.concatenate([local.ravel(), -fringe, -fringe, fringe, fringe]))  # fmt: skip


def _condensed(rows: np.ndarray, columns: np.ndarray, values: np.ndarray, k: int, free: int) -> np.ndarray:
    """The matrix seen from its first k unknowns, no current entering at the others."""
    from scipy.sparse import coo_matrix, identity
    from scipy.sparse.linalg import splu

    whole = coo_matrix((values, (rows, columns)), shape=(k + free, k + free)).tocsc()
    contacts = whole[:k, :k].toarray()
    if not free:
        return contacts
    coupling = whole[k:, :k].toarray()
    inner = (whole[k:, k:] + 1e-9 * identity(free)).tocsc()  # metal beyond all contacts floats
    return contacts - coupling.T @ splu(inner).solve(coupling)


def tree_values(skeleton: Skeleton, matrix: np.ndarray) -> np.ndarray | None:
    """pH of each arm, so that the way between any two contacts is as long as in the sheet; None if not decided.

    With more contacts than arms the ways are met in the least squares of their relative errors.
    """
    ways = _ways(skeleton, len(matrix))
    if not ways or _has_ring(skeleton):
        return None
    inverse = np.linalg.pinv(matrix, hermitian=True)
    lengths = np.array([inverse[i, i] + inverse[j, j] - 2 * inverse[i, j] for i, j in ways])
    along = np.zeros((len(ways), len(skeleton.arms)))
    for row, arms in zip(along, ways.values(), strict=True):
        row[arms] = 1.0
    weight = 1 / np.maximum(lengths, 0.05)
    values, _, rank, _ = np.linalg.lstsq(along * weight[:, None], lengths * weight, rcond=None)
    return values if rank == len(skeleton.arms) else None


def _has_ring(skeleton: Skeleton) -> bool:
    union = Union(len(skeleton.places))
    for arm in skeleton.arms:
        if union.root(arm.a) == union.root(arm.b):
            return True
        union.tie(arm.a, arm.b)
    return False


def _ways(skeleton: Skeleton, contacts: int) -> Mapping[tuple[int, int], list[int]]:
    """Numbers of the arms on the way between each two contacts that are joined."""
    at: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, arm in enumerate(skeleton.arms):
        at[arm.a].append((arm.b, number))
        at[arm.b].append((arm.a, number))
    ways = {}
    for start in range(contacts):
        reached: dict[int, list[int]] = {start: []}
        todo = [start]
        while todo:
            node = todo.pop()
            for other, number in at[node]:
                if other not in reached:
                    reached[other] = [*reached[node], number]
                    todo.append(other)
        ways |= {(start, end): reached[end] for end in range(start) if end in reached}
    return ways
