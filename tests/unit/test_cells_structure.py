"""Structure of the circuit cells: what a layout and a process can rely on, whatever the size of the neuron."""

from __future__ import annotations

import pytest

from cells import branch, cross, dcsfq, jtl, merger, reader, splitter, store, swallow, token_cell, tree
from cells.jtl import JtlValues
from cells.neuron import NeuronValues, neuron
from cells.scaling import scaled
from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import GROUND, SHUNT, Bias, Circuit, Inductor, Junction, Resistor
from sfqgen.netlist.flatten import flatten

CELLS = [jtl.circuit(), splitter.circuit(), merger.circuit(), store.store_in(), store.store_bit(), store.store_end(),
         reader.circuit(), swallow.circuit(), token_cell.circuit(), cross.circuit(),
         dcsfq.circuit()]  # fmt: skip
SIZES = [(1, 2, "frame"), (2, 2, "frame"), (3, 3, "frame"), (16, 4, "frame"), (5, 8, "self"), (64, 8, "self")]


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_every_junction_is_shunted_and_drawable(cell: Circuit):
    shunts = {e.of: e for e in cell.of_kind(Resistor) if e.role == SHUNT}
    for junction in cell.of_kind(Junction):
        assert 50.0 <= junction.ic_ua <= 325.0, junction.name
        assert shunts[junction.name].r_ohm * junction.ic_ua == pytest.approx(685.99, abs=0.01)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_every_pin_meets_an_inductor_so_that_cells_abut(cell: Circuit):
    for port in cell.ports:
        touching = [e for e in cell if port in (getattr(e, "plus", ""), getattr(e, "minus", ""))]
        assert [type(e) for e in touching] == [Inductor], port
        assert touching[0].l_ph >= 0.5


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_every_bias_reaches_its_node_through_a_lead(cell: Circuit):
    for bias in cell.of_kind(Bias):
        assert [e.name for e in cell.of_kind(Inductor) if bias.node in (e.plus, e.minus)] == [f"LB_{bias.name[2:]}"]


@pytest.mark.parametrize(("inputs", "levels", "reset"), SIZES)
def test_junction_count_follows_the_formula_of_the_docstring(inputs, levels, reset):
    flat = flatten(neuron(inputs=inputs, levels=levels, reset=reset))
    approach = 4 if inputs > 2 else 0
    stages = levels - 1
    loop = 38 + 2 * stages if reset == "self" else 0
    count = tree.junctions(inputs) + approach + 23 * stages + 18 + loop
    assert len(flat.of_kind(Junction)) == count


@pytest.mark.parametrize("inputs", range(1, 65))
def test_a_tree_joins_all_lines_with_the_same_number_of_cells_on_every_way(inputs):
    planned = tree.plan(inputs)
    ways = [[0] for _ in range(inputs)]
    for level, nodes in enumerate(planned.levels):
        for line, link in zip(ways, planned.links[level - 1], strict=True) if level else ():
            line[:] = [way + len(link) for way in line]
        ways = [[way + 1 for k in node.lines for way in ways[k]] for node in nodes]
    assert len(ways) == 1
    assert sorted(ways[0]) == [ways[0][0]] * inputs


@pytest.mark.parametrize("inputs", range(1, 65))
def test_links_lead_from_each_output_to_the_input_of_the_next_level(inputs):
    planned = tree.plan(inputs)
    for level, (before, nodes) in enumerate(zip(planned.levels, planned.levels[1:], strict=False), 1):
        for node in nodes:
            for line, side in zip(node.lines, (1, -1), strict=False):
                heights = [{"corner": branch.CORNER_UM - branch.ABOVE_CORNER_UM, "riser": branch.RISER_UM}[kind]
                           for kind in planned.links[level - 1][line]]  # fmt: skip
                reach = sum(heights) + branch.TEE_UM // 2 if heights else tree.PITCH_UM // 2
                assert before[line].y_um == node.y_um + side * (reach if len(node.lines) == 2 else 0)


