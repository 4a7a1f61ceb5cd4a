"""The extract-and-adjust loop brings a drawn cell on target, deterministically, and says what does not fit."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from pathlib import Path

import klayout.db as kdb
import pytest

from cells import jtl
from cells.jtl import JtlValues
from sfqgen.errors import SfqgenError
from sfqgen.extract import inductance
from sfqgen.extract.inductance import extract_inductances
from sfqgen.extract.recognise import recognise
from sfqgen.layout.adjust import PASSES, PATIENCE, adjust_cell, adjust_cells, cell_key
from sfqgen.layout.corrections import (
    corrections_of,
    first_guesses,
    nominal_cells,
    read_corrections,
    solved_corrections,
    write_corrections,
)
from sfqgen.layout.draw import draw_cell
from sfqgen.layout.library import floor_plan
from sfqgen.layout.plan import pin_point
from sfqgen.netlist.circuit import Circuit, Instance
from sfqgen.verify.gds import read_layout
from sfqgen.verify.lvs import compare, without_wires

COARSE_UM = 0.5
TIGHT_PCT = 1.0
"""The estimate alone brings a JTL within the usual 2 %."""


def _jtl_plan(**values: float):
    return jtl.floor_plan(jtl.circuit(JtlValues(**values)), rows=5)


@pytest.fixture(scope="module")
def adjusted():
    return adjust_cell(_jtl_plan(), tolerance_pct=TIGHT_PCT)


def test_loop_brings_every_inductor_of_the_jtl_within_tolerance(adjusted):
    first = [abs(s.error_pct) for s in adjusted.history if s.number == 1]
    assert max(first) > TIGHT_PCT
    assert {s.name for s in adjusted.steps} == {"L_1", "L_2", "L_3", "L_4", "LB_s"}
    assert adjusted.worst_pct <= TIGHT_PCT
    assert adjusted.best_pass <= 4
    assert adjusted.unfit == ()


def test_cold_cache_gives_the_corrections_of_the_warm_one(tmp_path, monkeypatch):
    warm = adjust_cell(_jtl_plan(), grid_um=COARSE_UM, passes=2)
    monkeypatch.setenv("SFQGEN_CACHE", str(tmp_path))
    cold = adjust_cell(_jtl_plan(), grid_um=COARSE_UM, passes=2)
    assert cold == warm
    assert adjust_cell(_jtl_plan(), grid_um=COARSE_UM, passes=2) == cold


def test_cells_side_by_side_are_the_cells_one_by_one(tmp_path, monkeypatch):
    plans = [_jtl_plan(), _jtl_plan(l2_l_ph=2.3)]
    alone = [adjust_cell(plan, grid_um=COARSE_UM, passes=2) for plan in plans]
    monkeypatch.setenv("SFQGEN_CACHE", str(tmp_path))
    assert adjust_cells(plans, grid_um=COARSE_UM, passes=2) == alone


def test_the_cell_in_the_neuron_is_the_one_that_the_loop_solved(adjusted, monkeypatch):
    """Two JTLs in a row, joined at their pins: their field is in the cache already."""
    adjust_cell(_jtl_plan(), grid_um=COARSE_UM, passes=1)
    solved = []
    original = inductance.port_matrix
    monkeypatch.setattr(inductance, "port_matrix", lambda *a: solved.append(1) or original(*a))
    row = _row_of_jtls(2)
    found = recognise(row, row.top_cell())
    result = compare(found, _jtl_chain(2))
    assert result.topology_match
    extraction = extract_inductances(without_wires(found, result), grid_um=COARSE_UM)
    assert (extraction.windows, extraction.notes, solved) == (2, (), [])


def _jtl_chain(count: int) -> Circuit:
    cell = jtl.circuit(JtlValues())
    nodes = ["in", *(f"n{i}" for i in range(1, count)), "out"]
    instances = tuple(Instance(f"X_{i}", "jtl", (nodes[i], nodes[i + 1])) for i in range(count))
    return Circuit("chain", ("in", "out"), instances, {"jtl": cell})


def _row_of_jtls(count: int) -> kdb.Layout:
    """Drawn cells abutted, with a label at both ends."""
    component = draw_cell(_jtl_plan(), name="jtl_of_row")
    with tempfile.TemporaryDirectory() as folder:
        component.write_gds(Path(folder) / "cell.gds", with_metadata=False)
        layout, cell = read_layout(Path(folder) / "cell.gds")
    component.delete()
    ends = {pin.name: pin_point(_jtl_plan(), pin) for pin in _jtl_plan().pins}
    top = layout.create_cell("chain")
    for n in range(count):
        top.insert(kdb.CellInstArray(cell.cell_index(), kdb.Trans(20_000 * n, 0)))
    first, last = _jtl_plan().pins[0].name, _jtl_plan().pins[-1].name
    for name, end, at in (("in", first, 0), ("out", last, count - 1)):
        x, y = ends[end]
        place = kdb.DTrans(kdb.DVector(x + 20 * at, y))
        top.shapes(layout.layer(182, 0)).insert(kdb.DText(f"P_{name} M6 M4", place))
        top.shapes(layout.layer(60, 5)).insert(kdb.DText(name, place))
    return layout


def test_what_no_corridor_holds_is_named_in_um():
    found = adjust_cell(_jtl_plan(l1_l_ph=0.3), grid_um=COARSE_UM, passes=1)
    assert any(re.fullmatch(r"L_1 does not fit by \d\.\d\d um less line", text) for text in found.unfit)


def test_key_follows_values_and_plan():
    plan = _jtl_plan()
    assert cell_key(plan) == cell_key(_jtl_plan())
    assert cell_key(plan) != cell_key(_jtl_plan(l2_l_ph=2.1))
    assert cell_key(plan) != cell_key(replace(plan, pillars=((1, 4),)))


def test_committed_corrections_are_those_of_the_cells_as_planned():
    entries, cells = read_corrections(), nominal_cells()
    assert set(entries) == set(cells)
    stale = [name for name in entries if entries[name].key != cell_key(floor_plan(cells[name]))]
    assert stale == [], "run sfqgen adjust --write"


def test_stale_entry_is_reported_and_is_a_first_guess(adjusted, tmp_path):
    file = tmp_path / "corrections.yaml"
    top = Circuit("top", (), (), {"jtl": jtl.circuit()})
    assert corrections_of(top, file=file) == ((), ("cell jtl: no corrections, drawn as estimated",))
    write_corrections([adjusted], file)
    assert corrections_of(top, file=file) == ((("jtl", adjusted.corrections),), ())
    write_corrections([replace(adjusted, key="of yesterday")], file)
    assert corrections_of(top, file=file) == (
        (("jtl", adjusted.corrections),), ("cell jtl: corrections are of other values, drawn with these, scaled",),
    )  # fmt: skip


def test_missing_corrections_are_solved_and_kept_apart_from_the_file(adjusted, tmp_path):
    file = tmp_path / "corrections.yaml"
    top = Circuit("top", (), (), {"jtl": jtl.circuit()})
    found, loops = solved_corrections(top, tolerance_pct=TIGHT_PCT, file=file)
    assert found == (("jtl", adjusted.corrections),)
    assert [loop.history for loop in loops] == [adjusted.history]
    assert not file.exists()
    write_corrections([adjusted], file)
    assert solved_corrections(top, file=file) == (found, [])


def test_cell_of_other_values_starts_from_the_stored_one_in_proportion(adjusted, tmp_path):
    file = tmp_path / "corrections.yaml"
    write_corrections([adjusted], file)
    doubled = JtlValues(l1_l_ph=2 * JtlValues.l1_l_ph)
    plans = [jtl.floor_plan(jtl.circuit(doubled), rows=5), jtl.floor_plan(jtl.circuit(name="jtl_none"), rows=5)]
    (guess, none), stored = first_guesses(plans, read_corrections(file)), dict(adjusted.corrections)
    assert guess["L_1"] == pytest.approx(2 * stored["L_1"], abs=1e-3)
    assert guess["L_2"] == stored["L_2"]
    assert none == {}


def test_start_is_drawn_first_and_saves_passes(adjusted):
    again = adjust_cell(_jtl_plan(), tolerance_pct=TIGHT_PCT, start=dict(adjusted.corrections))
    assert (again.best_pass, again.corrections) == (1, adjusted.corrections)
    assert again.steps == tuple(replace(step, number=1) for step in adjusted.steps)


def test_loop_ends_when_nothing_gets_better():
    """No corridor holds this: the loop does not draw it six times."""
    found = adjust_cell(_jtl_plan(l1_l_ph=0.3), grid_um=COARSE_UM)
    assert found.unfit
    assert PATIENCE < found.history[-1].number < PASSES


NOT_FINITE = "jtl: {key: a, grid_um: 1, worst_pct: 1, corrections: {L: .nan}}"


@pytest.mark.parametrize("text", ["- 1", "jtl: 3", NOT_FINITE, "a: ["])
def test_file_that_is_none_of_corrections_is_refused(tmp_path, text):
    file = tmp_path / "corrections.yaml"
    file.write_text(text)
    with pytest.raises(SfqgenError) as refused:
        read_corrections(file)
    assert str(refused.value) == "corrections.yaml: is no file of corrections; remedy: sfqgen adjust --write"
