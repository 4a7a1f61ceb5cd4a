"""Current around corners of the metal and ends of port bars: the factors, and what they do to convergence."""

import klayout.db as kdb
import numpy as np
import pytest

from sfqgen.extract.corners import Around, corners_of, turning
from sfqgen.extract.geometry import Geometry, Port, Terminal, box
from sfqgen.extract.grid import build_mesh
from sfqgen.extract.raster import Frame
from sfqgen.extract.stack import slabs
from tests.physics.structures import bar, loop_ph

PLANES = ("M4", "M7")
FRAME = Frame(0.25, 0.0, 0.0, 30, 30)


def test_corners_of_a_bend_a_hole_and_a_disc():
    bend = (box(0, 0, 3, 1) + box(0, 0, 1, 3)).merged()
    ((x, y, first, angle),) = corners_of(bend, 0.001, FRAME)
    assert (x, y, angle) == pytest.approx((4, 4, 1.5 * np.pi))
    # From the first edge the metal lies counterclockwise: through the third quadrant, not through the open first one.
    assert np.cos(first + angle / 2) == pytest.approx(-(0.5**0.5))
    moat = corners_of((box(0, 0, 5, 5) - box(2, 2, 3, 3)).merged(), 0.001, FRAME)
    assert sorted(moat[:, :2].tolist()) == [[8, 8], [8, 12], [12, 8], [12, 12]]
    disc = kdb.Region(kdb.DPolygon.ellipse(kdb.DBox(0, 0, 2, 2), 32).to_itype(0.001))
    assert not len(corners_of((box(-1, -1, 4, 4) - disc).merged(), 0.001, FRAME))


def bricks_at(corner_film, axis):
    """Film bricks of one direction that do not have their plain inductance: (middle from the corner) -> factor."""
    mesh = build_mesh(corner_film, slabs(), 0.25)
    e, frame = mesh.edges, mesh.frame
    rows = np.s_[: e.split] if axis == "x" else np.s_[e.split :]
    film = mesh.films.index("M6")
    return {(round((frame.x0_um + (i + 0.5 * (axis == "x")) * 0.25) * 8), round((frame.y0_um + (
        j + 0.5 * (axis == "y")) * 0.25) * 8)): t for f, i, j, t in zip(e.film[rows], e.ix[rows], e.iy[rows],
        e.turn[rows], strict=True) if f == film and t != 1.0}  # fmt: skip


def elbow(w, x=2.0, y=2.0):
    """A line of width w around one corner, inner corner at (x, y), both ends ported over their whole width."""
    line = (box(0, y, x + w, y + w) + box(x, 0, x + w, y + w)).merged()
    plane = box(-3, -3, x + w + 3, y + w + 3)
    ports = (bar("a", "M6", PLANES, -0.01, y, 0.01, y + w), bar("b", "M6", PLANES, x, -0.01, x + w, 0.01))
    return Geometry({"M6": line, **dict.fromkeys(PLANES, plane)}, {}, ports)


def test_all_four_bricks_around_a_right_angle_gain_the_cube_root_of_two():
    """The corner (2, 2) is a node; of Kirchhoff's bricks only the four that meet there are changed."""
    for axis, middles in (("x", {(15, 16), (17, 16)}), ("y", {(16, 15), (16, 17)})):
        found = bricks_at(elbow(1.0), axis)
        assert set(found) == middles
        assert list(found.values()) == pytest.approx([2 ** (1 / 3)] * 2, rel=1e-4)


def test_the_ratio_fades_with_the_opening():
    """A straight edge (180 degrees) changes nothing; a slit (360 degrees) is the strongest."""
    def factor(angle):
        one = np.array([0])
        corner = np.array([[0.0, 0.0, 0.0, angle]])
        return turning(corner, Around("x", one, one, np.array([0.25]), np.array([0.5])), np.array([2.0]))[0]

    values = [factor(np.radians(a)) for a in (181, 225, 270, 315, 360)]
    assert values[0] == pytest.approx(1.0, abs=0.01)
    assert (np.diff(values) > 0).all()
    assert values[2] == pytest.approx(2 ** (1 / 3), rel=1e-4)
    assert values[4] == pytest.approx(1.5538, abs=1e-3)


@pytest.mark.parametrize(("w", "x", "y"), [(0.5, 2.0, 2.0), (1.0, 2.0, 2.0), (0.93, 2.06, 2.11)])
def test_halving_the_mesh_of_one_bend(w, x, y):
    """2.5 um of arms and a corner: 0.5 % where it was 1.2 %."""
    coarse, fine = (loop_ph(elbow(w, x, y), h) for h in (0.25, 0.125))
    assert coarse == pytest.approx(fine, rel=0.005)


@pytest.mark.parametrize("w", [0.5, 1.0])
def test_halving_the_mesh_of_a_tight_u(w):
    """Two bends within 2 um: 0.6 % where it was 2 %."""
    x = 2.0
    line = (box(0, 0, x, w) + box(x - w, 0, x, 2 + w) + box(0, 2, x, 2 + w)).merged()
    plane = box(-3, -3, x + 3, 5 + w)
    ports = (bar("a", "M6", PLANES, -0.01, 0, 0.01, w), bar("b", "M6", PLANES, -0.01, 2, 0.01, 2 + w))
    geometry = Geometry({"M6": line, **dict.fromkeys(PLANES, plane)}, {}, ports)
    coarse, fine = (loop_ph(geometry, h) for h in (0.25, 0.125))
    assert coarse == pytest.approx(fine, rel=0.006)


def narrow_pin(inset_um):
    """A line of 2 um with a pin bar of 1 um less twice the inset at its end."""
    end, back = box(3.95, -0.5 + inset_um, 4.05, 0.5 - inset_um), box(3.95, -2.5, 4.05, 2.5)
    films = {"M6": box(0, -1, 4, 1), **dict.fromkeys(PLANES, box(-3, -4, 4, 4))}
    pin = Port("b", Terminal(("M6",), end), Terminal(PLANES, back))
    return Geometry(films, {}, (bar("a", "M6", PLANES, -0.01, -1, 0.01, 1), pin))


def test_a_pin_narrower_than_its_line_grows_smoothly_and_agrees_on_both_grids():
    """A bar that ends between two nodes counts with its length: whole cells of it read 2.5 % high."""
    coarse, fine = ([loop_ph(narrow_pin(inset), h) for inset in (0.0, 0.03, 0.05, 0.1)] for h in (0.25, 0.125))
    assert coarse == pytest.approx(fine, rel=0.01)
    assert coarse[1] < coarse[2] < coarse[3]


def test_a_bar_beside_other_metal_ends_where_its_line_ends():
    """A second line 0.2 um beside a pin is not where the pin's line goes on."""
    films = {"M4": box(0, -4, 6, 4), "M6": box(0, 0.1, 6, 0.8) + box(0, -0.8, 6, -0.1)}
    ports = (bar("a", "M6", ("M4",), -0.01, 0.1, 0.01, 0.8), bar("b", "M6", ("M4",), 5.99, 0.1, 6.01, 0.8))
    mesh = build_mesh(Geometry(films, {}, ports), slabs(), 0.25)
    assert (mesh.edges.turn[mesh.edges.film == mesh.films.index("M6")] == 1.0).all()
    assert (mesh.edges.turn[mesh.edges.film == mesh.films.index("M4")] > 1.0).any()  # its return is narrower than M4
