"""Inductance by current flow in a sheet, against the sizing table, the field solver and the drawn cells."""

from __future__ import annotations

import klayout.db as kdb
import numpy as np
import pytest

from sfqgen.extract.recognise import recognise
from sfqgen.extract.sheet import sheet_film, sheet_inductances, sheet_matrix, tree_values
from sfqgen.extract.skeleton import skeleton
from sfqgen.extract.table import corner_shortens_um, line_inductance_ph_per_um
from sfqgen.verify.lvs import compare, without_wires
from tests.lvs.sketch import draw, netlist

DBU = 0.001
# Of tests/lvs/sketch.py, in pH, by the field solver on a grid of 0.1 um.
SOLVED = {"L_1": 1.27, "L_2": 0.99, "L_4": 1.78, "L_5": 2.68}


def metal(*boxes: tuple[float, float, float, float]) -> kdb.Polygon:
    (polygon,) = kdb.Region([kdb.DBox(*box).to_itype(DBU) for box in boxes]).merged().each()
    return polygon


def between(polygon: kdb.Polygon, *contacts: tuple[float, float, float, float], layer: str = "M6") -> np.ndarray:
    """pH of the arms of the skeleton between contacts."""
    marks = [kdb.Region(kdb.DBox(*box).to_itype(DBU)) for box in contacts]
    values = tree_values(skeleton(polygon, marks, DBU), sheet_matrix(polygon, marks, sheet_film(layer, True), DBU))
    assert values is not None
    return values


@pytest.mark.parametrize("layer", ["M5", "M6"])
@pytest.mark.parametrize("w_um", [0.5, 0.8, 1.2, 2.0, 4.0])
def test_straight_line_is_that_of_the_sizing_table(layer: str, w_um: float):
    line = metal((0, 0, 12, w_um))
    (l_ph,) = between(line, (0, 0, 1, w_um), (11, 0, 12, w_um), layer=layer)
    assert l_ph == pytest.approx(10 * line_inductance_ph_per_um(layer, w_um), rel=0.025)


@pytest.mark.parametrize("w_um", [0.7, 1.0, 2.0])
def test_corner_saves_what_the_field_solver_found(w_um: float):
    bend = metal((0, 0, 12, w_um), (12 - w_um, 0, 12, 12))
    (l_ph,) = between(bend, (0, 0, 1, w_um), (12 - w_um, 11, 12, 12))
    centre_line = 2 * (11 - w_um / 2)
    saved = centre_line - l_ph / line_inductance_ph_per_um("M6", w_um)
    assert saved == pytest.approx(corner_shortens_um("M6", w_um), abs=0.15 * w_um + 0.02 * centre_line)


def test_three_arms_meet_at_their_branch():
    tee = metal((0, 0, 20, 1), (9.5, 0, 10.5, 11))
    arms = between(tee, (0, 0, 0.5, 1), (19.5, 0, 20, 1), (9.5, 10.5, 10.5, 11))
    assert sorted(arms)[1:] == pytest.approx([9.5 * line_inductance_ph_per_um("M6", 1.0)] * 2, rel=0.06)
    assert len(arms) == 3


def test_a_ring_is_not_decided_by_its_contacts():
    ring = metal((0, 0, 10, 1), (0, 9, 10, 10), (0, 0, 1, 10), (9, 0, 10, 10))
    marks = [kdb.Region(kdb.DBox(0, 0, 1, 1).to_itype(DBU)), kdb.Region(kdb.DBox(9, 9, 10, 10).to_itype(DBU))]
    assert tree_values(skeleton(ring, marks, DBU), sheet_matrix(ring, marks, sheet_film("M6", True), DBU)) is None


def test_rows_of_the_matrix_add_up_to_zero_and_floating_metal_does_not_count():
    line = metal((0, 0, 12, 1))
    marks = [kdb.Region(kdb.DBox(*b).to_itype(DBU)) for b in ((2, 0, 3, 1), (8, 0, 9, 1))]
    matrix = sheet_matrix(line, marks, sheet_film("M6", True), DBU)
    assert matrix.sum(axis=1) == pytest.approx([0, 0], abs=1e-6)
    assert -1 / matrix[0, 1] == pytest.approx(5 * line_inductance_ph_per_um("M6", 1.0), rel=0.02)


def test_estimates_of_a_cell_agree_with_its_solved_inductances():
    sketch = draw()
    found = recognise(sketch.layout, sketch.cell)
    inner = without_wires(found, compare(found, netlist()))
    estimated = sheet_inductances(inner)
    drawn = {p.netlist: estimated[p.layout] for p in compare(inner, netlist()).pairs if p.kind == "inductor"}
    assert {name: drawn[name] for name in SOLVED} == pytest.approx(SOLVED, rel=0.06)


def test_slivers_are_no_error():
    """Two hairs of 1 nm at a line: klayout cannot refine them."""
    line = metal((0, 0, 12, 1), (5, 1, 5.001, 3), (6, -2, 6.001, 0))
    (l_ph,) = between(line, (0, 0, 1, 1), (11, 0, 12, 1))
    assert l_ph == pytest.approx(10 * line_inductance_ph_per_um("M6", 1.0), rel=0.05)
