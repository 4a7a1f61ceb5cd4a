"""The field problems of a layout: its cells one by one, windows for what lies in none, or all of it at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sfqgen.extract.context import Window, around, branches_near, plan_windows
from sfqgen.extract.cutter import cut_in_pieces
from sfqgen.extract.geometry import Geometry
from sfqgen.extract.pieces import COUPLING_REACH_UM
from sfqgen.extract.ports import LiveMetal, circuit_box, geometry_in, live_metal
from sfqgen.extract.problem import Problem
from sfqgen.extract.recognise import RecognisedLayout


@dataclass(frozen=True)
class FieldProblem:
    """One field problem. `parts` says which inductor each of its branches belongs to, and with which sign.

    A branch that is not in `parts` is answered by another task. `wider` gives the same with more surroundings.
    """

    problem: Problem
    geometry: Geometry
    parts: Mapping[str, tuple[str, int]]
    near: Mapping[tuple[str, str], float] | None
    is_idx: bool
    wider: Callable[[], FieldProblem | None] = lambda: None


def names_of(problem: Problem) -> tuple[str, ...]:
    return tuple(branch.name for branch in problem.branches)


def drawn_tasks(found: RecognisedLayout, problem: Problem) -> tuple[list[FieldProblem], tuple[str, ...]]:
    """Cells of a hierarchical layout, windows for what lies in none; notes say what could not be cut at a cell."""
    if not found.frames:
        metal, names = live_metal(found), names_of(problem)
        windows = plan_windows(found, problem, circuit_box(found, problem.ports), names)
        return [window_task(metal, window, None, False, found) for window in windows], ()
    pieces, outside = cut_in_pieces(found, problem)
    tasks = [FieldProblem(p.problem, p.geometry(), p.parts, p.near, False) for p in pieces]
    notes = []
    if joined := [p for p in pieces if len(p.frames) > 1]:
        notes.append(f"{sum(len(p.frames) for p in joined)} cells are solved in {len(joined)} groups: lines cross "
                     "their borders in ways that no port describes")  # fmt: skip
    if outside:
        tasks += window_tasks(found, problem, set(outside))
        notes.append(f"{len(outside)} inductors outside of all cells are solved in windows")
    return tasks, tuple(notes)


def window_tasks(found: RecognisedLayout, problem: Problem, names: set[str]) -> list[FieldProblem]:
    """Windows for some inductors of a large layout."""
    part, metal = around(found, problem, names), live_metal(found)
    windows = plan_windows(found, part, circuit_box(found, part.ports), names)
    return [window_task(metal, window, None, False, found) for window in windows]


def window_task(metal: LiveMetal, window: Window, expected: Mapping[tuple[str, str], float] | None, is_idx: bool,
                 found: RecognisedLayout | None = None) -> FieldProblem:  # fmt: skip
    near = expected
    if not is_idx:
        near = dict.fromkeys(branches_near(found, window.problem.branches, COUPLING_REACH_UM), 0.0)

    def wider() -> FieldProblem | None:
        more = window.wider()
        return more and window_task(metal, more, expected, is_idx, found)

    geometry = geometry_in(metal, window.problem.ports, window.box)
    return FieldProblem(window.problem, geometry, {name: (name, 1) for name in window.core}, near, is_idx, wider)
