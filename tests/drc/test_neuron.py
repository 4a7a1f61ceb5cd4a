"""The example neurons as written for the fab: both engines find them clean and count the same warnings."""

from __future__ import annotations

from pathlib import Path

import klayout.db as kdb
import pytest

from sfqgen.verify.drc import run_drc
from sfqgen.verify.gds import read_layout
from tests.drc.application import KLAYOUT, NO_KLAYOUT, counts_by_application
from tests.lvs.edit import Masks

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


@pytest.mark.app
@pytest.mark.skipif(KLAYOUT is None, reason=NO_KLAYOUT)
def test_the_application_agrees_on_broken_copies_of_a_neuron(tmp_path):
    """A line narrowed, a plane opened under lines, large contacts, a cell off by one grid step, one on another."""
    from sfqgen import draw, load_spec, write_gds

    whole = tmp_path / "whole.gds"
    write_gds(draw(load_spec(EXAMPLES / "neuron_n2.yaml")), whole, top="neuron_n2")
    paths = [tmp_path / f"broken_{change.__name__}.gds" for change in CHANGES]
    for change, path in zip(CHANGES, paths, strict=True):
        masks = Masks(*read_layout(whole))
        change(masks)
        masks.layout.write(str(path))
    reports = [run_drc(*read_layout(path)) for path in paths]
    assert all(report.errors for report in reports)
    assert counts_by_application(paths, tmp_path) == [report.counts for report in reports]


def narrow(masks: Masks) -> None:
    lines = [p.bbox() for p in masks.region("M6").decompose_trapezoids_to_region().each() if p.is_box()]
    line = max(lines, key=lambda box: (box.height() / max(box.width(), 500), box.left, box.bottom))
    notch = kdb.Box(line.left + 300, line.center().y - 500, line.right + 100, line.center().y + 500)
    masks.put("M6", masks.region("M6") - kdb.Region(notch))


def opened(masks: Masks) -> None:
    middle = masks.region("M4").bbox().center()
    masks.put("M4", masks.region("M4") - kdb.Region(kdb.Box(middle, middle).enlarged(6000, 9000)))


def large_contacts(masks: Masks) -> None:
    masks.put("C5J", masks.region("C5J").sized(200))


def off_grid_step(masks: Masks) -> None:
    _cells(masks)[0].transform(kdb.Trans(5, 0))


def on_another(masks: Masks) -> None:
    _cells(masks)[-1].transform(kdb.Trans(-10_000, 0))


def _cells(masks: Masks) -> list[kdb.Instance]:
    return sorted(masks.top.each_inst(), key=lambda i: (i.cell.name, i.trans.disp.x, i.trans.disp.y))


CHANGES = (narrow, opened, large_contacts, off_grid_step, on_another)
