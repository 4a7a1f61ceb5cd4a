"""Slips in a whole neuron: each is the only thing told, with its element, its place and both values."""

from __future__ import annotations

from dataclasses import replace

import klayout.db as kdb
import pytest

from cells.neuron import neuron
from sfqgen.extract.recognise import RecognisedLayout, recognise
from sfqgen.netlist.circuit import RAIL, Inductor
from sfqgen.netlist.flatten import flatten
from sfqgen.verify.gds import read_layout
from sfqgen.verify.lvs import LvsResult, compare
from tests.lvs.edit import Masks


@pytest.fixture(scope="module")
def gds(tmp_path_factory):
    from sfqgen.layout.neuron import draw_neuron

    path = tmp_path_factory.mktemp("neuron") / "neuron.gds"
    draw_neuron(inputs=1, levels=2).write_gds(path)
    return path


@pytest.fixture(scope="module")
def schematic():
    return neuron(inputs=1, levels=2)


@pytest.fixture(scope="module")
def clean(gds, schematic) -> tuple[RecognisedLayout, LvsResult]:
    found = recognise(*read_layout(gds))
    result = compare(found, schematic)
    assert result.match, result.text()
    return found, result


def compared(mask: Masks, schematic) -> LvsResult:
    return compare(recognise(mask.layout, mask.top), schematic)


def test_estimates_of_all_lines_lie_well_inside_their_tolerance(clean):
    _, result = clean
    lines = [pair for pair in result.pairs if pair.kind == "inductor" and pair.error_pct is not None]
    assert len(lines) > 40
    assert (sum(pair.error_pct**2 for pair in lines) / len(lines)) ** 0.5 < 8
    assert max(abs(pair.error_pct) for pair in lines) < 21


def test_junction_4_percent_too_large(clean, gds, schematic):
    found, result = clean
    pair = next(p for p in result.pairs if p.kind == "junction" and p.wanted > 150)
    polygon = found.junctions[pair.layout].polygon
    mask = Masks(*read_layout(gds))
    mask.swap("J5", polygon, polygon.sized(round(0.011 * polygon.bbox().width())))
    (told,) = compared(mask, schematic).mismatches
    assert (told.kind, told.element) == ("value", pair.netlist)
    assert (told.x_um, told.y_um) == pytest.approx((pair.x_um, pair.y_um), abs=0.01)
    assert f"wanted {pair.wanted:.4g} uA (+4." in told.text


def test_shunt_strip_a_tenth_too_narrow(clean, gds, schematic):
    found, result = clean
    pair = next(p for p in result.pairs if p.kind == "resistor" and p.netlist.startswith("RB"))
    resistor = found.resistors[pair.layout]
    box = resistor.polygon.bbox()
    first, second = (contact.bbox().center() for contact in resistor.contacts)
    upright = abs(second.y - first.y) > abs(second.x - first.x)
    by = round(0.05 * (box.width() if upright else box.height()))
    mask = Masks(*read_layout(gds))
    mask.swap("R5", resistor.polygon, box.enlarged(-by, 0) if upright else box.enlarged(0, -by))
    (told,) = compared(mask, schematic).mismatches
    assert (told.kind, told.element) == ("value", pair.netlist)
    assert "ohm, wanted" in told.text


def test_line_widened_over_half_its_length(clean, gds, schematic):
    found, result = clean
    pair = next(p for p in result.pairs if p.kind == "inductor" and p.netlist == "L_m|X_d")
    arm = max((a for n in pair.layout.split(" + ") for a in found.inductors[n].arms), key=lambda a: a.arm.length_um)
    middle = arm.arm.sections[len(arm.arm.sections) // 4 : 3 * len(arm.arm.sections) // 4]
    mask = Masks(*read_layout(gds))
    wide = kdb.Region([kdb.DBox(x - 1.2, y - 1.2, x + 1.2, y + 1.2).to_itype(0.001) for x, y in (s.at for s in middle)])
    mask.put(arm.layer, mask.region(arm.layer) + wide)
    told = compared(mask, schematic).mismatches
    assert any(m.kind == "value" and m.element == pair.netlist and "L estimated" in m.text for m in told), told


@pytest.mark.parametrize("factor", [0.65, 1.5])
def test_inductor_drawn_for_another_value(clean, schematic, factor):
    """The layout against a schematic in which one inductor has another value."""
    found, result = clean
    inner = {p.netlist: p for p in result.pairs if p.kind == "inductor"}
    name = "L_2|X_t"
    flat = flatten(schematic)
    changed = [replace(e, l_ph=e.l_ph * factor) if isinstance(e, Inductor) and e.name == name else e for e in flat]
    (told,) = compare(found, replace(flat, elements=tuple(changed))).mismatches
    assert (told.kind, told.element) == ("value", name)
    assert (told.x_um, told.y_um) == (inner[name].x_um, inner[name].y_um)


def test_stitch_without_a_via(clean, gds, schematic):
    found, _ = clean
    via = _stitches(found)[0]
    mask = Masks(*read_layout(gds))
    mask.put("I6", mask.region("I6") - kdb.Region(via))
    told = compared(mask, schematic).mismatches
    assert {m.kind for m in told} <= {"stitch", "ground"}
    assert told


def test_many_stitches_missing_with_all_their_metal_are_noted(clean, gds, schematic):
    found, result = clean
    assert not any("from a stitch" in note for note in result.notes)
    vias = _stitches(found)
    middle = found.metal.regions["M7"].bbox().center()
    near = sorted(vias, key=lambda v: v.bbox().center().distance(middle))[:60]
    zone = kdb.Region(near).sized(1500)
    signal = kdb.Region([p.polygon for p in found.metal.pieces if p.net in found.nets.live - found.nets.ground])
    mask = Masks(*read_layout(gds))
    mask.put("I6", mask.region("I6") - (mask.region("I6") & zone).not_interacting(signal))
    notes = [note for note in compared(mask, schematic).notes if "from a stitch" in note]
    assert notes
    assert "is more than 15 um from a stitch of the planes" in notes[0]


def _stitches(found: RecognisedLayout) -> list[kdb.Polygon]:
    """I6 vias of ground that stand on no junction or resistor."""
    devices = kdb.Region([j.top.polygon for j in found.junctions.values()])
    devices += kdb.Region([end.polygon for r in found.resistors.values() for end in r.ends])
    return [via.polygon for via in found.metal.vias if via.above == "M7" and via.net in found.nets.ground
            and kdb.Region(via.polygon).interacting(devices).is_empty()]  # fmt: skip


def test_bias_resistor_a_twentieth_too_long(clean, gds, schematic):
    found, result = clean
    biases = [p for p in result.pairs if p.kind == "resistor" and RAIL in _nodes(found, p.layout)]
    pair = next(p for p in biases if found.resistors[p.layout].polygon.is_box())
    resistor = found.resistors[pair.layout]
    first, second = resistor.contacts
    way = second.bbox().center() - first.bbox().center()
    by = kdb.Vector(round(way.x * 0.05), round(way.y * 0.05))
    mask = Masks(*read_layout(gds))
    mask.swap("R5", resistor.polygon, resistor.polygon.bbox() + resistor.polygon.bbox().moved(by))
    mask.swap("C5R", second, second.moved(by))
    (told,) = compared(mask, schematic).mismatches
    assert (told.kind, told.element) == ("value", pair.netlist)


def _nodes(found: RecognisedLayout, name: str) -> tuple[str, str]:
    return found.circuit[name].plus, found.circuit[name].minus
