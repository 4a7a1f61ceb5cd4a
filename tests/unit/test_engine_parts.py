"""Parts of the engine by themselves: sine, factor, source waves, rule, csv."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import Waveform
from sfqgen.sim.crossings import crossings
from sfqgen.sim.integrator import predictor, rule
from sfqgen.sim.kernel import sine
from sfqgen.sim.ordering import minimum_degree
from sfqgen.sim.simd import lanes_array, lanes_of, load, store
from sfqgen.sim.stimulus import KAPPA, increments, noise_points, phase_increments, value_at
from sfqgen.sim.waveforms import Waveforms, read_csv


@njit
def sines(lanes, source, target):
    for row in range(len(source)):
        store(lanes, target, row, sine(lanes, load(lanes, source, row)))


def test_sine_is_good_to_a_few_1e_11_over_many_turns():
    x = lanes_array(4000, 8)
    x[:] = np.concatenate([np.linspace(-10, 10, 16000), np.linspace(-1e5, 1e5, 16000)]).reshape(4000, 8)
    y = lanes_array(4000, 8)
    sines(lanes_of(8), x, y)
    assert np.max(np.abs(y - np.sin(x))) < 3e-11


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 12), st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=25))
def test_factor_pattern_holds_every_fill_in(n, pairs):
    edges = [(a % n, b % n) for a, b in pairs]
    pattern = minimum_degree(n, edges)
    assert sorted(pattern.order) == list(range(n))
    matrix = np.eye(n) * (n + 1.0)
    for a, b in edges:
        if a != b:
            matrix[a, b] = matrix[b, a] = -1.0
    lower = np.linalg.cholesky(matrix[np.ix_(pattern.order, pattern.order)])
    inside = np.eye(n, dtype=bool)
    for column in range(n):
        inside[pattern.column_row[pattern.column_start[column] : pattern.column_start[column + 1]], column] = True
    assert np.all(np.abs(lower[~inside]) < 1e-12)
    for row in range(n):
        for k in range(pattern.row_start[row], pattern.row_start[row + 1]):
            assert pattern.column_row[pattern.row_entry[k]] == row
            assert pattern.entry(row, int(pattern.row_column[k])) == pattern.row_entry[k]


def test_a_chain_is_eliminated_from_both_ends_without_fill():
    pattern = minimum_degree(9, [(k, k + 1) for k in range(8)])
    assert pattern.order[:4].tolist() == [0, 8, 1, 7]
    assert len(pattern.column_row) == 8


def test_rule_is_of_second_order_with_the_stated_constant():
    for h in (0.2, 0.1):
        r = rule(h)
        z = np.exp(-1j * h)
        symbol = (r.c + r.c1 * z + r.c0 * z**2) / (1 + r.r1 * z + r.r0 * z**2)
        assert symbol / 1j - 1 == pytest.approx(r.error_constant * h**2, rel=0.15)


def test_rule_damps_every_frequency():
    r = rule(1.0)
    z = np.exp(-1j * np.linspace(1e-3, math.pi, 2000))
    symbol = (r.c + r.c1 * z + r.c0 * z**2) / (1 + r.r1 * z + r.r0 * z**2)
    assert np.min(symbol.real) > -1e-12


def test_prediction_is_of_fourth_order():
    """For a smooth motion that the rule follows exactly, the prediction misses by h^4."""
    misses = []
    for h in (0.1, 0.05):
        r = rule(h)
        t = h * np.arange(-400, 2)
        phase = np.sin(t + 1.0)
        w1 = w2 = z1 = z2 = before = 0.0
        ahead = 0.0
        for x in phase[:-1]:
            ahead = float(np.dot(predictor(r), [x, w1, w2, z1, z2, before]))
            rate = r.c * x + w1
            acceleration = r.c * rate + z1
            w1, w2 = r.c1 * x - r.r1 * rate + w2, r.c0 * x - r.r0 * rate
            z1, z2 = r.c1 * rate - r.r1 * acceleration + z2, r.c0 * rate - r.r0 * acceleration
            before = acceleration
        misses.append(abs(ahead - phase[-1]))
    assert misses[0] / misses[1] == pytest.approx(16, rel=0.3)


def sampled(wave: Waveform, h: float, n: int) -> np.ndarray:
    steps, delta = increments(wave, h, n)
    points = np.zeros(n + 1)
    np.add.at(points, steps + 1, delta)
    return np.cumsum(points)


@pytest.mark.parametrize("h", [0.1, 0.25, 1.0])
def test_corners_between_steps_keep_charge_and_first_moment(h):
    wave = Waveform("pwl", (0, 0, 3.33, 0, 5.17, 10, 6.01, -2, 6.01, 4, 8.2, 0))
    n = round(20 / h)
    points, t = sampled(wave, h, n), h * np.arange(n + 1)
    fine = np.linspace(0, 20, 400_001)
    exact = value_at(wave, fine)
    assert np.sum(points) * h == pytest.approx(np.trapezoid(exact, fine), rel=1e-4)
    assert np.sum(points * t) * h == pytest.approx(np.trapezoid(exact * fine, fine), rel=1e-4)


def test_pulse_repeats_and_ends():
    wave = Waveform("pulse", (0, 600, 20, 2, 2, 1, 100))
    t = np.array([0.0, 20.0, 21.0, 22.5, 24.0, 25.0, 121.0, 223.0])
    np.testing.assert_allclose(value_at(wave, t), [0, 0, 300, 600, 300, 0, 300, 600])
    once = Waveform("pulse", (0, 600, 20, 2, 2, 1, 0))
    assert value_at(once, np.array([122.5]))[0] == 0


def test_sine_and_exponential_sources():
    t = np.linspace(0, 40, 401)
    swing = Waveform("sin", (1.0, 2.0, 0.1, 5.0, 0.02))
    expected = np.where(t < 5, 1.0, 1 + 2 * np.sin(2 * math.pi * 0.1 * (t - 5)) * np.exp(-0.02 * (t - 5)))
    np.testing.assert_allclose(value_at(swing, t), expected, atol=1e-12)
    bump = Waveform("exp", (1.0, 3.0, 5.0, 2.0, 15.0, 4.0))
    late = 1 + 2 * (np.exp(-(40 - 15) / 4) - np.exp(-(40 - 5) / 2))
    assert value_at(bump, t)[-1] == pytest.approx(late)


@pytest.mark.parametrize("wave", [Waveform("pwl", (0, 0, 3.3, 100, 7.1, -50)), Waveform("sin", (10.0, 5.0, 0.2)),
                                  Waveform("dc", (7.0,))])  # fmt: skip
def test_phase_of_a_voltage_is_its_integral(wave):
    steps, delta = phase_increments(wave, 0.1, 200)
    fine = np.linspace(0, 20, 2_000_001)
    assert KAPPA * np.sum(delta) == pytest.approx(np.trapezoid(value_at(wave, fine), fine), rel=1e-5)
    assert steps.max() < 200


def test_noise_source_has_its_rms_its_delay_and_its_seed():
    wave = Waveform("noise", (3.0, 50.0, 0.5))
    points = noise_points(wave, (1, 2, 3), 0.1, 50_000)
    assert np.all(points[:499] == 0)
    # One point in five lies on a change of the draw and takes the mean of both.
    assert np.std(points[600:]) == pytest.approx(3.0 * math.sqrt(0.9), rel=0.03)
    np.testing.assert_array_equal(points, noise_points(wave, (1, 2, 3), 0.1, 50_000))
    assert not np.array_equal(points, noise_points(wave, (1, 2, 4), 0.1, 50_000))
    # Draws faster than the grid are averaged: half the spacing, rms down by sqrt(2).
    fast = noise_points(Waveform("noise", (3.0, 0.0, 0.05)), (1,), 0.1, 50_000)
    assert np.std(fast[10:]) == pytest.approx(3.0 / math.sqrt(2), rel=0.05)


def test_crossings_of_a_sampled_phase():
    t = np.linspace(0, 10, 1001)
    phase = 2 * math.pi * np.interp(t, [0, 4, 6, 10], [0, 2, 2, 0.8])
    np.testing.assert_allclose(crossings(t, phase), [1.0, 3.0, -(6 + 4 * 0.5 / 1.2)], atol=1e-9)


def test_csv_is_josims_and_comes_back(tmp_path):
    waves = Waveforms(np.array([0.0, 0.1]), {"P(B1|XDUT)": np.array([0.0, 3.25]), "V(OUT)": np.array([0.0, 812.5]),
                                             "I(L1)": np.array([0.0, -12.5])})  # fmt: skip
    path = tmp_path / "out.csv"
    waves.write_csv(path)
    assert path.read_text() == (
        'time,"P(B1|XDUT)","V(OUT)","I(L1)"\n'
        "0.000000e+00,0.000000e+00,0.000000e+00,0.000000e+00\n"
        "1.000000e-13,3.250000e+00,8.125000e-04,-1.250000e-05\n"
    )
    back = read_csv(path)
    for name, values in waves.signals.items():
        np.testing.assert_allclose(back[name], values)
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(KeyError, match=r"no signal V\(B9\); there are P\(B1\|XDUT\), V\(OUT\), I\(L1\)"):
        waves["V(B9)"]


def test_csv_that_is_none(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(SfqgenError, match=r"x.csv: is not a JoSIM csv file; allowed: a head line"):
        read_csv(path)
    path.write_text("time,P(B1)\n1,2\n3\n")
    with pytest.raises(SfqgenError, match=r"x.csv: has rows that are not numbers or differ in length"):
        read_csv(path)
