"""The example neurons as written for the fab: both engines find them clean and count the same warnings."""

from __future__ import annotations

from pathlib import Path

import pytest

from sfqgen.verify.drc import run_drc
from sfqgen.verify.gds import read_layout
from tests.drc.application import KLAYOUT, NO_KLAYOUT, counts_by_application

EXAMPLES = Path(__file__).parents[2] / "cells" / "examples"


@pytest.mark.app
@pytest.mark.skipif(KLAYOUT is None, reason=NO_KLAYOUT)
def test_the_application_agrees_on_the_final_gds_of_the_example_neurons(tmp_path):
    from sfqgen import draw, load_spec, write_gds

    paths = [tmp_path / f"{name}.gds" for name in ("neuron_n2", "neuron_n4")]
    for path in paths:
        spec = load_spec(EXAMPLES / f"{path.stem}.yaml")
        write_gds(draw(spec), path, top=spec.name)
    reports = [run_drc(*read_layout(path)) for path in paths]
    assert [report.errors for report in reports] == [0, 0]
    assert all(report.rules_run >= 90 for report in reports)
    assert counts_by_application(paths, tmp_path) == [report.counts for report in reports]