def test_junctions_of_a_tree_grow_linearly():
    """5 per merger and 2 per JTL of a link: about 7 per input for any number of inputs."""
    per_input = {inputs: tree.junctions(inputs) / inputs for inputs in range(8, 65)}
    assert max(per_input.values()) < 7.2, per_input


def test_bias_sum_of_the_16_input_4_level_neuron_is_below_20_ma():
    flat = flatten(neuron(inputs=16, levels=4))
    assert sum(bias.i_ua for bias in flat.of_kind(Bias)) < 20_000.0


@pytest.mark.parametrize(("inputs", "levels", "reset"), SIZES)
def test_ports_are_named_alike_for_every_size(inputs, levels, reset):
    ports = neuron(inputs=inputs, levels=levels, reset=reset).ports
    assert ports == (*(f"in{i}" for i in range(inputs)), "tick", "inc", "dec", "out")


@pytest.mark.parametrize(("inputs", "levels", "reset"), SIZES)
def test_every_node_joins_at_least_two_elements_but_the_pins(inputs, levels, reset):
    flat = flatten(neuron(inputs=inputs, levels=levels, reset=reset))
    touched: dict[str, int] = {}
    for element in flat:
        for node in {getattr(element, "plus", ""), getattr(element, "minus", ""), getattr(element, "node", "")} - {""}:
            touched[node] = touched.get(node, 0) + 1
    lonely = {node for node, count in touched.items() if count < 2}
    biases = {bias.node for bias in flat.of_kind(Bias)}
    assert lonely - biases == set(flat.ports)
    assert GROUND in touched


def test_cells_are_shared_by_name_so_that_each_is_drawn_once():
    circuit = neuron(inputs=16, levels=4)
    assert set(circuit.cells) == {"jtl", "jtl_turn", "cross", "splitter", "merger_leaf", "merger_wide", "merger_tee",
                                  "merger_tee_root", "jtl_corner", "jtl_riser", "store_in", "store_bit", "store_end",
                                  "reader", "swallow", "token"}  # fmt: skip


def test_ic_scale_keeps_the_phases():
    one, more = JtlValues(), scaled(JtlValues(), 1.2)
    assert more.a_ic_ua == pytest.approx(1.2 * one.a_ic_ua, abs=0.5)
    assert more.s_ib_ua == pytest.approx(1.2 * one.s_ib_ua, abs=0.25)
    assert more.l1_l_ph * more.a_ic_ua == pytest.approx(one.l1_l_ph * one.a_ic_ua, rel=0.005)


def test_ic_scale_reaches_every_cell_of_the_neuron():
    flat = {s: flatten(neuron(inputs=2, levels=2, ic_scale=s)) for s in (1.0, 1.1)}
    for before, after in zip(flat[1.0].of_kind(Junction), flat[1.1].of_kind(Junction), strict=True):
        assert after.ic_ua == pytest.approx(1.1 * before.ic_ua, abs=0.5)


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ({"inputs": 0, "levels": 2}, "neuron: inputs is 0; allowed: a whole number from 1 to 64"),
        ({"inputs": 65, "levels": 2}, "neuron: inputs is 65; allowed: a whole number from 1 to 64"),
        ({"inputs": 2.5, "levels": 2}, "neuron: inputs is 2.5; allowed: a whole number from 1 to 64"),
        ({"inputs": 2, "levels": 9}, "neuron: levels is 9; allowed: a whole number from 2 to 8"),
        ({"inputs": 2, "levels": 2, "reset": "none"}, "neuron: reset is 'none'; allowed: frame or self"),
    ],
)
def test_a_size_that_does_not_exist_is_refused(size, message):
    with pytest.raises(SfqgenError) as error:
        neuron(**size)
    assert str(error.value) == message


def test_values_can_be_replaced_for_an_optimiser():
    values = NeuronValues(jtl=JtlValues(s_ib_ua=300.0))
    assert neuron(inputs=1, levels=2, values=values).cells["jtl"]["I_s"].i_ua == 300.0
