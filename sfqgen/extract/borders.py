"""What cutting at the borders of cells costs: every distinct pair of neighbours solved as one, for sign-off."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sfqgen.extract.cutter import cut_in_pieces
from sfqgen.extract.inductance import answers_of, key_of
from sfqgen.extract.pieces import Piece
from sfqgen.extract.problem import Problem
from sfqgen.extract.recognise import RecognisedLayout
from sfqgen.extract.stack import Slab
from sfqgen.extract.tasks import FieldProblem


@dataclass(frozen=True)
class Border:
    """An inductor across a border: the sum of its parts in two cells, and its value in both cells solved as one."""

    name: str
    cells_ph: float
    joined_ph: float

    @property
    def difference_pct(self) -> float:
        return (self.cells_ph / self.joined_ph - 1) * 100


def borders_of(found: RecognisedLayout, problem: Problem, *, grid_um: float, films: Mapping[str, Slab],
               workers: int | None = None,
               progress: Callable[[int, int], None] = lambda done, total: None) -> list[Border]:  # fmt: skip
    """One entry per line across the border of two cells; pairs of equal cells in equal places are solved once."""
    pieces, _ = cut_in_pieces(found, problem)
    tasks = [_task(piece) for piece in pieces]
    chosen = _distinct(found, pieces, [key_of(task, grid_um, films) for task in tasks])
    joined = [_task(piece) for pair in chosen for piece in
              cut_in_pieces(found, problem, [pair], frozenset(pair))[0] if set(pair) <= set(piece.frames)]  # fmt: skip
    of_cells: dict[str, float] = {}
    for answer in filter(None, answers_of(tasks, (grid_um,), films, workers, lambda done, total: None)):
        for part, (name, _) in answer.parts.items():
            of_cells[name] = of_cells.get(name, 0.0) + answer.l_ph[part]
    together = answers_of(joined, (grid_um,), films, workers, progress)
    return [Border(name, of_cells[name], answer.l_ph[name])
            for pair, answer in zip(chosen, together, strict=True) if answer
            for name in chosen[pair] if name in answer.parts]  # fmt: skip


def told(borders: Sequence[Border]) -> tuple[str, ...]:
    """One line for the notes of an extraction."""
    if not borders:
        return ()
    worst = max(borders, key=lambda border: abs(border.difference_pct))
    values = f"{worst.name}: {worst.cells_ph:.3f} pH, as one {worst.joined_ph:.3f} pH"
    return (f"borders of cells: {len(borders)} distinct lines against both cells as one, largest difference "
            f"{worst.difference_pct:+.1f} % ({values})",)  # fmt: skip


def _distinct(found: RecognisedLayout, pieces: Sequence[Piece],
              keys: Sequence[str]) -> dict[tuple[int, ...], list[str]]:  # fmt: skip
    """Pairs of pieces that share lines, one of each kind, with the names of these lines."""
    at: dict[str, list[int]] = {}
    for n, piece in enumerate(pieces):
        for name, _ in piece.parts.values():
            if n not in at.setdefault(name, []):
                at[name].append(n)
    kinds: dict[tuple, tuple[int, ...]] = {}
    chosen: dict[tuple[int, ...], list[str]] = {}
    for name, numbers in at.items():
        if len(numbers) == 2:
            a, b = numbers
            step = found.frames[pieces[b].frames[0]].p1 - found.frames[pieces[a].frames[0]].p1
            pair = (*pieces[a].frames, *pieces[b].frames)
            if kinds.setdefault((keys[a], keys[b], step.x, step.y), pair) == pair:
                chosen.setdefault(pair, []).append(name)
    return chosen


def _task(piece: Piece) -> FieldProblem:
    return FieldProblem(piece.problem, piece.geometry(), piece.parts, piece.near, False)
