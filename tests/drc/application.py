"""Run the committed deck in the KLayout application, one process for several layouts."""

from __future__ import annotations

import shutil
import subprocess
from importlib.resources import as_file, files
from pathlib import Path

import klayout.rdb as rdb

KLAYOUT = shutil.which("klayout")
NO_KLAYOUT = "the KLayout application is not installed (Debian package klayout)"
DECKS = files("pdk_sfq5ee").joinpath("klayout", "drc")


def counts_by_application(jobs: list[Path], folder: Path, deck: str = "sfq5ee.drc") -> list[dict[str, int]]:
    """Markers by rule for each layout, rules without a marker left out."""
    reports = [folder / f"{number}.lyrdb" for number in range(len(jobs))]
    driver = folder / "driver.rb"
    with as_file(DECKS.joinpath(deck)) as path:
        driver.write_text("".join(
            f"$input = {_ruby(job)}; $report = {_ruby(report)}; RBA::Macro.new({_ruby(path)}).run\n"
            for job, report in zip(jobs, reports, strict=True)), encoding="utf-8")  # fmt: skip
        done = subprocess.run([KLAYOUT, "-b", "-r", str(driver)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return [_counts(report) for report in reports]


def _ruby(path: Path) -> str:
    return "'" + str(path).replace("\\", "\\\\").replace("'", "\\'") + "'"


def _counts(path: Path) -> dict[str, int]:
    database = rdb.ReportDatabase("")
    database.load(str(path))
    return {category.name(): n for category in database.each_category() if (n := category.num_items())}
