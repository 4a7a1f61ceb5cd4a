"""A run from a specification to a report: its folder and its stages, and what a build and a chip do alike."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sfqgen.spec.neuron import NeuronSpec

Progress = Callable[[str], None]


@dataclass
class Run:
    """Under way: what it makes goes to `folder`, what it finds to `report` (the contract of report.json)."""

    spec: NeuronSpec
    folder: Path
    progress: Progress = lambda stage: None
    report: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.progress(name)
        start = time.perf_counter()
        yield
        spent = time.perf_counter() - start + self.report["seconds"].get(name, 0.0)  # a stage may run again
        self.report["seconds"][name] = round(spent, 3)

    def not_run(self, what: str) -> None:
        self.report["not_run"].append(what)


def constants_of(run: Run):
    """The process that the drawn metal is measured with: the public one, or a licensee's overlay; None is public."""
    file = run.spec.process.constants_overlay
    if file is None:
        return None
    from pdk_sfq5ee.process import overlay

    return overlay(file)


def note_constants(run: Run) -> None:
    """What an overlay of the constants reaches, and what it does not."""
    if process := constants_of(run):
        run.report["notes"].append(
            f"LVS and extraction measure the metal with the constants of {process.name}; layout and junction model "
            "(capacitance, subgap resistance, gap) are those of the public constants")  # fmt: skip


def cell_corrections(run: Run, circuit, *, solve: bool):
    """What the extract-and-adjust loop found for the cells of `circuit`; with `solve` it runs on those without."""
    from sfqgen.layout.corrections import corrections_of, solved_corrections

    if not solve:
        found, notes = corrections_of(circuit)
        run.report["notes"] += notes
        return found
    wanted = run.spec.extract
    found, loops = solved_corrections(circuit, tolerance_pct=wanted.tolerance_pct / 2, grid_um=wanted.grid_um,
                                      progress=lambda text: run.progress(f"adjusting {text}"))  # fmt: skip
    run.report["adjust"] += [loop.as_dict() for loop in loops]
    stored = _stored(circuit, {loop.cell for loop in loops})
    run.report["stored"] += [row for row in stored if row not in run.report["stored"]]
    return found


def _stored(circuit, solved: set[str]) -> list[dict[str, Any]]:
    """Cells drawn with the committed file's corrections, with the largest error that they were left with, alone."""
    from sfqgen.layout.corrections import read_corrections

    return [{"cell": name, "grid_um": entry.grid_um, "worst_pct": entry.worst_pct}
            for name, entry in read_corrections().items() if name in circuit.cells and name not in solved]  # fmt: skip


def solve_fields(run: Run, circuit, found, result):
    """The circuit as the field solver finds it in the drawn metal, flat; the `extraction` entry of the report."""
    from sfqgen.extracted import extracted_circuit

    spec = run.spec.extract
    done = extracted_circuit(found, result, circuit, grid_um=spec.grid_um, tolerance_pct=spec.tolerance_pct,
                             process=constants_of(run),
                             progress=lambda n, total: run.progress(f"extraction: {n} of {total} cells"))  # fmt: skip
    run.report["extraction"] = done.report
    return done.circuit


def write_json(run: Run) -> None:
    """report.json."""
    text = json.dumps(run.report, indent=2, allow_nan=False)
    (run.folder / "report.json").write_text(text + "\n", encoding="utf-8", newline="\n")
