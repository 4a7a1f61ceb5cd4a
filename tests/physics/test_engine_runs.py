"""The engine as a whole: long runs, batches against single runs, threads, stimuli, probes, against ngspice."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sfqgen.errors import SfqgenError
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import PHI0_UV_PS, Circuit, Junction, JunctionModel, PhaseSource, Waveform, with_value
from sfqgen.netlist.josim_read import read_deck
from sfqgen.netlist.views import sim_view
from sfqgen.sim.crossings import crossings
from sfqgen.sim.transient import Engine, simulate

JTL_BENCH = Path(__file__).parents[1] / "data" / "jtl_bench.cir"


def jtl(stages: int, times_ps=(50.0, 100.0)) -> Circuit:
    """A line of two-junction cells, driven by current pulses, ending in a load."""
    cell = CellBuilder("jtl", ("a", "q"))
    cell.jj("1", "n1", ic_ua=250)
    cell.jj("2", "n2", ic_ua=250)
    for name, plus, minus in (("1", "a", "n1"), ("2", "n1", "m"), ("3", "m", "n2"), ("4", "n2", "q")):
        cell.l(name, plus, minus, 2.07)
    cell.bias("b", "m", 350)
    done, top = cell.done(), CellBuilder("line", ())
    top.pulses("in", "p0", list(times_ps))
    for k in range(stages):
        top.inst(f"s{k}", done, f"p{k}", f"p{k + 1}")
    top.load("out", f"p{stages}")
    return top.done()


def ring(junctions: int = 10) -> Circuit:
    """A closed line that holds one flux quantum, put in by a phase source; the bias drives it round."""
    c = CellBuilder("ring", ())
    for k in range(junctions):
        c.jj(str(k), f"n{k}", ic_ua=250)
        c.l(str(k), f"n{k}", f"n{k + 1}" if k < junctions - 1 else "end", 4.14)
        c.bias(str(k), f"n{k}", 170)
    c.add(PhaseSource("P_in", "n0", "end", Waveform("pwl", (0, 0, 20, 0, 30, 2 * math.pi)), "stimulus"))
    return c.done()


def test_a_quantum_goes_round_a_ring_for_100_ns_without_drift():
    result = simulate(ring(), stop_ps=100_000, step_ps=0.1, estimate_error=False)
    times = [result.pulses[f"B_{k}"][0] for k in range(10)]
    counts = [len(t) for t in times]
    assert min(counts) > 5000
    assert max(counts) - min(counts) <= 1
    assert all(np.all(t > 0) for t in times)
    periods = np.diff(times[3])
    assert np.ptp(periods[20:]) < 1e-5
    assert periods[-100:].mean() == pytest.approx(periods[20:120].mean(), abs=1e-6)


def test_bias_of_the_ring_pays_for_what_its_resistors_take():
    """Per turn each bias gives I Phi0; the resistors of the cell and the subgap branch take the same."""
    probes = [f"I(RB_{k})" for k in range(10)] + [f"V(B_{k})" for k in range(10)]
    result = simulate(ring(), stop_ps=3000, step_ps=0.05, probes=probes, estimate_error=False)
    times, waves = result.pulses["B_3"][0], result.waveforms()
    turn = (waves.t_ps > times[-11]) & (waves.t_ps <= times[-1])
    shunts = sum(np.sum(waves[f"I(RB_{k})"][turn] ** 2) * 6.859904418 * 100 / 250 for k in range(10))
    subgap = sum(np.sum(waves[f"V(B_{k})"][turn] ** 2) / 64.0 for k in range(10))
    assert (shunts + subgap) * 0.05 == pytest.approx(10 * 10 * 170 * PHI0_UV_PS, rel=2e-3)


def test_batch_gives_the_digits_of_single_runs():
    circuit = jtl(4)
    engine = Engine(circuit)
    bias = np.array([0.9, 0.95, 1.0, 1.05, 1.1, 1.0, 0.97, 1.02, 1.03])
    lower = np.linspace(200.0, 300.0, 9)
    batch = engine.run(stop_ps=150, step_ps=0.1, values={"I_b|X_s1": 350 * bias, "B_2|X_s2": lower}, threads=2)
    for sample in (0, 4, 8):
        values = {"I_b|X_s1": 350 * bias[[sample]], "B_2|X_s2": lower[[sample]]}
        one = engine.run(stop_ps=150, step_ps=0.1, values=values)
        for name in batch.pulses:
            np.testing.assert_array_equal(batch.pulses[name][sample], one.pulses[name][0])


def test_a_value_of_a_sample_is_that_value_in_the_circuit():
    circuit = jtl(3)
    inner = circuit.cells["jtl"]
    changed = replace(inner, elements=tuple(with_value(e, 3.0) if e.name == "L_2" else e for e in inner.elements))
    by_circuit = simulate(replace(circuit, cells={"jtl": changed}), stop_ps=150, step_ps=0.1)
    values = {f"L_2|X_s{k}": np.array([3.0, 2.07]) for k in range(3)}
    by_value = simulate(circuit, stop_ps=150, step_ps=0.1, values=values)
    for name in by_circuit.pulses:
        np.testing.assert_allclose(by_value.pulses[name][0], by_circuit.pulses[name][0], atol=1e-9)
        assert np.max(np.abs(by_value.pulses[name][1] - by_value.pulses[name][0])) > 0.01


def test_digits_do_not_depend_on_threads_or_on_who_shares_the_batch():
    engine = Engine(jtl(2), watch=["B_2|X_s1"])
    options = {"stop_ps": 150, "step_ps": 0.1, "temperature_k": 4.2, "seed": 7, "estimate_error": False}
    whole = engine.run(samples=20, threads=1, **options).pulses["B_2|X_s1"]
    threads = engine.run(samples=20, threads=2, **options).pulses["B_2|X_s1"]
    part = engine.run(samples=5, first_sample=13, **options).pulses["B_2|X_s1"]
    other = engine.run(samples=20, **{**options, "seed": 8}).pulses["B_2|X_s1"]
    for one, two in zip(whole, threads, strict=True):
        np.testing.assert_array_equal(one, two)
    for one, two in zip(whole[13:18], part, strict=True):
        np.testing.assert_array_equal(one, two)
    assert not np.array_equal(np.concatenate(whole), np.concatenate(other))


def test_every_sample_may_have_its_own_stimulus():
    circuit = jtl(2)
    wave = {at: Waveform("pwl", (0, 0, at - 2, 0, at, 700, at + 2, 0)) for at in (50.0, 70.0)}
    result = simulate(circuit, stop_ps=120, step_ps=0.1, stimuli={"I_in": [wave[50.0], wave[70.0], wave[50.0]]})
    first, second, third = (times[0] for times in result.pulses["B_2|X_s1"])
    assert second - first == pytest.approx(20.0, abs=1e-6)
    assert third == first


def test_currents_of_all_elements_meet_kirchhoff():
    circuit = sim_view(jtl(2), bias="resistor")
    around = ["I(L_1|X_s1)", "I(L_2|X_s1)", "I(B_1|X_s1)", "I(RB_1|X_s1)", "I(V_RAIL)", "I(RI_b|X_s0)", "I(RI_b|X_s1)"]
    waves = simulate(circuit, stop_ps=120, probes=around).waveforms()
    late = waves.t_ps > 12  # corners of the ramp are rounded over one step
    leaving = waves["I(L_2|X_s1)"] + waves["I(B_1|X_s1)"] + waves["I(RB_1|X_s1)"] - waves["I(L_1|X_s1)"]
    assert np.max(np.abs(leaving[late])) < 0.5  # uA; the sine is predicted, not iterated
    assert np.ptp(waves["I(B_1|X_s1)"]) > 200
    np.testing.assert_allclose(waves["I(V_RAIL)"], -waves["I(RI_b|X_s0)"] - waves["I(RI_b|X_s1)"], atol=1e-9)
    assert waves["I(RI_b|X_s0)"][-1] == pytest.approx(350, rel=0.01)


def test_asking_for_waveforms_changes_no_pulse():
    circuit = jtl(3)
    plain = simulate(circuit, stop_ps=150, step_ps=0.1)
    probes = [f"{kind}({name}|X_s1)" for name in ("LB_b", "LRB_1", "L_3") for kind in "VI"] + ["P(B_2|X_s2)"]
    probed = simulate(circuit, stop_ps=150, step_ps=0.1, probes=probes)
    for name in plain.pulses:
        np.testing.assert_allclose(probed.pulses[name][0], plain.pulses[name][0], atol=1e-9)
    waves = probed.waveforms()
    read = crossings(waves.t_ps, waves["P(B_2|X_s2)"])
    np.testing.assert_allclose(read, plain.pulses["B_2|X_s2"][0], atol=0.01)
    assert waves["I(LB_b|X_s1)"][-1] == pytest.approx(350.0)


def test_a_corner_between_two_steps_is_where_it_is():
    """Moving the drive by a fraction of a step moves the pulse by as much."""
    shifts = []
    for offset in (0.0, 0.037, 0.071):
        pulse = simulate(jtl(2, (50.0 + offset,)), stop_ps=100, step_ps=0.1, estimate_error=False).pulses["B_2|X_s1"]
        shifts.append(pulse[0][0] - offset)
    assert np.ptp(shifts) < 2e-4


def bare_jtl(rn_ohm: float) -> Circuit:
    """A line whose junctions have no capacitance."""
    bare = {"jjmit": JunctionModel("jjmit", rtype=0, rn_ohm=rn_ohm, cap_pf=0.0)}
    circuit = jtl(2)
    cells = {name: replace(cell, models=bare) for name, cell in circuit.cells.items()}
    return replace(circuit, cells=cells, models=bare)


def test_junctions_without_capacitance_converge_too():
    coarse, fine = (simulate(bare_jtl(10.0), stop_ps=150, step_ps=step) for step in (0.1, 0.02))
    for name in fine.pulses:
        assert len(fine.pulses[name][0]) == 2
        np.testing.assert_allclose(coarse.pulses[name][0], fine.pulses[name][0], atol=0.005)


def test_junctions_that_jump_in_no_time_are_refused():
    """Without capacitance, behind an inductance, there is no way from one well to the next."""
    with pytest.raises(SfqgenError, match=r"the phase grows beyond all bounds by .* give junctions their capacitance"):
        simulate(bare_jtl(1000.0), stop_ps=150)


def test_fast_junctions_may_take_long_steps():
    """Beyond 0.4 ps the supercurrent is linearised instead of predicted."""
    rough, fine = (simulate(jtl(4), stop_ps=150, step_ps=step, estimate_error=False) for step in (0.5, 0.025))
    for name in fine.pulses:
        np.testing.assert_allclose(rough.pulses[name][0], fine.pulses[name][0], atol=0.15)


def test_a_long_step_is_stated_to_be_one():
    rough, fine = (simulate(jtl(4), stop_ps=150, step_ps=step) for step in (0.4, 0.025))
    assert rough.timing_error_ps > 0.05
    assert fine.timing_error_ps < 0.005
    for name in fine.pulses:
        shift = np.max(np.abs(rough.pulses[name][0] - fine.pulses[name][0]))
        assert shift < rough.timing_error_ps


def test_pulses_of_a_reversed_junction_are_negative():
    circuit = jtl(2)
    cell = circuit.cells["jtl"]
    turned = tuple(replace(e, plus=e.minus, minus=e.plus) if isinstance(e, Junction) and e.name == "B_1" else e
                   for e in cell.elements)  # fmt: skip
    result = simulate(replace(circuit, cells={"jtl": replace(cell, elements=turned)}), stop_ps=150, step_ps=0.1)
    assert np.all(result.pulses["B_1|X_s0"][0] < 0)
    assert result.phase_turns["B_1|X_s0"][0] == -2
    assert result.counts("B_2|X_s0", [(0, 75), (75, 150)]).tolist() == [[1, 1]]


@pytest.mark.app
@pytest.mark.skipif(shutil.which("ngspice") is None, reason="ngspice is not on PATH (apt-get install ngspice)")
def test_jtl_delay_agrees_with_ngspice():
    from sfqgen.sim.external.ngspice import run_ngspice

    deck = read_deck(JTL_BENCH)
    deck = replace(deck, tran=replace(deck.tran, step_ps=0.05))
    theirs = run_ngspice(deck)
    ours = Engine(deck.circuit).run(stop_ps=deck.tran.stop_ps, step_ps=0.025)
    for label, phase in theirs.signals.items():
        if label.startswith("P(B"):
            mine = next(times for name, times in ours.pulses.items() if f"P({name})".lower() == label.lower())
            np.testing.assert_allclose(mine[0], crossings(theirs.t_ps, phase), atol=0.02)
