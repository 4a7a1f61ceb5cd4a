"""Decks run as they stand: print times, probes, temperatures; decks as benches."""

from __future__ import annotations

import numpy as np
import pytest

from sfqgen.errors import SfqgenError
from sfqgen.netlist.josim_read import parse_deck
from sfqgen.sim.deck_bench import counted_junctions, deck_bench
from sfqgen.sim.deck_run import run_deck

CELL = """.model jj jj(rtype=1, vg=2.8m, cap=0.07p, r0=160, rn=16, icrit=0.1m)
.subckt cell a q
B1 1 2 jj area=2.5
LP1 2 0 0.3p
RB1 1 3 2.744
LRB1 3 0 2.05p
IB1 0 1 pwl(0 0 5p 175u)
L1 a 1 2p
L2 1 q 4p
.ends
I1 0 in pwl(0 0 50p 0 52p 700u 54p 0)
RI in 0 8
X1 cell in 5
X2 cell 5 out
RO out 0 2
"""


def run(lines: str, **options):
    return run_deck(parse_deck(CELL + lines), **options)


def test_prints_what_and_when_the_deck_says():
    done = run(".tran 0.25p 100p 20p 0.5p\n.print p(B1.X2) v(out) i(L2.X2)\n")
    assert list(done.waveforms.signals) == ["P(B1|X2)", "V(OUT)", "I(L2|X2)"]
    np.testing.assert_allclose(done.waveforms.t_ps, np.arange(20, 100.01, 0.5))
    assert done.result.step_ps == pytest.approx(0.1)
    assert len(done.result.pulses["B1|X2"][0]) == 1
    np.testing.assert_allclose(done.waveforms["V(OUT)"], 2.0 * done.waveforms["I(L2|X2)"], atol=0.5)


def test_without_probes_all_junction_phases():
    done = run(".tran 0.05p 100p\n")
    assert list(done.waveforms.signals) == ["P(B1|X1)", "P(B1|X2)"]
    assert done.result.step_ps == pytest.approx(0.05)


def test_step_and_accuracy_by_hand():
    assert run(".tran 0.25p 100p\n", step_ps=0.05).result.step_ps == pytest.approx(0.05)
    done = run(".tran 0.25p 100p\n.print p(B1.X2)\n", accuracy_ps=0.001)
    assert done.result.timing_error_ps <= 0.001
    np.testing.assert_allclose(np.diff(done.waveforms.t_ps), 0.25)


def test_temperature_makes_noise_with_a_seed():
    lines = ".tran 0.1p 100p\n.temp 4.2\n.print v(out)\n"
    one, again, other = (run(lines, seed=s).waveforms["V(OUT)"] for s in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert np.std(one - other) > 1.0


def test_temperature_of_one_element_only():
    deck = CELL.replace("RO out 0 2", "RO out 0 2 temp=4.2")
    noisy = run_deck(parse_deck(deck + ".tran 0.1p 40p\n.print v(out) v(in)\n"), seed=1).waveforms
    quiet = run(".tran 0.1p 40p\n.print v(out) v(in)\n").waveforms
    assert np.std(noisy["V(OUT)"] - quiet["V(OUT)"]) > 20 * np.std(noisy["V(IN)"] - quiet["V(IN)"]) > 0


def test_a_deck_without_analysis_is_refused():
    with pytest.raises(SfqgenError, match=r"^deck: no transient analysis; remedy: add a line such as .tran"):
        run("")


def test_bench_of_a_deck_counts_at_the_load():
    deck = parse_deck(CELL + ".tran 0.25p 100p\n.print p(B1.X1)\n")
    assert counted_junctions(deck) == ["B1|X2"]
    bench = deck_bench(deck)
    assert bench.step_ps == 0.2
    assert bench.criterion.expected == {"B1|X2": (1,)}
    assert deck_bench(deck, count=["B1|X1"]).criterion.junctions == ["B1|X1"]


def test_a_deck_with_nothing_to_count_is_refused():
    deck = parse_deck("L1 1 0 5p\nI1 0 1 pwl(0 0 5p 100u)\n.tran 0.1p 50p\n")
    with pytest.raises(SfqgenError) as caught:
        deck_bench(deck)
    assert str(caught.value) == (
        "deck: no load and no printed junction phase to judge by; remedy: name junctions with --count, or give"
        " --criteria"
    )
