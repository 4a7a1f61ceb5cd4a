"""Sampled inputs drawn: cells meet and do not overlap, the whole is clean and is its circuit."""

from __future__ import annotations

import pytest

from cells.neuron import neuron
from sfqgen.errors import SfqgenError
from sfqgen.extract.recognise import recognise
from sfqgen.layout.library import floor_plan
from sfqgen.layout.neuron import Form, draw_neuron, placements
from sfqgen.layout.plan import TILE_UM
from sfqgen.netlist.circuit import Instance, Junction
from sfqgen.netlist.flatten import flatten
from sfqgen.verify.drc import load_rules, run_drc
from sfqgen.verify.lvs import compare


@pytest.mark.parametrize(("inputs", "levels", "ic_scale"), [(1, 2, 1.0), (3, 2, 0.9), (5, 3, 1.2)])
def test_sampled_inputs_are_clean_and_are_their_circuit(inputs, levels, ic_scale):
    size = {"inputs": inputs, "levels": levels, "ic_scale": ic_scale, "sampled": True}
    c, circuit = draw_neuron(**size), neuron(**size)
    assert run_drc(c.kcl.layout, c.kdb_cell, load_rules()).by_rule == {}
    result = compare(recognise(c.kcl.layout, c.kdb_cell), circuit)
    assert result.match, result.text()
    assert {port.name for port in c.ports} == set(circuit.ports)
    assert c.info["junctions"] == len(flatten(circuit).of_kind(Junction))


@pytest.mark.parametrize(("inputs", "levels"), [(1, 2), (2, 8), (16, 4), (64, 4)])
def test_no_two_cells_take_the_same_tile(inputs, levels):
    circuit = neuron(inputs=inputs, levels=levels, sampled=True)
    places = placements(circuit, Form(inputs, levels, sampled=True))
    taken: dict[tuple[int, int], str] = {}
    for instance in circuit.of_kind(Instance):
        place, plan = places[instance.name], floor_plan(circuit.cells[instance.cell])
        for column in range(plan.tiles[0]):
            for row in range(plan.tiles[1]):
                tile = round(place.x / TILE_UM) + column, round(place.y / TILE_UM) + row
                assert tile not in taken, f"{instance.name} over {taken.get(tile)}"
                taken[tile] = instance.name


def test_each_input_is_a_slice_of_60_um_and_the_height_stays():
    one, two = (draw_neuron(inputs=n, levels=2, sampled=True, fill=False).info for n in (1, 2))
    assert two["width_um"] - one["width_um"] == 60.0
    assert two["height_um"] == one["height_um"] == 190.0


def test_inputs_face_up_side_by_side_with_the_tick():
    c = draw_neuron(inputs=2, levels=2, sampled=True, fill=False)
    ports = {port.name: port for port in c.ports}
    assert [ports[name].orientation for name in ("in0", "in1", "tick")] == [90.0] * 3
    assert ports["in0"].center[0] - ports["in1"].center[0] == pytest.approx(60.0)


@pytest.mark.parametrize("other", [{"reset": "self"}, {"leak_ps": 150.0}], ids=str)
def test_self_reset_and_a_leak_are_refused_where_inputs_are_sampled(other):
    with pytest.raises(SfqgenError) as caught:
        draw_neuron(inputs=2, levels=2, sampled=True, **other)
    assert str(caught.value) == (
        "neuron: sampled inputs are read by the frame tick, which self reset and a leak do without; allowed: reset "
        "frame and no leak"
    )
