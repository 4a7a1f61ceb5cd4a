"""Recognition and LVS on layouts that this project did not draw: the public ColdFlux cells (RSFQlib v3.0)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import klayout.db as kdb
import pytest

from sfqgen.extract.idx import parse_idx, read_idx
from sfqgen.extract.inductance import extract_inductances
from sfqgen.extract.recognise import RecognisedLayout, recognise
from sfqgen.netlist.circuit import Circuit, Instance
from sfqgen.netlist.josim_read import read_deck
from sfqgen.verify.gds import read_layout
from sfqgen.verify.lvs import LvsResult, Reference, compare, load_reference, write_lvsdb
from tests.lvs.edit import Edit
from tests.lvs.variants import VARIANTS
from tests.lvs.variants import write as write_variant

LIBRARY = Path(__file__).parents[3] / "shared" / "reference" / "rsfqlib"
CELLS = sorted(path.parent.name for path in LIBRARY.glob("*/*.GDS"))
pytestmark = pytest.mark.skipif(not CELLS, reason="the public cell library is not beside the repository")

# Junctions, shunts and other resistors, bias resistors of each cell, counted in its published netlist.
CONTENT = {"DCSFQ": (3, 3, 2), "DFF": (7, 7, 4), "JTL": (2, 2, 1), "JTLT": (3, 4, 2), "SPLIT": (3, 3, 3)}
# Published base netlists hold the values before optimisation; the layouts of these cells follow others.
UNOPTIMISED = {"DFF", "JTLT"}


def path_of(cell: str, ending: str) -> Path:
    return LIBRARY / cell / f"THmitll_{cell}_v3p0{ending}"


@pytest.fixture(scope="module")
def recognised() -> dict[str, RecognisedLayout]:
    return {cell: recognise(*read_layout(path_of(cell, ".GDS"))) for cell in CELLS}


def compared(found: RecognisedLayout, cell: str, which: str) -> LvsResult:
    return compare(found, load_reference(path_of(cell, f"_{which}.cir"), found))


@pytest.mark.parametrize("cell", CELLS)
def test_all_labelled_junctions_are_found_with_their_critical_current(recognised, cell: str):
    found = recognised[cell]
    wanted = {port.name: port.ic_ua for port in read_idx(path_of(cell, "_idx.cir")).ports if port.kind == "junction"}
    drawn = {f"J{name[1:]}": junction.ic_ua for name, junction in found.junctions.items()}
    assert drawn.keys() == wanted.keys()
    assert drawn == pytest.approx(wanted, rel=0.02)


@pytest.mark.parametrize("cell", CELLS)
def test_every_resistor_is_found_and_nothing_is_amiss(recognised, cell: str):
    found = recognised[cell]
    junctions, others, biases = CONTENT[cell]
    assert len(found.junctions) == junctions
    assert sum(name.startswith("RIB") for name in found.resistors) == biases
    assert len(found.resistors) == others + biases
    assert found.findings == ()
    assert found.floating > 20  # dummy junctions


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("which", ["idx", "extracted"])
def test_cell_matches_its_extraction_netlist_and_its_extracted_deck(recognised, cell: str, which: str):
    result = compared(recognised[cell], cell, which)
    assert result.match, result.text()
    assert result.kirchhoff == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("cell", CELLS)
def test_cell_is_connected_as_its_base_deck(recognised, cell: str):
    result = compared(recognised[cell], cell, "base")
    assert result.topology_match
    assert result.without_values().match
    assert result.match == (cell not in UNOPTIMISED), result.text()


@pytest.mark.parametrize("cell", CELLS)
def test_klayouts_own_engine_finds_the_same_connections(recognised, cell: str, tmp_path):
    found = recognised[cell]
    assert write_lvsdb(tmp_path / "x.lvsdb", found, compared(found, cell, "extracted"))


def test_another_cells_netlist_does_not_match(recognised):
    found = recognised["DFF"]
    result = compare(found, load_reference(path_of("JTL", "_base.cir"), found))
    assert not result.topology_match
    assert result.mismatches


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("cell", CELLS)
def test_cell_drawn_in_another_way_is_the_same_cell(cell: str, name: str, tmp_path):
    write_variant(name, *read_layout(path_of(cell, ".GDS")), tmp_path / "x.gds")
    found = recognise(*read_layout(tmp_path / "x.gds", any_unit=True))
    for which in ("idx", "extracted"):
        result = compared(found, cell, which)
        assert result.match, result.text()
        assert result.notes == ()


def test_port_at_a_resistor():
    """Cells that end in a resistor have a port `PR1` at its contact, in the layout and in the extraction netlist."""
    edit = Edit(*read_layout(path_of("JTLT", ".GDS")))
    edit.rename("PORT_TEXT", "P2 M6 M4", "PR1 M6 M4")
    found = recognise(edit.layout, edit.cell)
    text = path_of("JTLT", "_idx.cir").read_text().replace("P2 q 0", "PR1 10 0").replace("L5 8 q", "L5 8 10")
    result = compare(found, Reference.of_idx(parse_idx(text, name="JTLT")))
    assert result.match, result.text()
    assert compared(found, "JTLT", "extracted").match
    idx = parse_idx(text, name="JTLT")
    plain = extract_inductances(recognise(*read_layout(path_of("JTLT", ".GDS"))), read_idx(path_of("JTLT", "_idx.cir")))
    assert extract_inductances(found, idx).l_ph == pytest.approx(plain.l_ph, rel=1e-6)


Change = Callable[[Edit], None]
MUTANTS: dict[str, tuple[str, Change, str, str]] = {}


def mutant(cell: str, kind: str, element: str) -> Callable[[Change], Change]:
    def register(change: Change) -> Change:
        MUTANTS[change.__name__] = (cell, change, kind, element)
        return change

    return register


@mutant("DFF", "missing", "L5")
def via_missing_between_m6_and_m5(e: Edit):
    e.remove("I5", 24, 25)


@mutant("DFF", "missing", "L3")
def meander_cut(e: Edit):
    e.erase("M6", 15, 33.6, 17, 34.2)


@mutant("DFF", "missing", "L5")
def m5_line_cut(e: Edit):
    e.erase("M5", 21.5, 24, 22.5, 26)


@mutant("DFF", "loop", "L2")
def bias_line_shorted_to_a_signal_line(e: Edit):
    e.add("M6", 3, 40, 7, 41)


@mutant("DFF", "extra", "L7")
def output_shorted_to_a_stitch(e: Edit):
    e.add("M6", 8, 3.2, 14, 4.2)


@mutant("DFF", "value", "B4")
def junction_13_percent_too_wide(e: Edit):
    e.scale("J5", 15.4, 24.95, 1.13)


@mutant("DFF", "node", "RB2")
def floating_shunt_taken_to_ground(e: Edit):
    e.remove("I5", 11.05, 50.75)
    e.add("I6", 10.7, 50.4, 11.4, 51.1)


@mutant("DFF", "port", "clk")
def input_labels_swapped(e: Edit):
    for layer in ("M6_PIN", "PORT_TEXT"):
        e.swap(layer, "a", "clk")
    e.swap("PORT_TEXT", "P1 M6 M4", "P2 M6 M4")


@mutant("JTL", "port", "q")
def labels_swapped_on_a_symmetric_cell(e: Edit):
    for layer in ("M6_PIN", "PORT_TEXT"):
        e.swap(layer, "a", "q")


@mutant("DFF", "stitch", "")
def stitch_without_i4(e: Edit):
    e.remove("I4", 7.05, 23.6)


@mutant("DFF", "stitch", "")
def stitch_without_i6(e: Edit):
    e.remove("I6", 7.05, 23.6)


@mutant("DFF", "ground", "GND")
def sky_plane_loose(e: Edit):
    e.erase("I6", 0, 0, 30, 70)


@mutant("DFF", "missing", "B4")
def junction_without_contact(e: Edit):
    e.remove("C5J", 15.4, 24.95)


@mutant("DFF", "flipped", "B4")
def junction_label_turned(e: Edit):
    e.rename("PORT_TEXT", "J4 M6 M5", "J4 M5 M6")


@mutant("DFF", "value", "RB5")
def shunt_widened(e: Edit):
    e.add("R5", 18.5, 33.5, 23, 35.2)


@mutant("DFF", "ground", "B5")
def ground_via_missing(e: Edit):
    e.remove("I4", 20.8, 34.35)


@mutant("DFF", "extra", "B8")
def second_junction_in_parallel(e: Edit):
    e.add("M6", 13, 2.5, 15.5, 5)
    e.add("M5", 12.8, 2.3, 15.7, 6)
    for layer in ("J5", "C5J"):
        e.copy(layer, 14.4, 6.0, 0, -2.3)


@mutant("DFF", "open", "RIB3")
def bias_line_cut_on_the_rail_side(e: Edit):
    e.erase("M6", 20, 54, 22, 57)


@mutant("DFF", "node", "RIB3")
def bias_on_another_node(e: Edit):
    e.erase("M6", 23, 38, 25, 39)
    e.add("M6", 24, 42, 28, 43)
    e.add("M6", 27, 35, 28, 43)


@mutant("DFF", "rail", "RIB3")
def bias_resistor_bridged(e: Edit):
    e.add("M6", 23.6, 43, 24.4, 53)


@mutant("DFF", "value", "L3")
def meander_bridged(e: Edit):
    e.add("M6", 13, 28, 14, 44)


@mutant("SPLIT", "port", "q0")
def output_labels_swapped(e: Edit):
    for layer in ("M6_PIN", "PORT_TEXT"):
        e.swap(layer, "q0", "q1")


@mutant("DCSFQ", "ground", "B1")
def inductor_to_ground_without_its_via_to_m4(e: Edit):
    e.remove("I4", 5, 19.9)


@mutant("JTLT", "value", "RIB1")
def bias_resistor_too_short(e: Edit):
    e.remove("C5R", 5.05, 61.8)
    e.add("C5R", 4.74, 59.0, 5.26, 59.52)
    e.add("M6", 4.3, 58.6, 5.8, 62)


@pytest.mark.parametrize("name", MUTANTS)
def test_mutant_of_a_library_cell_is_caught_with_its_element(name: str):
    cell, change, kind, element = MUTANTS[name]
    edit = Edit(*read_layout(path_of(cell, ".GDS")))
    change(edit)
    found = recognise(edit.layout, edit.cell)
    result = compared(found, cell, "extracted")
    assert not result.match
    assert any(m.kind == kind and element in m.element for m in result.mismatches), result.text()


def test_abutted_cells_match_the_connected_netlists():
    """JTL, JTL and SPLIT side by side: inductors in series across the borders count as one."""
    layout = kdb.Layout()
    top = layout.create_cell("row")
    x = 0
    for cell, width in (("JTL", 20), ("JTL", 20), ("SPLIT", 20)):
        inner = layout.cell(f"THmitll_{cell}_v3p0")
        if inner is None:
            _, chosen = read_layout(path_of(cell, ".GDS"))
            inner = layout.create_cell(chosen.name)
            inner.copy_tree(chosen)
        top.insert(kdb.DCellInstArray(inner.cell_index(), kdb.DTrans(kdb.DVector(x, 0))))
        x += width
    for name, at in {"a": (0, 35), "q0": (60, 35), "q1": (55, 0)}.items():
        top.shapes(layout.layer(60, 5)).insert(kdb.DText(name, kdb.DTrans(kdb.DVector(*at))))
    jtl, split = (next(iter(read_deck(path_of(c, "_extracted.cir")).circuit.cells.values())) for c in ("JTL", "SPLIT"))
    row = Circuit("row", ("a", "q0", "q1"), (
        Instance("X1", jtl.name, ("a", "m1")), Instance("X2", jtl.name, ("m1", "m2")),
        Instance("X3", split.name, ("m2", "q0", "q1")),
    ), {jtl.name: jtl, split.name: split})  # fmt: skip
    result = compare(recognise(layout, top), row)
    assert result.match, result.text()
    assert {"L4|X1 + L1|X2", "L4|X2 + L1|X3"} <= {pair.netlist for pair in result.pairs}
