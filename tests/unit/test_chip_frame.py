"""Frame and pads of a chip: what fits, and what is said when it does not."""

import csv

import gdsfactory as gf
import pytest

from pdk_sfq5ee.process import table
from sfqgen.chip.block import Block, Exit
from sfqgen.chip.die import draw_die
from sfqgen.chip.frame import load_frame, unknowns
from sfqgen.chip.pads import HEADER, plan_pads
from sfqgen.chip.pads import table as pad_table
from sfqgen.errors import SfqgenError


def block(columns=10, rows=10, left=3, right=2):
    exits = [Exit(f"in{k}", "w", k) for k in range(left)] + [Exit("out", "e", 0), Exit("vdd0", "e", 1)][:right]
    return Block(gf.Component(), columns, rows, tuple(exits), 0.0, 0.0)


def test_the_frame_of_a_small_die():
    frame = load_frame()
    assert (frame.die_um, frame.columns, frame.pad_um, frame.slots) == (5000.0, 125, 100.0, 23)


def test_every_figure_says_unit_source_and_confidence():
    entries = [entry for section in ("die", "pads", "lines") for entry in table("frame")[section].values()]
    assert all({"value", "unit", "source", "confidence"} <= set(entry) for entry in entries)


def test_what_is_not_public_is_named():
    said = unknowns()
    assert [line.split(":")[0] for line in said] == ["die.edge", "pads.size", "pads.pitch", "pads.current", "pads.plan"]
    assert all("not public" in line for line in said)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"die_mm": 0.5}, "--die: die of 0.5 mm; allowed: 1 to 22 mm in steps of 0.04 mm"),
        ({"die_mm": 4.99}, "--die: die of 4.99 mm; allowed: 1 to 22 mm in steps of 0.04 mm"),
        ({"pad_um": 5.0}, "--pad: pad of 5 um; allowed: 20 to 500 um"),
        ({"pitch_um": 100.0}, "--pitch: pad pitch of 100 um; allowed: 200 um and more in steps of 40 um"),
    ],
)
def test_a_frame_that_cannot_be_drawn_is_refused(given, text):
    with pytest.raises(SfqgenError) as caught:
        load_frame(**given)
    assert str(caught.value) == text


def test_a_neuron_too_large_for_the_die_is_one_line():
    with pytest.raises(SfqgenError) as caught:
        draw_die(load_frame(), block(columns=80), 10.0, "output", ())
    said = "chip: the neuron with its lines takes 3.2 x 0.4 mm; allowed: 3 x 3 mm on a die of 5 mm; remedy: "
    assert str(caught.value) == said + "a larger die, or fewer inputs"


def test_more_lines_than_pads_is_one_line():
    with pytest.raises(SfqgenError) as caught:
        plan_pads(load_frame(), block(rows=75, left=70), 20, 10.0)
    said = "chip: 70 lines at the left of the neuron, pads for 63; remedy: a larger die or smaller pads"
    assert str(caught.value) == said


def test_pads_stand_in_the_order_of_the_lines_and_grounds_at_the_ends():
    pads = plan_pads(load_frame(), block(), 50, 10.0)
    left = [pad for pad in pads if pad.towards == "w"]
    assert [pad.name for pad in left] == ["in0", "in1", "in2"]
    assert [pad.y_um for pad in left] == sorted(pad.y_um for pad in left)
    assert sum(pad.role == "ground" for pad in pads) == 8
    assert len({pad.opening for pad in pads}) == len(pads)


def test_more_lines_than_one_side_holds_go_round_the_corner():
    pads = plan_pads(load_frame(), block(rows=75, left=40), 20, 10.0)
    assert {pad.towards for pad in pads if pad.role == "input"} == {"s", "w", "n"}


def test_the_table_lists_current_and_role():
    pads = plan_pads(load_frame(), block(), 50, 10.0)
    lines = pad_table(pads).splitlines()
    assert lines[0] == ",".join(HEADER)
    rows = {row["pad"]: row for row in csv.DictReader(lines)}
    assert {(rows[pad]["role"], rows[pad]["current_ma"]) for pad in ("in0", "vdd0", "gnd0")} == {
        ("input", "0.600"), ("bias", "10.000"), ("ground", "1.250")}  # fmt: skip
    assert (rows["gnd0"]["label"], rows["gnd0"]["side"], rows["gnd0"]["slot"]) == ("G0", "left", "0")
