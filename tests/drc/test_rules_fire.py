"""Every design rule fires on the pattern one grid step beyond its limit, alone, and on neither of the other two."""

from __future__ import annotations

import klayout.db as db
import pytest

from pdk_sfq5ee.rules import load_rules
from sfqgen.verify.drc import run_drc
from tests.drc.drawing import Drawing
from tests.drc.line_patterns import beside_moat
from tests.drc.patterns import VARIANTS, drawing, expected

RULES = load_rules()


@pytest.mark.parametrize("rule", list(RULES), ids=lambda rule: rule.id)
def test_exactly_this_rule_fires(rule):
    for variant in VARIANTS:
        pattern = drawing(rule, variant)
        report = run_drc(pattern.layout, pattern.cell)
        assert set(report.counts) == expected(rule, variant), variant


def test_at_least_ninety_rules_run():
    pattern = drawing(RULES["M6.W"], "pass")
    report = run_drc(pattern.layout, pattern.cell)
    assert report.rules_run == len(RULES.enabled) >= 90
    assert report.clean


@pytest.mark.parametrize("line", ["M5", "M6", "R5"])
def test_moats_of_the_sky_plane_count_as_those_of_the_ground_plane(line):
    rule = RULES[f"{line}.MOAT"]
    for step, fired in ((0, set()), (1, {rule.id})):
        pattern = beside_moat(rule, step, plane=2)
        assert set(run_drc(pattern.layout, pattern.cell).counts) == fired


@pytest.mark.parametrize(("slit", "fires"), [(500, True), (5000, True), (5010, False)])
def test_a_slit_between_two_halves_of_a_plane_is_a_moat(slit, fires):
    """Beyond the value the halves are two planes of their own."""
    pattern = Drawing()
    pattern.box("M4", 0, 0, 8000, 9000)
    pattern.box("M4", 8000 + slit, 0, 8000, 9000)
    pattern.box("M6", 2000, 4000, 12_000, 1000)
    assert ("M6.MOAT" in run_drc(pattern.layout, pattern.cell).counts) == fires


def test_the_marked_opening_over_a_transformer_is_no_moat():
    pattern = beside_moat(RULES["M6.MOAT"], 1)
    pattern.box("SLOT", 4000, 4000, 4000, 4000)
    assert run_drc(pattern.layout, pattern.cell).counts == {}


def test_a_pad_with_its_clearing_in_the_plane_is_no_moat():
    pattern = Drawing()
    for x, y, w, h in ((0, 0, 9000, 3000), (0, 6000, 9000, 3000), (0, 3000, 3000, 3000), (6000, 3000, 3000, 3000)):
        pattern.box("M4", x, y, w, h)
    pattern.box("M4", 3500, 3500, 2000, 2000)
    pattern.box("M6", 3500, 3500, 4000, 2000)
    assert "M6.MOAT" not in run_drc(pattern.layout, pattern.cell).counts


def plane_with_island() -> Drawing:
    pattern = Drawing()
    for y in (0, 10_000):
        pattern.box("M4", 0, y, 14_000, 4000)
    for x in (0, 10_000):
        pattern.box("M4", x, 4000, 4000, 6000)
    pattern.box("M4", 5000, 5000, 4000, 4000)
    return pattern


def test_an_island_of_plane_floats_until_vias_reach_ground():
    pattern = plane_with_island()
    assert run_drc(pattern.layout, pattern.cell).counts == {"M4.FLOAT": 1}
    pattern.box("I4", 2000, 6000, 1000, 1000)
    pattern.box("I4", 6000, 6000, 1000, 1000)
    pattern.box("M5", 1500, 5500, 6000, 2000)
    assert run_drc(pattern.layout, pattern.cell).counts == {}


def test_a_pad_with_a_via_leads_on_in_a_part_and_floats_in_a_circuit():
    """A bias pillar alone hangs on nothing; in a circuit its resistor must reach a junction."""
    pattern = plane_with_island()
    pattern.via("I4", db.Box(6500, 6500, 7500, 7500))
    assert run_drc(pattern.layout, pattern.cell).counts == {}
    pattern.via("J5", db.Box(1500, 11_000, 2500, 12_000))
    assert run_drc(pattern.layout, pattern.cell).by_rule == {"M4.FLOAT": 1}


def test_the_sky_plane_of_a_circuit_must_be_tied_to_ground():
    pattern = Drawing()
    pattern.box("M4", 0, 0, 9000, 19_000)
    pattern.box("M7", 0, 0, 9000, 19_000)
    assert run_drc(pattern.layout, pattern.cell).counts == {}  # a mere part: a neighbour may tie it
    pattern.via("J5", db.Box(4000, 4000, 5000, 5000))
    assert run_drc(pattern.layout, pattern.cell).counts == {"M7.FLOAT": 1}
