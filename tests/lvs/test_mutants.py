"""Slips of the hand in a drawn cell: each must be told with the element that it hits.

The unchanged cell matches its netlist (first test); every entry of MUTANTS changes one thing.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sfqgen.extract.recognise import recognise
from sfqgen.verify.lvs import LvsResult, compare
from tests.lvs.edit import Edit
from tests.lvs.sketch import draw, netlist

Change = Callable[[Edit], None]
MUTANTS: dict[str, tuple[Change, str, str]] = {}
"""name: (change, kind of one mismatch, what its element contains)"""


def mutant(kind: str, element: str) -> Callable[[Change], Change]:
    def register(change: Change) -> Change:
        MUTANTS[change.__name__] = (change, kind, element)
        return change

    return register


def changed(change: Change | None) -> LvsResult:
    sketch = draw()
    edit = Edit(sketch.layout, sketch.cell)
    if change:
        change(edit)
    return compare(recognise(sketch.layout, sketch.cell), netlist())


def test_unchanged_cell_matches():
    result = changed(None)
    assert result.match, result.text()
    assert (result.count("junction"), result.count("inductor"), result.count("resistor")) == (3, 5, 4)


# vias and contacts


@mutant("missing", "L_3")
def via_missing_in_a_line(e: Edit):
    e.remove("I5", 13.2, 15)


@mutant("missing", "L_5")
def via_to_ground_missing_under_an_inductor(e: Edit):
    e.remove("I4", 22, 3.5)


@mutant("missing", "L_5")
def via_missing_in_an_inductor_to_ground(e: Edit):
    e.remove("I5", 22, 5.7)


@mutant("ground", "B_1")
def ground_via_of_a_junction_missing(e: Edit):
    e.remove("I4", 6, 18.16)


@mutant("ground", "RB_1")
def far_end_of_a_shunt_not_taken_down(e: Edit):
    e.remove("I5", 6, 20.4)


@mutant("open", "RB_2")
def far_end_of_a_floating_shunt_not_taken_down(e: Edit):
    e.remove("I5", 17, 21.15)


@mutant("missing", "B_2")
def junction_contact_missing(e: Edit):
    e.remove("C5J", 17, 15)


@mutant("junction", "J_3")
def junction_contact_missing_is_told_at_the_junction(e: Edit):
    e.remove("C5J", 22, 15)


@mutant("missing", "RB_3")
def resistor_contact_missing(e: Edit):
    e.remove("C5R", 22, 16.9)


@mutant("resistor", "RI_s")
def bias_contact_missing(e: Edit):
    e.remove("C5R", 11, 26.3)


# stitches and planes


@mutant("stitch", "")
def stitch_without_its_via_to_m4(e: Edit):
    e.remove("I4", 2.1, 6)


@mutant("stitch", "")
def stitch_without_its_middle_via(e: Edit):
    e.remove("I5", 26.9, 6)


@mutant("stitch", "")
def stitch_without_its_via_to_the_sky_plane(e: Edit):
    e.remove("I6", 25.9, 28)


@mutant("stitch", "")
def stitch_without_any_via(e: Edit):
    for via, x in (("I4", 2.1), ("I5", 3.9), ("I6", 3.9)):
        e.remove(via, x, 6)


@mutant("stitch", "")
def stitch_with_one_via_between_its_pads_only(e: Edit):
    for via, x in (("I4", 25.1), ("I6", 26.9)):
        e.remove(via, x, 6)


@mutant("ground", "GND")
def sky_plane_without_stitches(e: Edit):
    e.erase("I6", 0, 0, 30, 38)


@mutant("ground", "GND")
def ground_plane_cut_in_two(e: Edit):
    e.erase("M7", 15.2, 0, 15.4, 38)
    for x, y in ((26.9, 6), (25.9, 28), (22, 20.75)):
        e.remove("I6", x, y)


# lines


@mutant("missing", "L_1")
def input_line_cut(e: Edit):
    e.erase("M6", 2, 14, 2.5, 16)


@mutant("missing", "L_2")
def line_cut_before_the_bias(e: Edit):
    e.erase("M6", 8.5, 14, 9.2, 16)


@mutant("missing", "L_3")
def line_cut_on_m5(e: Edit):
    e.erase("M5", 14.4, 14, 15.0, 16)


@mutant("missing", "L_4")
def output_line_cut(e: Edit):
    e.erase("M6", 26, 14, 26.5, 16)


@mutant("missing", "L_5")
def inductor_to_ground_cut(e: Edit):
    e.erase("M6", 21, 9, 23, 9.6)


@mutant("open", "RI_s")
def bias_line_cut(e: Edit):
    e.erase("M6", 10, 20, 12, 21)


@mutant("open", "RI_s")
def bias_line_cut_at_the_rail(e: Edit):
    e.erase("M6", 10, 31.9, 12, 32.3)


@mutant("value", "L_4")
def line_with_a_long_detour(e: Edit):
    e.erase("M6", 25, 14, 26, 16)
    for box in ((24, 8, 25, 15.5), (24, 8, 27, 9), (26, 8, 27, 15.5)):
        e.add("M6", *box)


@mutant("loop", "RI_s")
def bias_line_bridged_to_its_neighbour(e: Edit):
    e.add("M6", 7.6, 18, 11, 19)
    e.add("M6", 7.6, 15, 8.6, 19)


# shorts


@mutant("value", "L_1")
def input_line_far_too_wide(e: Edit):
    e.add("M6", 0, 13.8, 6, 16.2)


@mutant("extra", "L_4")
def output_shorted_to_a_stitch(e: Edit):
    e.add("M6", 26, 6, 27, 15)


@mutant("extra", "B_1")
def input_shorted_to_ground_by_a_via(e: Edit):
    e.add("I6", 3.0, 14.7, 3.6, 15.3)


@mutant("rail", "VDD")
def rail_shorted_to_ground(e: Edit):
    e.add("M4", 7, 33, 12, 37)


@mutant("rail", "RI_s")
def bias_resistor_bridged(e: Edit):
    e.add("M6", 10.6, 26, 11.4, 32)


@mutant("extra", "RB_2")
def shunt_bridged_on_m6(e: Edit):
    e.add("M6", 16.6, 16, 17.4, 22)


@mutant("extra", "L_1, L_5")
def two_lines_shorted(e: Edit):
    """The input line to the inductor to ground, below the junctions."""
    e.add("M6", 2.5, 11, 3.5, 15)
    e.add("M6", 2.5, 11, 22, 12)


@mutant("node", "RB_1")
def shunt_on_the_wrong_side(e: Edit):
    """The shunt hangs between ground and ground: its upper end is taken to the far pad of the sky plane."""
    e.erase("M6", 4.5, 15.9, 7.5, 16.2)
    e.add("I6", 5.65, 16.75, 6.35, 17.45)


# junctions


@mutant("value", "B_3")
def junction_13_percent_too_wide(e: Edit):
    e.scale("J5", 22, 15, 1.13)


@mutant("value", "B_1")
def junction_of_13_percent_too_much_area(e: Edit):
    e.scale("J5", 6, 15, 1.13**0.5)


@mutant("value", "B_2")
def junction_3_percent_too_small(e: Edit):
    e.scale("J5", 17, 15, 0.985)


@mutant("missing", "B_2")
def junction_missing(e: Edit):
    e.remove("J5", 17, 15)


@mutant("extra", "B1")
def junction_too_many(e: Edit):
    for layer in ("J5", "C5J"):
        e.copy(layer, 22, 15, 0, -3.5)
    e.add("M6", 20.7, 10, 23.3, 15)
    e.add("M5", 20.5, 9.8, 23.5, 15)


@mutant("missing", "B_1")
def junction_without_base(e: Edit):
    e.erase("M5", 4, 13, 8, 17.7)


@mutant("flipped", "B_2")
def junction_label_turned_over(e: Edit):
    e.rename("PORT_TEXT", "J_2 M5 M6", "J_2 M6 M5")


@mutant("flipped", "B_1")
def grounded_junction_label_turned_over(e: Edit):
    e.rename("PORT_TEXT", "J_1 M6 M5", "J_1 M5 M6")


@mutant("name", "B_1")
def junction_labels_swapped(e: Edit):
    e.swap("PORT_TEXT", "J_1 M6 M5", "J_3 M6 M5")


# resistors


@mutant("value", "RB_1")
def shunt_too_wide(e: Edit):
    e.add("R5", 5.3, 16.3, 6.7, 19.7)


@mutant("value", "RI_s")
def bias_resistor_too_short(e: Edit):
    e.remove("C5R", 11, 31.0)
    e.add("C5R", 10.74, 29.5, 11.26, 30.02)
    e.add("M6", 10.3, 29.2, 11.7, 32)


@mutant("missing", "RB_3")
def shunt_missing(e: Edit):
    e.erase("R5", 21, 16, 23, 21)


@mutant("node", "RB_2")
def shunt_returns_to_ground_instead_of_its_junction(e: Edit):
    e.remove("I5", 17, 21.15)
    e.add("I6", 16.65, 20.8, 17.35, 21.5)


@mutant("node", "RI_s")
def bias_on_the_wrong_node(e: Edit):
    e.erase("M6", 10, 17, 12, 18)
    e.add("M6", 3, 24, 11.7, 25)
    e.add("M6", 2.5, 14.5, 3.5, 25)


@mutant("name", "RB_1")
def resistor_labels_swapped(e: Edit):
    e.swap("R5_TEXT", "RB_1", "RB_3")


@mutant("extra", "R1")
def resistor_too_many(e: Edit):
    e.add("R5", 27.5, 14.4, 28.7, 20)
    for y in (15, 19.3):
        e.add("C5R", 27.84, y - 0.26, 28.36, y + 0.26)
    e.add("M6", 27.4, 18.6, 28.8, 22)
    e.add("I6", 27.75, 20.7, 28.45, 21.4)


# ports


@mutant("port", "a")
def ports_swapped(e: Edit):
    e.swap("M6_PIN", "a", "q")
    e.swap("PORT_TEXT", "P1 M6 M4", "P2 M6 M4")


@mutant("port", "q")
def port_without_a_label(e: Edit):
    e.rename("M6_PIN", "q", None)


@mutant("port", "a")
def port_label_beside_the_metal(e: Edit):
    e.rename("M6_PIN", "a", None)
    e.shapes("M6_PIN").insert(_text("a", 0, 12))


@mutant("port", "q")
def port_labels_on_one_line(e: Edit):
    e.rename("M6_PIN", "q", None)
    e.shapes("M6_PIN").insert(_text("q", 0.02, 15))


def _text(words: str, x: float, y: float):
    import klayout.db as kdb

    return kdb.DText(words, kdb.DTrans(kdb.DVector(x, y)))


@pytest.mark.parametrize("name", MUTANTS)
def test_mutant_is_caught_with_its_element(name: str):
    change, kind, element = MUTANTS[name]
    result = changed(change)
    assert not result.match
    told = [(m.kind, m.element) for m in result.mismatches]
    assert any(k == kind and element in e for k, e in told), result.text()


def test_there_are_enough_mutants():
    assert len(MUTANTS) >= 40
