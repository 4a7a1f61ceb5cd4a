"""Every drawn cell of the neuron: on target, clean, and the circuit it was drawn from."""

from __future__ import annotations

import klayout.db as kdb
import pytest

from cells import jtl, merger, splitter
from cells.neuron import NeuronValues, neuron
from pdk_sfq5ee import layers
from sfqgen.errors import SfqgenError
from sfqgen.extract.recognise import recognise
from sfqgen.layout.corrections import nominal_cells, read_corrections
from sfqgen.layout.draw import draw_cell
from sfqgen.layout.library import PLANS, drawn, floor_plan
from sfqgen.netlist.circuit import RAIL, Inductor, Junction, Resistor
from sfqgen.netlist.views import lvs_view
from sfqgen.verify.drc import load_rules, run_drc
from sfqgen.verify.lvs import compare

RULES = load_rules()
CELLS = neuron(inputs=2, levels=3).cells
LIBRARY = {"jtl": jtl, "splitter": splitter, "merger": merger}


def errors(c) -> dict[str, int]:
    return run_drc(c.kcl.layout, c.kdb_cell, RULES).by_rule


def region(c, layer: str) -> kdb.Region:
    return kdb.Region(c.begin_shapes_rec(c.kcl.layout.layer(*layers.gds(layer)))).merged()


def texts(c, layer: str) -> list[str]:
    shapes = c.kdb_cell.shapes(c.kcl.layout.layer(*layers.gds(layer)))
    return sorted(shape.text_string for shape in shapes.each(kdb.Shapes.STexts))


def test_the_library_draws_all_cells_of_the_neuron():
    assert set(CELLS) <= set(PLANS)  # the others belong to the input tree, see test_layout_tree.py


@pytest.mark.parametrize("name", sorted(CELLS))
def test_a_cell_is_clean_and_is_its_circuit(name):
    c = drawn(CELLS[name])
    assert errors(c) == {}
    assert compare(recognise(c.kcl.layout, c.kdb_cell), CELLS[name]).match


@pytest.mark.parametrize("name", sorted(CELLS))
def test_names_and_ports_are_those_of_the_circuit(name):
    c, circuit = drawn(CELLS[name]), lvs_view(CELLS[name])
    assert {port.name for port in c.ports} == set(circuit.ports)
    assert texts(c, "M6_PIN") == sorted(circuit.ports)
    biases = [r for r in circuit.of_kind(Resistor) if r.plus == RAIL]
    assert texts(c, "PORT_TEXT") == sorted(
        [f"P_{port} M6 M4" for port in circuit.ports]
        + [f"J{b.name[1:]} M6 M5" for b in circuit.of_kind(Junction)]
        + [f"PB{r.name[2:]} M6 M4" for r in biases]
    )
    assert texts(c, "R5_TEXT") == sorted(r.name for r in circuit.of_kind(Resistor))


@pytest.mark.parametrize("name", sorted(CELLS))
def test_info_says_what_was_drawn(name):
    c, circuit = drawn(CELLS[name]), lvs_view(CELLS[name])
    assert c.info["junctions"] == len(circuit.of_kind(Junction))
    assert set(c.info["inductors"]) == {e.name for e in circuit.of_kind(Inductor)}
    for target, estimate, _ in c.info["inductors"].values():
        assert estimate == pytest.approx(target, abs=max(0.02, 0.006 * target))
    assert c.info["area_um2"] == pytest.approx(c.dbbox().area())


@pytest.mark.parametrize("ic_scale", [0.9, 1.2])
@pytest.mark.parametrize("name", ["reader", "swallow", "store_in"])
def test_a_cell_is_clean_at_both_ends_of_the_current_scale(name, ic_scale):
    circuit = neuron(inputs=2, levels=3, ic_scale=ic_scale).cells[name]
    c = drawn(circuit)
    assert errors(c) == {}
    assert compare(recognise(c.kcl.layout, c.kdb_cell), circuit).match


@pytest.mark.parametrize("name", sorted(LIBRARY))
def test_library_cells_stand_in_a_70_um_row_as_well(name):
    module = LIBRARY[name]
    c = draw_cell(module.floor_plan(module.circuit()), name=f"{name}_row")
    assert errors(c) == {}
    assert c.dbbox().height() == 70.0
    assert {port.center[1] % 10 for port in c.ports if port.orientation in (0, 180)} == {5.0}
    assert len(texts(c, "M6_PIN")) == len(c.ports)


def test_a_correction_changes_name_and_geometry():
    plain, corrected = drawn(CELLS["jtl"]), drawn(CELLS["jtl"], {"L_1": 0.1})
    assert plain.name != corrected.name
    assert not (region(plain, "M6") ^ region(corrected, "M6")).is_empty()
    assert drawn(CELLS["jtl"]) is plain


def test_fill_can_be_left_out():
    bare = drawn(CELLS["jtl"], fill=False)
    assert region(bare, "J5").count() == 2
    assert region(drawn(CELLS["jtl"]), "J5").count() > 10
    assert errors(bare) == {}


def test_a_cell_without_floor_plan_is_refused():
    with pytest.raises(SfqgenError) as caught:
        floor_plan(jtl.circuit(name="other"))
    assert str(caught.value).startswith("layout: no floor plan for cell other; allowed: jtl, jtl_turn, splitter")


def test_a_value_that_cannot_be_drawn_names_cell_and_element():
    values = NeuronValues()
    with pytest.raises(SfqgenError) as caught:
        drawn(jtl.circuit(jtl.JtlValues(a_ic_ua=900.0, s_ib_ua=values.jtl.s_ib_ua)))
    assert str(caught.value) == (
        "cell jtl, element B_a: ic_ua is 900; allowed: 45 to 450 uA; remedy: another ic_scale or value"
    )


@pytest.mark.parametrize("name", ["dcsfq", "dcsfq_low", "sfqdc"])
def test_a_converter_is_clean_and_is_its_circuit_with_its_stored_corrections(name):
    cell, corrections = nominal_cells()[name], read_corrections()[name].corrections
    assert corrections
    c = drawn(cell, dict(corrections))
    assert errors(c) == {}
    assert compare(recognise(c.kcl.layout, c.kdb_cell), lvs_view(cell)).match
