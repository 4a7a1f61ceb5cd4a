"""The engine against formulas: RC, RL, LC, plasma oscillation, RSJ, gap, flux quantum, transformer, line, noise."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sfqgen.netlist.circuit import (
    PHI0_UV_PS,
    Capacitor,
    Circuit,
    CurrentSource,
    Inductor,
    Junction,
    JunctionModel,
    Line,
    Mutual,
    PhaseSource,
    Resistor,
    VoltageSource,
    Waveform,
)  # fmt: skip
from sfqgen.sim.transient import simulate

KAPPA = PHI0_UV_PS / (2 * math.pi)


def circuit(*elements, model: JunctionModel | None = None) -> Circuit:
    return Circuit("test", (), elements, {}, {model.name: model} if model else {"jjmit": JunctionModel()})


def ramp(value: float, until_ps: float = 1.0) -> Waveform:
    return Waveform("pwl", (0.0, 0.0, until_ps, value))


def after_ramp(t_ps: np.ndarray, tau_ps: float) -> np.ndarray:
    """Answer of a first-order lag to a ramp from 0 to 1 within 1 ps."""
    rising = t_ps - tau_ps * (1 - np.exp(-t_ps / tau_ps))
    held = 1 - tau_ps * (1 - math.exp(-1 / tau_ps)) * np.exp(-(t_ps - 1) / tau_ps)
    return np.where(t_ps < 1, rising, held)


def test_rc_charges_with_its_time_constant():
    rc = circuit(VoltageSource("V1", "in", "0", ramp(1000)), Resistor("R1", "in", "out", 5.0),
                 Capacitor("C1", "out", "0", 2.0))  # fmt: skip
    waves = simulate(rc, stop_ps=60, probes=["V(out)", "I(R1)", "I(V1)"]).waveforms()
    assert np.max(np.abs(waves["V(out)"] - 1000 * after_ramp(waves.t_ps, 10.0))) < 0.01
    np.testing.assert_allclose(waves["I(V1)"], -waves["I(R1)"], atol=1e-9)


def test_rl_divides_a_current_with_its_time_constant():
    rl = circuit(CurrentSource("I1", "0", "a", ramp(100)), Resistor("R1", "a", "0", 2.0),
                 Inductor("L1", "a", "0", 10.0))  # fmt: skip
    waves = simulate(rl, stop_ps=60, probes=["I(L1)"]).waveforms()
    assert np.max(np.abs(waves["I(L1)"] - 100 * after_ramp(waves.t_ps, 5.0))) < 0.01


def test_lc_keeps_its_period_and_its_energy():
    lc = circuit(CurrentSource("I1", "0", "a", ramp(100, 0.001)), Capacitor("C1", "a", "0", 1.0),
                 Inductor("L1", "a", "0", 4.0))  # fmt: skip
    waves = simulate(lc, stop_ps=1000, probes=["I(L1)"]).waveforms()
    swing = waves["I(L1)"] - 100
    up = np.flatnonzero((swing[:-1] < 0) & (swing[1:] >= 0))
    crossings = waves.t_ps[up] - swing[up] / (swing[up + 1] - swing[up]) * 0.05
    assert np.mean(np.diff(crossings)) == pytest.approx(2 * math.pi * 2.0, rel=1e-4)
    assert np.ptp(swing[-500:]) == pytest.approx(np.ptp(swing[:500]), rel=1e-3)


def test_plasma_oscillation_of_a_biased_junction():
    """omega = omega_p (1 - i^2)^(1/4), omega_p = sqrt(2 pi Ic / Phi0 C), for small swings around a bias of i Ic."""
    lossless = JunctionModel("jq", rtype=0, rn_ohm=1e9)
    for share in (0.0, 0.6):
        bias = Waveform("pwl", (0.0, 0.0, 60.0, 100 * share, 100.0, 100 * share, 100.001, 100 * share + 0.5))
        one = circuit(CurrentSource("I1", "0", "a", bias), Junction("B1", "a", "0", 100.0, "jq"), model=lossless)
        waves = simulate(one, stop_ps=400, step_ps=0.02, probes=["P(B1)"]).waveforms()
        late = waves.t_ps > 105
        swing = waves["P(B1)"][late] - waves["P(B1)"][late].mean()
        up = np.flatnonzero((swing[:-1] < 0) & (swing[1:] >= 0))
        period = np.mean(np.diff(waves.t_ps[late][up] - swing[up] / (swing[up + 1] - swing[up]) * 0.02))
        omega = math.sqrt(100.0 / (KAPPA * 0.07)) * (1 - (share + 0.005) ** 2) ** 0.25
        assert period == pytest.approx(2 * math.pi / omega, rel=1e-3)


def test_rsj_current_voltage_curve():
    """V = R sqrt(I^2 - Ic^2) without capacitance; all currents in one batch."""
    overdamped = JunctionModel("jr", rtype=0, rn_ohm=2.0, cap_pf=1e-6)
    rsj = circuit(CurrentSource("I1", "0", "a", ramp(1.0, 10)), Junction("B1", "a", "0", 100.0, "jr"), model=overdamped)
    currents = np.array([80.0, 95.0, 105.0, 110.0, 150.0, 200.0, 300.0, 400.0])
    result = simulate(rsj, stop_ps=400, step_ps=0.02, values={"I1": currents})
    for current, times in zip(currents, result.pulses["B1"], strict=True):
        late = times[times > 50]
        voltage = PHI0_UV_PS * (len(late) - 1) / (late[-1] - late[0]) if len(late) > 2 else 0.0
        assert voltage == pytest.approx(2.0 * math.sqrt(max(current**2 - 100.0**2, 0.0)), rel=1e-3, abs=1e-9)


def test_quasiparticle_branch_has_its_three_regions():
    """Driven by a voltage: v/r0 below the ramp, Ic/icfact in addition at its end, v/rn above; an odd function."""
    volts = np.array([1000.0, 2700.0, 2800.0, 2840.0, 3500.0, -2800.0, -3500.0])
    driven = circuit(VoltageSource("V1", "a", "0", ramp(1.0, 10)), Resistor("R1", "a", "b", 1e-3),
                     Junction("B1", "b", "0", 100.0))  # fmt: skip
    result = simulate(driven, stop_ps=100, step_ps=0.02, values={"V1": volts}, probes=["V(B1)", "I(R1)"],
                      keep_samples=range(len(volts)))  # fmt: skip
    for sample, volt in enumerate(volts):
        waves = result.waveforms(sample)
        late = waves.t_ps > 20
        periods = volt * 80 / PHI0_UV_PS  # the supercurrent swings; whole periods average out
        whole = int(abs(periods)) / abs(periods)
        span = late & (waves.t_ps <= 20 + 80 * whole)
        size = abs(volt)
        ramp_current = 2750 / 160 + (size - 2750) * 100 / (math.pi / 4 * 100)
        expected = size / 160 if size < 2750 else ramp_current if size < 2850 else size / 16
        assert np.mean(waves["V(B1)"][span]) == pytest.approx(volt, rel=1e-3)
        assert np.mean(waves["I(R1)"][span]) == pytest.approx(math.copysign(expected, volt), rel=0.01, abs=1.0)


def test_a_loop_holds_whole_flux_quanta():
    """n turns of a junction leave n Phi0 / L in the loop, less what the junction's own phase takes."""
    kicks = [0.0, 0.0]
    for at in (30.0, 60.0, 90.0):
        kicks += [at, 0.0, at + 2, 700.0, at + 4, 0.0]
    loop = circuit(CurrentSource("I1", "0", "a", Waveform("pwl", tuple(kicks))), Junction("B1", "a", "0", 250.0),
                   Resistor("R1", "a", "0", 2.0), Inductor("L1", "a", "0", 200.0))  # fmt: skip
    result = simulate(loop, stop_ps=400, probes=["I(L1)", "P(B1)"])
    turns = result.phase_turns["B1"][0]
    waves = result.waveforms()
    assert turns == 3
    current = waves["I(L1)"][-1]
    assert current == pytest.approx(KAPPA * waves["P(B1)"][-1] / 200.0, rel=1e-6)
    assert current == pytest.approx((turns * PHI0_UV_PS - KAPPA * math.asin(current / 250.0)) / 200.0, rel=1e-4)


