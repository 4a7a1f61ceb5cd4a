"""Shunts, leads and biases are found from connections; names matter only where connections leave a choice."""

import random
from dataclasses import replace

import pytest

from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Bias, Circuit, Inductor, Instance, Junction, Mutual, Resistor
from sfqgen.netlist.josim_read import parse_deck
from sfqgen.netlist.roles import annotate_roles, with_biases
from sfqgen.netlist.views import sim_view

MODEL = ".model jjmit jj(icrit=0.1m)\n"


def roles(text: str) -> dict[str, tuple[str, str]]:
    circuit = annotate_roles(parse_deck(MODEL + text).circuit)
    return {e.name: (e.role, getattr(e, "of", "")) for e in circuit.elements if getattr(e, "role", "")}


def cell() -> Circuit:
    made = CellBuilder("cell", ("a", "q"))
    made.jj("j1", "x", ic_ua=250)
    made.jj("esc", "x", "y", ic_ua=170)
    made.jj("j2", "y", ic_ua=200)
    made.l("1", "a", "x", 2.07)
    made.l("2", "y", "q", 4.0)
    made.bias("1", "x", 175)
    return made.done()


def stripped(circuit: Circuit) -> Circuit:
    """As a deck gives it: no roles."""
    return replace(circuit, elements=tuple(
        replace(e, role="", of="") if isinstance(e, Inductor | Resistor) else e for e in circuit.elements
    ))  # fmt: skip


def described(circuit: Circuit) -> dict[str, tuple[str, str]]:
    return {e.name: (e.role, e.of) for e in circuit.elements if isinstance(e, Inductor | Resistor)}


def test_what_the_builder_says_is_found_again():
    original = sim_view(cell())
    assert described(annotate_roles(stripped(original))) == described(original)


def test_names_do_not_matter():
    original = sim_view(cell())
    order = list(original.elements)
    random.Random(3).shuffle(order)
    new = {e.name: f"{e.name[0]}{k}" for k, e in enumerate(order)}
    renamed = replace(stripped(original), elements=tuple(replace(e, name=new[e.name]) for e in stripped(
        replace(original, elements=tuple(order))).elements))  # fmt: skip
    found = described(annotate_roles(renamed))
    assert found == {new[name]: (role, new.get(of, "")) for name, (role, of) in described(original).items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("B1 a 0 jjmit\nR1 a 0 5\n", {"R1": ("shunt", "B1")}),
        ("B1 a 0 jjmit\nR1 0 s 5\nL1 a s 1p\n", {"R1": ("shunt", "B1"), "L1": ("shunt_lead", "B1")}),
        # Shunt lead to the junction's own base, inside the ground lead.
        ("B1 a g jjmit\nL0 g 0 0.2p\nR1 a s 5\nL1 s g 1p\n",
         {"L0": ("ground_lead", "B1"), "R1": ("shunt", "B1"), "L1": ("shunt_lead", "B1")}),
        ("B1 a g jjmit\nL0 0 g 0.2p\nR1 g a 5\n", {"L0": ("ground_lead", "B1"), "R1": ("shunt", "B1")}),
        ("B1 g a jjmit\nL0 g 0 0.2p\nR1 a 0 5\n", {"L0": ("ground_lead", "B1"), "R1": ("shunt", "B1")}),
        # A loop inductor is no ground lead, a resistor elsewhere no shunt.
        ("B1 a g jjmit\nL0 g 0 4p\nR1 a b 5\nR2 b 0 5\n", {}),
        # The node between resistor and inductor has a third neighbour: not a shunt.
        ("B1 a 0 jjmit\nR1 a s 5\nL1 s 0 1p\nC1 s 0 1p\n", {}),
        # Two junctions to ground at one node: names decide.
        ("B1 a 0 jjmit\nB2 a 0 jjmit area=2\nRB2 a s 2\nLx s 0 1p\nRB1 a t 5\nLy t 0 1p\n",
         {"RB2": ("shunt", "B2"), "Lx": ("shunt_lead", "B2"), "RB1": ("shunt", "B1"), "Ly": ("shunt_lead", "B1")}),
        # A load beside the shunt: the branch with a lead is the shunt.
        ("B1 a 0 jjmit\nRa a 0 2\nRb a s 5\nL1 s 0 1p\n", {"Rb": ("shunt", "B1"), "L1": ("shunt_lead", "B1")}),
        ("I1 0 b pwl(0 0 5p 175u)\nL1 b a 2p\nR1 a 0 1\n", {"L1": ("bias_lead", "I1")}),
        ("V1 v 0 pwl(0 0 5p 2.6m)\nR1 v b 7\nL1 b a 2p\nR2 a 0 1\n", {"L1": ("bias_lead", "R1")}),
        ("I1 0 b pulse(0 1m 0 1p 1p 1p 50p)\nL1 b a 2p\nR1 a 0 1\n", {"I1": ("stimulus", "")}),
        ("I1 0 b pwl(0 0 5p 1m 10p 0)\nR1 b 0 1\n", {"I1": ("stimulus", "")}),
    ],
)  # fmt: skip
def test_topologies(text, expected):
    assert roles(text) == expected


def test_each_cell_is_looked_at_and_roles_that_are_set_stay():
    inner = stripped(sim_view(cell()))
    kept = Resistor("R9", "n", "0", 5.0, "stimulus")
    elements = (Instance("X1", "cell", ("n", "m")), Junction("B9", "n", "0", 100.0), kept)
    top = Circuit("top", (), elements, {"cell": inner})
    done = annotate_roles(top)
    assert described(done.cells["cell"]) == described(sim_view(cell()))
    assert done["R9"] == kept
    assert done["R9"].role == "stimulus"


def test_ports_and_coupled_inductors_are_no_obstacle():
    circuit = sim_view(cell())
    circuit = replace(circuit, elements=(*circuit.elements, Mutual("K1", "L_1", "L_2", 0.2)))
    assert described(annotate_roles(stripped(circuit))) == described(circuit)


def test_biases_for_the_layout_views():
    text = "I1 0 b pwl(0 0 5p 175u)\nI2 c 0 dc -20u\nI3 0 d pwl(0 0 5p 1m 9p 0)\nR1 b c 1\nR2 c d 1\nR3 d 0 1\n"
    circuit = with_biases(parse_deck(text).circuit)
    assert circuit.of_kind(Bias) == [Bias("I1", "b", 175.0), Bias("I2", "c", 20.0)]
