"""Flux trapped in a moat beside lines, by reciprocity."""

import numpy as np
import pytest

from sfqgen.errors import SfqgenError
from sfqgen.extract.fit import Branch, PortNodes, fit
from sfqgen.extract.flux import PHI0_PH_UA, driven_ua, linked_flux
from sfqgen.extract.geometry import Geometry, box
from sfqgen.extract.inductance import port_matrix
from tests.physics.structures import bar


def beside(gap, side=1.0):
    """A line along y, 1 um wide, with a moat of 2 x 2 um that far beside it, in both planes."""
    left = 0.5 + gap
    hole = box(left, -1, left + 2, 1) if side > 0 else box(-left - 2, -1, -left, 1)
    planes = {name: box(-7, -5, 7, 5) - hole for name in ("M4", "M7")}
    ports = tuple(bar(n, "M6", ("M4", "M7"), -0.5, y - 0.01, 0.5, y + 0.01) for n, y in (("a", -5), ("b", 5)))
    return Geometry({**planes, "M6": box(-0.5, -5, 0.5, 5)}, {}, ports), side * (left + 1)


def test_cut_may_leave_the_moat_on_either_side():
    geometry, x = beside(0.5)
    solved = port_matrix(geometry, 0.25)
    right, left = (linked_flux(solved, x, 0.1, to_left=way) for way in (False, True))
    assert right == pytest.approx(left, abs=1e-6 * PHI0_PH_UA)


def test_flux_on_the_other_side_links_with_the_other_sign():
    fluxes = []
    for side in (1.0, -1.0):
        geometry, x = beside(0.5, side)
        fluxes.append(linked_flux(port_matrix(geometry, 0.25), x, 0.1)[0])
    assert fluxes[0] == pytest.approx(-fluxes[1], rel=1e-3)
    assert 0 < abs(fluxes[0]) < 0.5 * PHI0_PH_UA


def test_linked_flux_falls_with_distance():
    fluxes = []
    for gap in (0.25, 1.0, 2.0):
        geometry, x = beside(gap)
        fluxes.append(abs(linked_flux(port_matrix(geometry, 0.25), x, 0.1)[0]))
    assert fluxes[0] > fluxes[1] > fluxes[2]


def test_driven_current_is_flux_over_loop_with_its_junctions():
    geometry, x = beside(0.25)
    solved = port_matrix(geometry, 0.25)
    branches = [Branch("L1", "a", "b")]
    nodes = [PortNodes("a", "a", "0"), PortNodes("b", "b", "0")]
    flux = linked_flux(solved, x, 0.1)
    currents = fit(solved.matrix, solved.patterns, branches, nodes).currents
    closed = driven_ua(solved, flux, currents, branches, nodes, {"a": 250.0, "b": 250.0})
    loop_ph = solved.matrix[0, 0] + 2 * PHI0_PH_UA / (2 * np.pi * 250.0)
    assert abs(closed["L1"]) == pytest.approx(abs(flux[0]) / loop_ph)
    assert driven_ua(solved, flux, currents, branches, nodes, {"a": 250.0}) == {"L1": 0.0}  # open at b


def test_a_place_without_a_moat_is_refused():
    geometry, _ = beside(0.5)
    with pytest.raises(SfqgenError, match=r"no moat at \(-4, 0\) um; allowed: a point inside a hole of a plane"):
        linked_flux(port_matrix(geometry, 0.25), -4.0, 0.0)
