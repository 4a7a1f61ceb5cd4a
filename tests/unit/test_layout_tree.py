"""A neuron whose inputs are gathered by a tree of mergers: clean, and the circuit that it was drawn from."""

from cells.neuron import neuron
from sfqgen.extract.recognise import recognise
from sfqgen.layout.neuron import draw_neuron
from sfqgen.layout.tapeout import write_gds
from sfqgen.verify.drc import load_rules, run_drc
from sfqgen.verify.gds import read_layout
from sfqgen.verify.lvs import compare


def test_four_inputs_are_clean_and_match_their_circuit(tmp_path):
    gds = tmp_path / "n4.gds"
    write_gds(draw_neuron(inputs=4, levels=2), gds, top="n4")
    layout, cell = read_layout(gds)
    assert run_drc(layout, cell, load_rules()).by_rule == {}
    result = compare(recognise(layout, cell), neuron(inputs=4, levels=2))
    assert result.match, result.text()
