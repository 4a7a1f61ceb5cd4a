"""From port matrices to netlist values: networks whose matrix is computed from known inductors."""

import numpy as np
import pytest

from sfqgen.errors import SfqgenError
from sfqgen.extract.fit import Branch, PortNodes, check_kirchhoff, determined, fit, netlist_patterns
from sfqgen.extract.solve import cycles

# A line with a junction at each end, ground leads, a bias branch in the middle and pins outside.
BRANCHES = [Branch("L1", "a", "1"), Branch("L2", "1", "3"), Branch("L3", "3", "5"), Branch("L4", "5", "q"),
            Branch("LP1", "2", "0"), Branch("LP2", "6", "0"), Branch("LB1", "3", "4")]  # fmt: skip
PORTS = [PortNodes("P1", "a", "0"), PortNodes("P2", "q", "0"), PortNodes("PB1", "4", "0"), PortNodes("J1", "1", "2"),
         PortNodes("J2", "5", "6")]  # fmt: skip
L_PH = {"L1": 1.4, "L2": 1.95, "L3": 1.9, "L4": 1.3, "LP1": 0.35, "LP2": 0.36, "LB1": 2.2}


def exact(branches, ports, l_ph, couplings=()):
    """Patterns and port matrix of a network, from its nodal equations."""
    patterns = netlist_patterns(branches, ports)
    number = {n: k for k, n in enumerate(dict.fromkeys(x for b in (*branches, *ports) for x in (b.plus, b.minus)))}

    def incidence(edges):
        a = np.zeros((len(number), len(edges)))
        for k, e in enumerate(edges):
            a[number[e.plus], k] += 1
            a[number[e.minus], k] -= 1
        return a

    inductance = np.diag([l_ph[b.name] for b in branches])
    names = [b.name for b in branches]
    for first, second, k in couplings:
        i, j = names.index(first), names.index(second)
        inductance[i, j] = inductance[j, i] = k * np.sqrt(inductance[i, i] * inductance[j, j])
    a, s = incidence(branches), incidence(ports) @ patterns
    flux = np.linalg.pinv(a @ np.linalg.inv(inductance) @ a.T) @ s
    currents = np.linalg.inv(inductance) @ a.T @ flux
    return patterns, currents.T @ inductance @ currents


def test_tree_is_recovered_exactly():
    patterns, matrix = exact(BRANCHES, PORTS, L_PH)
    assert patterns.shape == (5, 4)
    result = fit(matrix, patterns, BRANCHES, PORTS)
    assert result.l_ph == pytest.approx(L_PH, rel=1e-6)
    assert result.couplings == {}
    assert result.residual_pct < 1e-6


def test_answer_does_not_depend_on_the_choice_of_patterns():
    patterns, matrix = exact(BRANCHES, PORTS, L_PH)
    matrix = matrix + 0.02 * np.diag(np.diag(matrix))  # a matrix that no network of this form has
    mix = np.array([[1, 2, 0, 1], [0, 1, 0, 3], [0, 0, 1, 1], [1, 0, 0, 1.0]])
    one = fit(matrix, patterns, BRANCHES, PORTS)
    other = fit(mix.T @ matrix @ mix, patterns @ mix, BRANCHES, PORTS)
    assert other.l_ph == pytest.approx(one.l_ph, rel=1e-6)


def test_inductor_loop_settles_by_iteration():
    branches = [Branch("L1", "a", "b"), Branch("L2", "a", "c"), Branch("L3", "c", "b"), Branch("L4", "b", "0")]
    ports = [PortNodes("P1", "a", "0"), PortNodes("P2", "b", "0"), PortNodes("P3", "c", "0")]
    l_ph = {"L1": 3.0, "L2": 1.0, "L3": 2.0, "L4": 0.7}
    patterns, matrix = exact(branches, ports, l_ph)
    result = fit(matrix, patterns, branches, ports, expected={})
    assert result.l_ph == pytest.approx(l_ph, rel=1e-3)


