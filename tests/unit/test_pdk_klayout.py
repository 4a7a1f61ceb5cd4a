"""KLayout files are up to date, install twice to the same end, and the application loads them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pdk_sfq5ee import klayout_install, layers
from pdk_sfq5ee.errors import PdkError
from pdk_sfq5ee.klayout_tech import technology_files

KLAYOUT = shutil.which("klayout")
needs_klayout = pytest.mark.skipif(KLAYOUT is None, reason="the KLayout application is not on PATH")


def installed(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("name", sorted(technology_files()))
def test_committed_file_is_up_to_date(name):
    committed = Path(str(files("pdk_sfq5ee"))) / "klayout" / name
    assert committed.read_text(encoding="utf-8") == technology_files()[name], "run python -m pdk_sfq5ee.klayout_tech"


def test_install_twice_changes_nothing_the_second_time(tmp_path):
    home = tmp_path / "a home with spaces"
    first = klayout_install.install(home)
    content = installed(home)
    second = klayout_install.install(home)
    assert [path for path, _ in first] == [path for path, _ in second]
    assert all(changed for _, changed in first)
    assert not any(changed for _, changed in second)
    assert installed(home) == content
    assert {"tech/sfq5ee/sfq5ee.lyt", "tech/sfq5ee/sfq5ee.lyp", "tech/sfq5ee/drc/sfq5ee.lydrc"} <= set(content)


def test_install_restores_a_changed_file_and_leaves_others_alone(tmp_path):
    klayout_install.install(tmp_path)
    colours, other = tmp_path / "tech/sfq5ee/sfq5ee.lyp", tmp_path / "tech/sfq5ee/notes.txt"
    good = colours.read_bytes()
    colours.write_text("spoilt")
    other.write_text("mine")
    assert [path.name for path, changed in klayout_install.install(tmp_path) if changed] == ["sfq5ee.lyp"]
    assert (colours.read_bytes(), other.read_text()) == (good, "mine")


def test_home_is_the_users_choice(monkeypatch, tmp_path):
    monkeypatch.setenv("KLAYOUT_HOME", str(tmp_path))
    assert klayout_install.default_home() == tmp_path
    monkeypatch.delenv("KLAYOUT_HOME")
    assert klayout_install.default_home() == Path.home() / ".klayout"


def test_a_home_that_cannot_be_written_is_one_line(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(PdkError) as caught:
        klayout_install.install(blocked)
    assert str(caught.value).startswith(str(blocked))
    assert str(caught.value).endswith("cannot write (Not a directory); remedy: another --home")


def test_command_installs_and_says_so(tmp_path):
    from sfqgen.cli.commands import app

    runner = CliRunner()
    done = runner.invoke(app, ["klayout", "install", "--home", str(tmp_path), "--json"])
    assert done.exit_code == 0
    told = json.loads(done.stdout)["installed"]
    assert {Path(entry["file"]).name for entry in told} >= {"sfq5ee.lyt", "sfq5ee.lyp", "sfq5ee.lydrc"}
    assert all(entry["changed"] for entry in told)
    again = runner.invoke(app, ["klayout", "install", "--home", str(tmp_path)])
    assert again.exit_code == 0
    assert again.stdout == ""
    assert "up to date" in again.stderr
    assert "wrote" not in again.stderr


def run_klayout(home: Path, script: Path, *arguments: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"KLAYOUT_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run([KLAYOUT, *arguments, str(script)], env=environment, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=120, check=False)  # fmt: skip


@pytest.mark.app
@needs_klayout
def test_the_application_loads_the_technology(tmp_path):
    klayout_install.install(tmp_path / "home")
    script = tmp_path / "look.py"
    script.write_text(f"""
import pya
tech = pya.Technology.technology_by_name("sfq5ee")
print(tech.name, tech.dbu, tech.description)
view = pya.LayoutView()
view.load_layer_props({str(tmp_path / "home/tech/sfq5ee/sfq5ee.lyp")!r})
shown, entry = [], view.begin_layers()
while not entry.at_end():
    node = entry.current()
    if node.source_layer >= 0:
        shown.append((node.source_layer, node.source_datatype))
    entry.next()
print(sorted(shown))
""")
    done = run_klayout(tmp_path / "home", script, "-b", "-r")
    name, shown = done.stdout.strip().splitlines()[-2:]
    assert name == "sfq5ee 0.001 SFQ5ee (public-derived, not the foundry's kit)"
    assert shown == str(sorted(layers.numbers().values()))


@pytest.mark.app
@needs_klayout
def test_the_application_offers_the_deck_in_its_menu(tmp_path):
    """With its main window, drawn nowhere."""
    klayout_install.install(tmp_path / "home")
    script, menu = tmp_path / "look.py", tmp_path / "menu.txt"
    script.write_text(f"""
import os, pya
application = pya.Application.instance()
for _ in range(20):
    application.process_events()
menu = application.main_window().menu()
with open({str(menu)!r}, "w") as out:
    out.write("\\n".join(menu.action(item).title for item in menu.items("tools_menu.drc")))
os._exit(0)
""")
    run_klayout(tmp_path / "home", script, "-nc", "-z", "-r")
    assert "SFQ5ee design rules (public-derived)" in menu.read_text().splitlines()