def test_transformer_by_mutual_inductance():
    coupled = circuit(CurrentSource("I1", "0", "a", ramp(100, 10)), Inductor("L1", "a", "0", 10.0),
                      Inductor("L2", "b", "0", 20.0), Mutual("K1", "L1", "L2", 0.5),
                      Resistor("R1", "b", "0", 1e9))  # fmt: skip
    waves = simulate(coupled, stop_ps=9, probes=["V(a)", "V(b)"]).waveforms()
    assert waves["V(a)"][-1] == pytest.approx(100.0, rel=1e-6)
    assert waves["V(b)"][-1] == pytest.approx(0.5 * math.sqrt(10 * 20) * 10, rel=1e-6)


def test_shorted_transformer_screens():
    """A shorted secondary lowers the primary's inductance by 1 - k^2 and carries -k sqrt(L1/L2) of its current."""
    shorted = circuit(VoltageSource("V1", "s", "0", ramp(100, 1)), Resistor("R1", "s", "a", 0.5),
                      Inductor("L1", "a", "0", 10.0), Inductor("L2", "b", "0", 20.0), Inductor("L3", "b", "0", 1e-6),
                      Mutual("K1", "L1", "L2", 0.6))  # fmt: skip
    waves = simulate(shorted, stop_ps=60, probes=["I(L1)", "I(L2)"]).waveforms()
    tau = 10.0 * (1 - 0.36) / 0.5
    assert np.max(np.abs(waves["I(L1)"] - 200 * after_ramp(waves.t_ps, tau))) < 0.02
    np.testing.assert_allclose(waves["I(L2)"], -0.6 * math.sqrt(0.5) * waves["I(L1)"], atol=1e-3)


