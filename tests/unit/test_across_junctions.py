"""Inductors that meet only across a series junction are judged by their sum."""

from dataclasses import replace

import pytest

from cells import merger, reader, swallow
from sfqgen.extract.across import across_junctions, joined
from sfqgen.netlist.circuit import Circuit, Inductor
from sfqgen.netlist.views import lvs_view
from sfqgen.verify.lvs.annotate import Annotated, Row


@pytest.mark.parametrize(("cell", "pairs"), [
    (reader.circuit(), [("L_r1", "L_r2")]),
    (swallow.circuit(), [("L_b", "L_b2")]),
    (merger.circuit(), []),
])  # fmt: skip
def test_series_of_the_cells(cell, pairs):
    assert across_junctions(cell) == across_junctions(lvs_view(cell)) == pairs


def _table(cell: Circuit, errors_pct: dict[str, float]) -> Annotated:
    values = {i.name: i.l_ph * (1 + errors_pct.get(i.name, 0.0) / 100) for i in cell.of_kind(Inductor)}
    elements = tuple(replace(e, l_ph=values[e.name]) if isinstance(e, Inductor) else e for e in cell)
    rows = tuple(Row(n, f"L{k}", cell[n].l_ph, ph, None) for k, (n, ph) in enumerate(values.items()))
    return Annotated(replace(cell, elements=elements), rows)


def test_parts_of_a_series_share_the_error_of_their_sum():
    cell = reader.circuit()
    first, second = cell["L_r1"].l_ph, cell["L_r2"].l_ph
    found = joined(_table(cell, {"L_r1": 10.0, "L_r2": -10.0 * first / second, "L_f": 3.0}), cell)
    rows = {row.name: row for row in found.rows}
    assert rows["L_r1 + L_r2"].error_pct == pytest.approx(0.0, abs=1e-9)
    assert {"L_r1", "L_r2"}.isdisjoint(rows)
    assert rows["L_f"].error_pct == pytest.approx(3.0)
    assert found.circuit["L_r1"].l_ph == pytest.approx(first)
    assert found.circuit["L_f"].l_ph == pytest.approx(1.03 * cell["L_f"].l_ph)


def test_what_was_not_extracted_is_not_summed():
    cell = reader.circuit()
    table = _table(cell, {})
    rows = tuple(replace(row, extracted_ph=None) if row.name == "L_r2" else row for row in table.rows)
    assert joined(replace(table, rows=rows), cell) == replace(table, rows=rows)
