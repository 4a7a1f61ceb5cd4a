"""Flux trapped in a moat beside lines, by reciprocity."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from sfqgen.cli.commands import app
from sfqgen.errors import SfqgenError
from sfqgen.extract.fit import Branch, PortNodes, fit
from sfqgen.extract.flux import PHI0_PH_UA, driven_ua, linked_flux
from sfqgen.extract.geometry import Geometry, box
from sfqgen.extract.idx import parse_idx
from sfqgen.extract.inductance import port_matrix
from sfqgen.extract.moats import chosen_moat, find_moats
from sfqgen.extract.recognise import recognise
from sfqgen.extract.trapped import trapped
from sfqgen.netlist.josim_write import write_josim
from tests.lvs.sketch import draw, netlist
from tests.physics.structures import bar
from tests.physics.test_extract_layout import IDX


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


# moats of a drawn cell


@pytest.fixture(scope="module")
def cell():
    sketch = draw()
    return recognise(sketch.layout, sketch.cell)


def test_moats_are_numbered_from_bottom_left(cell):
    moats = find_moats(cell)
    assert [m.name for m in moats] == [str(n) for n in range(1, len(moats) + 1)]
    assert [(m.x_um, m.y_um) for m in moats[:4]] == [(1.6, 1.6), (8.4, 1.6), (28.4, 1.6), (1.6, 10.2)]
    assert moats[0].planes == ("M4", "M7")
    assert moats[0].area_um2 == pytest.approx(2.4 * 2.4)
    (room,) = [m for m in moats if m.planes == ("M4",)]  # where the bias pillar goes through the ground plane
    assert 8.0 < room.x_um < 14.0
    assert not (8.8 < room.x_um < 13.2 and 32.8 < room.y_um < 37.2)  # beside the pillar, not on it


def test_moats_are_named_by_number_or_by_a_point(cell):
    moats = find_moats(cell)
    assert chosen_moat(moats, "2", "cell sketch").x_um == 8.4
    assert chosen_moat(moats, " 9.5, 0.5 ", "cell sketch").name == "2"
    for name in ("99", "here", "15,15", ""):
        with pytest.raises(SfqgenError) as caught:
            chosen_moat(moats, name, "cell sketch")
        assert str(caught.value) == (
            f"cell sketch: no moat {name!r}; allowed: 1 to {len(moats)}, or a point x,y in um inside one; remedy: list"
            " them with --moats"
        )
    with pytest.raises(SfqgenError, match="cell x: no moat '1'; allowed: the layout has no moats"):
        chosen_moat((), "1", "cell x")


def test_flux_in_a_moat_drives_the_loops_beside_it(cell):
    """Nearest moats drive most; what flows through a junction to ground closes through the next one."""
    moats = find_moats(cell)
    near, far = (chosen_moat(moats, name, "x") for name in ("8,10", "28,1"))
    names = parse_idx(IDX)
    driven, little = (trapped(cell, moat, names).current_ua for moat in (near, far))
    assert abs(driven["L2"]) > 1.0
    assert abs(driven["L2"]) > 3 * abs(little["L2"])
    assert driven["L2"] == pytest.approx(driven["L3"], abs=1e-3)
    assert driven["LP1"] == pytest.approx(-driven["L2"], abs=1e-3)
    assert (driven["L1"], driven["L4"], driven["LB1"]) == pytest.approx((0, 0, 0), abs=1e-3)  # pins are open


def test_flux_at_the_command_line(cell, tmp_path, monkeypatch):
    monkeypatch.setenv("SFQGEN_CACHE", str(tmp_path))
    draw().layout.write(str(tmp_path / "x.gds"))
    (tmp_path / "x_idx.cir").write_text(IDX)
    (tmp_path / "x.cir").write_text(write_josim(netlist()))

    def told(*arguments: str) -> dict:
        answer = CliRunner().invoke(app, ["extract", str(tmp_path / "x.gds"), *arguments, "--json"])
        assert answer.exit_code == 0, answer.output
        return json.loads(answer.stdout)

    moats = told("--moats")["moats"]
    assert len(moats) == len(find_moats(cell))
    by_idx = told("--flux", "8,10", "--netlist", str(tmp_path / "x_idx.cir"))["flux"]
    assert by_idx["moat"] in moats
    assert by_idx["quanta"] == 1
    named = told("--flux", by_idx["moat"]["name"], "--netlist", str(tmp_path / "x.cir"))["flux"]
    # the schematic has the ground leads inside its junctions: the same currents within some percent
    assert named["current_ua"]["L_2"] == pytest.approx(by_idx["current_ua"]["L2"], rel=0.15)
    assert named["current_ua"]["L_3"] == pytest.approx(by_idx["current_ua"]["L3"], rel=0.15)
    text = CliRunner().invoke(app, ["extract", str(tmp_path / "x.gds"), "--moats"]).stdout.splitlines()
    assert text[0] == "moat     x um     y um  area um2  planes"
    assert text[1] == "   1     1.60     1.60      5.76  M4, M7"


def test_a_layout_too_large_for_one_solution_is_refused(cell, monkeypatch):
    monkeypatch.setattr("sfqgen.extract.trapped.MOST_UM2", 500.0)
    with pytest.raises(SfqgenError, match=r"cell sketch: \d+ um2 are too much for one field solution; allowed: 500 um2;"
                                          " remedy: name a smaller cell with --cell"):  # fmt: skip
        trapped(cell, find_moats(cell)[0])
