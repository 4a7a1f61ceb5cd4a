"""Standard cells beside the ColdFlux library: its published delays from our engine, and ours not behind them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from tests.conformance.cell_figures import CASES, HEAD, LIBRARY, rows, table

pytestmark = pytest.mark.skipif(not LIBRARY.is_dir(), reason="the reference folder ../shared/reference is absent")

SDF_PS = {"JTL": 3.5, "SPLIT": 6.3, "DFF": 6.3}
"""Delays in the .sdf files of the library (TimEx)."""
DOCUMENT = Path(__file__).parents[2] / "docs" / "cells.md"


@lru_cache
def found():
    return rows()


@pytest.mark.parametrize("name", SDF_PS)
def test_our_engine_finds_the_delays_of_the_library(name):
    assert dict(found())[f"ColdFlux {name}"].delay_ps == pytest.approx(SDF_PS[name], abs=0.4)


@pytest.mark.parametrize("case", [case for case in CASES if case.library], ids=lambda case: case.title)
def test_our_cells_keep_up_with_those_of_the_library(case):
    ours, theirs = dict(found())[case.title], dict(found())[f"ColdFlux {case.library}"]
    assert ours.junctions == theirs.junctions
    assert ours.delay_ps <= theirs.delay_ps + 0.2
    assert ours.bias_ua <= theirs.bias_ua
    assert ours.margins.critical.worst_pct >= min(30.0, theirs.margins.critical.worst_pct)
    assert ours.margins.critical_global.worst_pct >= theirs.margins.critical_global.worst_pct - 2.0


def test_the_document_shows_what_the_script_prints():
    """Figures may drift a little when a cell is centred anew; then the table is printed anew."""
    shown = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| ")]
    start = shown.index("| " + " | ".join(HEAD) + " |")
    printed = [line for line in table(found()) if line.startswith("| ")]
    for old, new in zip(shown[start + 1 : start + len(printed)], printed[1:], strict=True):
        before, now = _fields(old), _fields(new)
        assert before[:2] == now[:2]
        for one, other in zip(before[2:9], now[2:9], strict=True):
            assert _numbers(one) == pytest.approx(_numbers(other), rel=0.06, abs=6.0 if "/" in one else 0.5), new


def _fields(line: str) -> list[str]:
    return [field.strip() for field in line.strip("|").split("|")]


def _numbers(text: str) -> list[float]:
    return [] if text == "-" else [float(part) for part in text.split("/")]
