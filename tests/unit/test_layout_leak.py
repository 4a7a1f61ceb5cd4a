"""The fold of a leak's delay line: as many JTLs as asked for, no two cells over one another, every pin met."""

from __future__ import annotations

import pytest

from cells.leak import FEWEST_JTLS, WIDTH_UM, approach, run, shape
from cells.neuron import neuron
from sfqgen.errors import SfqgenError
from sfqgen.layout.library import floor_plan
from sfqgen.layout.neuron import Form, _blocks, _check_joined, placements
from sfqgen.netlist.circuit import Instance
from sfqgen.timing.bounds import LEAK_FIXED_PS, LEAK_JTL_PS, LEAK_JTLS_MOST

LINES = ("X_lw", "X_lv", "X_lq")


def window(delays: int, reset: str) -> float:
    return LEAK_FIXED_PS[reset] + LEAK_JTL_PS * delays


@pytest.mark.parametrize("reset", ["frame", "self"])
def test_every_window_has_its_jtls_and_all_pins_meet(reset):
    for delays in range(LEAK_JTLS_MOST + 1):
        form = Form(1, 2, reset, window(delays, reset))
        circuit = neuron(inputs=1, levels=2, reset=reset, leak_ps=form.leak_ps)
        names = [i.name for i in circuit.of_kind(Instance) if i.name.startswith(LINES)]
        assert len(names) == FEWEST_JTLS + delays + (reset == "frame")  # a longer way to the tick line
        assert len(placements(circuit, form)) == len(circuit.of_kind(Instance))


@pytest.mark.parametrize(("inputs", "reset", "delays"), [
    (1, "frame", 0), (2, "self", 0), (3, "frame", 20), (4, "self", 19), (4, "self", 60), (8, "frame", 20),
    (16, "self", 100), (33, "frame", 45),
])  # fmt: skip
def test_no_tile_is_taken_twice(inputs, reset, delays):
    form = Form(inputs, 3, reset, window(delays, reset))
    circuit = neuron(inputs=inputs, levels=3, reset=reset, leak_ps=form.leak_ps)
    places = placements(circuit, form)
    boxes = [(i.name, places[i.name], floor_plan(circuit.cells[i.cell]).tiles) for i in circuit.of_kind(Instance)]
    boxes += [("block", block, block.tiles) for block in _blocks(circuit, places, form)]
    taken: dict[tuple[float, float], str] = {}
    for name, at, (columns, rows) in boxes:
        for tile in ((at.x + 10 * i, at.y + 10 * j) for i in range(columns) for j in range(rows)):
            assert tile not in taken, f"{name} over {taken.get(tile)} at {tile}"
            taken[tile] = name


def test_a_cell_of_the_delay_line_that_stands_aside_is_refused():
    form = Form(2, 2, "frame", 150.0)
    circuit = neuron(inputs=2, levels=2, leak_ps=150.0)
    places = placements(circuit, form)
    places["X_lw5"] = type(places["X_lw5"])(0.0, 600.0)
    with pytest.raises(SfqgenError, match="do not meet"):
        _check_joined(circuit, places)


def test_longer_jtls_take_the_place_of_more():
    for length in (120, 140, 240):
        for fewer in range(5):
            kinds = run(length, fewer)
            assert sum(WIDTH_UM[kind] for kind in kinds) == length
            assert len(kinds) == length // 20 - fewer


def test_long_delay_lines_are_folded_about_as_wide_as_high():
    for delays in range(LEAK_JTLS_MOST + 1):
        fold = shape(delays)
        width_um, height_um = 230 + 20 * fold.columns, 60 * (fold.top + 2)
        assert width_um <= 1.1 * height_um
        assert all(count >= 0 for count in fold.rows)


def test_a_tree_stands_below_the_rows_or_beside_them():
    assert approach(2, 5) == ()
    assert approach(4, 0) == ("reach", "start")
    assert approach(4, 3) == approach(16, 3) == ("reach",) * 3 + ("start",)
