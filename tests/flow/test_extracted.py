"""A small neuron with its metal extracted: what the report says of it, and that nothing is solved twice."""

import json
import re
import shutil

import pytest

from sfqgen import flow
from sfqgen.extract import inductance
from sfqgen.netlist.circuit import Bias, Inductor, Junction
from sfqgen.netlist.josim_read import read_deck
from sfqgen.sim.crossings import crossings
from sfqgen.sim.deck_run import run_deck
from sfqgen.sim.external.ngspice import run_ngspice
from sfqgen.spec import NeuronSpec
from sfqgen.verdict import judge

SPEC = NeuronSpec(name="small", inputs=2, levels=2, extract={"grid_um": 0.5})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("extracted")


@pytest.fixture(scope="module")
def said():
    return []


@pytest.fixture(scope="module")
def report(folder, said):
    return flow.build(SPEC, folder / "first", extract=True, progress=said.append)


def test_verdict_rests_on_the_extracted_circuit(report):
    assert report["timing"]["view"] == "extracted"
    assert report["timing_schematic"]["view"] == "schematic"
    names = [[c["name"] for c in report[view]["criteria"]] for view in ("timing", "timing_schematic")]
    assert names[0] == names[1]
    assert (report["verdict"], report["reason"]) == judge(report)
    assert all(level["errors"] == 0 for level in report["timing"]["levels"])


def test_every_inductor_has_a_target_a_value_and_an_error(report):
    found = report["extraction"]
    assert found["grid_um"] == 0.5
    assert found["tolerance_pct"] == 2.0
    designed = [e for e in found["elements"] if e["role"] == "inductor"]
    leads = [e for e in found["elements"] if e["role"] == "lead"]
    assert designed
    assert leads
    assert all(e["extracted_ph"] > 0 for e in found["elements"])
    for e in designed:
        assert e["error_pct"] == pytest.approx((e["extracted_ph"] / e["target_ph"] - 1) * 100)
    assert found["max_abs_error_pct"] == max(abs(e["error_pct"]) for e in designed)
    assert max(abs(c["error_pct"]) for c in found["cells"]) == found["max_abs_error_pct"]
    assert found["notes"] == []


def test_extracted_deck_holds_what_is_drawn(report, folder):
    """Measured inductances, and currents that are those of drawn areas: none is a round number any more."""
    deck = read_deck(folder / "first" / "small_extracted.cir")
    (dut,) = [cell for cell in deck.circuit.cells.values() if len(cell.of_kind(Junction)) > 20]
    values = {e.name.replace("|", "_"): e.l_ph for e in dut.of_kind(Inductor)}
    for e in report["extraction"]["elements"]:
        if " + " not in e["name"]:
            assert values[e["name"].replace("|", "_")] == pytest.approx(e["extracted_ph"], rel=1e-4), e["name"]
    assert any(abs(j.ic_ua - round(j.ic_ua, 1)) > 0.005 for j in dut.of_kind(Junction))
    assert all(b.i_ua > 0 for b in dut.of_kind(Bias))


def test_page_has_both_views_and_the_cells(report, folder):
    page = (folder / "first" / "report.html").read_text()
    assert "Largest error by cell" in page
    assert '<th class="n">schematic</th><th class="n">extracted</th>' in page
    assert "Leads of junctions and shunts" in page


def test_progress_counts_the_cells(report, said):
    assert any(text.startswith("extraction: 1 of ") for text in said)


def test_second_build_solves_nothing_and_says_the_same(report, folder, monkeypatch):
    solved = []
    original = inductance.port_matrix
    monkeypatch.setattr(inductance, "port_matrix", lambda *a: solved.append(1) or original(*a))
    again = flow.build(SPEC, folder / "second", extract=True)
    assert solved == []
    first, second = (json.loads((folder / name / "report.json").read_text()) for name in ("first", "second"))
    assert {k: v for k, v in first.items() if k != "seconds"} == {k: v for k, v in second.items() if k != "seconds"}
    assert again["extraction"] == report["extraction"]


@pytest.mark.app
@pytest.mark.skipif(shutil.which("ngspice") is None, reason="ngspice is not on PATH (apt-get install ngspice)")
def test_ngspice_gives_the_same_pulses_on_the_extracted_deck(report, folder):
    deck = read_deck(folder / "first" / "small_extracted.cir")
    own, other = run_deck(deck, step_ps=0.1, estimate_error=False).waveforms, run_ngspice(deck)
    ours, theirs = (crossings(waves.t_ps, waves["P(B_A|X_LOAD_OUT)"]) for waves in (own, other))
    assert len(ours) == sum(frame["pulses"] for frame in _frames(folder / "first" / "small_extracted.cir"))
    assert theirs == pytest.approx(ours, abs=0.05)


def _frames(file):
    """The frames in the comments at the head of a deck."""
    rows = [line[2:].split() for line in file.read_text().splitlines() if re.match(r"^\* \d+\.\d ", line)]
    return [{"start_ps": float(row[0]), "pulses": int(row[3])} for row in rows]
