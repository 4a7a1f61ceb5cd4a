"""Recognition of a drawn cell: devices with values and places, nodes, names, fill, ground."""

from __future__ import annotations

import klayout.db as kdb
import pytest

from sfqgen.extract.recognise import RecognisedLayout, recognise
from sfqgen.netlist.circuit import GROUND, RAIL
from tests.lvs.sketch import BIAS_UA, IC, Sketch, draw


@pytest.fixture(scope="module")
def found() -> RecognisedLayout:
    sketch = draw()
    return recognise(sketch.layout, sketch.cell)


def test_junctions_have_names_places_and_critical_currents(found: RecognisedLayout):
    assert sorted(found.junctions) == ["B_1", "B_2", "B_3"]
    for name, ic_ua in IC.items():
        assert found.circuit[f"B_{name}"].ic_ua == pytest.approx(ic_ua, rel=0.005)
    assert found.places["B_2"] == pytest.approx((17, 15), abs=0.01)


def test_label_tells_which_electrode_is_positive(found: RecognisedLayout):
    second, third = found.circuit["B_2"], found.circuit["B_3"]
    assert not found.junctions["B_3"].plus_is_base
    assert found.junctions["B_2"].plus_is_base
    assert second.plus != third.plus  # the base of B_2 is its positive node
    assert third.minus != GROUND  # through its lead, an inductor of its own


def test_shunts_and_bias_have_their_resistance(found: RecognisedLayout):
    assert found.circuit["RB_1"].r_ohm == pytest.approx(685.99 / 250, rel=0.01)
    bias = found.circuit["RI_s"]
    assert (bias.plus, bias.r_ohm) == (RAIL, pytest.approx(2600 / BIAS_UA, rel=0.005))


def test_ports_are_the_nodes_under_their_labels(found: RecognisedLayout):
    assert found.circuit.ports == ("a", "q")
    assert (found.ports["P1"], found.ports["P2"]) == ("a", "q")
    assert found.ports["PB1"] == found.circuit["RI_s"].minus


def test_a_line_that_changes_metal_is_one_inductor(found: RecognisedLayout):
    lines = [line for line in found.inductors.values() if line.layers == ("M5", "M6") and line.length_um > 4]
    assert any(found.nodes[line.a] != GROUND != found.nodes[line.b] for line in lines)


def test_floating_fill_is_dropped_and_counted(found: RecognisedLayout):
    assert found.floating == 4  # two dummies, each with its M5 and its M6
    assert found.findings == ()


def test_same_layout_gives_the_same_circuit(found: RecognisedLayout):
    sketch = draw()
    assert recognise(sketch.layout, sketch.cell).circuit == found.circuit


def test_without_labels_devices_are_numbered_from_bottom_left():
    sketch = draw(labels=False)
    found = recognise(sketch.layout, sketch.cell)
    assert [found.places[name][0] for name in ("B1", "B2", "B3")] == pytest.approx([6, 17, 22], abs=0.02)
    assert sorted(found.resistors) == ["R1", "R2", "R3", "R4"]
    assert found.circuit["R4"].plus == RAIL  # the common end of resistors on a supply metal


def test_names_inside_instances_carry_the_instance():
    sketch = draw()
    top = sketch.layout.create_cell("pair")
    for number in range(2):
        top.insert(kdb.CellInstArray(sketch.cell.cell_index(), kdb.Trans(30000 * number, 0)))
    found = recognise(sketch.layout, top)
    assert {"B_1|X1", "B_1|X2", "RI_s|X2"} <= set(found.places)
    assert found.circuit.ports == ()
    assert len(found.junctions) == 6


def test_folded_resistor_counts_its_bends():
    s = Sketch()
    s.plane("M4", (-5, -5, 20, 20))
    w = 1.15
    # Three legs of 6 um between contact centres, 2 um apart: two bends to the right, as a designer folds a long strip.
    for x in (0, 2, 4):
        s.box("R5", x - w / 2, -w / 2, x + w / 2, 6 + w / 2)
    s.box("R5", -w / 2, 6 - w / 2, 2 + w / 2, 6 + w / 2)
    s.box("R5", 2 - w / 2, -w / 2, 4 + w / 2, w / 2)
    for x, y in ((0, 0), (4, 6)):
        s.square("C5R", x, y, 0.52)
        s.square("M6", x, y, 1.3)
    s.text("R5_TEXT", "R1", 0, 3)
    found = recognise(s.layout, s.cell)
    # Centre line 3 * 6 + 2 * 2 um less half a contact at each end; four corners of 0.56 instead of 1 square.
    squares = (22 - 0.52) / w - 4 * 0.44
    assert found.circuit["R1"].r_ohm == pytest.approx(2.0 * squares + 0.155, rel=0.04)


def test_strips_side_by_side_are_parallel_resistors():
    s = Sketch()
    s.plane("M4", (-5, -5, 20, 20))
    for x in (0, 2):
        s.box("R5", x - 0.575, -0.6, x + 0.575, 4.6)
        for y in (0, 4):
            s.square("C5R", x, y, 0.52)
    s.box("M6", -0.7, -0.7, 2.7, 0.7)
    s.box("M6", -0.7, 3.3, 2.7, 4.7)
    s.text("M6_PIN", "a", 1, 0)
    s.text("M6_PIN", "q", 1, 4)
    found = recognise(s.layout, s.cell)
    assert [r.r_ohm for r in found.resistors.values()] == pytest.approx([2 * 3.48 / 1.15 + 0.155] * 2, rel=0.01)


def test_contact_narrower_than_its_strip_adds_spreading_resistance():
    s = Sketch()
    s.plane("M4", (-5, -5, 20, 20))
    s.box("R5", -2, -0.6, 2, 2.6)
    for y in (0.0, 2.01):
        s.square("C5R", 0, y, 0.52)
        s.square("M6", 0, y, 1.2)
    s.text("R5_TEXT", "RD", 0, 1)
    found = recognise(s.layout, s.cell)
    # Two-dimensional Laplace solution of this strip, 20 nm grid, contacts as equipotentials.
    assert found.circuit["RD"].r_ohm == pytest.approx(1.514, rel=0.03)
