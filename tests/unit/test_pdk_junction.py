"""Junction and resistor cells: drawn size and shunt follow the sizing laws over the whole range."""

from __future__ import annotations

import klayout.db as kdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pdk_sfq5ee import layers, sizing
from pdk_sfq5ee.cells.junction import circle_points, junction, junction_shape
from pdk_sfq5ee.cells.resistor import bias_resistor, leak_resistor, resistor_ends, resistor_shape
from sfqgen.verify.drc import load_rules, run_drc

RULES = load_rules()


def region(c, layer: str) -> kdb.Region:
    return kdb.Region(c.begin_shapes_rec(c.kcl.layout.layer(*layers.gds(layer)))).merged()


def over_planes(c) -> dict[str, int]:
    """Design-rule errors of a device between closed ground and sky planes that a stitch joins."""
    import gdsfactory as gf

    from pdk_sfq5ee.cells.vias import ground_stitch

    bed = gf.Component()
    bed.add_ref(c)
    bed.add_ref(ground_stitch()).dmove((-6.0, 0.0))
    for plane in ("M4", "M7"):
        bed.shapes(bed.kcl.layout.layer(*layers.gds(plane))).insert(bed.bbox().to_itype(0.001).enlarged(2_000))
    return run_drc(bed.kcl.layout, bed.kdb_cell, RULES).by_rule


@settings(max_examples=30, deadline=None, derandomize=True)
@given(ic_ua=st.floats(45.0, 450.0), grounded=st.booleans(), shunted=st.booleans())
def test_a_junction_is_clean_and_has_its_critical_current_over_the_range(ic_ua, grounded, shunted):
    c = junction(ic_ua=ic_ua, r_ohm=None if shunted else 0.0, grounded=grounded)
    assert over_planes(c) == {}
    area = region(c, "J5").area() * 1e-6
    assert sizing.junction_ic_ua(area) == pytest.approx(ic_ua, rel=0.005, abs=0.3)
    assert c.info["ic_ua"] == ic_ua
    assert bool(c.info["r_ohm"]) == shunted


@settings(max_examples=30, deadline=None, derandomize=True)
@given(ic_ua=st.floats(45.0, 450.0))
def test_the_drawn_shunt_has_its_resistance(ic_ua):
    c = junction(ic_ua=ic_ua)
    lower, upper = sorted((p.bbox() for p in region(c, "C5R").each()), key=lambda box: box.bottom)
    strip = region(c, "R5").bbox()
    drawn = sizing.strip_ohm((upper.bottom - lower.top) / 1000, strip.width() / 1000, lower.width() / 1000)
    assert drawn == pytest.approx(685.99 / ic_ua, rel=0.006)


def test_a_circle_looks_the_same_after_a_quarter_turn_and_lies_on_the_grid():
    for ic_ua in (52.0, 85.0, 250.0, 351.0):
        points = {(round(x / 0.005, 3), round(y / 0.005, 3)) for x, y in circle_points(sizing.junction_area_um2(ic_ua))}
        assert points == {(-y, x) for x, y in points}
        assert all(x == round(x) and y == round(y) for x, y in points)


def test_ports_reach_both_nodes():
    floating = junction(ic_ua=85.0, grounded=False)
    assert {port.name for port in floating.ports} == {"plus", "plus_e", "plus_w", "base", "minus"}
    assert [floating.ports[name].orientation for name in ("plus", "plus_e", "plus_w", "minus")] == [270, 0, 180, 90]
    top = floating.ports["minus"].center[1]
    assert region(floating, "M6").bbox().top == pytest.approx(1000 * top)


def test_a_small_junction_has_the_longer_bar_and_a_large_one_the_wider_shunt():
    shapes = [junction_shape(ic) for ic in (52.0, 250.0, 400.0)]
    assert shapes[0].top_um > 1.5 * shapes[1].top_um
    assert shapes[0].w_um == shapes[1].w_um < shapes[2].w_um


@pytest.mark.parametrize("ic_ua", [44.9, 451.0, -1.0])
def test_a_junction_out_of_range_is_refused(ic_ua):
    with pytest.raises(ValueError, match=r"ic_ua is .*; allowed: 45 to 450 uA; remedy: another ic_scale or value"):
        junction(ic_ua=ic_ua)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(i_ua=st.floats(40.0, 420.0), legs=st.integers(1, 3))
def test_a_folded_bias_resistor_has_the_squares_of_a_straight_one(i_ua, legs):
    try:
        c = bias_resistor(i_ua=i_ua, legs=legs)
    except ValueError:
        assert legs > 1  # few squares do not fill several legs
        return
    shape = resistor_shape(c.info["r_ohm"], None, legs)
    turns = legs - 1
    straight = region(c, "R5").area() * 1e-6 / shape.w_um - 2 * (shape.contact_um + 0.3) - 2 * turns * shape.w_um
    squares = straight / shape.w_um + 2 * turns * sizing.resistor_figure("corner_squares")
    wanted = sizing.strip_gap_um(c.info["r_ohm"], shape.w_um, shape.contact_um) / shape.w_um
    assert squares == pytest.approx(wanted, abs=0.03)
    assert c.info["i_ua"] * c.info["r_ohm"] == pytest.approx(2600.0, rel=1e-3)
    (_, _, first), (x, _, last) = resistor_ends(shape)
    assert (first, last) == ((270, 90) if legs % 2 else (270, 270))
    assert x == pytest.approx((legs - 1) * shape.pitch_um)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({}, "takes r_ohm or i_ua, not both and not neither"),
        ({"r_ohm": 5.0, "i_ua": 100.0}, "takes r_ohm or i_ua, not both and not neither"),
        ({"i_ua": 900.0}, "900 uA in 1.15 um of R5; allowed: 747.5 uA; remedy: a wider strip"),
        ({"r_ohm": 10.0, "legs": 9}, "r_ohm is 10; allowed: at least 43.68 ohm in 9 legs of 1.15 um"),
    ],
)
def test_a_resistor_that_cannot_be_drawn_is_refused(kwargs, message):
    with pytest.raises(ValueError, match=message.replace(".", r"\.")):
        bias_resistor(**kwargs)


def test_a_leak_resistor_goes_down_to_a_tenth_of_an_ohm():
    assert leak_resistor(r_ohm=0.1).info["r_ohm"] == pytest.approx(0.1, rel=0.01)
    with pytest.raises(ValueError, match=r"r_ohm is 0.05; allowed: 0.1 to 10 ohm"):
        leak_resistor(r_ohm=0.05)
