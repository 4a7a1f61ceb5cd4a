"""With the field solver: values for the schematic's inductors, and lines of the wrong length."""

from __future__ import annotations

from math import isfinite

import pytest

from sfqgen.extract.inductance import extract_inductances
from sfqgen.extract.recognise import RecognisedLayout, recognise
from sfqgen.netlist.circuit import Circuit
from sfqgen.verify.lvs import Extracted, LvsResult, back_annotate, compare, without_wires
from tests.lvs.sketch import draw, netlist

GRID_UM = 0.5  # coarse: both sides of the comparison are solved on it


def solved(schematic: Circuit, longer_um: float = 0.0) -> tuple[RecognisedLayout, LvsResult, Extracted]:
    sketch = draw(longer_um=longer_um)
    found = recognise(sketch.layout, sketch.cell)
    found = without_wires(found, compare(found, schematic))
    extraction = extract_inductances(found, grid_um=GRID_UM)
    values = Extracted(extraction.l_ph, extraction.error_ph)
    return found, compare(found, schematic, extracted=values), values


@pytest.fixture(scope="module")
def on_target() -> Circuit:
    """The schematic whose inductances are those of the drawn metal."""
    _, result, values = solved(netlist())
    return back_annotate(netlist(), result, values).circuit


def test_every_inductor_of_the_schematic_gets_a_value():
    found, result, values = solved(netlist())
    assert result.topology_match
    names = {pair.netlist: pair.layout for pair in result.pairs if pair.kind == "inductor"}
    assert names.keys() == {"L_1", "L_2", "L_3", "L_4", "L_5"}
    assert all(isfinite(values.l_ph[name]) for name in names.values())
    assert len(found.inductors) < len(recognise(draw().layout, draw().cell).inductors)


def test_layout_on_target_matches_with_extracted_values(on_target: Circuit):
    assert solved(on_target)[1].match


def test_inductor_8_percent_too_long_is_told_by_name(on_target: Circuit):
    result = solved(on_target, longer_um=0.9)[1]
    assert result.topology_match
    (mismatch,) = result.mismatches
    assert (mismatch.kind, mismatch.element) == ("value", "L_5")
    assert "L extracted" in mismatch.text
    (pair,) = [pair for pair in result.pairs if pair.netlist == "L_5"]
    assert pair.error_pct == pytest.approx(8, abs=2)


def test_without_wires_needs_a_match():
    sketch = draw()
    found = recognise(sketch.layout, sketch.cell)
    broken = compare(found, Circuit("x", ("a", "q"), netlist().elements[:3]))
    with pytest.raises(ValueError, match="without_wires needs a comparison whose connections match"):
        without_wires(found, broken)
