"""XOR of two layouts: exit code, areas and counts by layer."""

import json

import klayout.db as kdb
import pytest
from typer.testing import CliRunner

from sfqgen.chip.xor import differences
from sfqgen.cli.commands import app


def layout(path, boxes, words=()):
    made = kdb.Layout()
    made.dbu = 0.001
    top = made.create_cell("TOP")
    for number, box in boxes:
        top.shapes(made.layer(*number)).insert(kdb.DBox(*box))
    for number, word in words:
        top.shapes(made.layer(*number)).insert(kdb.DText(word, kdb.DTrans(1.0, 1.0)))
    made.write(str(path))
    return path


@pytest.fixture
def pair(tmp_path):
    one = layout(tmp_path / "a.gds", [((60, 0), (0, 0, 10, 10)), ((40, 0), (0, 0, 5, 5))], [((60, 5), "a")])
    other = layout(tmp_path / "b.gds", [((60, 0), (0, 0, 10, 12)), ((40, 0), (0, 0, 5, 5))], [((60, 5), "b")])
    return one, other


def test_layers_that_differ_with_area_and_polygons(pair):
    found = [layer.as_dict() for layer in differences(*pair)]
    assert found == [
        {"layer": "M6", "gds": [60, 0], "area_um2": 20.0, "polygons": 1, "texts": 0},
        {"layer": "M6_PIN", "gds": [60, 5], "area_um2": 0.0, "polygons": 0, "texts": 2},
    ]


def test_hierarchy_does_not_count(tmp_path, pair):
    flat = kdb.Layout()
    flat.read(str(pair[0]))
    top = flat.create_cell("OUTER")
    top.insert(kdb.CellInstArray(flat.cell("TOP").cell_index(), kdb.Trans()))
    flat.write(str(tmp_path / "c.gds"))
    assert differences(pair[0], tmp_path / "c.gds") == []


def test_the_command_says_what_differs_and_leaves_with_one(pair):
    result = CliRunner().invoke(app, ["xor", *map(str, pair)])
    assert result.exit_code == 1
    said = ["M6 (60/0): 20 um2 in 1 polygons", "M6_PIN (60/5): 0 um2 in 0 polygons, 2 texts"]
    assert result.stdout.splitlines() == said


def test_the_command_leaves_with_zero_when_nothing_differs(pair):
    result = CliRunner().invoke(app, ["xor", str(pair[0]), str(pair[0]), "--json"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["same"] is True
