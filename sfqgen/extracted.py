"""The circuit as drawn: values of the metal under the schematic's names, and the table that compares both.

Inductances and couplings come from the field solver; critical currents, shunts and bias resistors from the areas and
lengths that recognition measured.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from pdk_sfq5ee.process import Process
from sfqgen.extract.across import joined
from sfqgen.extract.inductance import extract_inductances
from sfqgen.extract.recognise import RecognisedLayout
from sfqgen.netlist.circuit import (
    GROUND_LEAD,
    SHUNT_LEAD,
    Bias,
    Circuit,
    Element,
    Inductor,
    Instance,
    Junction,
    Mutual,
    Resistor,
)
from sfqgen.netlist.flatten import flatten
from sfqgen.netlist.views import RAIL_UV, bias_resistor
from sfqgen.verify.lvs import Extracted, LvsResult, back_annotate, compare, without_wires
from sfqgen.verify.lvs.annotate import Row

LEADS = (GROUND_LEAD, SHUNT_LEAD)
"""Parasitic: the schematic's value is an assumption, not a target; simulated as extracted, judged by the simulation."""


@dataclass(frozen=True)
class ExtractedCircuit:
    """`circuit` is flat, with the schematic's names; `report` is the `extraction` entry of report.json."""

    circuit: Circuit
    report: dict[str, Any]


def extracted_circuit(found: RecognisedLayout, result: LvsResult, schematic: Circuit, *, grid_um: float,
                      tolerance_pct: float, process: Process | None = None,
                      progress: Callable[[int, int], None] = lambda done, total: None) -> ExtractedCircuit:  # fmt: skip
    """Solve a layout whose connections match `schematic` (hierarchical) as `result` of their comparison says.

    `process` as in `extract_inductances`; `found` must have been recognised with the same.
    """
    inner = without_wires(found, result)  # the solver needs the nodes of the schematic
    solved = extract_inductances(inner, grid_um=grid_um, process=process, progress=progress)
    again = compare(inner, schematic)
    flat = flatten(schematic)
    table = joined(back_annotate(schematic, again, Extracted(solved.l_ph, solved.error_ph), solved.couplings), flat)
    elements = _elements(table.rows, flat)
    couplings = [[m.first, m.second, m.k] for m in table.circuit.of_kind(Mutual)]
    report = {
        "elements": elements, "max_abs_error_pct": worst(elements), "tolerance_pct": tolerance_pct,
        "cells": _cells(elements, schematic), "couplings": couplings, "grid_um": grid_um,
        "residual_pct": solved.residual_pct, "problems": solved.windows, "notes": list(solved.notes),
    }  # fmt: skip
    return ExtractedCircuit(as_drawn(table.circuit, result), report)


def worst(elements: list[dict[str, Any]]) -> float | None:
    """Largest error in per cent of what has a target; leads have none."""
    errors = [abs(e["error_pct"]) for e in elements if e["role"] != "lead" and e["error_pct"] is not None]
    return max(errors, default=None)


def _elements(rows: tuple[Row, ...], flat: Circuit) -> list[dict[str, Any]]:
    roles = {e.name: e.role for e in flat.of_kind(Inductor)}

    def role(row: Row) -> str:
        return "lead" if all(roles.get(name) in LEADS for name in row.name.split(" + ")) else "inductor"

    return [{**row.as_dict(), "role": role(row)} for row in rows]


def _cells(elements: list[dict[str, Any]], schematic: Circuit) -> list[dict[str, Any]]:
    """The largest error in each cell; a line across a border counts in both."""
    cell_of = _cell_of(schematic)
    found: dict[str, dict[str, Any]] = {}
    for element in elements:
        if element["role"] == "lead" or element["error_pct"] is None:
            continue
        for cell in {cell_of.get(name.partition("|")[2], "") for name in element["name"].split(" + ")} - {""}:
            if cell not in found or abs(element["error_pct"]) > abs(found[cell]["error_pct"]):
                found[cell] = {"cell": cell, "element": element["name"], "error_pct": element["error_pct"]}
    return [found[cell] for cell in sorted(found)]


def _cell_of(inside: Circuit, path: str = "") -> dict[str, str]:
    """The cell of each instance, at any depth, by its path from the inside out."""
    found: dict[str, str] = {}
    for instance in inside.of_kind(Instance):
        here = f"{instance.name}{path}"
        found |= {here: instance.cell} | _cell_of(inside.cells[instance.cell], f"|{here}")
    return found


def as_drawn(circuit: Circuit, result: LvsResult) -> Circuit:
    """A flat circuit with the critical currents and resistances that the layout of a comparison shows."""
    drawn = {pair.netlist: pair.drawn for pair in result.pairs if pair.kind in ("junction", "resistor")}

    def measured(element: Element) -> Element:
        if isinstance(element, Junction) and element.name in drawn:
            return replace(element, ic_ua=drawn[element.name])
        if isinstance(element, Resistor) and element.name in drawn:
            return replace(element, r_ohm=drawn[element.name])
        if isinstance(element, Bias) and bias_resistor(element).name in drawn:
            return replace(element, i_ua=RAIL_UV / drawn[bias_resistor(element).name])
        return element

    return replace(circuit, elements=tuple(map(measured, circuit.elements)))
