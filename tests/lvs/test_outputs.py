"""What a comparison leaves behind: JSON, LVS database, back-annotation, and the command around them."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace

import klayout.db as kdb
import pytest
from typer.testing import CliRunner

from sfqgen.cli.commands import app
from sfqgen.errors import SfqgenError
from sfqgen.extract.recognise import RecognisedLayout, recognise
from sfqgen.netlist.circuit import Inductor, Mutual
from sfqgen.netlist.josim_write import write_josim
from sfqgen.verify.lvs import Extracted, LvsResult, back_annotate, compare, load_reference, write_lvsdb
from tests.lvs.edit import Edit
from tests.lvs.sketch import draw, netlist


@pytest.fixture(scope="module")
def found() -> RecognisedLayout:
    sketch = draw()
    return recognise(sketch.layout, sketch.cell)


@pytest.fixture(scope="module")
def result(found: RecognisedLayout) -> LvsResult:
    return compare(found, netlist())


def test_json_holds_the_contract_of_the_report(result: LvsResult):
    data = json.loads(json.dumps(result.as_dict(), allow_nan=False))
    assert data["match"] is True
    assert (data["junctions"], data["inductors"], data["resistors"], data["mismatches"]) == (3, 5, 4, [])
    assert data["kirchhoff_residual"] == 0.0
    (third,) = [e for e in data["elements"] if e["netlist"] == "B_3"]
    assert (third["x_um"], third["wanted"]) == (22.0, 225.0)


def test_text_names_the_cell_and_counts(result: LvsResult):
    assert result.text().splitlines()[0] == "LVS match: sketch is sketch (3 junctions, 5 inductors, 4 resistors)"


def test_database_opens_in_klayout_and_its_engine_agrees(found: RecognisedLayout, result: LvsResult, tmp_path):
    path = tmp_path / "x.lvsdb"
    assert write_lvsdb(path, found, result)
    database = kdb.LayoutVsSchematic()
    database.read(str(path))
    circuit = database.netlist().top_circuit()
    assert circuit.name == "sketch"
    classes = [device.device_class().name for device in circuit.each_device()]
    assert (classes.count("JUNCTION"), classes.count("INDUCTOR"), classes.count("RESISTOR")) == (3, 5, 4)
    assert list(tmp_path.iterdir()) == [path]


def test_database_of_a_mismatch_is_no_match_for_klayout_either(tmp_path):
    sketch = draw()
    Edit(sketch.layout, sketch.cell).remove("I5", 13.2, 15)
    found = recognise(sketch.layout, sketch.cell)
    result = compare(found, netlist())
    assert not write_lvsdb(tmp_path / "x.lvsdb", found, result)


def test_same_comparison_writes_the_same_database(found: RecognisedLayout, result: LvsResult, tmp_path):
    for name in ("a.lvsdb", "b.lvsdb"):
        write_lvsdb(tmp_path / name, found, result)
    assert (tmp_path / "a.lvsdb").read_bytes() == (tmp_path / "b.lvsdb").read_bytes()


READ_DATABASE = """
l = RBA::LayoutVsSchematic::new
l.read($input)
l.xref.each_circuit_pair { |pair| puts pair.status }
"""


@pytest.mark.app
@pytest.mark.skipif(shutil.which("klayout") is None, reason="the KLayout application is not installed")
def test_application_reads_the_database(found: RecognisedLayout, result: LvsResult, tmp_path):
    """Also the older one of a distribution, which knows only klayout's own device classes."""
    write_lvsdb(tmp_path / "x.lvsdb", found, result)
    (tmp_path / "read.rb").write_text(READ_DATABASE)
    command = ["klayout", "-b", "-rd", f"input={tmp_path / 'x.lvsdb'}", "-r", str(tmp_path / "read.rb")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.split() == ["Match"], done.stderr


def test_back_annotation_puts_measured_values_under_the_schematic_names(found: RecognisedLayout, result: LvsResult):
    measured = {name: 2 * line.l_ph for name, line in found.inductors.items()}
    names = {pair.netlist: pair.layout for pair in result.pairs}
    done = back_annotate(netlist(), result, Extracted(measured, dict.fromkeys(measured, 0.01)))
    assert [e.name for e in done.circuit] == [e.name for e in netlist()]
    assert done.circuit["L_4"].l_ph == pytest.approx(measured[names["L_4"]])
    row = next(row for row in done.rows if row.name == "L_4")
    assert (row.target_ph, row.error_bar_ph) == (1.6, 0.01)
    assert row.error_pct == pytest.approx((measured[names["L_4"]] / 1.6 - 1) * 100)
    assert done.max_abs_error_pct >= abs(row.error_pct)
    assert {"LP_1", "LB_s"} <= {row.name for row in done.rows}  # leads that are drawn as lines
    assert done.circuit["LRB_1"].l_ph == netlist()["LRB_1"].l_ph  # a shunt's own inductance is not line
    assert "L_4" in done.text()


def test_series_inductors_share_a_measured_value_by_their_targets(found: RecognisedLayout):
    split = tuple(
        part for e in netlist()
        for part in ((Inductor("L_4", "n4", "m", 0.4), Inductor("L_4b", "m", "q", 1.2)) if e.name == "L_4" else (e,))
    )  # fmt: skip
    schematic = replace(netlist(), elements=split)
    result = compare(found, schematic)
    done = back_annotate(schematic, result, Extracted(dict.fromkeys(found.inductors, 2.0)))
    assert (done.circuit["L_4"].l_ph, done.circuit["L_4b"].l_ph) == pytest.approx((0.5, 1.5))
    assert "L_4 + L_4b" in [row.name for row in done.rows]


def test_measured_couplings_become_mutuals_once(found: RecognisedLayout, result: LvsResult):
    names = {pair.netlist: pair.layout for pair in result.pairs}
    pairs = [(names["L_1"], names["L_2"], 0.03), (names["L_2"], names["L_1"], 0.03)]
    done = back_annotate(netlist(), result, Extracted({}), pairs)
    # the layout counts L_1 from the junction outwards, the schematic from the port inwards
    assert (found.circuit[names["L_1"]].minus, netlist()["L_1"].plus) == ("a", "a")
    assert done.circuit.of_kind(Mutual) == [Mutual("K_x1", "L_1", "L_2", -0.03)]


def test_back_annotation_needs_a_match(found: RecognisedLayout):
    broken = compare(found, replace(netlist(), elements=netlist().elements[1:]))
    with pytest.raises(ValueError, match="back_annotate needs a comparison whose connections match"):
        back_annotate(netlist(), broken, Extracted({}))


@pytest.fixture
def files(tmp_path):
    gds, deck = tmp_path / "sketch.gds", tmp_path / "sketch.cir"
    draw().layout.write(str(gds))
    deck.write_text(write_josim(replace(netlist(), cells={})))
    return gds, deck


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, [*arguments])
    return done.exit_code, done.stdout


