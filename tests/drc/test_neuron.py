"""The example neuron: both engines find the same in it."""

from __future__ import annotations

from pathlib import Path

import klayout.db as db
import pytest

from sfqgen.verify.drc import run_drc
from sfqgen.verify.gds import read_layout
from tests.drc.application import KLAYOUT, NO_KLAYOUT, counts_by_application

SPEC = Path(__file__).parents[2] / "cells" / "examples" / "neuron_n2.yaml"


@pytest.mark.app
@pytest.mark.skipif(KLAYOUT is None, reason=NO_KLAYOUT)
def test_both_engines_count_alike_on_the_example_neuron(tmp_path):
    from sfqgen.layout.neuron import draw_neuron
    from sfqgen.spec.load import load_spec

    spec = load_spec(SPEC)
    neuron = draw_neuron(fill=spec.layout.fill, **spec.circuit_kwargs())
    options = db.SaveLayoutOptions()
    options.write_context_info = False  # which KLayout 0.28 cannot read
    gds = tmp_path / "neuron.gds"
    neuron.kdb_cell.write(str(gds), options)
    report = run_drc(*read_layout(gds))
    assert report.rules_run >= 90
    assert counts_by_application([gds], tmp_path) == [report.counts]
