"""The assembled neuron: pins meet, rows are clean, the file is the same everywhere."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace

import klayout.db as kdb
import pytest

from cells.neuron import neuron
from pdk_sfq5ee import layers
from sfqgen.errors import SfqgenError
from sfqgen.extract.recognise import recognise
from sfqgen.layout.neuron import Form, _check_joined, draw_neuron, placements
from sfqgen.layout.tapeout import write_gds
from sfqgen.netlist.circuit import Junction
from sfqgen.netlist.flatten import flatten
from sfqgen.verify.drc import load_rules, run_drc
from sfqgen.verify.lvs import compare

SMALL = {"inputs": 2, "levels": 2}


def metal(c) -> kdb.Region:
    return kdb.Region(c.begin_shapes_rec(c.kcl.layout.layer(*layers.gds("M6")))).merged()


@pytest.mark.parametrize("size", [SMALL, {"inputs": 1, "levels": 4}], ids=str)
def test_a_neuron_is_clean_and_is_its_circuit(size):
    c, circuit = draw_neuron(**size), neuron(**size)
    assert run_drc(c.kcl.layout, c.kdb_cell, load_rules()).by_rule == {}
    assert compare(recognise(c.kcl.layout, c.kdb_cell), circuit).match
    assert {port.name for port in c.ports} == set(circuit.ports)
    assert c.info["junctions"] == len(flatten(circuit).of_kind(Junction))
    assert c.info["area_um2"] < c.info["width_um"] * c.info["height_um"]


def test_each_cell_is_drawn_once():
    c = draw_neuron(inputs=1, levels=4)
    names = [ref.cell.name for ref in c.insts]
    assert sum(name.startswith("swallow") for name in names) == 3
    assert len({name for name in names if name.startswith("swallow")}) == 1


def test_two_specifications_differ_in_name_and_geometry():
    one, other = draw_neuron(**SMALL), draw_neuron(**SMALL, ic_scale=1.1)
    assert one.name != other.name
    assert not (metal(one) ^ metal(other)).is_empty()
    assert draw_neuron(**SMALL) is one


def test_corrections_reach_the_cells_they_name():
    corrected = draw_neuron(**SMALL, corrections=(("jtl", (("L_1", 0.1),)),))
    assert corrected.name != draw_neuron(**SMALL).name
    assert not (metal(corrected) ^ metal(draw_neuron(**SMALL))).is_empty()


def test_the_file_is_the_same_in_another_process_and_folder(tmp_path):
    here, there = tmp_path / "here.gds", tmp_path / "a folder" / "there.gds"
    write_gds(draw_neuron(**SMALL), here, top="neuron_n2")
    script = (
        "import sys\nfrom sfqgen.layout.neuron import draw_neuron\nfrom sfqgen.layout.tapeout import write_gds\n"
        "draw_neuron(inputs=1, levels=2, ic_scale=1.1)\n"
        "write_gds(draw_neuron(inputs=2, levels=2), sys.argv[1], top='neuron_n2')\n"
    )
    subprocess.run([sys.executable, "-c", script, str(there)], check=True)
    first, second = (hashlib.sha256(path.read_bytes()).hexdigest() for path in (here, there))
    assert first == second


def test_the_file_has_one_top_cell_and_no_metadata(tmp_path):
    path = tmp_path / "n2.gds"
    write_gds(draw_neuron(**SMALL), path, top="neuron_n2")
    layout = kdb.Layout()
    layout.read(str(path))
    assert [cell.name for cell in layout.top_cells()] == ["neuron_n2"]
    assert layout.dbu == 0.001
    assert b"kfactory" not in path.read_bytes()
    assert b"$$$CONTEXT_INFO$$$" not in path.read_bytes()
    assert list(tmp_path.iterdir()) == [path]
    drawn, read = metal(draw_neuron(**SMALL)), kdb.Region(layout.top_cell().begin_shapes_rec(layout.layer(60, 0)))
    assert (drawn ^ read).is_empty()


def test_a_folder_that_cannot_be_written_leaves_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SfqgenError, match="cannot write into the folder"):
        write_gds(draw_neuron(**SMALL), tmp_path / "file" / "n2.gds")


def test_pins_that_do_not_meet_are_refused():
    circuit = neuron(**SMALL)
    places = placements(circuit, Form(2, 2))
    places["X_z"] = replace(places["X_z"], x=places["X_z"].x + 10.0)
    with pytest.raises(SfqgenError) as caught:
        _check_joined(circuit, places)
    assert str(caught.value) == (
        "layout: pins of node fired do not meet: q of X_d at (110, 25), a of X_z at (120, 25)"
    )
