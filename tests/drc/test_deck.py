"""The KLayout deck: the committed one is what the writer emits; the application counts as the Python engine does."""

from __future__ import annotations

import random
from pathlib import Path

import klayout.db as db
import pytest

from pdk_sfq5ee.layers import films
from pdk_sfq5ee.rules import load_rules
from sfqgen.verify.deck import deck, macro
from sfqgen.verify.drc import run_drc
from sfqgen.verify.gds import read_layout
from tests.drc.application import DECKS, KLAYOUT, NO_KLAYOUT, counts_by_application
from tests.drc.drawing import Drawing
from tests.drc.patterns import VARIANTS, drawing
from tests.drc.test_outline import frame

RULES = load_rules()


def test_committed_deck_is_what_the_writer_emits():
    text = DECKS.joinpath("sfq5ee.drc").read_text(encoding="utf-8")
    assert text == deck(RULES), "write it again: sfqgen drc --write-deck pdk_sfq5ee/klayout/drc/sfq5ee.drc"
    assert DECKS.joinpath("sfq5ee.lydrc").read_text(encoding="utf-8") == macro(text)


def test_deck_says_what_it_is():
    text = deck(RULES)
    assert "not the foundry's sign-off deck" in text[:600]
    assert "--rules overlay.yaml" in text


def test_deck_states_the_given_rules_and_no_other():
    text = deck(RULES.only("M6.W", "J5.D"))
    assert [rule.id for rule in RULES if f"call('{rule.id}'" in text] == ["M6.W", "J5.D"]
    assert all(f"call('{rule.id}'" in deck(RULES) for rule in RULES)


@pytest.mark.app
@pytest.mark.skipif(KLAYOUT is None, reason=NO_KLAYOUT)
def test_application_and_python_engine_count_alike(tmp_path):
    """One run of the application: all patterns in one cell, a tile with half webs, crowds of overlapping shapes."""
    everything = [drawing(rule, variant) for rule in RULES for variant in VARIANTS]
    crowds = [_crowd(random.Random(seed)) for seed in range(60)]
    jobs = [_side_by_side(tmp_path / name, drawings)
            for name, drawings in (("it's all.gds", everything), ("tile.gds", [frame(100)]), ("crowd.gds", crowds))]
    counted = counts_by_application(jobs, tmp_path)
    assert set(counted[0]) == {rule.id for rule in RULES}, "each rule fires in the application too"
    for job, application in zip(jobs, counted, strict=True):
        assert application == run_drc(*read_layout(job)).counts, job.name


def _crowd(dice: random.Random) -> Drawing:
    """Up to 25 shapes on any film in 12 um: boxes, boxes with cut corners, paths with bends of 45 degrees."""
    d = Drawing()
    for _ in range(dice.randint(1, 25)):
        film = dice.choice([film.name for film in films()])
        x, y, w, h = (5 * dice.randint(low, 800) for low in (-800, -800, 60, 60))
        form = dice.choice(("box", "cut", "path"))
        if form == "box":
            d.box(film, x, y, w, h)
        elif form == "cut":
            d.polygon(film, (x, y), (x, y + h - 100), (x + 100, y + h), (x + w, y + h), (x + w, y))
        else:
            bends = [(x, y), (x + w, y), (x + 2 * w, y + w), (x + 3 * w, y + w)]
            d.shapes(film).insert(db.Path([db.Point(*bend) for bend in bends], 10 * dice.randint(10, 100)))
    return d


def _side_by_side(path: Path, drawings: list[Drawing]) -> Path:
    layout = db.Layout()
    layout.dbu = 0.001
    top = layout.create_cell("TOP")
    for number, one in enumerate(drawings):
        cell = layout.create_cell(f"P{number}")
        cell.copy_tree(one.cell)
        top.insert(db.CellInstArray(cell.cell_index(), db.Trans(number % 24 * 60_000, number // 24 * 60_000)))
    layout.write(str(path))
    return path
