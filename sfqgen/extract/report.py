"""What an extraction says under the names of a netlist: rows of target and measured value, as data and as text."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from sfqgen.extract.idx import IdxNetlist
from sfqgen.extract.inductance import Extraction
from sfqgen.extract.resistors import ResistorBranch
from sfqgen.verify.lvs.annotate import Row

LARGE_RESIDUAL_PCT = 4.0
"""Inductors alone that miss the port matrix by more than this point to a wrong netlist or a strong coupling."""


def rows_of(extraction: Extraction, netlist: IdxNetlist | None = None) -> list[Row]:
    """Rows of an extraction netlist with its targets, or of the layout's own inductors without any."""
    targets = {i.name: i.target_ph for i in netlist.inductors} if netlist else {}
    return [
        Row(name, "", targets.get(name), value if isfinite(value) else None, extraction.error_ph.get(name))
        for name, value in extraction.l_ph.items()
    ]


def as_dict(extraction: Extraction, rows: Sequence[Row], couplings: Sequence[tuple[str, str, float]]) -> dict:
    """The `extraction` object of report.json and of `sfqgen extract --json`."""
    errors = [abs(row.error_pct) for row in rows if row.error_pct is not None]
    return {
        "elements": [row.as_dict() for row in rows],
        "max_abs_error_pct": _rounded(max(errors, default=None)),
        "couplings": [{"first": a, "second": b, "k": _rounded(k)} for a, b, k in couplings],
        "residual_pct": _rounded(extraction.residual_pct), "grid_um": extraction.grid_um,
        "windows": extraction.windows, "unknowns": extraction.unknowns, "ports": extraction.ports,
        "iterations": extraction.iterations, "floating_dropped": extraction.dropped,
        "undecided": [row.name for row in rows if row.extracted_ph is None],
    }  # fmt: skip


def as_text(extraction: Extraction, rows: Sequence[Row], couplings: Sequence[tuple[str, str, float]]) -> str:
    """The table for a terminal, with couplings and notes below."""
    width = max([len(row.name) for row in rows] + [8])
    lines = [f"{'inductor':<{width}}  target pH  extracted pH  error %   +- pH"]
    for row in rows:
        cells = (_cell(row.target_ph, "9.3f"), _cell(row.extracted_ph, "12.3f"), _cell(row.error_pct, "+7.1f"),
                 _cell(row.error_bar_ph, "7.3f"))  # fmt: skip
        lines.append(f"{row.name:<{width}}  " + "  ".join(cells))
    lines += [f"K {a} {b}  {k:+.3f}" for a, b, k in couplings]
    lines.append(f"grid {extraction.grid_um:g} um, {extraction.unknowns} unknowns, {extraction.windows} window(s), "
                 f"{extraction.iterations} iterations, residual without couplings {extraction.residual_pct:.2f} %, "
                 f"{extraction.dropped} floating pieces left out")  # fmt: skip
    if extraction.residual_pct > LARGE_RESIDUAL_PCT:
        lines.append("note: the residual is large; a coupling is strong or the netlist is not that of this layout")
    if any(row.extracted_ph is None for row in rows):
        lines.append("note: '-' marks inductors that no port current decides")
    return "\n".join(lines)


def resistors_text(resistors: Sequence[ResistorBranch], branches: Sequence[Row]) -> str:
    """Resistors by strip law and field, their branches, and the lines that the netlist has behind them."""
    width = max([len(branch.name) for branch in resistors] + [8])
    lines = [f"{'resistor':<{width}}    law ohm  field ohm  branch pH  kinetic pH"]
    for one in resistors:
        cells = (_cell(one.r_ohm, "9.3f"), _cell(one.field_ohm, "9.3f"), _cell(one.l_ph, "9.3f"),
                 _cell(one.kinetic_ph, "10.3f"))  # fmt: skip
        lines.append(f"{one.name:<{width}}  " + "  ".join(cells))
    lines += [f"branch {row.name} behind {row.layout}: netlist {_cell(row.target_ph, '.3f')} pH, drawn "
              f"{row.extracted_ph:.3f} pH" for row in branches]  # fmt: skip
    return "\n".join(lines)


def _cell(value: float | None, form: str) -> str:
    return f"{'-':>{int(form.strip('+').split('.')[0] or 1)}}" if value is None else format(value, form)


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")
