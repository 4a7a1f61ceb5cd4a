"""What counts as equal: views and dialects of a schematic, series and parallel, short metal; tolerances of values."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sfqgen.errors import SfqgenError
from sfqgen.extract.idx import parse_idx
from sfqgen.extract.recognise import RecognisedLayout, recognise
from sfqgen.netlist.circuit import Circuit, Inductor, Instance, Resistor
from sfqgen.netlist.josim_read import parse_deck
from sfqgen.netlist.views import lvs_view, sim_view
from sfqgen.verify.lvs import Extracted, Reference, compare, tolerances
from sfqgen.verify.lvs.align import Short, align
from sfqgen.verify.lvs.graph import Device, Graph
from sfqgen.verify.lvs.reduce import reduced
from tests.lvs.sketch import draw, netlist


@pytest.fixture(scope="module")
def found() -> RecognisedLayout:
    sketch = draw()
    return recognise(sketch.layout, sketch.cell)


def changed(name: str, **fields) -> Circuit:
    circuit = netlist()
    elements = tuple(replace(e, **fields) if e.name == name else e for e in circuit)
    return replace(circuit, elements=elements)


@pytest.mark.parametrize("view", [lambda c: c, lvs_view, sim_view, lambda c: sim_view(c, "resistor")])
def test_every_view_of_the_schematic_matches(found: RecognisedLayout, view):
    result = compare(found, view(netlist()))
    assert result.match, result.text()
    assert result.kirchhoff == pytest.approx(0.0, abs=1e-9)


def test_schematic_in_cells_matches_with_series_inductors_across_their_border(found: RecognisedLayout):
    flat = netlist()
    names = {"B_1", "LP_1", "RB_1", "LRB_1", "L_1"}
    left = Circuit("left", ("a", "n1"), tuple(e for e in flat if e.name in names))
    right = tuple(e for e in flat if e.name not in names and e.name != "L_2")
    half = Inductor("L_2", "n1", "x", 0.4), Inductor("L_2", "x", "n2", 0.5)
    right = Circuit("right", ("x", "q"), (half[1], *right))
    parts = Instance("X_l", "left", ("a", "n1")), half[0], Instance("X_r", "right", ("x", "q"))
    top = Circuit("sketch", ("a", "q"), parts, {"left": left, "right": right})
    result = compare(found, top)
    assert result.match, result.text()
    assert "L_2 + L_2|X_r" in {pair.netlist for pair in result.pairs}


IDX = """\
L1 a 1 1.3p
L2 1 2 0.9p
L3 2 3 1.3p
L4 5 q 1.6p
L5 5 0 2.2p
LP1 4 0
LP3 6 0
LB1 2 7
P1 a 0
P2 q 0
PB1 7 0
J_1 1 4 250u
J_2 3 5 170u
J_3 5 6 225u
"""


def test_extraction_netlist_matches_without_its_resistors(found: RecognisedLayout):
    result = compare(found, Reference.of_idx(parse_idx(IDX, name="idx")))
    assert result.match, result.text()
    assert (result.count("junction"), result.count("inductor"), result.count("resistor")) == (3, 5, 1)


def test_extraction_netlist_with_ports_the_other_way_round_is_told(found: RecognisedLayout):
    turned = IDX.replace("P1 a 0", "P1 q 0").replace("P2 q 0", "P2 a 0")
    result = compare(found, Reference.of_idx(parse_idx(turned, name="idx")))
    assert {m.kind for m in result.mismatches} == {"port"}


DECK = """\
.subckt sketch a q
.model jjmit jj(rtype=1, vg=2.8mV, cap=0.07pF, r0=160, rn=16, icrit=0.1mA)
B_1 1 11 jjmit area=2.5
B_2 3 5 jjmit area=1.7
B_3 5 12 jjmit area=2.25
LP1 11 0 0.3p
LP3 12 0 0.3p
RB_1 1 21 2.744
LRB1 21 0 2p
RB_2 3 22 4.035
LRB2 22 5 2p
RB_3 5 23 3.049
LRB3 23 0 2p
L1 a 1 1.3p
L2 1 2 0.9p
L3 2 3 1.3p
L4 5 q 1.6p
L5 5 0 2.2p
LB 7 2 2p
I_s 0 7 pwl(0 0 5p 350u)
.ends
"""


def test_deck_with_a_bias_source_matches_the_drawn_resistor(found: RecognisedLayout):
    deck = parse_deck(DECK)
    result = compare(found, deck.cell("sketch"))
    assert result.match, result.text()


def test_signal_sources_are_left_out_with_a_note(found: RecognisedLayout):
    deck = parse_deck(DECK.replace("LB 7 2 2p", "LB 7 2 2p\nI_in 0 1 pwl(0 0 5p 100u 10p 0)"))
    result = compare(found, deck.cell("sketch"))
    assert result.match
    assert "I_in is taken for a test signal and left out" in result.notes


def test_names_of_layout_and_netlist_need_not_agree(found: RecognisedLayout):
    renamed = tuple(replace(e, name=e.name[0] + "z" + e.name[1:]) if e.name[0] in "BLR" else e for e in netlist())
    renamed = tuple(replace(e, of="") if hasattr(e, "of") else e for e in renamed)
    assert compare(found, replace(netlist(), elements=renamed)).match


def test_values_are_held_to_the_tolerances_of_the_data_file(found: RecognisedLayout):
    limits = tolerances()
    assert (limits.junction_pct, limits.bias_pct) == (2.0, 3.0)
    off = compare(found, changed("B_3", ic_ua=225 * 1.03))
    assert [(m.kind, m.element) for m in off.mismatches] == [("value", "B_3")]
    assert compare(found, changed("B_3", ic_ua=225 * 1.015)).match
    assert off.topology_match
    assert off.without_values().match
    assert str(off.mismatches[0]) == (
        "B_3: Ic drawn 225.1 uA, wanted 231.8 uA (-2.9 %, tolerance 2 %) at (22.00, 15.00) um"
    )


def test_inductor_8_percent_too_long_is_caught_by_its_extracted_value(found: RecognisedLayout):
    first = compare(found, netlist())
    layout_names = {pair.netlist: pair.layout for pair in first.pairs if pair.kind == "inductor"}
    wanted = {e.name: e.l_ph for e in netlist().of_kind(Inductor)}
    good = {layout_names[name]: wanted[name] for name in layout_names}
    assert compare(found, netlist(), extracted=Extracted(good)).match
    long = good | {layout_names["L_5"]: 2.2 * 1.08}
    result = compare(found, netlist(), extracted=Extracted(long))
    assert [(m.kind, m.element, m.text) for m in result.mismatches] == [
        ("value", "L_5", "L extracted 2.376 pH, wanted 2.2 pH (+8.0 %, tolerance 5 %)")
    ]
    blurred = Extracted(long, {layout_names["L_5"]: 0.2})
    assert compare(found, netlist(), extracted=blurred).match  # within the solver's own error bar


def test_unknown_extracted_values_leave_the_estimate(found: RecognisedLayout):
    nothing = Extracted(dict.fromkeys(found.inductors, float("nan")))
    assert compare(found, netlist(), extracted=nothing).match


def test_empty_netlist_is_refused(found: RecognisedLayout):
    with pytest.raises(SfqgenError) as caught:
        compare(found, Circuit("none", (), ()))
    assert str(caught.value) == (
        "none: the netlist has no elements; allowed: a circuit; remedy: name a subcircuit with --subckt"
    )


def test_extra_element_of_the_netlist_is_missing_in_the_layout(found: RecognisedLayout):
    circuit = netlist()
    more = replace(circuit, elements=(*circuit.elements, Resistor("R_x", "n1", "0", 5.0)))
    result = compare(found, more)
    assert [(m.kind, m.element) for m in result.mismatches] == [("missing", "R_x")]


def graph(*devices: tuple, ports: dict[str, str]) -> Graph:
    return Graph.of((Device(kind, a, b, value, (name,)) for name, kind, a, b, value in devices), ports)


def test_normal_form_joins_series_and_parallel_and_drops_dead_ends():
    tidy = reduced(graph(
        ("L1", "L", "a", "x", 1.0), ("L2", "L", "x", "b", 2.0), ("L3", "L", "b", "dead", 9.0),
        ("L4", "L", "b", "c", 3.0), ("L5", "L", "b", "c", 6.0), ("J1", "J", "c", "g", 100.0),
        ("LP", "L", "g", "0", 0.3), ("R1", "R", "vdd", "y", 7.0), ("LB", "L", "y", "b", 2.0), ports={"a": "a"},
    ))  # fmt: skip
    told = sorted((d.kind, d.name, d.value, d.leads) for d in tidy.devices.values())
    assert told == [("J", "J1", 100.0, ("LP",)), ("L", "L1 + L2", 3.0, ()), ("L", "L4 + L5", 2.0, ()),
                    ("R", "R1", 7.0, ("LB",))]  # fmt: skip
    assert max(d.loop_ph for d in tidy.devices.values()) == 9.0


def test_short_metal_counts_as_a_wire_but_short_inductors_of_the_netlist_are_found():
    """A pad with a junction, a shunt contact and two lines at four places, and a true 0.5 pH inductor next to it."""
    layout = graph(
        ("P1", "L", "a", "p1", 2.0), ("W1", "L", "p1", "p2", 0.1), ("W2", "L", "p2", "p3", 0.45),
        ("J1", "J", "p2", "0", 100.0), ("R1", "R", "p3", "0", 7.0), ("P2", "L", "p3", "t", 0.4),
        ("P3", "L", "t", "q", 3.0), ("J2", "J", "t", "0", 150.0), ports={"a": "a", "q": "q"},
    )  # fmt: skip
    schematic = graph(
        ("L1", "L", "a", "n", 2.0), ("B1", "J", "n", "0", 100.0), ("R1", "R", "n", "0", 7.0),
        ("Lt", "L", "n", "t", 0.5), ("L2", "L", "t", "q", 3.0), ("B2", "J", "t", "0", 150.0),
        ports={"a": "a", "q": "q"},
    )  # fmt: skip
    aligned = align(layout, schematic, Short(0.75, 0.3), by_names=False, by_ports=True)
    twins = {theirs.name: ours.name for ours, theirs in aligned.pairs}
    assert (twins["Lt"], twins["B2"], set(aligned.wires)) == ("P2", "J2", {"W2"})
