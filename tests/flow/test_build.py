"""The main job: `sfqgen build` on the example neuron, as a user types it, in a folder whose path has a space in it."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SPEC = ROOT / "cells" / "examples" / "neuron_n2.yaml"
FILES = ("{n}.gds", "{n}.cir", "{n}_extracted.cir", "drc.lyrdb", "lvs.lvsdb", "layout.png", "waveforms.png",
         "report.html", "report.json")  # fmt: skip


def sfqgen(*words: str, cwd: Path) -> subprocess.CompletedProcess:
    code = "from sfqgen.cli import main; main()"
    return subprocess.run([sys.executable, "-c", code, *words], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """(report printed with --json, output folder)."""
    work = tmp_path_factory.mktemp("a folder with spaces")
    done = sfqgen("build", str(SPEC), "--no-extract", "-o", "out/n2", "--json", cwd=work)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), work / "out" / "n2"


def test_the_report_keeps_its_contract(built):
    report, _ = built
    assert {"spec", "version", "verdict", "drc", "lvs", "extraction", "timing", "margins", "not_run",
            "seconds"} <= set(report)  # fmt: skip
    assert report["verdict"] == "PASS"
    assert report["drc"]["violations"] == 0
    assert report["drc"]["rules_run"] >= 90
    assert report["lvs"]["match"]
    assert report["lvs"]["mismatches"] == []
    assert report["timing"]["view"] in ("schematic", "extracted")
    assert all({"name", "limit", "measured", "unit", "pass"} <= set(c) for c in report["timing"]["criteria"])
    assert [level["k"] for level in report["timing"]["levels"]] == [1, 2]
    assert all(level["volleys"] > 0 and level["errors"] == 0 for level in report["timing"]["levels"])


def test_what_was_not_run_is_said(built):
    report, folder = built
    assert report["timing"]["view"] == "schematic"
    assert report["extraction"] is None
    assert any(text.startswith("extraction by the field solver") for text in report["not_run"])
    assert "not of the drawn metal" in report["reason"]
    assert "field solver" in (folder / "report.html").read_text()


def test_every_file_is_there_and_nothing_else(built):
    _, folder = built
    assert sorted(p.name for p in folder.iterdir()) == sorted(name.format(n="neuron_n2") for name in FILES)
    assert [p.name for p in folder.parent.iterdir()] == ["n2"]
    assert json.loads((folder / "report.json").read_text())["verdict"] == "PASS"


def test_the_page_needs_no_network_and_escapes_nothing_by_hand(built):
    _, folder = built
    page = (folder / "report.html").read_text()
    assert "http" not in page
    assert "PASS" in page
    assert page.count("data:image/png;base64,") == 2


def test_the_same_gds_bytes_from_another_process_and_folder(built, tmp_path):
    _, folder = built
    done = sfqgen("layout", str(SPEC), "-o", str(tmp_path / "again.gds"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr

    def digest(path: Path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest()

    assert digest(tmp_path / "again.gds") == digest(folder / "neuron_n2.gds")


def test_the_written_gds_and_deck_pass_the_single_commands(built, tmp_path):
    _, folder = built
    drc = sfqgen("drc", str(folder / "neuron_n2.gds"), "--json", cwd=tmp_path)
    assert (drc.returncode, json.loads(drc.stdout)["drc"]["violations"]) == (0, 0)
    lvs = sfqgen("lvs", str(folder / "neuron_n2.gds"), str(folder / "neuron_n2.cir"), cwd=tmp_path)
    assert (lvs.returncode, lvs.stdout.splitlines()[0].partition(" (")[0]) == (0, "LVS match: neuron_n2 is neuron")
    run = sfqgen("simulate", str(folder / "neuron_n2.cir"), "-o", "w.csv", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "w.csv").read_text().startswith("time,")
    assert sfqgen("simulate", str(folder / "neuron_n2_extracted.cir"), cwd=tmp_path).returncode == 0


def test_help_answers_without_the_heavy_libraries():
    code = """
import sys
sys.argv = ["sfqgen", "--help"]
from sfqgen.cli import main
try:
    main()
except SystemExit:
    pass
sys.exit(any(m in sys.modules for m in ("gdsfactory", "numba", "scipy", "matplotlib", "numpy")))
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
