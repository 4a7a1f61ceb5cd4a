"""Neurons with a leak: all design rules kept, LVS matched."""

from __future__ import annotations

import pytest

from cells.neuron import neuron
from sfqgen.extract.recognise import recognise
from sfqgen.layout.neuron import draw_neuron
from sfqgen.netlist.circuit import Junction
from sfqgen.netlist.flatten import flatten
from sfqgen.verify.drc import load_rules, run_drc
from sfqgen.verify.lvs import compare


@pytest.mark.parametrize(("inputs", "levels", "reset", "leak_ps", "ic_scale"), [
    (2, 2, "frame", 70.0, 1.0), (4, 2, "frame", 150.0, 1.2), (1, 2, "self", 110.0, 0.9), (5, 2, "self", 230.0, 1.0),
])  # fmt: skip
def test_a_leak_is_clean_and_matches(inputs, levels, reset, leak_ps, ic_scale):
    """The shortest line, one above a low tree, one with a shorter pair of rows, one beside a tree."""
    size = {"inputs": inputs, "levels": levels, "reset": reset, "leak_ps": leak_ps, "ic_scale": ic_scale}
    c, circuit = draw_neuron(**size), neuron(**size)
    assert run_drc(c.kcl.layout, c.kdb_cell, load_rules()).by_rule == {}
    result = compare(recognise(c.kcl.layout, c.kdb_cell), circuit)
    assert result.match, result.text()
    assert c.info["junctions"] == len(flatten(circuit).of_kind(Junction))


def test_the_delay_line_is_one_jtl_drawn_once():
    c = draw_neuron(inputs=2, levels=2, leak_ps=200.0, fill=False)
    jtls = [ref.cell.name for ref in c.insts if ref.cell.name.startswith("jtl_") and ref.cell.name.count("_") == 1]
    assert len(jtls) > 20
    assert len(set(jtls)) == 1
