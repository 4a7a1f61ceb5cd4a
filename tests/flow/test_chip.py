"""A test chip, whole: rules, core, pads, files. On a small die, so that it takes seconds."""

import csv
import math
import re

import klayout.db as db
import pytest

from sfqgen.chip.build import LEFT_OUT, build_chip
from sfqgen.chip.circuit import bias_ua, chip_circuit
from sfqgen.chip.drc import start_drc
from sfqgen.chip.frame import load_frame
from sfqgen.chip.pads import HEADER
from sfqgen.errors import SfqgenError
from sfqgen.netlist.josim_read import parse_deck
from sfqgen.sim.deck_run import run_deck
from sfqgen.spec.neuron import NeuronSpec

DIE_MM = 2.6


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chip") / "small"
    spec = NeuronSpec(name="small", inputs=2, levels=2)
    return folder, build_chip(spec, folder, frame=load_frame(die_mm=DIE_MM))


@pytest.fixture(scope="module")
def layout(made):
    read = db.Layout()
    read.read(str(made[0] / "small_chip.gds"))
    return read


@pytest.fixture(scope="module")
def rows(made):
    with (made[0] / "small_chip_pads.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def squares(layout, number, side_um):
    """Middles in um of the squares of that side on a layer of the whole chip."""
    region = db.Region(layout.top_cell().begin_shapes_rec(layout.layer(*number))).merged()
    side = round(1000 * side_um)
    boxes = [p.bbox() for p in region.each() if p.bbox().width() == p.bbox().height() == side]
    return {(box.center().x / 1000, box.center().y / 1000) for box in boxes}


def test_die_is_clean_core_matches_and_pads_lead_to_their_pins(made):
    report = made[1]
    assert report["drc"]["by_rule"] == {}
    assert report["lvs"]["mismatches"] == []
    assert report["connections"]["wrong"] == []
    assert report["verdict"] == "PASS", report["reason"]


def test_the_core_as_drawn_is_what_is_simulated_at_its_pads(made):
    report, timing = made[1], made[1]["timing"]
    assert (timing["view"], report["timing_schematic"]["view"]) == ("extracted", "schematic")
    assert report["extraction"]["max_abs_error_pct"] <= report["extraction"]["tolerance_pct"]
    assert {"dcsfq", "sfqdc", "reader", "swallow"} <= {row["cell"] for row in report["extraction"]["cells"]}
    assert [row["name"] for row in timing["criteria"] if not row["pass"]] == []
    assert [level["errors"] for level in timing["levels"]] == [0, 0]
    assert min(level["volleys"] for level in timing["levels"]) >= 10
    volts = {row["name"]: row["measured"] for row in timing["criteria"] if row["unit"] == "uV"}
    assert volts["output pad, least voltage when high"] == pytest.approx(200, abs=30)
    assert volts["output pad, most voltage when low"] < 10


def test_the_extracted_core_is_a_deck_that_repeats_the_walk(made):
    text = (made[0] / "small_chip_extracted.cir").read_text(encoding="utf-8")
    frames = re.findall(r"^\* \d+\.\d+ \d+ \d+ (\d+) [+-]\d+$", text, re.MULTILINE)
    phase = run_deck(parse_deck(text), estimate_error=False).waveforms.signals["P(B_A_X_J_OUT|X_DUT)"]
    assert round(float(phase[-1]) / (2 * math.pi)) == sum(map(int, frames)) > 3


def test_density_is_that_of_a_filled_die(made):
    assert made[1]["drc"]["warnings_by_rule"] == {}


def test_the_die_has_its_size_and_one_top_cell(layout):
    assert [cell.name for cell in layout.top_cells()] == ["small_chip"]
    box = layout.top_cell().dbbox(layout.layer(1, 0))
    assert (box.left, box.bottom, box.width(), box.height()) == (0.0, 0.0, 1000 * DIE_MM, 1000 * DIE_MM)


def test_the_pad_table_matches_the_layout(layout, rows):
    assert tuple(rows[0]) == HEADER
    listed = {(float(row["x_um"]), float(row["y_um"])) for row in rows}
    assert listed == squares(layout, (80, 0), load_frame().pad_um)
    texts = db.Texts(layout.top_cell().shapes(layout.layer(182, 0)))
    named = {t.string.split()[0]: (t.trans.disp.x / 1000, t.trans.disp.y / 1000) for t in texts.each()}
    assert named == {row["pad"]: (float(row["x_um"]), float(row["y_um"])) for row in rows}


def test_the_pad_table_says_side_slot_and_what_to_connect(rows):
    by_pad = {row["pad"]: row for row in rows}
    assert len({(row["side"], row["slot"]) for row in rows}) == len(rows)
    assert {row["side"] for row in rows} == {"left", "right", "upper", "lower"}
    assert "rising edge is one pulse" in by_pad["in0"]["connect"]
    assert "50 ohm" in by_pad["out"]["connect"]
    assert "2.6 mV" in by_pad["vdd0"]["connect"]
    left = [row["pad"] for row in rows if row["side"] == "left" and row["role"] == "input"]
    assert [pad for pad in left if pad.startswith("in") and pad != "inc"] == ["in1", "in0"]


def test_every_pad_has_its_name_in_metal_towards_the_middle(layout, rows):
    metal = db.Region(layout.top_cell().begin_shapes_rec(layout.layer(80, 0))).merged()
    towards = {"left": (1, 0), "right": (-1, 0), "lower": (0, 1), "upper": (0, -1)}
    for row in rows:
        dx, dy = towards[row["side"]]
        x, y = float(row["x_um"]) + 120 * dx, float(row["y_um"]) + 120 * dy
        letters = db.Region(db.DBox(x - 50, y - 50, x + 50, y + 50).to_itype(0.001)) & metal
        assert letters.area() > 500e6, row["pad"]


def test_a_mark_in_the_lower_left_corner_tells_how_the_die_lies(layout):
    metal = db.Region(layout.top_cell().begin_shapes_rec(layout.layer(80, 0)))
    side = round(1e6 * DIE_MM)
    corners = [db.Region(db.Box(x, y, x + 160_000, y + 160_000)) & metal for x in (0, side - 160_000)
               for y in (0, side - 160_000)]  # fmt: skip
    assert [not corner.is_empty() for corner in corners] == [True, False, False, False]


def test_every_pin_of_the_neuron_has_one_pad(rows):
    nets = [row["net"] for row in rows if row["role"] not in ("bias", "ground")]
    assert sorted(nets) == sorted(chip_circuit(inputs=2, levels=2).ports)


def test_bias_pads_carry_the_whole_bias_within_their_limit(made, rows):
    currents = [float(row["current_ma"]) for row in rows if row["role"] == "bias"]
    assert sum(currents) == pytest.approx(bias_ua(chip_circuit(inputs=2, levels=2)) / 1000, abs=0.01)
    assert max(currents) <= made[1]["bias"]["limit_ma_per_pad"]


def test_what_is_not_public_and_not_run_is_said(made):
    report = made[1]
    assert any(line.startswith("pads.size: not public") for line in report["not_public"])
    assert any("is no sign-off" in line for line in report["notes"])
    assert report["not_run"] == [LEFT_OUT]
    assert LEFT_OUT in report["reason"]


def test_its_files(made):
    assert sorted(path.name for path in made[0].iterdir()) == [
        "report.json", "small_chip.gds", "small_chip_block.png", "small_chip_bonding.png", "small_chip_core.cir",
        "small_chip_die.png", "small_chip_drc.lyrdb", "small_chip_extracted.cir", "small_chip_pads.csv",
    ]  # fmt: skip


def test_a_check_of_the_rules_that_dies_is_no_clean_die(tmp_path):
    check = start_drc(tmp_path / "gone.gds", tmp_path / "found.lyrdb")
    with pytest.raises(SfqgenError, match=r"^chip: drc: the check of the design rules ended with 1: .*no such file.*; "
                       "remedy: again with more memory free, or a smaller --die$"):
        check.found()