def test_command_prints_one_json_object_and_leaves_0_for_a_match(files, tmp_path):
    gds, deck = files
    code, out = run("lvs", str(gds), str(deck), "--json", "--lvsdb", str(tmp_path / "x.lvsdb"))
    data = json.loads(out)
    assert code == 0
    assert data["lvs"]["match"] is True
    assert (tmp_path / "x.lvsdb").exists()


def test_command_leaves_1_for_a_mismatch_and_names_it(files):
    gds, deck = files
    deck.write_text(deck.read_text().replace("area=2.25", "area=2.5"))
    code, out = run("lvs", str(gds), str(deck))
    assert code == 1
    assert "B_3: Ic drawn" in out
    assert run("lvs", str(gds), str(deck), "--topology")[0] == 0


def test_flat_deck_takes_its_ports_from_the_pins_of_the_layout(files, found: RecognisedLayout):
    _, deck = files
    body = [line for line in deck.read_text().splitlines() if not line.startswith((".subckt", ".end"))]
    deck.write_text("* flat\n" + "\n".join(body) + "\n")
    reference = load_reference(deck, found)
    assert reference.circuit.ports == ("a", "q")
    assert compare(found, reference).match


def test_several_subcircuits_need_a_choice(tmp_path, found: RecognisedLayout):
    deck = tmp_path / "two.cir"
    deck.write_text(".subckt one a q\nL1 a q 1p\n.ends\n.subckt two a q\nL1 a q 1p\n.ends\n")
    with pytest.raises(SfqgenError) as caught:
        load_reference(deck, found)
    assert str(caught.value) == (
        f"{deck}: 2 subcircuits could be cell sketch; allowed: one, two; remedy: name one with --subckt"
    )
    assert load_reference(deck, found, "two").circuit.name == "two"


def test_missing_netlist_is_one_line(tmp_path, found: RecognisedLayout):
    with pytest.raises(SfqgenError, match=r"none\.cir: cannot read \(No such file or directory\); remedy: check"):
        load_reference(tmp_path / "none.cir", found)
