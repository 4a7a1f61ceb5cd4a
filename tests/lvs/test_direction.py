"""Currents and couplings of the layout keep their sign under the schematic's names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sfqgen.extract.recognise import recognise
from sfqgen.netlist.circuit import Circuit, Inductor, Mutual
from sfqgen.verify.lvs import Extracted, back_annotate, compare, without_wires
from sfqgen.verify.lvs.direction import counterparts
from tests.lvs.sketch import draw, netlist


@pytest.fixture(scope="module")
def found():
    sketch = draw()
    plain = recognise(sketch.layout, sketch.cell)
    return without_wires(plain, compare(plain, netlist()))


def turned(*names: str) -> Circuit:
    """The schematic with these inductors the other way round."""
    circuit = netlist()
    elements = tuple(
        replace(e, plus=e.minus, minus=e.plus) if isinstance(e, Inductor) and e.name in names else e for e in circuit
    )
    return replace(circuit, elements=elements)


def by_schematic(found, schematic: Circuit) -> dict[str, tuple[str, int]]:
    result = compare(found, schematic)
    return {other.names[0]: (name, other.sign)
            for name, other in counterparts(*result.sides, result.alignment).items()}  # fmt: skip


def test_sign_is_that_of_the_nodes(found):
    """L_1 lies from port a inwards in the schematic; in the layout its first node may be either end."""
    drawn = by_schematic(found, netlist())
    for name, port in (("L_1", "a"), ("L_4", "q")):
        ours, sign = drawn[name]
        inwards = 1 if found.circuit[ours].plus == port else -1
        assert sign == (inwards if netlist()[name].plus == port else -inwards)
    ours, sign = drawn["L_5"]
    assert sign == (1 if found.circuit[ours].minus == "0" else -1)


@pytest.mark.parametrize("name", ["L_1", "L_2", "L_3", "L_4", "L_5"])
def test_an_inductor_turned_round_in_the_schematic_turns_its_sign(found, name: str):
    before, after = by_schematic(found, netlist()), by_schematic(found, turned(name))
    assert after.keys() == before.keys()
    for other, (drawn, sign) in before.items():
        assert after[other] == (drawn, -sign if other == name else sign)


def test_pieces_in_series_are_walked_through(found):
    """L_1 in two parts, the second turned: the sign is against the first."""
    base = netlist()
    parts = (Inductor("L_1", "a", "m", 0.5), Inductor("L_1b", "n1", "m", 0.8))
    elements = tuple(p for e in base for p in (parts if e.name == "L_1" else (e,)))
    before = by_schematic(found, base)["L_1"]
    after = by_schematic(found, replace(base, elements=elements))
    # the netlist's series may begin at either end
    sign = after["L_1"][1] if "L_1" in after else -after["L_1b"][1]
    assert sign == before[1]


def test_coupling_is_annotated_with_the_sign_of_the_schematic(found):
    drawn = by_schematic(found, netlist())
    first, fourth = drawn["L_1"], drawn["L_4"]
    for schematic, sign in ((netlist(), 1), (turned("L_4"), -1), (turned("L_1", "L_4"), 1)):
        result = compare(found, schematic)
        values = Extracted(dict.fromkeys(found.inductors, 1.5))
        circuit = back_annotate(schematic, result, values, [(first[0], fourth[0], 0.05)]).circuit
        (mutual,) = circuit.of_kind(Mutual)
        assert {mutual.first, mutual.second} == {"L_1", "L_4"}
        assert mutual.k == pytest.approx(0.05 * first[1] * fourth[1] * sign)
