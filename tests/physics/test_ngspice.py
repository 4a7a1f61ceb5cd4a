"""ngspice's phase-node junction against closed forms and against converged JoSIM times (live, if ngspice is there)."""

import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import trapezoid

from sfqgen.netlist.circuit import PHI0_UV_PS
from sfqgen.netlist.josim_read import parse_deck, read_deck
from sfqgen.sim.external.ngspice import run_ngspice

pytestmark = [
    pytest.mark.app,
    pytest.mark.skipif(shutil.which("ngspice") is None, reason="ngspice is not on PATH (apt-get install ngspice)"),
]

KAPPA = PHI0_UV_PS / (2 * math.pi)
JTL_BENCH = Path(__file__).parents[1] / "data" / "jtl_bench.cir"
JOSIM_PS = {"P(B1|XDUT)": [30.9217, 80.9215], "P(B2|XDUT)": [32.7409, 82.7407], "P(B1|XLOADOUT)": [34.5604, 84.5601]}
"""JoSIM 2.7 (commit 02a34ee) at a step of 0.01 ps, where its times are converged to 0.01 ps or better."""


def pulse_times(t_ps, phase) -> np.ndarray:
    """Times at which a rising phase passes pi, 3 pi, ..."""
    levels = np.arange(math.pi, phase[-1], 2 * math.pi)
    return np.interp(levels, np.maximum.accumulate(phase), t_ps)


def average(waves, name: str, since_ps: float) -> float:
    """Time average from `since_ps` on; the points are not equally spaced."""
    late = waves.t_ps >= since_ps
    return float(trapezoid(waves[name][late], waves.t_ps[late]) / np.ptp(waves.t_ps[late]))


@pytest.mark.parametrize("step_ps", [0.25, 0.05])
def test_jtl_switches_when_josim_says(step_ps):
    deck = read_deck(JTL_BENCH)
    waves = run_ngspice(replace(deck, tran=replace(deck.tran, step_ps=step_ps)))
    times = {name: pulse_times(waves.t_ps, waves[name]) for name in JOSIM_PS}
    for name, expected in JOSIM_PS.items():
        assert times[name] == pytest.approx(expected, abs=0.02)
    delays = times["P(B1|XLOADOUT)"] - times["P(B1|XDUT)"]
    assert delays == pytest.approx([3.6387, 3.6386], abs=0.005)


@pytest.mark.parametrize("current_ua", [150.0, 300.0])
def test_voltage_of_an_overdamped_junction(current_ua):
    """V = R sqrt(I^2 - Ic^2) without capacitance; the subgap resistor is in parallel with the shunt."""
    waves = run_ngspice(parse_deck(
        f".model m jj(icrit=0.1m, cap=0, r0=1000)\nB1 1 0 m\nR1 1 0 1\nI1 0 1 pwl(0 0 5p {current_ua}u)\n"
        ".tran 0.05p 400p\n.print v(1) i(B1)\n"
    ))  # fmt: skip
    ohm = 1 / (1 + 1 / 1000)
    assert average(waves, "V(1)", 200) == pytest.approx(ohm * math.sqrt(current_ua**2 - 100**2), rel=0.01)


@pytest.mark.parametrize("current_ma", [0.3, -0.6])
def test_above_the_gap_the_junction_is_its_normal_resistance(current_ma):
    waves = run_ngspice(parse_deck(
        ".model m jj(rtype=1, vg=2.8m, cap=0.07p, r0=160, rn=16, icrit=0.1m)\nB1 1 0 m\n"
        f"I1 0 1 pwl(0 0 20p {current_ma}m)\n.tran 0.05p 200p\n.print v(1)\n"
    ))  # fmt: skip
    assert average(waves, "V(1)", 150) == pytest.approx(16 * current_ma * 1e3, rel=1e-3)


def test_plasma_oscillation():
    """Small oscillation at sqrt(Ic / (kappa C)) after a small step of current."""
    waves = run_ngspice(parse_deck(
        ".model m jj(rtype=1, cap=0.1p, r0=1e6, icrit=0.1m)\nB1 1 0 m\nI1 0 1 pwl(0 0 0.01p 1u)\n.tran 0.02p 60p\n"
    ))  # fmt: skip
    phase = waves["P(B1)"] - 0.01
    rising = np.flatnonzero((phase[:-1] < 0) & (phase[1:] >= 0))
    crossings = waves.t_ps[rising] - phase[rising] * np.diff(waves.t_ps)[rising] / np.diff(phase)[rising]
    period = np.diff(crossings).mean()
    assert period == pytest.approx(2 * math.pi / math.sqrt(100 / (KAPPA * 0.1)), rel=1e-3)


def test_a_phase_source_puts_one_quantum_into_a_loop():
    waves = run_ngspice(parse_deck("P1 1 0 pwl(0 0 10p 2*pi)\nL1 1 0 10p\n.tran 0.1p 20p\n.print i(L1) p(1)\n"))
    assert waves["I(L1)"][-1] == pytest.approx(PHI0_UV_PS / 10, rel=1e-6)
    assert waves["P(1)"][-1] == pytest.approx(2 * math.pi, rel=1e-6)


def test_currents_of_every_kind_of_device_add_up():
    waves = run_ngspice(parse_deck(
        ".model m jj(icrit=0.1m)\nI1 0 1 pwl(0 0 5p 80u)\nB1 1 0 m\nR1 1 0 2\nC1 1 0 0.2p\nL1 1 2 5p\nR2 2 0 0\n"
        ".tran 0.1p 40p\n.print i(I1) i(B1) i(R1) i(C1) i(L1) i(R2) v(R1) v(1)\n"
    ))  # fmt: skip
    total = sum(waves[f"I({name})"] for name in ("B1", "R1", "C1", "L1"))
    assert total == pytest.approx(waves["I(I1)"], abs=0.05)
    assert waves["I(R1)"] == pytest.approx(waves["V(R1)"] / 2, abs=1e-6)
    assert waves["I(R2)"] == pytest.approx(waves["I(L1)"], abs=1e-6)


def test_transformer():
    """Two coupled inductors: the open one shows k sqrt(L2 / L1) times the voltage."""
    waves = run_ngspice(parse_deck(
        "V1 1 0 sin(0 1m 20g)\nL1 1 0 10p\nL2 2 0 40p\nK1 L1 L2 0.5\nR2 2 0 1e9\n.tran 0.05p 100p\n.print v(1) v(2)\n"
    ))  # fmt: skip
    assert waves["V(2)"] == pytest.approx(0.5 * 2 * waves["V(1)"], abs=2.0)


def test_built_in_engine_agrees():
    from sfqgen.sim.transient import simulate

    deck = read_deck(JTL_BENCH)
    waves = run_ngspice(deck)
    result = simulate(deck.circuit, stop_ps=200.0, step_ps=0.05)
    for name in ("B1|XDUT", "B2|XDUT", "B1|XLOADOUT"):
        assert result.pulses[name][0] == pytest.approx(pulse_times(waves.t_ps, waves[f"P({name})"]), abs=0.02)
