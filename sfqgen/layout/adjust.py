"""Draw, extract, correct, until every inductor of a cell is on target as extracted.

The floor plan's solver works with an estimate. What the field solver finds missing is added to the estimate's target,
in pH by inductor, and the cell is drawn anew. A cell is solved once per content: the result is kept in the cache, and
that of the nominal cells in `cells/corrections.yaml` (see `sfqgen.layout.corrections`).
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sfqgen.errors import SfqgenError
from sfqgen.extract.cache import load_json, store_json
from sfqgen.extract.inductance import GRID_UM, SOLUTION_VERSION, Extraction, extract_inductances

if TYPE_CHECKING:
    from sfqgen.extract.recognise import RecognisedLayout
    from sfqgen.layout.plan import FloorPlan

TOLERANCE_PCT = 1.0
"""Half of what a verdict allows: beside its neighbours a cell's lines come out up to 0.8 % other than alone."""
PASSES = 6
PATIENCE = 2
LEAST_GAIN_PCT, LEAST_GAIN = 0.1, 0.05
"""The loop ends after so many passes in a row that bring the worst inductor no nearer by this, or by this share: what
is left is of the drawing grid or of the corridors."""
SLOPES = (0.7, 1.5)
"""Bounds of what an inductor may answer to a correction of 1 pH; beyond them neighbours have moved it, not itself."""
LEAST_MOVE_PH = 0.05
"""Corrections that moved less say nothing about the slope."""
LOOP_VERSION = 8
"""Raise when the loop takes other steps: stored results are then made anew."""
DIGITS = 3
"""Of corrections in pH: far below the drawing grid, far above the noise of the solver."""

Cell = tuple[tuple[str, float], ...]
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Step:
    """One inductor in one pass (from 1); `extracted_ph` is None where the ports decide nothing.

    `correction_ph` is what the estimate's target was changed by when this was drawn.
    """

    number: int
    name: str
    target_ph: float
    extracted_ph: float | None
    correction_ph: float

    @property
    def error_pct(self) -> float | None:
        return None if self.extracted_ph is None else (self.extracted_ph / self.target_ph - 1) * 100