def test_transformer_coupling_that_the_netlist_names_is_found_with_its_sign():
    branches = [Branch("L1", "a", "0"), Branch("L2", "b", "0")]
    ports = [PortNodes("P1", "a", "0"), PortNodes("P2", "b", "0")]
    for k in (0.45, -0.45):
        patterns, matrix = exact(branches, ports, {"L1": 6.0, "L2": 5.0}, [("L1", "L2", k)])
        result = fit(matrix, patterns, branches, ports, pairs=[("L1", "L2")])
        assert result.l_ph == pytest.approx({"L1": 6.0, "L2": 5.0}, rel=1e-6)
        assert result.couplings == {("L1", "L2"): pytest.approx(k, rel=1e-6)}


def test_small_coupling_between_separate_lines_is_reported_above_one_percent():
    branches = [Branch("L1", "a", "0"), Branch("L2", "b", "0"), Branch("L3", "c", "0")]
    ports = [PortNodes(p, p.lower(), "0") for p in "ABC"]
    coupled = [("L1", "L2", 0.03), ("L2", "L3", 0.004)]
    patterns, matrix = exact(branches, ports, {"L1": 6.0, "L2": 5.0, "L3": 4.0}, coupled)
    result = fit(matrix, patterns, branches, ports)
    assert list(result.couplings) == [("L1", "L2")]
    assert result.couplings["L1", "L2"] == pytest.approx(0.03, rel=0.02)
    assert result.residual_pct > 1.0  # of the inductors alone
    # A pair that is known not to be near cannot couple.
    assert fit(matrix, patterns, branches, ports, expected={("L2", "L3"): 0.0}).couplings == {}


def test_what_no_current_decides_is_left_open():
    branches = [*BRANCHES, Branch("L9", "a", "dangling"), Branch("L7", "q", "r"), Branch("L8", "r", "s")]
    ports = [p if p.name != "P2" else PortNodes("P2", "s", "0") for p in PORTS]
    patterns, matrix = exact(branches, ports, {**L_PH, "L9": 5.0, "L7": 1.0, "L8": 1.0})
    result = fit(matrix, patterns, branches, ports)
    open_ = {name for name, value in result.l_ph.items() if np.isnan(value)}
    assert open_ == {"L9", "L4", "L7", "L8"}  # a dead end, and three lines in series between a junction and a pin
    assert determined(patterns, branches, ports) == set(result.l_ph) - open_
    assert result.l_ph["L2"] == pytest.approx(1.95, rel=1e-6)


def test_series_with_estimates_shares_the_measured_sum():
    branches = [Branch("L1", "a", "b", 1.0), Branch("L2", "b", "0", 3.0)]
    ports = [PortNodes("P1", "a", "0")]
    patterns = np.ones((1, 1))
    result = fit(np.array([[8.0]]), patterns, branches, ports)
    assert result.l_ph == pytest.approx({"L1": 2.0, "L2": 6.0})


def test_kirchhoff_check_names_the_ports_that_disagree():
    patterns = netlist_patterns(BRANCHES, PORTS)
    check_kirchhoff(patterns, BRANCHES, PORTS)
    # The label of J1 was drawn the other way round: its pattern asks current of two islands.
    swapped = [PortNodes("J1", "2", "1") if p.name == "J1" else p for p in PORTS]
    with pytest.raises(SfqgenError, match=r"Kirchhoff check: the metal lets a current through ports .*J1.* that"):
        check_kirchhoff(patterns, BRANCHES, swapped)
    with pytest.raises(SfqgenError, match="the netlist allows 4 independent port currents, the metal 3; remedy"):
        check_kirchhoff(patterns[:, :3], BRANCHES, PORTS)


def test_cycles_span_all_balanced_currents():
    """Random graphs: as many cycles as ports less pieces plus islands, each balanced on every piece."""
    generator = np.random.default_rng(7)
    for _ in range(20):
        ends = generator.integers(0, 6, size=(9, 2))
        columns = cycles(ends)
        incidence = np.zeros((6, 9))
        np.add.at(incidence, (ends[:, 0], np.arange(9)), 1)
        np.add.at(incidence, (ends[:, 1], np.arange(9)), -1)
        assert np.abs(incidence @ columns).max(initial=0) == 0
        assert np.linalg.matrix_rank(columns) == columns.shape[1] == 9 - np.linalg.matrix_rank(incidence)
