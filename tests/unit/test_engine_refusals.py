"""Circuits and requests that cannot be simulated: one line that names the element or node, never NaN."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import (
    JJMIT,
    Capacitor,
    Circuit,
    CurrentSource,
    Inductor,
    Junction,
    Line,
    Mutual,
    PhaseSource,
    Resistor,
    VoltageSource,
    Waveform,
)  # fmt: skip
from sfqgen.sim.transient import Engine, simulate

RAMP = Waveform("pwl", (0.0, 0.0, 10.0, 100.0))


def circuit(*elements) -> Circuit:
    return Circuit("test", (), elements)


FED = CurrentSource("I1", "0", "a", RAMP)
COIL = Inductor("L1", "a", "0", 5.0)
TANK = Capacitor("C1", "a", "0", 1.0)

CASES = {
    "floating node": (
        circuit(FED, COIL, Inductor("L2", "b", "c", 1.0)),
        "circuit test: no path to ground from node b, c; remedy: connect it through an inductor, resistor, junction or"
        " capacitor",
    ),
    "no ground": (
        circuit(CurrentSource("I1", "a", "b", RAMP), Inductor("L1", "a", "b", 5.0)),
        "circuit test: no element touches ground (node 0); remedy: connect it through an inductor, resistor, junction"
        " or capacitor",
    ),
    "current without a path": (
        circuit(COIL, CurrentSource("I1", "0", "x", RAMP)),
        "circuit test: no path to ground from node x; remedy: connect it through an inductor, resistor, junction or"
        " capacitor",
    ),
    "isolated secondary": (
        circuit(FED, COIL, Inductor("L2", "s", "t", 5.0), Mutual("K1", "L1", "L2", 0.5)),
        "circuit test: no path to ground from node s, t; remedy: connect it through an inductor, resistor, junction or"
        " capacitor",
    ),
    "loop of zero inductance": (
        circuit(FED, Inductor("L1", "a", "0", 0.0), Inductor("L2", "a", "0", 0.0)),
        "circuit test, element L2: closes a loop of voltage sources, phase sources and zero-valued elements, whose"
        " current is undefined; remedy: put an inductance in the loop",
    ),
    "loop of sources": (
        circuit(VoltageSource("V1", "a", "0", RAMP), PhaseSource("P1", "a", "0", RAMP), COIL),
        "circuit test, element P1: closes a loop of voltage sources, phase sources and zero-valued elements, whose"
        " current is undefined; remedy: put an inductance in the loop",
    ),
    "coupling above one": (
        circuit(FED, COIL, Inductor("L2", "b", "0", 5.0), Mutual("K1", "L1", "L2", 1.2)),
        "circuit test, elements K1: the coupling of these inductors stores negative energy for some current; allowed:"
        " coupling factors below 1 that fit together",
    ),
    "couplings that do not fit together": (
        circuit(FED, COIL, Inductor("L2", "a", "0", 5.0), Inductor("L3", "a", "0", 5.0), Mutual("K1", "L1", "L2", 0.9),
                Mutual("K2", "L2", "L3", 0.9), Mutual("K3", "L1", "L3", -0.9)),
        "circuit test, elements K1, K2, K3: the coupling of these inductors stores negative energy for some current;"
        " allowed: coupling factors below 1 that fit together",
    ),
    "coupled short": (
        circuit(FED, COIL, Inductor("L2", "b", "0", 0.0), Mutual("K1", "L1", "L2", 0.5)),
        "circuit test, element l2: a coupled inductor has zero inductance or joins a node to itself",
    ),
    "negative capacitance": (
        circuit(FED, Capacitor("C1", "a", "0", -1.0)),
        "circuit test, node a: the equations have no unique solution: an element there has a negative or vanishing"
        " value",
    ),
    "negative inductance": (
        circuit(FED, Inductor("L1", "a", "0", -5.0), Inductor("L2", "a", "b", 10.0), Resistor("R1", "b", "0", 1.0)),
        "circuit test, node a: the equations have no unique solution: an element there has a negative or vanishing"
        " value",
    ),
    "line shorter than the step": (
        circuit(FED, COIL, Line("T1", "a", "0", "b", "0", 5.0, 0.02), Resistor("R1", "b", "0", 5.0)),
        "circuit test, element T1: delay 0.02 ps is shorter than the step of 0.05 ps; remedy: take a smaller step, or"
        " an inductor and a capacitor in its place",
    ),
    "unknown source": (
        circuit(CurrentSource("I1", "0", "a", Waveform("chirp", (1.0,))), TANK),
        "source kind chirp is not known; allowed: pwl, pulse, sin, exp, dc, noise",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_circuit_is_refused(case):
    tested, message = CASES[case]
    with pytest.raises(SfqgenError) as caught:
        simulate(tested, stop_ps=20)
    assert str(caught.value) == message


def refusal(call, *arguments, **options) -> str:
    with pytest.raises(SfqgenError) as caught:
        call(*arguments, **options)
    return str(caught.value)


TWO = circuit(FED, COIL, Junction("B1", "a", "0", 100.0))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stop_ps": 0.01}, "stop_ps 0.01 with step_ps 0.05; allowed: 0 < step <= stop, at most 20000000 steps"),
        ({"stop_ps": 9, "step_ps": 0.0}, "stop_ps 9 with step_ps 0; allowed: 0 < step <= stop, at most 20000000 steps"),
        ({"stop_ps": float("nan")}, "stop_ps nan with step_ps 0.05; allowed: 0 < step <= stop, at most 20000000 steps"),
        ({"stop_ps": 9, "samples": 0}, "there is no sample to run; allowed: samples >= 1"),
        ({"stop_ps": 9, "temperature_k": -1.0},
         "a temperature is negative or not finite; allowed: kelvin, 0 for no noise"),
        ({"stop_ps": 9, "values": {"L9": np.ones(2)}},
         "circuit test: no element L9; remedy: names in subcircuits read B1|XINNER|XOUTER"),
        ({"stop_ps": 9, "values": {"L1": np.array([1.0, 0.0])}},
         "values of L1: a value is zero; allowed: values other than zero"),
        ({"stop_ps": 9, "values": {"L1": np.array([1.0, np.nan])}}, "values of L1: a value is not finite"),
        ({"stop_ps": 9, "samples": 3, "values": {"L1": np.ones(2)}}, "values of L1: 2 values for 3 samples"),
        ({"stop_ps": 9, "stimuli": {"L1": [RAMP]}}, "stimuli of L1: is no source"),
        ({"stop_ps": 9, "watch": ["B7"]}, "circuit test: no junction B7"),
        ({"stop_ps": 9, "probes": ["Q(B1)"]},
         "Q(B1) is no signal; allowed: P(x), V(x) or I(x) of an element or node x, V(a,b)"),
        ({"stop_ps": 9, "probes": ["V(nowhere)"]}, "signal V(nowhere): no element or node nowhere"),
        ({"stop_ps": 9, "probes": ["I(a)"]}, "signal I(a): no element a"),
        ({"stop_ps": 1e5, "step_ps": 0.01, "probes": ["P(B1)"], "samples": 60, "keep_samples": range(60)},
         "circuit test: the waveforms take 4.8 GB; allowed: up to 4 GB; remedy: ask for fewer signals or samples, or a"
         " longer step"),
    ],
)  # fmt: skip
def test_request_is_refused(options, message):
    assert refusal(simulate, TWO, **options) == message


def test_current_that_two_sources_share_is_refused():
    first, second = VoltageSource("V1", "a", "0", RAMP), VoltageSource("V2", "b", "a", RAMP)
    shared = circuit(first, second, Resistor("R1", "b", "0", 1.0))
    assert refusal(simulate, shared, stop_ps=20, probes=["I(V1)"]) == (
        "signal I(V1): its current is shared with V2; remedy: put an inductor or resistor in series and ask for its"
        " current"
    )


def test_accuracy_out_of_reach_is_said():
    kicked = circuit(CurrentSource("I1", "0", "a", Waveform("pwl", (0, 0, 5, 0, 7, 900, 9, 0))),
                     Junction("B1", "a", "0", 200.0), Resistor("R1", "a", "0", 3.0))  # fmt: skip
    message = refusal(simulate, kicked, stop_ps=40, step_ps=0.2, accuracy_ps=1e-12)
    assert message.startswith("a timing error of ")
    assert message.endswith(" ps; allowed: accuracy_ps 1e-12; remedy: allow a larger error")


def test_keys_that_were_not_recorded_are_named():
    result = simulate(TWO, stop_ps=20, watch=[], probes=[])
    with pytest.raises(KeyError, match="junction B1 was not watched"):
        result.pulses["B1"]
    with pytest.raises(KeyError, match="no waveforms of sample 0"):
        result.waveforms(0)


node = st.sampled_from(["0", "a", "b", "c"])
size = st.floats(-3, 3).map(lambda x: 10.0**x)
signed = st.one_of(size, size.map(lambda x: -x), st.just(0.0))


@st.composite
def elements(draw):
    """A handful of arbitrary elements on four nodes, most of them without sense together."""
    kinds = draw(st.lists(st.sampled_from("BLLRCIVPT"), min_size=1, max_size=8))
    made = []
    for k, kind in enumerate(kinds):
        plus, minus, name = draw(node), draw(node), f"{kind}{k}"
        wave = Waveform("pwl", (0.0, 0.0, draw(size), draw(signed)))
        match kind:
            case "B":
                made.append(Junction(name, plus, minus, draw(size)))
            case "L":
                made.append(Inductor(name, plus, minus, draw(signed)))
            case "R":
                made.append(Resistor(name, plus, minus, draw(signed)))
            case "C":
                made.append(Capacitor(name, plus, minus, draw(signed)))
            case "I":
                made.append(CurrentSource(name, plus, minus, wave))
            case "V":
                made.append(VoltageSource(name, plus, minus, wave))
            case "P":
                made.append(PhaseSource(name, plus, minus, wave))
            case "T":
                made.append(Line(name, plus, minus, draw(node), draw(node), draw(size), draw(st.floats(0.01, 30.0))))
    return tuple(made)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(elements())
def test_any_circuit_gives_numbers_or_one_line(made):
    tested = Circuit("any", (), made, {}, {"jjmit": JJMIT})
    named = [e.name for e in made if not isinstance(e, Line)][:2]
    try:
        result = simulate(tested, stop_ps=12, step_ps=0.1, probes=[f"P({name})" for name in named])
    except SfqgenError:
        return
    for values in result.waveforms().signals.values() if named else ():
        assert np.all(np.isfinite(values))
    assert np.all(np.isfinite(result.pulses.t_ps))


def test_engine_runs_again_without_new_analysis():
    engine = Engine(TWO)
    first, second = (engine.run(stop_ps=20, estimate_error=False) for _ in range(2))
    np.testing.assert_array_equal(first.pulses.t_ps, second.pulses.t_ps)
