"""The reference decks: ColdFlux library benches and cells, and the neuron decks."""

import json
import math
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sfqgen.netlist.circuit import BIAS_LEAD, GROUND_LEAD, SHUNT, SHUNT_LEAD, STIMULUS, Circuit, CurrentSource, Junction
from sfqgen.netlist.flatten import flatten
from sfqgen.netlist.josim_read import parse_deck, read_deck
from sfqgen.netlist.josim_write import write_josim
from sfqgen.netlist.roles import annotate_roles, steady_level
from sfqgen.sim.external.ngspice import run_ngspice

REFERENCE = Path(__file__).parents[2].parent / "shared" / "reference"
pytestmark = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference folder ../shared/reference is absent")

DECKS = sorted(path for path in REFERENCE.rglob("*.cir") if not path.name.endswith("_idx.cir"))
BENCHES = [path for path in DECKS if path.name.endswith("_testbench.cir")]
NEURONS = [path for path in DECKS if path.name.startswith("neuron")]


def names(paths) -> list[str]:
    return [path.stem for path in paths]


def test_all_the_decks_are_there():
    assert len(BENCHES) == 5
    assert len(NEURONS) == 6
    assert len(DECKS) == 21


@pytest.mark.parametrize("path", DECKS, ids=names(DECKS))
def test_round_trip(path):
    deck = read_deck(path)
    again = parse_deck(write_josim(deck), deck.name)
    assert again.circuit == deck.circuit
    assert (again.tran, again.probes, again.header) == (deck.tran, deck.probes, deck.header)


@pytest.mark.parametrize("path", BENCHES, ids=names(BENCHES))
def test_benches_print_what_josim_printed(path):
    pulses = json.loads((REFERENCE / "josim_pulses.json").read_text())["cells"][path.parent.name]
    deck = read_deck(path)
    flat = flatten(deck.circuit)
    assert {probe.label for probe in deck.probes} >= set(pulses["0.01"])
    for probe in deck.probes:
        assert flat[probe.names[0]].name == probe.names[0]


def test_figures_of_the_library_jtl():
    cell = read_deck(REFERENCE / "rsfqlib/JTL/THmitll_JTL_v3p0_testbench.cir").cell("thmitll_jtl")
    assert (cell["B1"].ic_ua, cell["L2"].l_ph, cell["LP1"].l_ph) == (250.0, 2.088, 0.3137)
    assert cell["RB1"].r_ohm == pytest.approx(0.6859904418 / 0.25, rel=1e-12)
    assert cell["LRB1"].l_ph == pytest.approx(2.7439617672 / 2 * 1.13 + 0.5, rel=1e-12)
    assert cell["IB1"].wave.values == pytest.approx((0, 0, 5, 350))


@pytest.mark.parametrize(("name", "junctions"), [("neuron_centred_n4", 120), ("neuron_n16", 167)])
def test_size_of_the_neurons(name, junctions):
    deck = read_deck(REFERENCE / f"{name}.cir")
    assert len(deck.circuit.of_kind(Junction)) == junctions
    assert sum(re.match(r"\d+\.\d \d \d+ \d", line) is not None for line in deck.header) >= 18


def assert_roles_follow_the_names(cell: Circuit) -> int:
    """These decks call the shunt of B1 RB1, its lead LRB1, the ground lead LP1 and the lead of IB1 or I1 LB1."""
    shunted = 0
    for element in cell.elements:
        of, name = getattr(element, "of", "").lower(), element.name.lower()
        match getattr(element, "role", ""):
            case "shunt":
                assert name == f"r{of}"
                shunted += 1
            case "shunt_lead":
                assert name == f"lr{of}"
            case "ground_lead":
                assert name == f"lp{of[1:]}"
            case "bias_lead":
                assert name in (f"lb{of[1:]}", f"l{of[1:]}")
    return shunted


@pytest.mark.parametrize("path", DECKS, ids=names(DECKS))
def test_roles(path):
    circuit = annotate_roles(read_deck(path).circuit)
    for cell in (circuit, *circuit.cells.values()):
        assert assert_roles_follow_the_names(cell) == len(cell.of_kind(Junction))
        by_role = {role: {e.name.lower() for e in cell.elements if getattr(e, "role", "") == role}
                   for role in (SHUNT, SHUNT_LEAD, GROUND_LEAD, BIAS_LEAD, STIMULUS)}  # fmt: skip
        assert by_role[SHUNT_LEAD] == {e.name.lower() for e in cell.elements if re.match("lrb", e.name, re.IGNORECASE)}
        grounded = {f"lp{junction.name[1:]}".lower() for junction in cell.of_kind(Junction)}
        assert by_role[GROUND_LEAD] == grounded & {e.name.lower() for e in cell.elements}
        assert by_role[STIMULUS] == {e.name.lower() for e in cell.of_kind(CurrentSource)
                                     if steady_level(e.wave) is None}  # fmt: skip


@pytest.mark.app
@pytest.mark.skipif(shutil.which("ngspice") is None, reason="ngspice is not on PATH (apt-get install ngspice)")
@pytest.mark.parametrize("path", BENCHES, ids=names(BENCHES))
def test_ngspice_gives_josims_converged_times(path):
    """Every pulse, none more, within 0.02 ps of the 0.01 ps column; the JTL's delay within 0.005 ps of 3.6387."""
    expected = json.loads((REFERENCE / "josim_pulses.json").read_text())["cells"][path.parent.name]["0.01"]
    deck = read_deck(path)
    waves = run_ngspice(replace(deck, tran=replace(deck.tran, step_ps=0.1)))
    found = {label: signed_times(waves.t_ps, waves[label]) for label in expected}
    for label, times in expected.items():
        assert found[label] == pytest.approx(times, abs=0.02)
    if path.parent.name == "JTL":
        assert found["P(B1|XLOADOUTQ)"][0] - found["P(B1|XDUT)"][0] == pytest.approx(3.6387, abs=0.005)


def signed_times(t_ps, phase) -> list[float]:
    """Crossings of (2k+1) pi by linear interpolation; negative for a step down."""
    turns = np.floor((phase + math.pi) / (2 * math.pi))
    times = []
    for k in np.flatnonzero(np.diff(turns)):
        up = turns[k + 1] > turns[k]
        level = (2 * max(turns[k], turns[k + 1]) - 1) * math.pi
        share = (level - phase[k]) / (phase[k + 1] - phase[k])
        times.append((1 if up else -1) * float(t_ps[k] + share * (t_ps[k + 1] - t_ps[k])))
    return times
