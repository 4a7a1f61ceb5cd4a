"""The extract-and-adjust loop brings a drawn cell on target, deterministically, and says what does not fit."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from cells import jtl
from cells.jtl import JtlValues
from sfqgen.errors import SfqgenError
from sfqgen.layout.adjust import TOLERANCE_PCT, adjust_cell, cell_key
from sfqgen.layout.corrections import corrections_of, nominal_cells, read_corrections, write_corrections
from sfqgen.layout.library import floor_plan
from sfqgen.netlist.circuit import Circuit

COARSE_UM = 0.5


def _jtl_plan(**values: float):
    return jtl.floor_plan(jtl.circuit(JtlValues(**values)), rows=5)


@pytest.fixture(scope="module")
def adjusted():
    return adjust_cell(_jtl_plan())


def test_loop_brings_every_inductor_of_the_jtl_within_tolerance(adjusted):
    first = [abs(s.error_pct) for s in adjusted.history if s.number == 1]
    assert max(first) > TOLERANCE_PCT
    assert {s.name for s in adjusted.steps} == {"L_1", "L_2", "L_3", "L_4", "LB_s"}
    assert adjusted.worst_pct <= TOLERANCE_PCT
    assert adjusted.best_pass <= 4
    assert adjusted.unfit == ()


def test_cold_cache_gives_the_corrections_of_the_warm_one(tmp_path, monkeypatch):
    warm = adjust_cell(_jtl_plan(), grid_um=COARSE_UM, passes=2)
    monkeypatch.setenv("SFQGEN_CACHE", str(tmp_path))
    cold = adjust_cell(_jtl_plan(), grid_um=COARSE_UM, passes=2)
    assert cold == warm
    assert adjust_cell(_jtl_plan(), grid_um=COARSE_UM, passes=2) == cold


def test_what_no_corridor_holds_is_named_in_um():
    found = adjust_cell(_jtl_plan(l1_l_ph=0.3), grid_um=COARSE_UM, passes=1)
    assert any(re.fullmatch(r"L_1 does not fit by \d\.\d\d um less line", text) for text in found.unfit)


def test_key_follows_values_and_plan():
    plan = _jtl_plan()
    assert cell_key(plan) == cell_key(_jtl_plan())
    assert cell_key(plan) != cell_key(_jtl_plan(l2_l_ph=2.1))
    assert cell_key(plan) != cell_key(replace(plan, pillars=((1, 4),)))


@pytest.mark.xfail(strict=True, reason="cells/corrections.yaml is not yet written for all cells: sfqgen adjust --write")
def test_committed_corrections_are_those_of_the_cells_as_planned():
    entries = read_corrections()
    cells = nominal_cells()
    assert set(entries) == set(cells)
    stale = [name for name, cell in cells.items() if entries[name].key != cell_key(floor_plan(cell))]
    assert stale == [], "run sfqgen adjust --write"


def test_stale_entry_is_reported_and_not_used(adjusted, tmp_path):
    file = tmp_path / "corrections.yaml"
    top = Circuit("top", (), (), {"jtl": jtl.circuit()})
    assert corrections_of(top, file=file) == ((), ("cell jtl: no corrections, drawn as estimated",))
    write_corrections([adjusted], file)
    assert corrections_of(top, file=file) == ((("jtl", adjusted.corrections),), ())
    write_corrections([replace(adjusted, key="of yesterday")], file)
    assert corrections_of(top, file=file) == ((), ("cell jtl: corrections are stale, drawn as estimated",))


NOT_FINITE = "jtl: {key: a, grid_um: 1, worst_pct: 1, corrections: {L: .nan}}"


@pytest.mark.parametrize("text", ["- 1", "jtl: 3", NOT_FINITE, "a: ["])
def test_file_that_is_none_of_corrections_is_refused(tmp_path, text):
    file = tmp_path / "corrections.yaml"
    file.write_text(text)
    with pytest.raises(SfqgenError) as refused:
        read_corrections(file)
    assert str(refused.value) == "corrections.yaml: is no file of corrections; remedy: sfqgen adjust --write"
