"""Parameters found from connections, and values scaled with what follows them."""

from __future__ import annotations

import numpy as np
import pytest

from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import Resistor
from sfqgen.netlist.flatten import flatten
from sfqgen.netlist.josim_read import parse_deck
from sfqgen.netlist.views import sim_view
from sfqgen.sim.parameters import Circuitry, Parameter, chosen, parameters_of, scaled_values
from tests.unit.benches import line


def names(circuit, **options) -> list[str]:
    return [p.name for p in parameters_of(circuit, **options)]


def test_cells_share_parameters_and_leads_are_left_out():
    assert names(line()) == ["g_ic", "g_l", "g_r", "g_bias", "B_1|jtl", "B_2|jtl", "L_1|jtl", "L_2|jtl", "L_3|jtl",
                             "L_4|jtl", "I_b|jtl"]  # fmt: skip
    assert len(names(line(), alike=False)) == 4 + 2 * 7


def test_every_shunt_is_found_with_its_lead():
    shunts = Circuitry(line()).shunt_of
    assert {name: (s.resistor, s.lead) for name, s in shunts.items()} == {
        f"B_{k}|X_s{i}": (f"RB_{k}|X_s{i}", f"LRB_{k}|X_s{i}") for i in (0, 1) for k in (1, 2)
    }


def test_bias_from_a_rail_is_one_parameter():
    resistive = sim_view(line(), bias="resistor")
    found = {p.name: p for p in parameters_of(resistive)}
    assert found["g_bias"].elements == ("V_RAIL",)
    assert found["RI_b|jtl"].elements == ("RI_b|X_s0", "RI_b|X_s1")


def test_flat_decks_join_what_differs_in_digits():
    deck = parse_deck(
        ".model jj jj(icrit=0.1m)\nB1 1 0 jj area=2\nRB1 1 0 4\nB2 2 0 jj area=2\nRB2 2 0 4\nL1 1 2 3p\nL2 2 3 3p\n"
        "R3 3 0 1\n"
        "I1 0 1 pwl(0 0 5p 100u)\nI2 0 1 pwl(0 0 20p 0 22p 500u 24p 0)\n.tran 0.1p 50p\n"
    )  # fmt: skip
    assert names(deck.circuit) == ["g_ic", "g_l", "g_r", "g_bias", "B#", "L#", "I#"]
    assert chosen(parameters_of(deck.circuit), ["i#"])[0].elements == ("I1",)


def test_outputs_are_the_junctions_next_to_loads():
    assert Circuitry(line()).outputs() == ["B_2|X_s1"]


def test_shunt_and_lead_follow_the_critical_current():
    circuit = line()
    parameter = chosen(parameters_of(circuit), ["B_1|jtl"])[0]
    values = scaled_values(circuit, [(parameter, np.array([1.25, 0.8]))])
    ohm = 685.9904418 / 250.0
    np.testing.assert_allclose(values["B_1|X_s0"], [312.5, 200.0])
    np.testing.assert_allclose(values["RB_1|X_s0"], [ohm / 1.25, ohm / 0.8])
    np.testing.assert_allclose(values["LRB_1|X_s0"], 0.5 + 1.13 / 2.0 * values["RB_1|X_s0"])


def test_factors_on_one_element_multiply():
    circuit = line()
    known = parameters_of(circuit)
    values = scaled_values(circuit, [(p, np.array([1.1])) for p in chosen(known, ["g_ic", "g_r", "B_1|jtl"])])
    assert values["B_1|X_s0"] == pytest.approx([250 * 1.21])
    ohm = next(e.r_ohm for e in flatten(circuit).of_kind(Resistor) if e.name == "RB_1|X_s0")
    assert values["RB_1|X_s0"] == pytest.approx([ohm / 1.1])
    assert values["RB_2|X_s0"] == pytest.approx([ohm])


def test_mistakes_are_named():
    with pytest.raises(SfqgenError, match=r"^no parameter nothing; allowed: g_ic, g_l,"):
        chosen(parameters_of(line()), ["nothing"])
    with pytest.raises(SfqgenError, match=r"^parameter x: a factor is not above zero$"):
        scaled_values(line(), [(Parameter("x", ("L_1|X_s0",)), np.array([0.0]))])
