"""Any layout: the check ends, counts the same again, and does not care where the layout lies or how it is mirrored."""

from __future__ import annotations

import klayout.db as db
from hypothesis import given, settings
from hypothesis import strategies as st

from pdk_sfq5ee.layers import numbers
from sfqgen.verify.drc import run_drc

FILMS = ("M0", "I3", "M4", "I4", "M5", "J5", "C5J", "R5", "C5R", "I5", "M6", "I6", "M7")
STEPS = st.integers(-800, 800)  # of 5 nm
MOVES = [db.Trans(code, False, 0, 0) for code in range(4)] + [db.Trans(code, True, 0, 0) for code in range(4)]


@st.composite
def boxes(draw):
    x, y, w, h = draw(STEPS), draw(STEPS), draw(st.integers(1, 800)), draw(st.integers(1, 800))
    return db.Box(5 * x, 5 * y, 5 * (x + w), 5 * (y + h))


@st.composite
def slanted(draw):
    """Polygons of any form, crossing themselves too, and paths, without width too."""
    kind = draw(st.sampled_from(("polygon", "path")))
    points = [db.Point(5 * x, 5 * y) for x, y in draw(st.lists(st.tuples(STEPS, STEPS), min_size=3, max_size=6))]
    return db.Polygon(points, True) if kind == "polygon" else db.Path(points, 10 * draw(st.integers(0, 200)))


def layouts(shape):
    """Up to 25 shapes on any film, crowded into 12 um."""
    return st.lists(st.tuples(st.sampled_from(FILMS), shape), min_size=1, max_size=25)


def counts(drawn, move: db.Trans) -> dict[str, int]:
    layout = db.Layout()
    layout.dbu = 0.001
    cell = layout.create_cell("ANY")
    for film, shape in drawn:
        cell.shapes(layout.layer(*numbers()[film])).insert(shape.transformed(move))
    report = run_drc(layout, cell)
    assert sum(report.counts.values()) == len(report.violations)
    return report.counts


@settings(max_examples=60, deadline=None)
@given(layouts(boxes() | slanted()), STEPS, STEPS)
def test_any_layout_is_checked_and_its_place_changes_no_count(drawn, x, y):
    assert counts(drawn, db.Trans()) == counts(drawn, db.Trans(5 * x, 5 * y))


@settings(max_examples=40, deadline=None)
@given(layouts(boxes()), st.sampled_from(MOVES))
def test_turning_and_mirroring_change_no_count(drawn, move):
    """Of boxes: slanted edges are cut at whole nanometres, which a mirror image need not share."""
    assert counts(drawn, db.Trans()) == counts(drawn, move)
