"""Layouts that nobody meant well: each gives a clear result or one clear line, and an end."""

from __future__ import annotations

import random

import klayout.db as kdb
import pytest

from pdk_sfq5ee import layers
from sfqgen.errors import SfqgenError
from sfqgen.extract.recognise import recognise
from sfqgen.verify.lvs import compare
from tests.lvs.edit import Edit
from tests.lvs.sketch import Sketch, draw, netlist


def result_of(sketch: Sketch):
    return compare(recognise(sketch.layout, sketch.cell), netlist())


def test_no_labels_match_but_for_the_ports():
    result = result_of(draw(labels=False))
    assert {(m.kind, m.element) for m in result.mismatches} == {("port", "a"), ("port", "q")}
    assert str(result.mismatches[0]) == "a: no label of this port lies on metal"
    assert result.count("junction") == 3


def test_label_on_nothing_is_told_with_its_place():
    sketch = draw()
    sketch.text("PORT_TEXT", "J_7 M6 M5", 25, 25)
    sketch.text("R5_TEXT", "RB_7", 25, 24)
    sketch.text("PORT_TEXT", "P7 M6 M4", 14, 1)
    result = result_of(sketch)
    assert result.match  # the netlist knows none of them
    assert set(result.notes) == {
        "J_7: label J_7 lies on no junction at (25.00, 25.00) um",
        "RB_7: label RB_7 lies on no resistor at (25.00, 24.00) um",
        "P7: port P7 lies on no M6 metal at (14.00, 1.00) um",
    }


