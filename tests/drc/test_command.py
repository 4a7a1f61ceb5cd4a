"""`sfqgen drc` as a user meets it: table, JSON, marker file, deck, exit codes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import klayout.db as db
import klayout.rdb as rdb
import pytest

from pdk_sfq5ee.rules import load_rules
from sfqgen.cli import main
from sfqgen.verify.deck import deck, macro
from sfqgen.verify.drc import MAX_LISTED, run_drc
from tests.drc.drawing import Drawing

RULES = load_rules()


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Run the command line in an empty folder: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sfqgen", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        return left.value.code or 0, out, err

    return command


def two_narrow_lines() -> Drawing:
    pattern = Drawing("LINES")
    pattern.box("M6", 0, 0, 5000, 300)
    pattern.box("M6", 0, 2000, 5000, 300)
    pattern.cell.shapes(pattern.layout.layer(99, 0)).insert(pattern.box("M6", 0, 4000, 5000, 1000))
    return pattern


def test_clean_layout_leaves_with_0(run):
    pattern = Drawing("LINE")
    pattern.box("M6", 0, 0, 5000, 1000)
    pattern.layout.write("x.gds")
    code, out, _ = run("drc", "x.gds")
    assert code == 0
    assert "LINE: clean, 0 warnings; " in out
    assert "the foundry's rule manual is not public" in out


def test_violations_leave_with_1_and_are_told_by_rule(run):
    two_narrow_lines().layout.write("x y.gds")
    code, out, _ = run("drc", "x y.gds", "--lyrdb", "drc.lyrdb")
    assert code == 1
    assert "M6 is narrower than 0.35 um" in out
    assert "LINES: 2 violations of 1 rules, 1 warnings; " in out
    assert "klayout 'x y.gds' -m drc.lyrdb" in out


def test_json_is_one_object_with_the_keys_of_the_report(run):
    two_narrow_lines().layout.write("x.gds")
    code, out, _ = run("drc", "x.gds", "--json")
    result = json.loads(out)
    assert code == 1
    assert result["cell"] == "LINES"
    assert result["drc"] == {
        "violations": 2, "rules_run": len(RULES), "by_rule": {"M6.W": 2},
        "warnings": 1, "warnings_by_rule": {"UNKNOWN": 1},
    }  # fmt: skip
    assert result["findings"][0] == {
        "rule": "M6.W", "severity": "error", "message": "M6 is narrower than 0.35 um", "layer": "M6", "cell": "LINES",
        "x_um": 2.5, "y_um": 0.15,
    }  # fmt: skip
    assert [finding["y_um"] for finding in result["findings"]] == [0.15, 2.15, 4.5]
    assert result["findings"][2]["layer"] == "99/0"


def test_marker_file_holds_every_rule_and_every_finding(run):
    pattern = two_narrow_lines()
    pattern.layout.write("x.gds")
    run("drc", "x.gds", "--lyrdb", "a.lyrdb")
    run("drc", "x.gds", "--lyrdb", "b.lyrdb")
    database = rdb.ReportDatabase("")
    database.load("a.lyrdb")
    assert [category.name() for category in database.each_category()] == [rule.id for rule in RULES]
    counts = {category.name(): n for category in database.each_category() if (n := category.num_items())}
    assert counts == run_drc(pattern.layout, pattern.cell).counts
    assert database.top_cell_name == "LINES"
    assert Path("a.lyrdb").read_bytes() == Path("b.lyrdb").read_bytes()


def test_cell_rules_and_chip_are_passed_on(run):
    pattern = two_narrow_lines()
    pattern.layout.create_cell("OTHER").shapes(pattern.layout.layer(60, 0)).insert(pattern.box("M6", 0, 8000, 900, 900))
    pattern.layout.write("x.gds")
    assert run("drc", "x.gds", "--cell", "OTHER")[0] == 0
    Path("own.yaml").write_text("rules: [{id: M6.W, process: 1.2}]")
    code, out, _ = run("drc", "x.gds", "--cell", "OTHER", "--rules", "own.yaml", "--json")
    assert (code, json.loads(out)["drc"]["by_rule"]) == (1, {"M6.W": 1})
    plane = Drawing("PLANE")
    plane.box("M0", 0, 0, 5000, 400)
    plane.layout.write("p.gds")
    assert run("drc", "p.gds")[0] == 0
    assert run("drc", "p.gds", "--chip")[0] == 1


def test_deck_is_written_with_and_without_its_menu_wrapper(run):
    code, _, err = run("drc", "--write-deck", "own.drc")
    assert (code, err) == (0, f"wrote own.drc: {len(RULES)} rules\n")
    assert Path("own.drc").read_text(encoding="utf-8") == deck(RULES)
    run("drc", "--write-deck", "own.lydrc")
    assert Path("own.lydrc").read_text(encoding="utf-8") == macro(deck(RULES))


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["drc"], "error: no GDS file named; remedy: sfqgen drc X.gds, or sfqgen drc --write-deck FILE\n"),
        (["drc", "none.gds"], "error: none.gds: no such file; remedy: check the path\n"),
        (["drc", "x.gds", "--cell", "JTL"], "error: x.gds: no cell named 'JTL'; allowed: LINES\n"),
        (["drc", "x.gds", "--rules", "none.yaml"], "error: none.yaml: no such rule overlay; remedy: check the path\n"),
        (["drc", "x.gds", "--lyrdb", "x.gds/drc.lyrdb"],
         "error: x.gds: cannot write into the folder (File exists); remedy: a folder with write permission and room, "
         "named with -o\n"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_leaves_with_2(run, arguments, line):
    two_narrow_lines().layout.write("x.gds")
    code, out, err = run(*arguments)
    assert (code, out, err) == (2, "", line)


def test_findings_of_one_rule_are_bounded_but_all_counted():
    pattern = Drawing()
    for n in range(MAX_LISTED + 10):
        pattern.box("M6", 0, 1000 * n, 2000, 300)
    report = run_drc(pattern.layout, pattern.cell)
    assert report.by_rule == {"M6.W": MAX_LISTED + 10}
    assert len(report.violations) == MAX_LISTED


def test_component_of_gdsfactory_is_checked_in_memory():
    gf = pytest.importorskip("gdsfactory")
    component = gf.Component("in_memory")
    component.kdb_cell.shapes(component.kcl.layer(60, 0)).insert(db.Box(0, 0, 5000, 300))
    report = run_drc(component.kcl.layout, component.kdb_cell)
    assert report.by_rule == {"M6.W": 1}
    assert report.cell == "in_memory"
