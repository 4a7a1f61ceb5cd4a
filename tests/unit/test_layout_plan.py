"""Floor plans: what the solver reaches, and what it refuses in one line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cells import jtl
from sfqgen.errors import SfqgenError
from sfqgen.layout.check import check_elements, check_nodes
from sfqgen.layout.free import Coord, at, free
from sfqgen.layout.inductance import per_um
from sfqgen.layout.place import place
from sfqgen.layout.plan import Part, Pin, Route, Strap, escape_um, pin_point
from sfqgen.layout.solve import best, estimates, solve

PLAN = jtl.floor_plan(jtl.circuit())


def changed(kind: str, name: str, **changes):
    """The JTL's floor plan with one part or route changed."""
    items = tuple(replace(item, **changes) if item.name == name else item for item in getattr(PLAN, kind))
    return replace(PLAN, **{kind: items})


def checked(plan) -> None:
    check_elements(plan)
    check_nodes(solve(plan).placement)


def refused(plan, what: str) -> None:
    with pytest.raises(SfqgenError) as caught:
        checked(plan)
    assert str(caught.value) == what


def test_coordinates_add_scale_and_snap_to_the_grid():
    total = 10 - 2 * free("L_a") + free("L_b") * 0.5
    assert total == Coord(10.0, (("L_a", -2.0), ("L_b", 0.5)))
    assert at(total, {"L_a": 1.0, "L_b": 0.213}) == pytest.approx(8.105)


def test_every_inductor_reaches_its_target():
    solved = solve(PLAN)
    for name, drawn_ph in estimates(solved.placement).items():
        assert drawn_ph == pytest.approx(PLAN.circuit[name].l_ph, abs=0.02), name


def test_a_correction_moves_the_line_by_its_worth():
    before, after = solve(PLAN), solve(PLAN, {"L_1": 0.1})
    grown = after.lengths["L_1"] - before.lengths["L_1"]
    assert grown == pytest.approx(0.1 / per_um("M6", 0.9), abs=0.03)
    assert after.lengths["L_4"] == pytest.approx(before.lengths["L_4"], abs=0.02)


def test_both_halves_of_a_symmetric_cell_come_out_alike():
    lengths = solve(PLAN).lengths
    assert lengths["L_1"] == pytest.approx(lengths["L_4"], abs=0.02)
    assert lengths["L_2"] == pytest.approx(lengths["L_3"], abs=0.02)


def test_what_does_not_fit_is_named_with_its_micrometres():
    wanting = best(changed("routes", "L_1", limits=(-1.0, 0.0)))
    assert [misfit.name for misfit in wanting.misfits] == ["L_1"]
    assert wanting.misfits[0].by_um > 1.0
    with pytest.raises(SfqgenError) as caught:
        solve(changed("routes", "L_1", limits=(-1.0, 0.0)))
    said = str(caught.value)
    assert said.startswith(f"cell jtl, inductor L_1: {PLAN.circuit['L_1'].l_ph:g} pH does not fit: ")
    assert said.endswith("remedy: another width or value, or a wider corridor")
    assert "um more line than its corridor allows; allowed: about 1." in said


def test_a_correction_of_something_that_is_not_drawn_is_refused():
    with pytest.raises(SfqgenError) as caught:
        solve(PLAN, {"L_x": 0.1})
    assert str(caught.value) == (
        "cell jtl: correction for L_x, which the cell does not draw; allowed: L_1, L_2, L_3, L_4, LB_s"
    )


def test_every_element_is_planned_exactly_once():
    missing = "is in the circuit, but not in the floor plan"
    refused(replace(PLAN, parts=PLAN.parts[1:]), f"cell jtl, element B_a: {missing}")
    refused(replace(PLAN, routes=PLAN.routes[1:]), f"cell jtl, element L_1: {missing}")
    refused(replace(PLAN, parts=(*PLAN.parts, Part("B_a", 5.0, 10.0))), "cell jtl, element B_a: planned 2 times")
    refused(replace(PLAN, parts=(*PLAN.parts, Part("B_x", 5.0, 10.0))),
            "cell jtl, element B_x: is in the floor plan, but not in the circuit")  # fmt: skip


def test_an_unknown_point_is_refused():
    refused(changed("routes", "L_2", path=("B_a", "n")),
            "cell jtl, L_2: unknown point 'n'; allowed: B_a, B_a.base, B_a.far, B_b, B_b.base, B_b.far, RI_s.end, "
            "RI_s.start, m, pillar 0, pin a, pin q")  # fmt: skip


def test_an_inductor_without_a_free_length_is_refused():
    refused(changed("routes", "L_2", w_um=1.5), "cell jtl, inductor L_2: has no free length")


def test_a_line_on_a_wrong_node_is_refused():
    plan = replace(PLAN, straps=(*PLAN.straps, Strap("m", 1.0, ("B_a", (None, 30.0), (14.3, None), "B_b"))))
    with pytest.raises(SfqgenError, match=r"cell jtl, strap of m: runs from na at .* to nb at .*, its nodes are m"):
        check_nodes(solve(plan).placement)


def test_pins_must_be_the_ports():
    refused(replace(PLAN, pins=(PLAN.pins[0], PLAN.pins[1], Pin("clk", "top", 0))),
            "cell jtl: pins a, clk, q do not match ports a, q")  # fmt: skip


def test_a_slanting_line_is_refused():
    path = ("pin a", ("B_a", 0, -2.2))
    refused(changed("routes", "L_4", path=path, w_um=free("L_4")),
            "cell jtl, L_4: runs aslant from (0, 35) to (5.7, 30.9); remedy: a corner between")  # fmt: skip


def test_a_line_must_end_on_the_layer_of_its_last_point():
    with pytest.raises(SfqgenError) as caught:
        place(changed("routes", "L_2", path=("B_a.base", (None, 44.2), "m")), solve(PLAN).lengths)
    assert str(caught.value) == "cell jtl, L_2: ends on M5, its last point is on M6; remedy: a Change step"


def test_pins_lie_in_the_middle_of_tile_edges():
    assert pin_point(PLAN, Pin("a", "left", 3)) == (0.0, 35.0)
    assert pin_point(PLAN, Pin("a", "top", 1)) == (15.0, 70.0)
    assert pin_point(PLAN, Pin("a", "right", 0)) == (20.0, 5.0)
    assert pin_point(PLAN, Pin("a", "bottom", 0)) == (5.0, 0.0)


def test_a_via_keeps_clear_of_its_junction():
    assert escape_um(250.0) == pytest.approx(0.91 + 2.0 + 0.35, abs=0.02)


def test_routes_may_not_share_what_they_do_not_own():
    assert {route.name for route in PLAN.routes} == {"L_1", "L_2", "L_3", "L_4", "LB_s"}
    with pytest.raises(SfqgenError) as caught:
        solve(replace(PLAN, parts=(replace(PLAN.parts[0], x=5.7 + free("L_9")), *PLAN.parts[1:])))
    assert str(caught.value) == "cell jtl, inductor L_9: has a free length but no route"
    assert isinstance(PLAN.routes[0], Route)