@pytest.mark.parametrize("delay_ps", [0.13, 1.0, 10.03])
def test_line_delays_by_any_number_of_steps(delay_ps):
    source = VoltageSource("V1", "s", "0", Waveform("pwl", (0, 0, 5, 0, 9, 1000)))
    line = Line("T1", "a", "0", "b", "0", 5.3, delay_ps)
    matched = circuit(source, Resistor("R1", "s", "a", 5.3), line, Resistor("R2", "b", "0", 5.3))
    waves = simulate(matched, stop_ps=60, probes=["V(b)", "I(T1)"]).waveforms()
    arrived = 500 * np.clip((waves.t_ps - delay_ps - 5) / 4, 0, 1)
    assert np.max(np.abs(waves["V(b)"] - arrived)) < 1.5
    assert waves["I(T1)"][-1] == pytest.approx(500 / 5.3, rel=1e-6)


def test_line_reflects_at_an_open_and_at_a_short_end():
    for end_ohm, first, last in ((1e9, 1000.0, 1000.0), (1e-9, 0.0, 0.0)):
        open_line = circuit(VoltageSource("V1", "s", "0", ramp(1000)), Resistor("R1", "s", "a", 5.0),
                            Line("T1", "a", "0", "b", "0", 5.0, 10.0), Resistor("R2", "b", "0", end_ohm))  # fmt: skip
        waves = simulate(open_line, stop_ps=60, probes=["V(a)", "V(b)"]).waveforms()
        assert waves["V(a)"][waves.t_ps == 15.0] == pytest.approx(500.0, abs=0.01)
        assert waves["V(b)"][waves.t_ps == 15.0] == pytest.approx(first, abs=0.01)
        assert waves["V(a)"][-1] == pytest.approx(last, abs=0.01)


def test_a_phase_source_turns_a_junction():
    turned = circuit(PhaseSource("P1", "a", "0", ramp(4 * math.pi, 20)), Inductor("L1", "a", "b", 1.0),
                     Junction("B1", "b", "0", 100.0))  # fmt: skip
    result = simulate(turned, stop_ps=60)
    assert result.phase_turns["B1"][0] == 2


def test_johnson_noise_heats_an_inductor_to_kt_over_l():
    """<i^2> = k T / L of a resistor across an inductor: equipartition, whatever R; 8 samples together."""
    heated = circuit(Resistor("R1", "a", "0", 2.0), Inductor("L1", "a", "0", 2.0), Capacitor("C1", "a", "0", 0.001))
    result = simulate(heated, stop_ps=4000, step_ps=0.05, samples=8, temperature_k=4.2, seed=3, probes=["I(L1)"],
                      keep_samples=range(8))  # fmt: skip
    currents = np.concatenate([result.waveforms(k)["I(L1)"][1000:] for k in range(8)])
    # 32 ns hold about 16 000 correlation times of 1 ps: the variance is good to about 1.5 %.
    assert np.var(currents) == pytest.approx(13.80649 * 4.2 / 2.0, rel=0.05)


def test_johnson_noise_of_a_junction_heats_its_capacitance():
    """<v^2> = k T / C of the subgap resistance across the capacitance of a junction without Ic to speak of."""
    model = JunctionModel("jn", rtype=1, r0_ohm=5.0, rn_ohm=5.0, cap_pf=0.2, vg_uv=1e9, icrit_ua=100.0)
    hot = circuit(Junction("B1", "a", "0", 100.0, "jn"), Inductor("L1", "a", "0", 1e-3), model=model)
    cold = circuit(Junction("B1", "a", "0", 100.0, "jn"), Resistor("R1", "a", "0", 1e6), model=model)
    assert simulate(hot, stop_ps=10, temperature_k=4.2).phase_turns["B1"][0] == 0
    result = simulate(cold, stop_ps=2000, step_ps=0.05, samples=8, temperature_k={"B1": 4.2}, seed=1,
                      probes=["V(a)"], keep_samples=range(8))  # fmt: skip
    voltage = np.concatenate([result.waveforms(k)["V(a)"][1000:] for k in range(8)])
    assert np.var(voltage) == pytest.approx(13.80649 * 4.2 / 0.2, rel=0.08)
