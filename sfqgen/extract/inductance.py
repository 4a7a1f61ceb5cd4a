"""Inductances of a recognised layout from its drawn metal, by the 3-D solver.

    found = recognise(*read_layout("JTL.gds"))
    result = extract_inductances(found)                         # the layout's own L1, L2, ...
    result = extract_inductances(found, read_idx("JTL_idx.cir"))  # those of an extraction netlist
    result.l_ph["L1"], result.couplings, result.residual_pct

Nominal process, no calibration. `sign_off=True` solves on the grid and on half of it, extrapolates to grid zero (the
error falls with the first power of the grid) and gives the difference of both grids as error bar.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import isfinite, nan

import klayout.db as kdb
import numpy as np

from pdk_sfq5ee.process import Process
from sfqgen.errors import SfqgenError
from sfqgen.extract.cache import load_json, store_json
from sfqgen.extract.context import Window, branches_near, plan_windows
from sfqgen.extract.fit import check_kirchhoff, fit, netlist_patterns
from sfqgen.extract.geometry import Geometry
from sfqgen.extract.grid import Mesh, build_mesh
from sfqgen.extract.idx import IdxNetlist
from sfqgen.extract.operator import Operator
from sfqgen.extract.ports import circuit_box, geometry_of
from sfqgen.extract.problem import Problem, drawn_problem, idx_problem
from sfqgen.extract.recognise import RecognisedLayout
from sfqgen.extract.solve import NoWayBackError, Solution, current_patterns, solve
from sfqgen.extract.stack import Slab, slabs

GRID_UM = 0.25
GRIDS_UM = (0.05, 1.0)
COUPLING_REACH_UM = 4.0
SOLUTION_VERSION = 1
"""Raise when the solver changes its answers: stored windows are then solved anew."""


@dataclass(frozen=True)
class PortMatrix:
    """Inductance matrix of the port current `patterns` (ports, k) in pH, with the mesh and the solution behind it."""

    matrix: np.ndarray
    patterns: np.ndarray
    mesh: Mesh = field(repr=False)
    solution: Solution = field(repr=False)


@dataclass(frozen=True)
class Extraction:
    """`l_ph` and `error_ph` by inductor: NaN where no port decides a value; error bars only from a sign-off.

    `couplings` hold (inductor, inductor, k) above 1 %, or named by the netlist. `residual_pct` is the worst window's.
    """

    l_ph: dict[str, float]
    error_ph: dict[str, float]
    couplings: tuple[tuple[str, str, float], ...]
    residual_pct: float
    grid_um: float
    windows: int
    unknowns: int
    ports: int
    iterations: int
    dropped: int


def port_matrix(geometry: Geometry, grid_um: float = GRID_UM, films: Mapping[str, Slab] | None = None,
                patterns: np.ndarray | None = None) -> PortMatrix:  # fmt: skip
    """Solve a geometry for port current `patterns` (ports, k), by default all that its ports allow.

    Raises SfqgenError for a port off its metal, ports that share metal, or a grid that is out of bounds.
    """
    _check_grid(grid_um)
    films = films or slabs()
    mesh = build_mesh(geometry, films, grid_um)
    patterns = current_patterns(mesh) if patterns is None else patterns
    if not patterns.shape[1]:
        empty = Solution(np.zeros((0, 0)), np.zeros((0, 0)), 0, 0.0)
        return PortMatrix(empty.matrix, patterns, mesh, empty)
    solution = solve(mesh, Operator(mesh, films), patterns)
    return PortMatrix(solution.matrix, patterns, mesh, solution)


def extract_inductances(
    found: RecognisedLayout, netlist: IdxNetlist | None = None, *, grid_um: float = GRID_UM, sign_off: bool = False,
    label_returns: bool = False, shunt_leads: bool = False, expected: Mapping[tuple[str, str], float] | None = None,
    workers: int | None = None, process: Process | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Extraction:  # fmt: skip
    """Inductances of the layout's own inductors, or of an extraction netlist whose ports are labelled in the layout.

    The layout's own are solved window by window on `workers` threads (all processors if left out) and kept in the
    cache by content; an extraction netlist is solved as one piece. `expected` gives coupling factors for its pairs.
    `label_returns` and `shunt_leads` are those of `idx_problem` and `drawn_problem`.
    Raises SfqgenError when ports and netlist do not fit the metal.
    """
    _check_grid(grid_um)
    films = slabs(process)
    problem = idx_problem(found, netlist, films, label_returns) if netlist else (
        drawn_problem(found, films, shunt_leads))
    whole = circuit_box(found, problem.ports)
    if netlist:
        windows = [Window(whole, tuple(b.name for b in problem.branches), problem)]
    else:
        windows = plan_windows(found, problem, whole)
    grids = (grid_um, grid_um / 2) if sign_off else (grid_um,)
    tasks = [(window, grid) for window in windows for grid in grids]
    answers: list[_Answer] = [None] * len(tasks)
    with ThreadPoolExecutor(max_workers=workers or os.cpu_count()) as pool:
        jobs = [pool.submit(_solve_window, found, window, grid, films, expected if netlist else None, bool(netlist))
                for window, grid in tasks]  # fmt: skip
        for number, job in enumerate(jobs):
            answers[number] = job.result()
            progress(number + 1, len(tasks))
    coarse = answers[:: len(grids)] if sign_off else None
    return _collected(problem, windows, answers[len(grids) - 1 :: len(grids)], coarse, grids[-1])


@dataclass(frozen=True)
class _Answer:
    l_ph: dict[str, float]
    couplings: tuple[tuple[str, str, float], ...]
    residual_pct: float
    unknowns: int
    ports: int
    iterations: int
    dropped: int


_STATISTICS = ("residual_pct", "unknowns", "ports", "iterations", "dropped")


def _solve_window(found: RecognisedLayout, window: Window, grid_um: float, films: Mapping[str, Slab],
                  expected: Mapping[tuple[str, str], float] | None, is_idx: bool) -> _Answer:  # fmt: skip
    """One window, from the cache if an equal one was solved before. Names are not part of the key."""
    problem = window.problem
    geometry = geometry_of(found, problem.ports, window.box)
    near = expected
    if not is_idx:
        near = dict.fromkeys(branches_near(found, problem.branches, COUPLING_REACH_UM), 0.0)
    key = _key(geometry, problem, near, grid_um, films, is_idx)
    stored = load_json(f"window-{key}")
    if stored is None:
        try:
            stored = _solved(geometry, problem, near, grid_um, films, is_idx)
        except NoWayBackError:
            # The window cut a conductor in two that the netlist knows as one.
            if (wider := window.wider()) is None:
                raise
            return _solve_window(found, wider, grid_um, films, expected, is_idx)
        store_json(f"window-{key}", stored)
    names = [b.name for b in problem.branches]
    l_ph = {name: nan if value is None else value for name, value in zip(names, stored["l_ph"], strict=True)}
    couplings = tuple((names[a], names[b], k) for a, b, k in stored["couplings"])
    return _Answer(l_ph, couplings, *(stored[field] for field in _STATISTICS))


def _solved(geometry: Geometry, problem: Problem, near, grid_um: float, films, is_idx: bool) -> dict:
    """Solve and fit. Ports given by labels are checked against the metal; those of a window follow its netlist."""
    patterns = None if is_idx else netlist_patterns(problem.branches, problem.nodes)
    solved = port_matrix(geometry, grid_um, films, patterns)
    _check_ports(solved.mesh, problem)
    if is_idx:
        check_kirchhoff(solved.patterns, problem.branches, problem.nodes)
    result = fit(solved.matrix, solved.patterns, problem.branches, problem.nodes, problem.pairs, near)
    numbers = {b.name: n for n, b in enumerate(problem.branches)}
    return {
        "l_ph": [value if isfinite(value) else None for value in result.l_ph.values()],
        "couplings": [[numbers[a], numbers[b], k] for (a, b), k in result.couplings.items()],
        "residual_pct": result.residual_pct,
        "unknowns": 2 * len(solved.mesh.edges.film) + len(solved.mesh.vias.level),
        "ports": len(problem.ports), "iterations": solved.solution.iterations, "dropped": solved.mesh.dropped,
    }  # fmt: skip


def _check_ports(mesh: Mesh, problem: Problem) -> None:
    """Two ports whose + ends share metal cells would short two nodes of the netlist."""
    at: dict[int, int] = {}
    for number, (plus, _) in enumerate(mesh.terminals.tolist()):
        other = at.setdefault(plus, number)
        if problem.nodes[other].plus != problem.nodes[number].plus:
            raise SfqgenError(
                f"ports {problem.nodes[other].name} and {problem.nodes[number].name} share the same metal cells",
                allowed="terminals at least two grid cells apart",
                remedy="a finer grid, or other places for the labels",
            )  # fmt: skip


def _key(geometry: Geometry, problem: Problem, near, grid_um: float, films: Mapping[str, Slab], is_idx: bool) -> str:
    """Hash of all that decides the answer, places relative to the lower left corner (the grid goes with the metal)."""
    corner = geometry.bbox().p1
    shift = kdb.Trans(-round(corner.x / geometry.dbu), -round(corner.y / geometry.dbu))
    node_numbers: dict[str, int] = {}

    def node(name: str) -> int:
        return node_numbers.setdefault(name, len(node_numbers))

    numbers = {b.name.lower(): n for n, b in enumerate(problem.branches)}
    parts = [
        SOLUTION_VERSION, is_idx, grid_um, geometry.dbu, [repr(films[name]) for name in geometry.films],
        [(name, _text(region, shift)) for name, region in (*geometry.films.items(), *geometry.vias.items())],
        [[(end.films, _text(end.region, shift), end.sheet_z_um) for end in (p.plus, p.minus)] for p in problem.ports],
        [(node(b.plus), node(b.minus), repr(b.estimate_ph)) for b in problem.branches],
        [(node(p.plus), node(p.minus)) for p in problem.nodes],
        [(numbers.get(a.lower()), numbers.get(b.lower())) for a, b in problem.pairs],
        None if near is None else sorted((numbers[a.lower()], numbers[b.lower()], k) for (a, b), k in near.items()),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _text(region: kdb.Region, shift: kdb.Trans) -> list[str]:
    return sorted(polygon.transformed(shift).to_s() for polygon in region.merged().each())


def _collected(problem: Problem, windows: Sequence[Window], fine: Sequence[_Answer],
               coarse: Sequence[_Answer] | None, grid_um: float) -> Extraction:  # fmt: skip
    l_ph = {branch.name: nan for branch in problem.branches}
    error_ph: dict[str, float] = {}
    couplings: dict[frozenset[str], tuple[str, str, float]] = {}
    for number, window in enumerate(windows):
        core = set(window.core)
        for name in window.core:
            l_ph[name] = fine[number].l_ph[name]
            if coarse:
                step = l_ph[name] - coarse[number].l_ph[name]
                l_ph[name], error_ph[name] = l_ph[name] + step, abs(step)
        for a, b, k in fine[number].couplings:
            if a in core or b in core:
                couplings.setdefault(frozenset((a, b)), (a, b, k))
    return Extraction(
        l_ph, error_ph, tuple(couplings.values()), max((a.residual_pct for a in fine), default=0.0), grid_um,
        len(windows), sum(a.unknowns for a in fine), max((a.ports for a in fine), default=0),
        max((a.iterations for a in fine), default=0), sum(a.dropped for a in fine),
    )  # fmt: skip


def _check_grid(grid_um: float) -> None:
    if not GRIDS_UM[0] <= grid_um <= GRIDS_UM[1]:
        raise SfqgenError(f"grid of {grid_um:g} um", allowed=f"{GRIDS_UM[0]:g} to {GRIDS_UM[1]:g} um",
                          remedy="0.25 for a first answer, 0.125 for sign-off")  # fmt: skip
