"""Store, reader, swallow and token cells with their stored corrections: on target, clean, and still their circuit."""

from __future__ import annotations

import pytest

from cells.neuron import neuron
from sfqgen.extract.recognise import recognise
from sfqgen.layout.adjust import cell_key
from sfqgen.layout.corrections import read_corrections
from sfqgen.layout.library import drawn, floor_plan
from sfqgen.netlist.circuit import Circuit
from sfqgen.spec.neuron import ExtractSpec
from sfqgen.verify.drc import load_rules, run_drc
from sfqgen.verify.lvs import compare

NAMES = ("reader", "store_bit", "store_end", "store_in", "swallow", "token")
SCALES = (0.9, 1.2)
RULES = load_rules()
PINS = {
    "reader": {"t": (25.0, 40.0), "c": (15.0, 0.0), "q": (45.0, 0.0)},
    "store_bit": {"a": (0.0, 5.0), "t": (25.0, 0.0), "q": (60.0, 5.0)},
    "store_end": {"a": (0.0, 5.0), "t": (25.0, 0.0), "dec": (80.0, 5.0)},
    "store_in": {"inc": (0.0, 5.0), "q": (40.0, 5.0)},
    "swallow": {"a": (25.0, 50.0), "c": (0.0, 25.0), "q": (40.0, 25.0)},
    "token": {"a": (25.0, 50.0), "c": (0.0, 25.0), "q": (60.0, 25.0)},
}


def cell(name: str, ic_scale: float = 1.0) -> Circuit:
    return neuron(inputs=2, levels=3, ic_scale=ic_scale).cells[name]


def faults(circuit: Circuit, corrections=()) -> tuple[dict[str, int], bool]:
    """DRC errors by rule, and whether the drawing is the circuit."""
    c = drawn(circuit, dict(corrections))
    return run_drc(c.kcl.layout, c.kdb_cell, RULES).by_rule, compare(recognise(c.kcl.layout, c.kdb_cell), circuit).match


@pytest.mark.parametrize("name", NAMES)
def test_stored_corrections_put_every_inductor_on_target(name):
    entry = read_corrections()[name]
    assert entry.key == cell_key(floor_plan(cell(name))), "run sfqgen adjust --write"
    assert entry.worst_pct <= ExtractSpec().tolerance_pct


@pytest.mark.parametrize("name", NAMES)
def test_the_corrected_cell_is_clean_and_is_its_circuit(name):
    assert faults(cell(name), read_corrections()[name].corrections) == ({}, True)


@pytest.mark.parametrize("ic_scale", SCALES)
@pytest.mark.parametrize("name", sorted(set(NAMES) - {"reader", "swallow", "store_in"}))  # those: test_layout_cells.py
def test_a_cell_is_clean_at_both_ends_of_the_current_scale(name, ic_scale):
    assert faults(cell(name, ic_scale)) == ({}, True)


@pytest.mark.parametrize("name", NAMES)
def test_pins_stand_where_the_rows_of_the_neuron_meet_them(name):
    ports = {port.name: tuple(port.center) for port in drawn(cell(name)).ports}
    assert ports == PINS[name]