def test_ten_thousand_floating_shapes_change_nothing_and_are_counted():
    sketch = draw()
    rng = random.Random(1)
    for n in range(10_000):
        x, y = 40 + 3 * (n % 100), 3 * (n // 100)
        sketch.box(rng.choice(["M5", "M6", "R5", "I5", "J5", "C5J", "C5R"]), x, y, x + 1 + rng.random(), y + 1)
    found = recognise(sketch.layout, sketch.cell)
    result = compare(found, netlist())
    assert result.match, result.text()
    assert found.floating > 2_000


def test_five_thousand_dummy_junctions_are_fill():
    sketch = draw()
    dummies = Sketch()
    dummies.fill(0, 0)
    tile = sketch.layout.create_cell("dummy")
    tile.copy_tree(dummies.cell)
    sketch.cell.insert(kdb.CellInstArray(tile.cell_index(), kdb.Trans(40_000, 0), kdb.Vector(5_000, 0),
                                         kdb.Vector(0, 5_000), 100, 50))  # fmt: skip
    found = recognise(sketch.layout, sketch.cell)
    assert len(found.junctions) == 3
    assert found.floating == 4 + 2 * 5_000


def test_self_intersecting_polygons_are_metal_where_they_wind():
    sketch = draw()
    bow = kdb.DPolygon([kdb.DPoint(*p) for p in ((25, 8), (29, 12), (29, 8), (25, 12))], True)
    sketch.shapes("M6").insert(bow)
    assert result_of(sketch).match


def test_self_intersecting_line_keeps_its_connection():
    sketch = draw()
    edit = Edit(sketch.layout, sketch.cell)
    edit.erase("M6", 25, 14, 28, 16)
    zigzag = [(25, 14.4), (28, 15.6), (28, 14.4), (25, 15.6), (25, 15.0), (28, 15.0)]
    sketch.shapes("M6").insert(kdb.DPolygon([kdb.DPoint(*p) for p in zigzag], True))
    result = result_of(sketch)
    assert result.mismatches == () or {m.element for m in result.mismatches} == {"L_4"}


def test_pieces_that_meet_in_a_corner_only_are_not_joined():
    sketch = draw()
    edit = Edit(sketch.layout, sketch.cell)
    edit.erase("M6", 25, 14, 26, 16)
    edit.add("M6", 25.0, 13.5, 26.0, 14.5)
    edit.erase("M6", 24.9, 13, 25.0, 14.5)
    result = result_of(sketch)
    assert ("missing", "L_4") in {(m.kind, m.element) for m in result.mismatches}


def test_needles_and_slivers_end():
    sketch = draw()
    for n in range(200):
        y = 7 + 0.01 * n
        sketch.shapes("M6").insert(kdb.DPolygon([kdb.DPoint(21.6, y), kdb.DPoint(26 + n % 7, y + 0.001),
                                                 kdb.DPoint(21.6, y + 0.004)]))  # fmt: skip
    assert result_of(sketch).topology_match


def test_a_comb_of_contacts_on_one_plate_ends():
    """625 resistor contacts on one M6 plate and one R5 plate: a chain, not a quadratic search."""
    s = Sketch()
    s.plane("M4", (-5, -5, 70, 70))
    s.box("R5", 0, 0, 38, 38)
    s.box("M6", 0, 0, 38, 38)
    for x in range(25):
        for y in range(25):
            s.square("C5R", 0.75 + 1.5 * x, 0.75 + 1.5 * y, 0.6)
    s.text("M6_PIN", "a", 1, 1)
    found = recognise(s.layout, s.cell)
    assert len(found.resistors) == 624


def test_thousands_of_equal_labels_end():
    sketch = draw()
    for n in range(1_500):
        sketch.text("PORT_TEXT", "J_1 M6 M5", 6, 15)
        sketch.text("M6_PIN", "a", 0, 15 + 0.0001 * n)
    result = result_of(sketch)
    assert result.count("junction") == 3


@pytest.mark.parametrize("orientation", range(1, 8))
def test_turned_and_mirrored_cell_matches(orientation: int):
    sketch = draw()
    sketch.cell.transform(kdb.DTrans(orientation % 4, orientation > 3, 100, 50))
    assert result_of(sketch).match


def test_deep_hierarchy_is_flattened():
    sketch = draw()
    cell = sketch.cell
    for depth in range(30):
        outer = sketch.layout.create_cell(f"level{depth}")
        outer.insert(kdb.CellInstArray(cell.cell_index(), kdb.Trans(100, 0)))
        cell = outer
    found = recognise(sketch.layout, cell)
    assert found.places["B_1|X1"] == pytest.approx((6 + 3.0, 15), abs=0.01)


def test_cell_without_metal_of_the_process_is_refused():
    layout = kdb.Layout()
    cell = layout.create_cell("other")
    cell.shapes(layout.layer(99, 0)).insert(kdb.Box(0, 0, 1000, 1000))
    with pytest.raises(SfqgenError) as caught:
        recognise(layout, cell)
    assert str(caught.value) == (
        "cell other: no metal of the SFQ5ee layers is drawn; remedy: check the layer numbers: M6 is 60/0, M4 is 40/0"
    )


def test_layout_without_a_ground_plane_says_so():
    sketch = draw()
    for layer in ("M4", "M7"):
        sketch.shapes(layer).clear()
    sketch.shapes("M0").clear()
    result = result_of(sketch)
    assert "GND: no ground plane (M4) is drawn" in map(str, result.mismatches)


def test_outline_beyond_all_bounds_is_refused():
    s = Sketch()
    s.plane("M4", (0, 0, 10, 10))
    region = kdb.Region()
    for n in range(12):  # a meander of 12 bars, each 20 mm long
        region += kdb.Region(kdb.DBox(0, 2 * n, 20_000, 2 * n + 1).to_itype(0.001))
        left = 0 if n % 2 else 19_999
        region += kdb.Region(kdb.DBox(left, 2 * n, left + 1, 2 * n + 2).to_itype(0.001))
    s.cell.shapes(s.layout.layer(*layers.gds("M6"))).insert(region)
    s.text("M6_PIN", "a", 0.5, 0.5)
    with pytest.raises(SfqgenError) as caught:
        recognise(s.layout, s.cell)
    assert str(caught.value) == (
        "(10000.00, 12.00) um: the outline of one metal polygon is too long to trace; allowed: 200 mm"
    )
