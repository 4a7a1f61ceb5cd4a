"""Labels of a layout and extraction netlists: what is read, and what is refused with which words."""

from __future__ import annotations

import math

import klayout.db as kdb
import pytest

from pdk_sfq5ee import layers
from sfqgen.errors import SfqgenError
from sfqgen.extract.idx import is_idx, parse_idx, read_idx
from sfqgen.extract.labels import read_labels
from sfqgen.netlist.circuit import RAIL, Inductor, Junction, Resistor


def layout_with(*texts: tuple[str, str, float, float]) -> tuple[kdb.Layout, kdb.Cell]:
    layout = kdb.Layout()
    cell = layout.create_cell("top")
    for layer, words, x, y in texts:
        cell.shapes(layout.layer(*layers.gds(layer))).insert(kdb.DText(words, kdb.DTrans(kdb.DVector(x, y))))
    return layout, cell


def test_port_labels_tell_name_layers_kind_and_place():
    labels = read_labels(*layout_with(("PORT_TEXT", "P1 M6 M4", 0, 35), ("PORT_TEXT", "PB1 M6 M4", 5, 51.3),
                                      ("PORT_TEXT", "J1 M5 M6", 6.15, 35.6)))  # fmt: skip
    assert [(p.name, p.kind, p.plus, p.minus) for p in labels.ports] == [
        ("J1", "junction", "M5", "M6"), ("P1", "pin", "M6", "M4"), ("PB1", "bias", "M6", "M4"),
    ]  # fmt: skip
    assert (labels.ports[0].x_um, labels.ports[0].y_um) == (6.15, 35.6)


def test_pin_names_on_both_layers_count_once():
    labels = read_labels(*layout_with(("M6_PIN", "a", 0, 35), ("PORT_TEXT", "a", 0, 35), ("PORT_TEXT", "q", 20, 35)))
    assert [pin.name for pin in labels.pins] == ["a", "q"]


@pytest.mark.parametrize("words", ["P1 M6 M4", "p1 m6 m4", "P1\tM6   M4", " P1 M6 M4\n", "P1, M6, M4", "P1 M6 GND",
                                   "P1\nM6 M4", "P1 M6 M4\0"])  # fmt: skip
def test_port_labels_may_be_spelt_in_many_ways(words: str):
    (port,) = read_labels(*layout_with(("PORT_TEXT", words, 0, 35))).ports
    assert (port.name.upper(), port.plus, port.minus, port.kind) == ("P1", "M6", "M4", "pin")


@pytest.mark.parametrize(("words", "kind", "plus"), [
    ("PR1 M6 M4", "pin", "M6"), ("PR1 R5 M4", "pin", "M6"), ("P2 M5 M4", "pin", "M5"), ("P3 M7 M4", "pin", "M7"),
    ("pb12 m6 m4", "bias", "M6"), ("j12 m5 m6", "junction", "M5"), ("P4 M0 M4", "pin", "M0"),
])  # fmt: skip
def test_kinds_and_metals_of_port_labels(words: str, kind: str, plus: str):
    (port,) = read_labels(*layout_with(("PORT_TEXT", words, 0, 35))).ports
    assert (port.kind, port.plus) == (kind, plus)


def test_marks_without_width_are_marks():
    layout, cell = layout_with(("PORT_TEXT", "P1 M6 M4", 0, 35))
    term = layout.layer(*layers.numbers()["TERM"])
    cell.shapes(term).insert(kdb.DPath([kdb.DPoint(0, 34), kdb.DPoint(0, 36)], 0))
    cell.shapes(term).insert(kdb.DBox(5, 5, 6, 6))
    marks = read_labels(layout, cell).markers
    assert [(m.bottom_um, m.top_um) for m in marks] == [(5.0, 6.0), (34.0, 36.0)]


def test_labels_that_say_nothing_are_reported():
    labels = read_labels(*layout_with(("PORT_TEXT", "P1 M6 M4", 0, 0), ("PORT_TEXT", "P1 M6 M4", 5, 0),
                                      ("PORT_TEXT", "?!", 1, 2), ("PORT_TEXT", "P2 M6 M9", 3, 4)))  # fmt: skip
    assert labels.problems == (
        "port text '?!' at (1.00, 2.00) um is neither `NAME +LAYER -LAYER` nor a name",
        "port text 'P2 M6 M9' at (3.00, 4.00) um: unknown metal M9",
        "port P1 is labelled twice, at (0.00, 0.00) um and at (5.00, 0.00) um",
    )


def test_pins_of_an_instance_are_no_pins_but_its_junctions_are_junctions():
    layout, inner = layout_with(("M6_PIN", "a", 0, 0), ("PORT_TEXT", "P1 M6 M4", 0, 0), ("PORT_TEXT", "J1 M6 M5", 5, 5),
                                ("R5_TEXT", "RB1", 5, 8))  # fmt: skip
    top = layout.create_cell("chip")
    for x in (100000, 0):
        top.insert(kdb.CellInstArray(inner.cell_index(), kdb.Trans(x, 0)))
    labels = read_labels(layout, top)
    assert labels.pins == ()
    assert [(p.name, p.scope, p.x_um) for p in labels.ports] == [("J1", "X1", 5.0), ("J1", "X2", 105.0)]
    assert [(r.name, r.scope) for r in labels.resistors] == [("RB1", "X1"), ("RB1", "X2")]


