"""Writing decks: what is written reads back as the same circuit, bit for bit, and JoSIM could not misread it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfqgen.errors import SfqgenError
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import (
    Circuit,
    CurrentSource,
    Inductor,
    Instance,
    Junction,
    JunctionModel,
    Resistor,
    Waveform,
)
from sfqgen.netlist.deck import Deck, Probe, Tran
from sfqgen.netlist.flatten import flatten
from sfqgen.netlist.josim_read import parse_deck
from sfqgen.netlist.josim_write import probe_labels, write_josim
from sfqgen.netlist.views import sim_view

positive = st.floats(min_value=1e-9, max_value=1e9, allow_subnormal=False)
number = st.floats(min_value=-1e9, max_value=1e9, allow_subnormal=False)


def jtl() -> Circuit:
    cell = CellBuilder("JTL", ("a", "q"))
    cell.jj("j1", "x", ic_ua=250)
    cell.l("1", "a", "x", 2.07)
    cell.bias("1", "x", 175)
    cell.l("2", "x", "q", 2.07)
    return cell.done()


def bench() -> Circuit:
    top = CellBuilder("bench", ())
    top.inst("1", jtl(), "n1", "n2")
    top.inst("2", jtl(), "n2", "n3")
    top.pulses("in", "n1", [20.0, 70.0])
    top.load("out", "n3")
    return top.done()


def written(what) -> Circuit:
    return parse_deck(write_josim(what), what.name).circuit


@given(positive, positive, positive, number, st.lists(positive, min_size=2, max_size=2, unique=True))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_values_read_back_bit_for_bit(a, b, c, d, times):
    model = JunctionModel("m", 1, a, b, c, a, b, c, 0.7)
    wave = Waveform("pwl", (0.0, d, min(times), a, max(times), -b))
    circuit = Circuit("top", (), (
        Junction("B1", "1", "0", a, "m"), Inductor("L1", "1", "0", b), Resistor("R1", "1", "0", c),
        CurrentSource("I1", "0", "1", wave), CurrentSource("I2", "0", "1", Waveform("noise", (a, b, c))),
        CurrentSource("I3", "0", "1", Waveform("sin", (d, a, b, c, d))),
        CurrentSource("I4", "0", "1", Waveform("pulse", (d, a, b, c, a, b, c))),
        CurrentSource("I5", "0", "1", Waveform("exp", (d, a, b, c, a, b))),
        CurrentSource("I6", "0", "1", Waveform("dc", (d,))),
    ), {}, {"m": model})  # fmt: skip
    assert written(circuit) == circuit


def test_numbers_are_written_as_a_designer_would():
    text = write_josim(bench())
    assert "L_1 a x 2.07p" in text
    assert "B_j1 x g_j1 jjmit area=2.5" in text
    assert "I_1 0 b_1 pwl(0 0 10p 175u)" in text
    assert "I_in 0 n1 pwl(0 0 18p 0 20p 700u 22p 0 68p 0 70p 700u 72p 0)" in text
    assert "X_1 JTL n1 n2" in text


def test_hierarchy_is_kept_and_biases_are_lowered():
    circuit = written(bench())
    assert circuit == sim_view(bench())
    assert list(circuit.cells) == ["JTL"]


def test_a_cell_alone_is_a_library():
    deck = parse_deck(write_josim(jtl()))
    assert deck.circuit.elements == ()
    assert deck.cell("JTL") == sim_view(jtl())


def test_resistor_bias_passes_the_rail_through_the_ports():
    circuit = parse_deck(write_josim(bench(), bias="resistor")).circuit
    assert circuit.cells["JTL"].ports == ("a", "q", "vdd")
    assert circuit["X_1"].nodes == ("n1", "n2", "vdd")
    flat = flatten(circuit)
    assert {flat[f"RI_1|X_{k}"].plus for k in (1, 2)} == {"vdd"}
    assert flat["V_RAIL"].plus == "vdd"


def test_header_and_analysis():
    deck = Deck("bench", bench(), Tran(0.1, 200, 5, 0.4), (Probe("p", "device", ("B_j1|X_2",)),), 4.2, 1e12)
    lines = write_josim(deck, header=["made by a test", "two lines\nin one"]).splitlines()
    assert lines[:3] == ["* made by a test", "* two lines", "* in one"]
    assert lines[-5:] == [".tran 0.1p 200p 5p 0.4p", ".temp 4.2", ".neb 1000000000000", ".print p(B_j1.X_2)", ".end"]
    again = parse_deck("\n".join(lines))
    assert (again.tran, again.probes, again.temperature_k, again.noise_bandwidth_hz) == (
        deck.tran, deck.probes, 4.2, 1e12)  # fmt: skip
    assert again.header == ("made by a test", "two lines", "in one")


def test_the_same_circuit_gives_the_same_text():
    assert write_josim(bench()) == write_josim(bench())


def test_flat_names_become_legal_and_stay_apart():
    circuit = Circuit("top", (), (
        Inductor("L1|X1", "a|X1", "0", 1.0), Inductor("L1_X1", "a_X1", "a|X1", 2.0),
        Inductor("L1.X1", "a.X1", "0", 3.0),
    ))  # fmt: skip
    text = write_josim(circuit)
    assert "L1_X1_2 a_X1_2 0 1p" in text
    assert "L1_X1 a_X1 a_X1_2 2p" in text
    assert "L1_X1_3 a_X1_3 0 3p" in text
    deck = Deck("top", circuit, Tran(1, 2), (Probe("i", "device", ("L1_X1",)), Probe("v", "node", ("a_X1",))))
    assert probe_labels(deck) == ["I(L1_X1)", "V(A_X1)"]


def test_a_name_with_gnd_is_not_left_to_josim():
    inner = Circuit("c", ("gnd_in",), (Resistor("R1", "gnd_in", "0", 1.0),))
    circuit = Circuit("top", (), (Resistor("Rgnd", "agnd", "0", 1.0), Instance("Xgnd", "c", ("agnd",))), {"c": inner})
    text = write_josim(circuit)
    assert "Rgnd ag_nd 0 1" in text
    assert "Xg_nd c ag_nd" in text
    assert ".subckt c gnd_in" in text  # a port gives way to the node outside


def test_a_source_line_holds_no_word_of_another_shape():
    """JoSIM looks for PWL, PULSE, SIN ... anywhere in a source's line, its flat name included."""
    inner = Circuit("sink", ("a",), (CurrentSource("I1", "0", "a", Waveform("sin", (0.0, 1.0, 0.1, 0.0, 0.0))),))
    circuit = Circuit("top", (), (
        CurrentSource("I_pulse", "0", "n", Waveform("sin", (0.0, 1.0, 0.1, 0.0, 0.0))),
        CurrentSource("I_sin", "0", "n", Waveform("pwl", (0.0, 0.0, 1.0, 1.0))),
        CurrentSource("I_d", "0", "exp", Waveform("dc", (5.0,))),
        Instance("X_pulser", "sink", ("n",)), Resistor("R_pulse", "n", "exp", 1.0),
    ), {"sink": inner})  # fmt: skip
    text = write_josim(circuit)
    assert "I_p_ulse 0 n sin(" in text
    assert "X_p_ulser sink n" in text
    assert "I_sin 0 n pwl(" in text  # PWL is looked for first
    assert "I_d 0 exp pwl(0 5u)" in text
    assert "R_pulse n exp 1" in text
    for line in re.findall(r"(?m)^I.*sin\(.*$", text):
        assert not re.search("pwl|pulse", line, re.IGNORECASE)
    assert written(circuit)["I_d"].wave == Waveform("dc", (5.0,))


def test_a_node_is_not_taken_for_a_subcircuit():
    circuit = Circuit("top", (), (Instance("X1", "JTL", ("jtl", "b")),), {"JTL": jtl()})
    assert "X1 JTL jtl_node b" in write_josim(circuit)


def test_two_cells_of_one_name_are_refused():
    other = Circuit("JTL", ("a", "q"), (Resistor("R1", "a", "q", 1.0),))
    outer = Circuit("outer", ("a", "q"), (Instance("X1", "JTL", ("a", "q")),), {"JTL": other})
    circuit = Circuit("top", (), (Instance("X1", "outer", ("a", "b")), Instance("X2", "JTL", ("a", "b"))),
                      {"outer": outer, "JTL": jtl()})  # fmt: skip
    with pytest.raises(SfqgenError) as caught:
        write_josim(circuit)
    assert str(caught.value) == (
        "circuit top: two different cells are called JTL; remedy: rename one; a deck has one list of subcircuits"
    )
