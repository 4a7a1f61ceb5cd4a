"""Solved corrections of the nominal cells: `cells/corrections.yaml`, written by `sfqgen adjust --write`.

An entry counts only while its key is that of the cell as planned today. With it a build draws a cell on target at once,
and extraction only confirms it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from sfqgen.errors import SfqgenError
from sfqgen.extract.inductance import GRID_UM
from sfqgen.files import write_text
from sfqgen.layout.adjust import DIGITS, TOLERANCE_PCT, Adjusted, Cell, Progress, adjust_cells, cell_key, fitting

if TYPE_CHECKING:
    from sfqgen.layout.library import Corrections
    from sfqgen.layout.plan import FloorPlan
    from sfqgen.netlist.circuit import Circuit

FILE = Path(__file__).resolve().parents[2] / "cells" / "corrections.yaml"
HEAD = """\
# Corrections in pH that the extract-and-adjust loop found for the nominal cells, added to each inductor's target.
# Written by `sfqgen adjust --write`. An entry whose key is no longer that of its cell is not used.
"""
MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class Entry:
    """What the file says of a cell; `worst_pct` is its largest error as extracted on `grid_um`."""

    key: str
    grid_um: float
    worst_pct: float
    corrections: Cell


def read_corrections(file: Path = FILE) -> dict[str, Entry]:
    """Entries by cell, none if there is no file. Raises SfqgenError for a file that is not one of corrections."""
    if not file.exists():
        return {}
    try:
        if file.stat().st_size > MOST_BYTES:
            raise ValueError("too large")
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
        return {str(name): _entry(value) for name, value in (data or {}).items()}
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError, TypeError, KeyError, AttributeError):
        raise SfqgenError("is no file of corrections", where=file.name, remedy="sfqgen adjust --write") from None


def _entry(value: Mapping) -> Entry:
    corrections = tuple(sorted((str(name), float(ph)) for name, ph in value["corrections"].items()))
    if not all(isfinite(ph) for _, ph in corrections):
        raise ValueError("not finite")
    return Entry(str(value["key"]), float(value["grid_um"]), float(value["worst_pct"]), corrections)


def write_corrections(results: Sequence[Adjusted], file: Path = FILE) -> None:
    """Write the results over the entries of their cells; others stay."""
    entries = read_corrections(file)
    for a in results:
        entries[a.cell] = Entry(a.key, a.grid_um, round(a.worst_pct, 1), a.corrections)
    text = HEAD + "".join(_text(name, entry) for name, entry in sorted(entries.items()))
    write_text(file, text)


def _text(name: str, entry: Entry) -> str:
    lines = [f"{name}:", f"  key: '{entry.key}'", f"  grid_um: {entry.grid_um:g}", f"  worst_pct: {entry.worst_pct:g}"]
    pairs = [f"    {inductor}: {ph:g}" for inductor, ph in entry.corrections]
    return "\n".join([*lines, "  corrections:" if pairs else "  corrections: {}", *pairs]) + "\n"


def nominal_cells(ic_scale: float = 1.0) -> dict[str, Circuit]:
    """Every cell that a neuron of nominal values is made of, by name, whatever its number of inputs; its converters."""
    from cells import dcsfq, sfqdc
    from cells.neuron import neuron
    from cells.scaling import scaled

    entry = scaled(dcsfq.DcsfqValues(), ic_scale)
    found = {name: dcsfq.circuit(entry, name) for name in ("dcsfq", "dcsfq_low")}
    found["sfqdc"] = sfqdc.circuit(scaled(sfqdc.SfqdcValues(), ic_scale))
    for inputs in (2, 3, 11):  # these use every cell of the input tree
        found |= neuron(inputs=inputs, levels=3, ic_scale=ic_scale).cells
    for reset in ("frame", "self"):  # and these those of a leak, those without a tick the loop of self reset
        found |= neuron(inputs=1, levels=2, reset=reset, leak_ps=150.0, ic_scale=ic_scale).cells
    found |= neuron(inputs=2, levels=2, sampled=True, ic_scale=ic_scale).cells
    return dict(sorted(found.items()))


def corrections_of(circuit: Circuit, *, file: Path = FILE) -> tuple[Corrections, tuple[str, ...]]:
    """Corrections of every cell of a neuron that the committed file knows, and notes about those it does not.

    A cell of other values than the stored one is drawn with that one's corrections in proportion, and is nearly right;
    where these would bring lines too close, as estimated.
    """
    stored = read_corrections(file)
    found, missing = _known(circuit, stored)
    notes, guessed = [], []
    for (name, plan), start in zip(missing.items(), first_guesses(missing.values(), stored), strict=True):
        why = "corrections are of other values" if name in stored else "no corrections"
        guess = fitting(plan, start)[0]
        if guess := guess if _is_clean(circuit.cells[name], guess) else {}:
            guessed.append((name, tuple(sorted(guess.items()))))
        notes.append(f"cell {name}: {why}, drawn {'with these, scaled' if guess else 'as estimated'}")
    return tuple(sorted((*found, *guessed))), tuple(notes)


def _is_clean(cell: Circuit, corrections: Mapping[str, float]) -> bool:
    """Whether a cell drawn with these keeps the design rules: a guess in proportion may bring lines too close."""
    from sfqgen.layout.library import drawn
    from sfqgen.verify.drc import run_drc

    component = drawn(cell, corrections)
    return run_drc(component.kcl.layout, component.kdb_cell).errors == 0


def solved_corrections(circuit: Circuit, *, tolerance_pct: float = TOLERANCE_PCT, grid_um: float = GRID_UM,
                       file: Path = FILE,
                       progress: Progress = lambda text: None) -> tuple[Corrections, list[Adjusted]]:  # fmt: skip
    """Corrections of every cell of a neuron: from the committed file where the key fits, else by the loop.

    The loop's results, cached by content, come with their history. Raises SfqgenError as `adjust_cell`.
    """
    stored = read_corrections(file)
    found, missing = _known(circuit, stored)
    results = adjust_cells(list(missing.values()), grid_um=grid_um, tolerance_pct=tolerance_pct, progress=progress,
                           starts=first_guesses(missing.values(), stored))  # fmt: skip
    return tuple(sorted((*found, *((a.cell, a.corrections) for a in results)))), results


def first_guesses(plans: Collection[FloorPlan], stored: Mapping[str, Entry]) -> list[dict[str, float]]:
    """Where the loop starts for cells of other values: the stored corrections, by each inductor's share of its target.

    Of the stored cell of this name; nothing if there is none, or if its inductors are others.
    """
    nominal = nominal_cells() if plans else {}
    return [_first_guess(plan, stored.get(plan.name), nominal.get(plan.name)) for plan in plans]


def _first_guess(plan: FloorPlan, entry: Entry | None, nominal: Circuit | None) -> dict[str, float]:
    if entry is None or nominal is None:
        return {}
    stored, drawn = dict(entry.corrections), {route.name for route in plan.routes}
    if not set(stored) <= drawn & {e.name for e in nominal}:
        return {}
    return {name: round(ph * plan.circuit[name].l_ph / nominal[name].l_ph, DIGITS) for name, ph in stored.items()}


def _known(circuit: Circuit, stored: Mapping[str, Entry]) -> tuple[Corrections, dict[str, FloorPlan]]:
    """What is stored for the cells of a neuron, and the floor plans of those that nothing is stored for."""
    from sfqgen.layout.library import floor_plan

    found, missing = [], {}
    for name, cell in sorted(circuit.cells.items()):
        plan, entry = floor_plan(cell), stored.get(name)
        if entry and entry.key == cell_key(plan):
            found.append((name, entry.corrections))
        else:
            missing[name] = plan
    return tuple(found), missing