@dataclass(frozen=True)
class Adjusted:
    """`corrections` ((inductor, pH), ...) of the best pass; `history` of all; `unfit` says what no corridor holds."""

    cell: str
    key: str
    grid_um: float
    corrections: Cell
    best_pass: int
    history: tuple[Step, ...]
    unfit: tuple[str, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        """Those of the best pass."""
        return tuple(step for step in self.history if step.number == self.best_pass)

    @property
    def worst_pct(self) -> float:
        return _worst(self.steps)

    def as_dict(self) -> dict:
        """For report and command: the history as (pass, name, target, extracted, error) rows."""
        return {
            "cell": self.cell, "key": self.key, "grid_um": self.grid_um, "passes": self.history[-1].number,
            "best_pass": self.best_pass, "worst_pct": self.worst_pct, "unfit": list(self.unfit),
            "worst_by_pass": [_worst([s for s in self.history if s.number == n])
                              for n in range(1, self.history[-1].number + 1)],
            "corrections_ph": dict(self.corrections),
            "history": [{"pass": s.number, "name": s.name, "target_ph": s.target_ph, "extracted_ph": s.extracted_ph,
                         "error_pct": s.error_pct, "correction_ph": s.correction_ph} for s in self.history],
        }  # fmt: skip

    def text(self) -> str:
        """A table for a terminal: first and best pass side by side."""
        first = {step.name: step for step in self.history if step.number == 1}
        lines = [f"{self.cell}: {_pct(_worst(tuple(first.values())))} % -> {_pct(self.worst_pct)} % at pass "
                 f"{self.best_pass} of {self.history[-1].number}"]  # fmt: skip
        for step in self.steps:
            lines.append(f"  {step.name:<8} target {step.target_ph:6.3f} pH  first {_pct(first[step.name].error_pct)} %"
                         f"   now {_pct(step.error_pct)} %")  # fmt: skip
        return "\n".join([*lines, *(f"  {what}" for what in self.unfit)])


def adjust_cell(plan: FloorPlan, *, grid_um: float = GRID_UM, tolerance_pct: float = TOLERANCE_PCT,
                passes: int = PASSES, progress: Progress = lambda text: None,
                start: Mapping[str, float] | None = None) -> Adjusted:  # fmt: skip
    """Corrections that bring every inductor of a floor plan within `tolerance_pct`, or as near as `passes` come.

    `start` are corrections in pH to begin with, none if left out. Deterministic, and the same from the cache.
    Raises SfqgenError when the drawn cell is not its circuit.
    """
    return adjust_cells([plan], grid_um=grid_um, tolerance_pct=tolerance_pct, passes=passes, progress=progress,
                        starts=[start or {}])[0]  # fmt: skip


def adjust_cells(plans: Sequence[FloorPlan], *, grid_um: float = GRID_UM, tolerance_pct: float = TOLERANCE_PCT,
                 passes: int = PASSES, progress: Progress = lambda text: None,
                 starts: Sequence[Mapping[str, float]] = ()) -> list[Adjusted]:  # fmt: skip
    """`adjust_cell` on several floor plans side by side: drawn one after the other, solved on all processors.

    An inductor that goes on beyond a pin aims at its part in the cell: so do both, and the sum is on target.
    """
    begin = starts or [{}] * len(plans)
    loops = [_Loop(plan, cell_key(plan), grid_um, tolerance_pct, passes, start)
             for plan, start in zip(plans, begin, strict=True)]  # fmt: skip
    results = {n: _stored(loop) for n, loop in enumerate(loops)}
    missing = [loop for n, loop in enumerate(loops) if results[n] is None]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        while active := [loop for loop in missing if not loop.done]:
            drawn = [loop.draw() for loop in active]
            solved = pool.map(lambda found: extract_inductances(found, grid_um=grid_um, workers=1), drawn)
            for loop, found, extraction in zip(active, drawn, solved, strict=True):
                loop.measured(found, extraction)
                progress(f"{loop.plan.name}: pass {loop.number}, {_pct(_worst(loop.steps(loop.number)))} %")
                if loop.done:  # at once: who interrupts a build goes on from here
                    store_json(loop.file, _as_dict(loop.result()))
    return [results[n] or loop.result() for n, loop in enumerate(loops)]


def cell_key(plan: FloorPlan) -> str:
    """What a correction depends on: plan and circuit, shapes of the devices, the estimate, the solver's version."""
    from sfqgen.layout.solve import best

    placement = best(plan).placement
    return hashlib.sha256(repr((SOLUTION_VERSION, placement)).encode()).hexdigest()[:16]


class _Loop:
    """The loop of one cell: draw, then be told what was extracted, until it is done."""

    def __init__(self, plan: FloorPlan, key: str, grid_um: float, tolerance_pct: float, passes: int,
                 start: Mapping[str, float]) -> None:  # fmt: skip
        self.plan, self.key, self.grid_um = plan, key, grid_um
        self.tolerance_pct, self.passes = tolerance_pct, passes
        what = repr((LOOP_VERSION, key, grid_um, tolerance_pct, passes, sorted(start.items())))
        self.file = f"adjust-{hashlib.sha256(what.encode()).hexdigest()[:32]}"
        self.history: list[Step] = []
        self.drawn: dict[int, tuple[dict[str, float], tuple[str, ...]]] = {}
        self.rank: dict[int, tuple[int, float]] = {}
        self.corrections = dict(start)
        self.number, self.done = 0, False

    def steps(self, number: int) -> list[Step]:
        return [step for step in self.history if step.number == number]

    def draw(self) -> RecognisedLayout:
        """The cell of the next pass, read back from its GDS."""
        self.number += 1
        self.corrections, unfit = fitting(self.plan, self.corrections)
        self.drawn[self.number] = self.corrections, unfit
        return _drawn(self.plan, f"{self.plan.name}_pass{self.number}", self.corrections)

    def measured(self, found: RecognisedLayout, extraction: Extraction) -> None:
        number = self.number
        steps = _steps(self.plan, number, self.corrections, found, extraction)
        self.history += steps
        self.rank[number] = _rank(steps, self.tolerance_pct)
        stuck = number > 1 and self.corrections == self.drawn[number - 1][0]
        ranks = list(self.rank.values())
        before, lately = ranks[:-PATIENCE], ranks[-PATIENCE:]
        tired = bool(before) and not any(_is_better(rank, min(before)) for rank in lately)
        self.done = self.rank[number][0] == 0 or stuck or tired or number == self.passes
        self.corrections = _next(self.history, number, self.tolerance_pct / 2)

    def result(self) -> Adjusted:
        best = min(self.rank, key=lambda n: (self.rank[n], n))
        corrections, unfit = self.drawn[best]
        kept = tuple(sorted((name, ph) for name, ph in corrections.items() if ph))
        return Adjusted(self.plan.name, self.key, self.grid_um, kept, best, tuple(self.history), unfit)


def _stored(loop: _Loop) -> Adjusted | None:
    stored = load_json(loop.file)
    return stored and _from_dict(loop.plan.name, loop.key, loop.grid_um, stored)


def _rank(steps: list[Step], tolerance_pct: float) -> tuple[int, float]:
    """How many inductors are off target, and by how much the worst: less is better."""
    off = [abs(step.error_pct) for step in steps if step.error_pct is not None]
    return sum(error > tolerance_pct for error in off), max(off, default=0.0)


def _is_better(rank: tuple[int, float], other: tuple[int, float]) -> bool:
    return rank[0] < other[0] or rank[1] < other[1] - max(LEAST_GAIN_PCT, LEAST_GAIN * other[1])


def fitting(plan: FloorPlan, corrections: Mapping[str, float]) -> tuple[dict[str, float], tuple[str, ...]]:
    """Corrections cut down to what the corridors of the plan hold, and what was cut, in words."""
    from sfqgen.layout.solve import best

    cut, said = dict(corrections), {}
    for _ in range(len(plan.routes)):
        misfits = best(plan, cut).misfits
        if not misfits:
            break
        for m in misfits:
            cut[m.name] = round(float(cut.get(m.name, 0.0) + m.drawn_ph - m.target_ph), DIGITS)
            word = "more" if m.by_um > 0 else "less"
            said.setdefault(m.name, f"{m.name} does not fit by {abs(m.by_um):.2f} um {word} line")
    return cut, tuple(said.values())


def _next(history: list[Step], number: int, good_pct: float) -> dict[str, float]:
    """Corrections after pass `number`: between the nearest two that enclose the target, else Newton; good ones stay."""
    corrections = {}
    for step in (s for s in history if s.number == number):
        corrections[step.name] = step.correction_ph
        if step.error_pct is not None and abs(step.error_pct) > good_pct:
            past = [s for s in history if s.name == step.name and s.extracted_ph is not None]
            missing = step.target_ph - step.extracted_ph
            corrections[step.name] = round(step.correction_ph + missing / _slope(step, past), DIGITS)
    return corrections


def _slope(now: Step, past: list[Step]) -> float:
    """What the inductor answered to 1 pH of correction, `past` being its steps so far."""
    across = [s for s in past if (s.extracted_ph - s.target_ph) * (now.extracted_ph - now.target_ph) < 0]
    other = min(across, key=lambda s: abs(s.extracted_ph - s.target_ph), default=past[-2] if len(past) > 1 else now)
    moved = now.correction_ph - other.correction_ph
    slope = (now.extracted_ph - other.extracted_ph) / moved if moved else 1.0
    if across and slope > 0:
        return slope
    return min(max(slope, SLOPES[0]), SLOPES[1]) if abs(moved) >= LEAST_MOVE_PH else 1.0


def _drawn(plan: FloorPlan, name: str, corrections: Mapping[str, float]) -> RecognisedLayout:
    """A cell as drawn, with the nodes of its circuit. Raises SfqgenError when it is not its circuit."""
    from sfqgen.extract.recognise import recognise
    from sfqgen.layout.draw import draw_cell
    from sfqgen.verify.gds import read_layout
    from sfqgen.verify.lvs import compare, without_wires

    with tempfile.TemporaryDirectory() as folder:
        component = draw_cell(plan, corrections, name=name)
        gds = Path(folder) / "cell.gds"
        component.write_gds(gds, with_metadata=False)
        component.delete()
        found = recognise(*read_layout(gds))
    result = compare(found, plan.circuit)
    if not result.topology_match:
        raise SfqgenError("the drawn cell is not its circuit", where=f"cell {plan.name}", remedy="run lvs on it")
    return without_wires(found, result)


def _steps(plan: FloorPlan, number: int, corrections: Mapping[str, float], found: RecognisedLayout,
           extraction: Extraction) -> list[Step]:  # fmt: skip
    """What a pass extracted. Inductors in one row of the table share its error."""
    from sfqgen.extract.across import joined
    from sfqgen.extract.measure import annotated

    steps = []
    for row in joined(annotated(found, plan.circuit, extraction), plan.circuit).rows:
        for name in row.name.split(" + "):
            target = plan.circuit[name].l_ph
            extracted = None if row.extracted_ph is None else target * row.extracted_ph / row.target_ph
            steps.append(Step(number, name, target, extracted, corrections.get(name, 0.0)))
    return steps


def _worst(steps: tuple[Step, ...] | list[Step]) -> float:
    return max((abs(step.error_pct) for step in steps if step.error_pct is not None), default=0.0)


def _pct(value: float | None) -> str:
    return "     -" if value is None else f"{value:+6.1f}"


def _as_dict(adjusted: Adjusted) -> dict:
    return {
        "corrections": [list(pair) for pair in adjusted.corrections], "best_pass": adjusted.best_pass,
        "unfit": list(adjusted.unfit),
        "history": [[s.number, s.name, s.target_ph, s.extracted_ph, s.correction_ph] for s in adjusted.history],
    }  # fmt: skip


def _from_dict(cell: str, key: str, grid_um: float, stored: dict) -> Adjusted:
    return Adjusted(cell, key, grid_um, tuple((name, ph) for name, ph in stored["corrections"]), stored["best_pass"],
                    tuple(Step(*entry) for entry in stored["history"]), tuple(stored["unfit"]))  # fmt: skip
