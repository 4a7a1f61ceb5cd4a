"""A neuron read back from a netlist file is measured like the schematic, whatever became of its names."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from cells.neuron import neuron
from sfqgen.cli.commands import app
from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import DRAWN, Inductor
from sfqgen.netlist.flatten import flatten
from sfqgen.timing.criteria import verify
from sfqgen.timing.deck import walk_deck
from sfqgen.timing.netlist import neuron_of
from sfqgen.timing.use import Use

USE = Use(2, 2)


@pytest.fixture(scope="module")
def annotated():
    """The neuron flat, as extraction returns it, its drawn inductors off by up to 5 %."""
    rng, flat = random.Random(4), flatten(neuron(inputs=2, levels=2))
    moved = [replace(e, l_ph=e.l_ph * rng.uniform(0.95, 1.05)) if isinstance(e, Inductor) and e.role == DRAWN else e
             for e in flat]  # fmt: skip
    return replace(flat, elements=tuple(moved))


def saved(folder, text: str):
    file = folder / "extracted.cir"
    file.write_text(text)
    return file


@pytest.mark.parametrize("spelling", [str, str.upper])
def test_an_extracted_netlist_is_measured_by_its_file_alone(annotated, spelling, tmp_path):
    dut = neuron_of(saved(tmp_path, spelling(walk_deck(annotated, USE, "x"))), 2)
    read, kept = (verify(c, USE, view="extracted", ladders=False) for c in (dut, annotated))
    assert read.passed
    latency = [next(c.measured for c in r.criteria if c.name.startswith("latency")) for r in (read, kept)]
    assert latency[0] == pytest.approx(latency[1], abs=0.02)


def test_the_deck_of_the_schematic_can_be_measured_too(tmp_path):
    dut = neuron_of(saved(tmp_path, walk_deck(neuron(inputs=2, levels=2), USE, "x")), 2)
    assert verify(dut, USE, ladders=False).passed


def test_the_command_fails_a_netlist_in_which_the_store_is_cut(annotated, tmp_path):
    cut = replace(annotated, elements=tuple(replace(e, l_ph=200.0) if e.name in ("L_m1|X_so", "L_q|X_si") else e
                                            for e in annotated))  # fmt: skip
    file = saved(tmp_path, walk_deck(cut, USE, "x"))
    (tmp_path / "n.yaml").write_text("name: n\ninputs: 2\nlevels: 2\n")
    done = CliRunner().invoke(app, ["timing", str(tmp_path / "n.yaml"), "--netlist", str(file)])
    assert done.exit_code == 1
    assert "MISSED" in done.output


@pytest.mark.parametrize(("text", "message"), [
    (".subckt soma a q\nL1 a q 1p\n.ends\nR1 a 0 1\n.end\n", "no subcircuit neuron; allowed: soma"),
    (".subckt neuron in0 out\nL1 in0 out 1p\n.ends\nR1 a 0 1\n.end\n", "subcircuit neuron has the ports in0 out; "
     "allowed: in0 in1 tick inc dec out and perhaps vdd; remedy: measure it with the specification that it was made "
     "from"),
    (".subckt neuron in0 in1 tick inc dec out\nL1 in0 out 1p\n.ends\nR1 a 0 1\n.end\n", "no junction B_s|X_si, so the "
     "content of the threshold store cannot be counted; remedy: name it B_s_X_si in a flat netlist, or keep the "
     "instances that `sfqgen netlist` writes"),
])  # fmt: skip
def test_a_netlist_that_is_no_neuron_is_refused(text, message, tmp_path):
    with pytest.raises(SfqgenError) as told:
        neuron_of(saved(tmp_path, "* t\n" + text), 2)
    assert message in str(told.value)
