"""Inductances of a recognised layout from its drawn metal, by the 3-D solver.

    found = recognise(*read_layout("JTL.gds"))
    result = extract_inductances(found)                         # the layout's own L1, L2, ...
    result = extract_inductances(found, read_idx("JTL_idx.cir"))  # those of an extraction netlist
    result.l_ph["L1"], result.couplings, result.residual_pct

Nominal process, no calibration. `sign_off=True` solves on the grid and on half of it, extrapolates to grid zero (the
error falls with the first power of the grid) and gives the difference of both grids as error bar; pairs of cells are
solved once more as one, and the difference of the lines between them is noted.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from math import isfinite, nan

import klayout.db as kdb
import numpy as np

from pdk_sfq5ee.process import Process
from sfqgen.errors import SfqgenError
from sfqgen.extract.cache import load_json, store_json
from sfqgen.extract.context import Window, undecided
from sfqgen.extract.extraction import Answer, Extraction, collected
from sfqgen.extract.fit import check_kirchhoff, fit, netlist_patterns
from sfqgen.extract.geometry import Geometry
from sfqgen.extract.grid import build_mesh
from sfqgen.extract.idx import IdxNetlist
from sfqgen.extract.mesh import Mesh
from sfqgen.extract.operator import Operator
from sfqgen.extract.ports import circuit_box, live_metal
from sfqgen.extract.problem import Problem, drawn_problem, idx_problem
from sfqgen.extract.recognise import RecognisedLayout
from sfqgen.extract.solve import NoWayBackError, Solution, current_patterns, solve
from sfqgen.extract.stack import Slab, slabs
from sfqgen.extract.tasks import FieldProblem, drawn_tasks, names_of, window_task, window_tasks

GRID_UM = 0.25
GRIDS_UM = (0.05, 1.0)
SOLUTION_VERSION = 3
"""Raise when the solver changes its answers: stored windows are then solved anew."""


@dataclass(frozen=True)
class PortMatrix:
    """Inductance matrix of the port current `patterns` (ports, k) in pH, with the mesh and the solution behind it."""

    matrix: np.ndarray
    patterns: np.ndarray
    mesh: Mesh = field(repr=False)
    solution: Solution = field(repr=False)


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
    grids = (grid_um, grid_um / 2) if sign_off else (grid_um,)
    notes: tuple[str, ...] = ()
    if netlist:
        problem = idx_problem(found, netlist, films, label_returns)
        tasks = [window_task(live_metal(found), Window(circuit_box(found, problem.ports), names_of(problem), problem),
                              expected, True)]  # fmt: skip
    else:
        problem = drawn_problem(found, films, shunt_leads)
        tasks, notes = drawn_tasks(found, problem)
    answers = answers_of(tasks, grids, films, workers, progress)
    if lost := _unanswered(tasks, answers[:: len(grids)]):  # a cell alone leaves a line without a way back
        answers = [_without(answer, lost) for answer in answers if answer is not None]
        tasks = window_tasks(found, problem, lost)
        windows = answers_of(tasks, grids, films, workers, progress)
        answers += [answer for answer in windows if answer is not None]
        notes += (f"{len(lost)} inductors of cells that do not close alone are solved in windows",)
        if lost := _unanswered(tasks, windows[:: len(grids)]):
            notes += (f"not solved, a current in them has no way back in this layout: {', '.join(sorted(lost))}",)
    coarse = answers[:: len(grids)] if sign_off else None
    if sign_off and not netlist and len(found.frames) > 1:
        from sfqgen.extract.borders import borders_of, told

        borders = borders_of(found, problem, grid_um=grid_um, films=films, workers=workers, progress=progress)
        notes += told(borders)
    return collected(problem, answers[len(grids) - 1 :: len(grids)], coarse, grids[-1], notes)


def _unanswered(tasks: Sequence[FieldProblem], answers: Sequence[Answer | None]) -> set[str]:
    """Inductors of tasks without an answer."""
    return {name for task, answer in zip(tasks, answers, strict=True) if answer is None
            for name, _ in task.parts.values()}  # fmt: skip


def _without(answer: Answer, lost: set[str]) -> Answer:
    """The answer without the parts of inductors that are answered elsewhere."""
    return replace(answer, parts={part: owner for part, owner in answer.parts.items() if owner[0] not in lost})


def answers_of(tasks: Sequence[FieldProblem], grids: Sequence[float], films: Mapping[str, Slab], workers: int | None,
             progress: Callable[[int, int], None]) -> list[Answer | None]:  # fmt: skip
    """The answer of every task on every grid, task by task. Equal ones are solved once, and kept in the cache.

    None where the metal of a task has no way back for a current and there is no wider problem.
    """
    jobs = [(task, grid, key_of(task, grid, films)) for task in tasks for grid in grids]
    distinct = {key: (task, grid) for task, grid, key in reversed(jobs)}
    with ThreadPoolExecutor(max_workers=workers or os.cpu_count()) as pool:
        running = {key: pool.submit(_stored_or_solved, key, *what, films) for key, what in distinct.items()}
        solved = {}
        for number, (key, job) in enumerate(running.items(), 1):
            solved[key] = job.result()
            progress(number, len(running))
    return [_answer(task, grid, solved[key], films) for task, grid, key in jobs]


_STATISTICS = ("residual_pct", "unknowns", "ports", "iterations", "dropped")


def _stored_or_solved(key: str, task: FieldProblem, grid_um: float, films: Mapping[str, Slab]) -> dict | None:
    """The solution from the cache or the solver; None where the problem cuts a conductor in two."""
    stored = load_json(f"window-{key}")
    if stored is None:
        try:
            stored = _solved(task.geometry, task.problem, task.near, grid_um, films, task.is_idx)
        except NoWayBackError:
            if task.is_idx:
                raise
            return None
        store_json(f"window-{key}", stored)
    return stored


def _answer(task: FieldProblem, grid_um: float, stored: dict | None, films: Mapping[str, Slab]) -> Answer | None:
    """A solution under the names of the task; where a conductor was cut in two, that of a wider problem."""
    while stored is None:
        if (task := task.wider()) is None:
            return None
        stored = _stored_or_solved(key_of(task, grid_um, films), task, grid_um, films)
    names = names_of(task.problem)
    l_ph = {name: nan if value is None else value for name, value in zip(names, stored["l_ph"], strict=True)}
    couplings = tuple((names[a], names[b], k) for a, b, k in stored["couplings"])
    return Answer(l_ph, couplings, task.parts, *(stored[field] for field in _STATISTICS))


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


def key_of(task: FieldProblem, grid_um: float, films: Mapping[str, Slab]) -> str:
    """Hash of all that decides the answer, places relative to the lower left corner (the grid goes with the metal)."""
    geometry, problem, near, is_idx = task.geometry, task.problem, task.near, task.is_idx
    shared = set() if is_idx else undecided(problem)  # only there do estimates count
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
        [(node(b.plus), node(b.minus), b.name in shared and repr(round(b.estimate_ph, 3))) for b in problem.branches],
        [(node(p.plus), node(p.minus)) for p in problem.nodes],
        [(numbers.get(a.lower()), numbers.get(b.lower())) for a, b in problem.pairs],
        None if near is None else sorted((numbers[a.lower()], numbers[b.lower()], k) for (a, b), k in near.items()),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _text(region: kdb.Region, shift: kdb.Trans) -> list[str]:
    return sorted(polygon.transformed(shift).to_s() for polygon in region.merged().each())


def _check_grid(grid_um: float) -> None:
    if not GRIDS_UM[0] <= grid_um <= GRIDS_UM[1]:
        raise SfqgenError(f"grid of {grid_um:g} um", allowed=f"{GRIDS_UM[0]:g} to {GRIDS_UM[1]:g} um",
                          remedy="0.25 for a first answer, 0.125 for sign-off")  # fmt: skip
