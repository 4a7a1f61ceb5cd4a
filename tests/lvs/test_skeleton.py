"""What a polygon says about lines: ends, branches, loops, lengths and widths."""

from __future__ import annotations

import klayout.db as kdb
import pytest

from sfqgen.extract.skeleton import skeleton

DBU = 0.001


def polygon(*points: tuple[float, float]) -> kdb.Polygon:
    return kdb.DPolygon([kdb.DPoint(*p) for p in points]).to_itype(DBU)


def box(left: float, bottom: float, right: float, top: float) -> kdb.Region:
    return kdb.Region(kdb.DBox(left, bottom, right, top).to_itype(DBU))


def contact(x: float, y: float, size: float = 0.4) -> kdb.Region:
    return box(x - size / 2, y - size / 2, x + size / 2, y + size / 2)


TEE = polygon((0, 0), (0, 1), (20, 1), (20, 0), (10.5, 0), (10.5, -9), (9.5, -9), (9.5, 0))


def test_straight_line_has_its_length_and_squares():
    line = skeleton(polygon((0, 0), (0, 1.5), (30, 1.5), (30, 0)), [box(0, 0, 0.5, 1.5), box(29.5, 0, 30, 1.5)], DBU)
    (arm,) = line.arms
    assert arm.length_um == pytest.approx(29.0, abs=0.05)
    assert arm.squares == pytest.approx(29.0 / 1.5, rel=0.01)


def test_contacts_inside_the_metal_end_the_line_at_their_edges():
    (arm,) = skeleton(polygon((0, 0), (0, 1), (20, 1), (20, 0)), [contact(0.5, 0.5), contact(19.5, 0.5)], DBU).arms
    assert {arm.a, arm.b} == {0, 1}
    assert arm.length_um == pytest.approx(18.6, abs=0.1)


def test_tee_has_one_branch_point_with_three_arms():
    found = skeleton(TEE, [contact(0.5, 0.5), contact(19.5, 0.5), contact(10, -8.5)], DBU)
    assert len(found.places) == 4
    assert found.places[3] == pytest.approx((10, 0.4), abs=0.4)
    assert sorted(sorted((arm.a, arm.b)) for arm in found.arms) == [[0, 3], [1, 3], [2, 3]]


def test_arm_without_a_contact_is_no_branch_but_a_dead_end():
    found = skeleton(TEE, [contact(0.5, 0.5), contact(19.5, 0.5)], DBU)
    assert len(found.arms) == 1
    (stub,) = found.stubs
    assert stub.tip == pytest.approx((10, -9), abs=0.6)
    assert stub.length_um == pytest.approx(9, abs=0.8)


def test_contact_in_the_middle_of_a_line_splits_it():
    found = skeleton(TEE, [contact(0.5, 0.5), contact(19.5, 0.5), contact(5, 0.5)], DBU)
    assert sorted(sorted((arm.a, arm.b)) for arm in found.arms) == [[0, 2], [1, 2]]


def test_mark_across_the_whole_line_splits_it_too():
    found = skeleton(TEE, [contact(0.5, 0.5), contact(19.5, 0.5), box(5, 0, 5.1, 1)], DBU)
    assert sorted(sorted((arm.a, arm.b)) for arm in found.arms) == [[0, 2], [1, 2]]


def test_ring_gives_two_ways_between_its_contacts():
    ring = box(0, 0, 10, 10) - box(1, 1, 9, 9)
    found = skeleton(next(ring.each()), [contact(0.5, 5), contact(9.5, 5)], DBU)
    assert [sorted((arm.a, arm.b)) for arm in found.arms] == [[0, 1], [0, 1]]
    assert [arm.length_um for arm in found.arms] == pytest.approx([17.5, 17.5], abs=0.5)


def test_contacts_close_together_on_a_pad_have_no_loops():
    pad = polygon((0, 0), (0, 3), (3, 3), (3, 2), (12, 2), (12, 1), (3, 1), (3, 0))
    found = skeleton(pad, [contact(0.75, 0.75), contact(0.75, 2.25), contact(2, 2), contact(11.5, 1.5)], DBU)
    assert len(found.arms) == len(found.places) - 1  # a tree
    assert max(found.arms, key=lambda arm: arm.length_um).length_um == pytest.approx(9.0, abs=0.4)


@pytest.mark.parametrize("turn", [1, 2, 3, 5, 7])
def test_turned_and_mirrored_metal_has_the_same_skeleton(turn: int):
    trans = kdb.Trans(turn % 4, turn > 3, 0, 0)
    contacts = [contact(0.5, 0.5), contact(19.5, 0.5), contact(10, -8.5)]
    before = skeleton(TEE, contacts, DBU)
    after = skeleton(TEE.transformed(trans), [c.transformed(trans) for c in contacts], DBU)
    assert sorted(a.length_um for a in after.arms) == pytest.approx(sorted(a.length_um for a in before.arms), abs=0.3)


def test_slanted_and_tapered_metal_is_followed():
    taper = polygon((0, 0), (0, 4), (10, 2.5), (20, 2.5), (26, 8.5), (27, 7.5), (20.5, 1.5), (10, 1.5))
    (arm,) = skeleton(taper, [box(0, 0, 0.3, 4), contact(26.2, 7.7)], DBU).arms
    assert arm.length_um == pytest.approx(29.0, abs=1.5)