IDX = """\
* Circuit for InductEx extraction (excluding resistors)
.control
  back-annotate x_base.cir
.endc
* Inductors
L1 a 1 2.07p [L1]
L2 1 3 [L2]
LP1 2 0 [LP1]
LB1 3 4
K1 L1 L2 0.1 [K1]
* Ports
P1 a 0
P2 3 0
PB1 4 0
J1 1 2 250u
.ends"""


def test_idx_is_read_with_targets_annotations_ports_and_couplings():
    netlist = parse_idx(IDX, name="x")
    assert [(i.name, i.target_ph, i.annotation) for i in netlist.inductors] == [
        ("L1", 2.07, "L1"), ("L2", None, "L2"), ("LP1", None, "LP1"), ("LB1", None, ""),
    ]  # fmt: skip
    assert netlist.port("j1").ic_ua == pytest.approx(250.0)
    assert (netlist.port("PB1").kind, netlist.couplings[0].k) == ("bias", 0.1)


def test_idx_becomes_a_circuit_in_lvs_view():
    circuit = parse_idx(IDX, name="x").to_circuit()
    assert circuit.ports == ("a", "P2")
    assert circuit["B1"] == Junction("B1", "1", "2", 250.0)
    assert (circuit["RIB1"].plus, circuit["RIB1"].minus) == (RAIL, "4")
    assert math.isnan(circuit["RIB1"].r_ohm)
    assert math.isnan(circuit["L2"].l_ph)
    assert circuit["L2"].minus == "P2"
    assert [e.role for e in circuit.of_kind(Inductor)] == ["", "", "ground_lead", "bias_lead"]
    assert len(circuit.of_kind(Resistor)) == 1


WRAPPED = """\
\ufeff* title
.subckt X a q
L1 a 1 2.07pH [L1] ; the input
L2 1 3 $ no value yet
LP1 2 0 [ LP1 ] * lead
LB1 3
+ 4
k1 l1 L2 0.1
\tP1 a 0
P2 3 0
PB1 4 0
J1 1 2 0.25m
.ends X
.end
"""


def test_idx_in_a_subcircuit_with_comments_and_continuations_reads_the_same(tmp_path):
    (tmp_path / "x_idx.cir").write_text(WRAPPED.replace("\n", "\r\n"), encoding="utf-8")
    assert is_idx(WRAPPED.lstrip("\ufeff"))
    netlist, plain = read_idx(tmp_path / "x_idx.cir"), parse_idx(IDX, name="x")
    assert [(i.name, i.plus, i.minus, i.target_ph) for i in netlist.inductors] == [
        (i.name, i.plus, i.minus, i.target_ph) for i in plain.inductors
    ]
    assert [(p.name, p.kind, p.plus, p.minus) for p in netlist.ports] == [
        (p.name, p.kind, p.plus, p.minus) for p in plain.ports
    ]
    assert netlist.port("J1").ic_ua == pytest.approx(250.0)


RESISTOR_PORT = """\
L1 a 1 [L1]
P1 a 0
PR1 1 0
"""


def test_port_at_a_resistor_is_a_pin_of_its_own():
    assert is_idx(RESISTOR_PORT)
    netlist = parse_idx(RESISTOR_PORT, name="always0")
    assert netlist.port("PR1").kind == "pin"
    assert netlist.to_circuit().ports == ("a", "PR1")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("R1 a 0 2", "f:2: cannot read 'R1' in an extraction netlist; allowed: lines L, K, P, PB and J; "
                     "remedy: give a circuit deck with .subckt"),
        ("L1 a", "f:2: 2 fields after 'L1'; allowed: L1 node node [value] [[name]]"),
        ("L1 a 1 two", "f:2: 'two' is no number; allowed: 2.07p, 250u, 2.07E-12"),
        ("L1 a 1 2p\nL1 a 2 2p", "f: L1 is given twice; remedy: names differ in more than case"),
        ("P1 a 0\np1 b 0", "f: p1 is given twice; remedy: names differ in more than case"),
    ],
)  # fmt: skip
def test_idx_refuses_in_one_line(line: str, words: str):
    with pytest.raises(SfqgenError) as caught:
        parse_idx(f"* title\n{line}\nP9 z 0", where="f")
    assert str(caught.value) == words


def test_idx_without_ports_is_refused():
    with pytest.raises(SfqgenError, match="f: no ports; allowed: lines such as `P1 a 0`, `PB1 4 0`, `J1 1 2 250u`"):
        parse_idx("L1 a 1 2p", where="f")


def test_missing_idx_file_is_one_line(tmp_path):
    with pytest.raises(SfqgenError, match=r"none\.cir: cannot read \(No such file or directory\)"):
        read_idx(tmp_path / "none.cir")


def test_decks_and_extraction_netlists_are_told_apart():
    assert is_idx(IDX)
    assert not is_idx(".subckt x a q\nP1 a 0 pwl(0 0)\n.ends")
    assert not is_idx("B1 1 0 jjmit\nL1 1 0 1p")
