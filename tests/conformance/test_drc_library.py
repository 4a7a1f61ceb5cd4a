"""The public ColdFlux library (RSFQlib v3.0) was fabricated: its cells break no rule, in either engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from sfqgen.verify.drc import run_drc
from sfqgen.verify.gds import read_layout
from tests.drc.application import KLAYOUT, NO_KLAYOUT, counts_by_application

LIBRARY = Path(__file__).parents[3] / "shared" / "reference" / "rsfqlib"
CELLS = sorted(LIBRARY.glob("*/*.GDS"))
pytestmark = pytest.mark.skipif(not CELLS, reason="the public cell library is not beside the repository")


@pytest.mark.parametrize("path", CELLS, ids=lambda path: path.parent.name)
def test_library_cell_is_clean(path):
    report = run_drc(*read_layout(path))
    assert report.rules_run >= 90
    assert report.counts == {}


@pytest.mark.parametrize("path", CELLS, ids=lambda path: path.parent.name)
def test_only_the_half_webs_of_its_tiles_need_a_neighbour(path):
    """With nothing to abut, the 0.4 um webs of M0 and M1 along the outline are too narrow, and nothing else changes."""
    counts = run_drc(*read_layout(path), chip=True).counts
    assert set(counts) - {"M0.FLOAT"} <= {"M0.W", "M1.W"}
    assert counts["M0.W"] > 0


@pytest.mark.app
@pytest.mark.skipif(KLAYOUT is None, reason=NO_KLAYOUT)
def test_application_finds_the_library_clean_too(tmp_path):
    assert counts_by_application(CELLS, tmp_path, deck="sfq5ee.lydrc") == [{}] * len(CELLS)
