"""Half webs: narrow metal along the cell outline counts with its other half in the abutting cell, and only there."""

from __future__ import annotations

import klayout.db as db
import pytest

from pdk_sfq5ee.rules import load_rules
from sfqgen.verify.drc import run_drc
from tests.drc.drawing import Drawing

WIDTH = round(load_rules().process_value("M0.W") * 1000)


def frame(web: int) -> Drawing:
    """A 10 um tile of M0 with one moat, which leaves webs of the given width along the outline."""
    pattern = Drawing()
    for edge in (0, 10_000 - web):
        pattern.box("M0", edge, 0, web, 10_000)
        pattern.box("M0", 0, edge, 10_000, web)
    return pattern


@pytest.mark.parametrize(("web", "fires"), [(400, False), (WIDTH // 2, False), (WIDTH // 2 - 5, True), (100, True)])
def test_half_the_width_is_enough_along_the_outline(web, fires):
    pattern = frame(web)
    assert ("M0.W" in run_drc(pattern.layout, pattern.cell).counts) == fires


def test_a_half_web_that_ends_in_a_corner_is_completed_on_both_sides():
    pattern = Drawing()
    pattern.box("M0", 0, 0, 3000, 400)
    pattern.box("M4", 0, 0, 6000, 6000)
    assert run_drc(pattern.layout, pattern.cell).counts == {}


def test_the_ragged_end_of_rows_is_outline_too():
    """Three tiles in an L: the half webs in its inner corner await a neighbour as all others do."""
    pattern = frame(400)
    pattern.layout.cell("PATTERN").name = "TILE"
    top = pattern.layout.create_cell("TOP")
    for x, y in ((0, 0), (1, 0), (0, 1)):
        top.insert(db.CellInstArray(pattern.cell.cell_index(), db.Trans(x * 10_000, y * 10_000)))
    assert run_drc(pattern.layout, top).counts == {}
    assert "M0.W" in run_drc(pattern.layout, top, chip=True).counts


def test_metal_short_of_a_corner_is_not_completed_round_it():
    pattern = Drawing()
    pattern.box("M4", 0, 0, 3000, 1500)
    pattern.box("M2", 0, 0, 3000, 1400)
    assert run_drc(pattern.layout, pattern.cell).counts == {}


def test_metal_that_touches_the_outline_from_outside_is_left_alone():
    pattern = Drawing()
    pattern.box("M0", 0, 0, 1300, 1300)
    pattern.box("M2", 1300, 0, 1300, 1300)
    assert run_drc(pattern.layout, pattern.cell).counts == {}


def test_on_a_chip_nothing_completes_a_half_web():
    pattern = frame(400)
    assert "M0.W" in run_drc(pattern.layout, pattern.cell, chip=True).counts


def test_a_narrow_line_that_ends_at_the_outline_is_not_completed():
    pattern = Drawing()
    pattern.box("M0", 0, 0, 4000, 10_000)
    pattern.box("M0", 4000, 5000, 4000, WIDTH - 5)  # from the block to the right edge of the outline
    pattern.box("M4", 0, 0, 8000, 10_000)
    assert run_drc(pattern.layout, pattern.cell).counts == {"M0.W": 1}


def test_a_web_off_the_outline_is_not_completed():
    pattern = frame(400)
    pattern.box("M4", -2000, -2000, 14_000, 14_000)  # another plane pushes the outline out
    assert run_drc(pattern.layout, pattern.cell).by_rule["M0.W"] >= 1


def test_two_abutted_tiles_pass_without_the_waiver():
    pattern = frame(400)
    pattern.layout.cell("PATTERN").name = "TILE"
    top = pattern.layout.create_cell("TOP")
    for x in range(3):
        for y in range(3):
            top.insert(db.CellInstArray(pattern.cell.cell_index(), db.Trans(x * 10_000, y * 10_000)))
    counts = run_drc(pattern.layout, top, chip=True).counts
    # the outer frame alone, in 8 pieces between the webs of 0.8 um that end on it
    assert counts == {"M0.W": 8}
    assert run_drc(pattern.layout, top).counts == {}


def test_lines_are_never_completed():
    """M6 has no half webs: a line along the outline must have its width."""
    pattern = Drawing()
    pattern.box("M4", 0, 0, 10_000, 10_000)
    pattern.box("M6", 0, 0, 345, 3000)
    assert run_drc(pattern.layout, pattern.cell).counts == {"M6.W": 1}
