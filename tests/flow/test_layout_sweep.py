"""Neurons of several sizes and critical currents, clean and equal to their circuits.

A part of the sweep of `tests/benchmarks/layout_sweep.py`, which draws 1 to 64 inputs at every scale.
"""

from __future__ import annotations

import pytest

from cells.neuron import neuron
from sfqgen.errors import SfqgenError
from sfqgen.extract.recognise import recognise
from sfqgen.layout.library import floor_plan
from sfqgen.layout.neuron import draw_neuron
from sfqgen.layout.rails import check_rails, pillars_ua, strip_limit_ma
from sfqgen.layout.tree import tree_blocks, tree_places
from sfqgen.netlist.circuit import RAIL, Bias, Junction, Resistor
from sfqgen.netlist.flatten import flatten
from sfqgen.netlist.views import RAIL_UV
from sfqgen.verify.drc import load_rules, run_drc
from sfqgen.verify.lvs import compare


@pytest.mark.parametrize(("inputs", "levels", "ic_scale", "reset"), [
    (3, 2, 0.9, "frame"), (9, 3, 1.2, "frame"), (1, 2, 1.2, "self"), (4, 3, 0.9, "self"),
])  # fmt: skip
def test_sizes_and_scales_are_clean_and_match(inputs, levels, ic_scale, reset):
    """3 inputs: a line that goes straight on; 9: one through every upright level, with corner, riser and tee."""
    size = {"inputs": inputs, "levels": levels, "ic_scale": ic_scale, "reset": reset}
    c, circuit = draw_neuron(**size), neuron(**size)
    assert run_drc(c.kcl.layout, c.kdb_cell, load_rules()).by_rule == {}
    result = compare(recognise(c.kcl.layout, c.kdb_cell), circuit)
    assert result.match, result.text()
    flat = flatten(circuit)
    assert c.info["junctions"] == len(flat.of_kind(Junction))
    assert c.info["bias_ua"] == pytest.approx(sum(bias.i_ua for bias in flat.of_kind(Bias)), rel=0.01)


@pytest.mark.parametrize("inputs", [3, 5, 6, 8, 9, 12, 16, 23, 33, 47, 64])
def test_cells_and_blocks_of_a_tree_do_not_overlap(inputs):
    """Every tile of the tree is taken once."""
    tiles: dict[tuple[float, float], str] = {}
    boxes = [(f"block at {b.y}", b.x, b.y, 10 * b.tiles[0], 10 * b.tiles[1]) for b in tree_blocks(inputs, 0.0, 25.0)]
    circuit = neuron(inputs=inputs, levels=2)
    plans = {name: floor_plan(cell) for name, cell in circuit.cells.items()}
    for name, place in tree_places(inputs, 0.0, 25.0).items():
        columns, rows = plans[circuit[name].cell].tiles
        boxes.append((name, place.x, place.y, 10 * columns, 10 * rows))
    for name, x, y, width, height in boxes:
        for tile in ((x + dx, y + dy) for dx in range(0, width, 10) for dy in range(0, height, 10)):
            assert tile not in tiles, f"{name} over {tiles.get(tile)}"
            tiles[tile] = name


def area_um2(inputs: int) -> float:
    """Of all tiles of a tree."""
    circuit = neuron(inputs=inputs, levels=2)
    plans = {name: floor_plan(cell) for name, cell in circuit.cells.items()}
    cells = sum(plans[circuit[name].cell].width_um * plans[circuit[name].cell].height_um
                for name in tree_places(inputs, 0.0, 25.0))  # fmt: skip
    return cells + sum(100.0 * b.tiles[0] * b.tiles[1] for b in tree_blocks(inputs, 0.0, 25.0))


def test_area_of_a_tree_grows_by_a_column_per_doubling_and_no_faster():
    """Area per input and doubling is flat (docs/layout.md): within a column of 30 um on 30 um of edge."""
    per_input = {inputs: area_um2(inputs) / inputs for inputs in (4, 8, 16, 32, 64)}
    steps = [per_input[2 * n] - per_input[n] for n in (4, 8, 16, 32)]
    assert all(0 < step <= 900 for step in steps), per_input


@pytest.mark.parametrize("inputs", [5, 9, 17, 33, 48])
def test_a_tree_between_two_powers_of_two_is_smaller_than_the_next(inputs):
    """The odd inputs do not take the columns of the next larger full tree: at most four inputs more than their own."""
    full = 1 << (inputs - 1).bit_length()
    assert area_um2(inputs) < area_um2(full) * (inputs + 4) / full


def test_the_bias_of_the_largest_neuron_fits_its_rail():
    circuit = neuron(inputs=64, levels=8, ic_scale=1.2)
    bias_ua = sum(bias.i_ua for bias in flatten(circuit).of_kind(Bias))
    plans = {name: floor_plan(cell) for name, cell in circuit.cells.items()}
    assert strip_limit_ma() == pytest.approx(250.0 * 3.0 * 0.2)
    assert check_rails(bias_ua, plans) == max(ua for plan in plans.values() for ua in pillars_ua(plan).values())
    for name, plan in plans.items():
        drawn_ua = sum(RAIL_UV / r.r_ohm for r in plan.circuit.of_kind(Resistor) if r.plus == RAIL)
        assert sum(pillars_ua(plan).values()) == pytest.approx(drawn_ua), name


def test_more_than_the_rail_carries_is_refused():
    plans = {"jtl": floor_plan(neuron(inputs=2, levels=2).cells["jtl"])}
    with pytest.raises(SfqgenError) as caught:
        check_rails(151_000.0, plans)
    assert str(caught.value) == (
        "bias rail: carries 151 mA; allowed: up to 150 mA; remedy: fewer inputs or levels, or a smaller ic_scale"
    )
