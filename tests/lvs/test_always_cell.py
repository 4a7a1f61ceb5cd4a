"""Cells without a junction: a pin, a line and a resistor to ground, with a port at the resistor's contact."""

from __future__ import annotations

import pytest

from sfqgen.extract.idx import parse_idx
from sfqgen.extract.inductance import extract_inductances
from sfqgen.extract.recognise import recognise
from sfqgen.netlist.josim_read import parse_deck
from sfqgen.verify.lvs import Reference, compare
from tests.lvs.sketch import Sketch

IDX = """\
L1 a 1 [L1]
L2 2 clk [L2]
P1 a 0
P2 clk 0
PR1 1 0
PR2 2 0
"""
BASE = """\
.subckt always a
L1 a 1 2p
R1 1 0 2
L2 clk 2 2p
R2 2 0 2
.ends
"""


@pytest.fixture(scope="module")
def found():
    s = Sketch()
    for layer in ("M4", "M7"):
        s.plane(layer, (0, 0, 30, 24), (0.4, 0.4, 2.8, 2.8), (27.2, 0.4, 29.6, 2.8))
    for number, (name, y) in enumerate((("a", 8), ("clk", 16)), 1):
        s.line("M6", 1.0, (0, y), (12, y))
        top = s.resistor(12, y, 2.0, f"R{number}")
        s.box("M6", 11, top - 0.6, 13, top + 2.2)
        s.square("I6", 12, top + 1.4, 1.0)
        s.text("PORT_TEXT", f"P{number} M6 M4", 0, y)
        s.text("M6_PIN", name, 0, y)
        s.text("PORT_TEXT", f"PR{number} M6 M4", 12, y)
        s.box("TERM", -0.05, y - 0.5, 0.05, y + 0.5)
    for x in (4, 24):
        s.stitch(x, 3)
    s.text("M4", "GND", 20, 20)
    return recognise(s.layout, s.cell)


def test_it_matches_its_extraction_netlist_and_its_deck(found):
    result = compare(found, Reference.of_idx(parse_idx(IDX, name="always")))
    assert result.match, result.text()
    # the published decks of such cells leave out a pin that leads nowhere else
    circuit = next(iter(parse_deck(BASE).circuit.cells.values()))
    result = compare(found, circuit)
    assert result.match, result.text()


def test_its_lines_get_values(found, tmp_path, monkeypatch):
    monkeypatch.setenv("SFQGEN_CACHE", str(tmp_path))
    by_labels = extract_inductances(found, parse_idx(IDX), grid_um=0.5).l_ph
    assert by_labels["L1"] == pytest.approx(by_labels["L2"], rel=0.02)
    assert 2.0 < by_labels["L1"] < 4.0  # 11 um of line
