"""R5 as a film of the field solution: resistance and branch inductance of drawn strips."""

import json

import pytest
from typer.testing import CliRunner

from pdk_sfq5ee.process import constant
from sfqgen.cli.commands import app
from sfqgen.extract.cross_section import Strip, line_matrix, planes
from sfqgen.extract.geometry import Geometry, Port, Terminal, box
from sfqgen.extract.inductance import port_matrix
from sfqgen.extract.measure import measure
from sfqgen.extract.recognise import recognise
from sfqgen.extract.resistors import _resistance, resistive_film, resistor_branches
from sfqgen.extract.stack import slabs
from sfqgen.netlist.josim_read import read_deck
from sfqgen.netlist.josim_write import write_josim
from tests.lvs.edit import Edit
from tests.lvs.sketch import draw, netlist

FILMS = {**slabs(), "R5": resistive_film()}


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SFQGEN_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def found():
    sketch = draw()
    return recognise(sketch.layout, sketch.cell)


def strip(length_um, w_um=1.15):
    """A strip of R5 between two planes, measured from end to end against both."""
    plane = box(0, -3, length_um, 3)
    ends = tuple(Port(name, Terminal(("R5",), bar), Terminal(("M4", "M7"), bar))
                 for name, bar in (("a", box(-0.01, -w_um / 2, 0.01, w_um / 2)),
                                   ("b", box(length_um - 0.01, -w_um / 2, length_um + 0.01, w_um / 2))))  # fmt: skip
    geometry = Geometry({"M4": plane, "R5": box(0, -w_um / 2, length_um, w_um / 2), "M7": plane}, {}, ends)
    return port_matrix(geometry, 0.125, FILMS)


def test_film_has_the_kinetic_inductance_of_its_resistance():
    film = resistive_film()
    assert film.kinetic_ph_um / film.thickness_um == pytest.approx(constant("tau_r5") * constant("rsheet"))


def test_straight_strip_has_its_squares_and_the_inductance_of_its_cross_section():
    short, long = strip(4.0), strip(8.0)
    ohm = [_resistance(solved, None)[0] for solved in (short, long)]
    assert ohm[1] - ohm[0] == pytest.approx(2.0 * 4.0 / 1.15, rel=0.002)
    per_um = (long.matrix[0, 0] - short.matrix[0, 0]) / 4.0
    lines = [Strip("strip", FILMS["R5"], -0.575, 0.575), *planes([FILMS["M4"], FILMS["M7"]], -0.575, 0.575)]
    assert per_um == pytest.approx(line_matrix(lines, "ground")[1][0, 0], rel=0.02)


def test_kinetic_part_follows_the_resistance():
    ohm, kinetic = _resistance(strip(4.0), None)
    assert kinetic == pytest.approx(constant("tau_r5") * ohm)


def test_every_shunt_of_a_cell_has_a_branch(found):
    branches = {b.name: b for b in resistor_branches(found, workers=1)}
    assert branches.keys() == {"RB_1", "RB_2", "RB_3"}  # the bias resistor goes to the rail
    for name, branch in branches.items():
        # the strip law lies 1 to 3 % below a two-dimensional solution, and the grid is good to 2 %
        assert branch.field_ohm == pytest.approx(branch.r_ohm, rel=0.06), name
        assert branch.kinetic_ph == pytest.approx(constant("tau_r5") * branch.field_ohm)
        assert 0.3 < branch.l_ph - branch.kinetic_ph < 2.0
        assert branch.leads


def test_a_longer_way_to_ground_is_more_inductance(found):
    near = {b.name: b for b in resistor_branches(found, workers=1)}["RB_3"]
    sketch = draw()
    edit = Edit(sketch.layout, sketch.cell)
    edit.remove("I6", 22, 20.75)
    edit.add("M6", 21.3, 20, 22.7, 24.5)
    edit.add("I6", 21.6, 23.6, 22.4, 24.4)
    far = {b.name: b for b in resistor_branches(recognise(sketch.layout, sketch.cell), workers=1)}["RB_3"]
    assert far.field_ohm == pytest.approx(near.field_ohm, rel=0.01)
    assert far.l_ph > near.l_ph + 0.1


def test_branches_are_annotated_and_printed(found, tmp_path):
    gds, deck, out = tmp_path / "x.gds", tmp_path / "x.cir", tmp_path / "out.cir"
    draw().layout.write(str(gds))
    deck.write_text(write_josim(netlist()))
    arguments = ["extract", str(gds), "--netlist", str(deck), "--grid", "0.5", "--resistors"]
    done = CliRunner().invoke(app, [*arguments, "--json", "-o", str(out)])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)["extraction"]
    rows = {row["name"]: row for row in told["resistors"]}
    assert rows.keys() == {"RB_1", "RB_2", "RB_3"}
    written = next(iter(read_deck(out).circuit.cells.values()))
    leads = {row["name"]: row["extracted_ph"] for row in told["branches"]}
    for name, value in leads.items():
        assert written[name].l_ph == pytest.approx(value)
    assert sorted(leads.values()) == pytest.approx(sorted(row["l_ph"] for row in rows.values()), rel=1e-4)
    text = CliRunner().invoke(app, arguments).stdout
    assert "resistor    law ohm  field ohm  branch pH  kinetic pH" in text
    assert any(line.startswith("branch L") and "drawn" in line for line in text.splitlines())


def test_without_a_netlist_nothing_is_written(found, tmp_path):
    gds = tmp_path / "x.gds"
    draw().layout.write(str(gds))
    done = CliRunner().invoke(app, ["extract", str(gds), "--grid", "0.5", "-o", str(tmp_path / "out.cir")])
    assert str(done.exception) == (
        f"{tmp_path / 'out.cir'}: there is no netlist to annotate; remedy: give the schematic that the layout matches"
        " with --netlist"
    )
    assert not (tmp_path / "out.cir").exists()


def test_resistors_are_left_alone_unless_asked_for(tmp_path):
    draw().layout.write(str(tmp_path / "x.gds"))
    assert measure(tmp_path / "x.gds", grid_um=0.5).resistors == ()
