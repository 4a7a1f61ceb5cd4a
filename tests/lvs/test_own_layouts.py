"""Our own cells and a whole neuron, drawn and read back; and one slip in the neuron."""

from __future__ import annotations

import klayout.db as kdb
import pytest

from cells import jtl, merger, splitter, store, swallow
from cells.neuron import neuron
from pdk_sfq5ee import layers
from sfqgen.extract.recognise import recognise
from sfqgen.verify.gds import read_layout
from sfqgen.verify.lvs import compare, write_lvsdb

CELLS = {
    "jtl": (jtl.circuit, jtl.floor_plan), "splitter": (splitter.circuit, splitter.floor_plan),
    "merger": (merger.circuit, merger.floor_plan), "swallow": (swallow.circuit, swallow.floor_plan),
    "store_in": (store.store_in, store.store_in_plan), "store_end": (store.store_end, store.store_end_plan),
}  # fmt: skip


@pytest.mark.parametrize("name", CELLS)
def test_cell_matches_its_circuit(name: str, tmp_path):
    from sfqgen.layout.draw import draw_cell

    circuit, floor_plan = CELLS[name]
    path = tmp_path / "cell.gds"
    draw_cell(floor_plan(circuit())).write_gds(path)
    found = recognise(*read_layout(path))
    result = compare(found, circuit())
    assert result.match, result.text()
    assert write_lvsdb(tmp_path / "cell.lvsdb", found, result)


@pytest.fixture(scope="module")
def neuron_gds(tmp_path_factory):
    from sfqgen.layout.neuron import draw_neuron

    path = tmp_path_factory.mktemp("neuron") / "neuron.gds"
    draw_neuron(inputs=1, levels=3).write_gds(path)
    return path


def test_neuron_matches_its_circuit(neuron_gds, tmp_path):
    found = recognise(*read_layout(neuron_gds))
    result = compare(found, neuron(inputs=1, levels=3))
    assert result.match, result.text()
    assert result.count("junction") == len(found.junctions) > 50
    assert write_lvsdb(tmp_path / "neuron.lvsdb", found, result)


def test_one_missing_contact_in_a_neuron_is_all_that_is_told(neuron_gds):
    layout, top = read_layout(neuron_gds)
    found = recognise(layout, top)
    result = compare(found, neuron(inputs=1, levels=3))
    pair = sorted((p for p in result.pairs if p.kind == "junction"), key=lambda p: p.netlist)[20]
    _take_away(layout, top, "C5J", found.junctions[pair.layout].contact)
    told = compare(recognise(layout, top), neuron(inputs=1, levels=3)).mismatches
    assert [m.kind for m in told] == ["missing", "junction"]
    assert told[0].element == pair.netlist
    assert (told[0].x_um, told[0].y_um) == pytest.approx((pair.x_um, pair.y_um), abs=0.1)


def _take_away(layout: kdb.Layout, top: kdb.Cell, layer: str, what: kdb.Region) -> None:
    """Flatten one layer and remove a region from it; names of instances and all other layers stay."""
    index = layout.layer(*layers.gds(layer))
    rest = kdb.Region(top.begin_shapes_rec(index)).merged() - what
    for cell in layout.each_cell():
        cell.shapes(index).clear()
    top.shapes(index).insert(rest)
