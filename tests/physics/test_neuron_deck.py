"""The decks that `sfqgen netlist` writes: nothing but the file is needed to run them and to judge the run."""

from __future__ import annotations

import math
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from sfqgen.cli.commands import app
from sfqgen.netlist.josim_read import read_deck
from sfqgen.sim.crossings import crossings
from sfqgen.sim.deck_run import run_deck
from sfqgen.sim.external.ngspice import run_ngspice

EXAMPLES = Path(__file__).parents[2] / "cells" / "examples"
OUTPUT = "P(B_A|X_LOAD_OUT)"
STORE = ("P(B_S|X_SI|X_DUT)", "P(B_M|X_SO|X_DUT)")
OUT_PS = 85.0
"""No pulse of a frame leaves earlier after its tick; a late one of the frame before may."""


def written(name: str, folder: Path) -> Path:
    file = folder / f"{name}.cir"
    done = CliRunner().invoke(app, ["netlist", str(EXAMPLES / f"{name}.yaml"), "-o", str(file)])
    assert done.exit_code == 0, done.output
    return file


def frames(file: Path) -> list[tuple[float, int, int]]:
    """Start, threshold and expected pulses of every frame, from the comments at the head of the deck."""
    rows = [line[2:].split() for line in file.read_text().splitlines() if re.match(r"^\* \d+\.\d ", line)]
    return [(float(start), int(k), int(pulses)) for start, k, _, pulses, _ in rows]


def counted(waves, rows: list[tuple[float, int, int]]) -> tuple[list[int], list[int]]:
    """Pulses per frame, and the store's content + 1 at the tick of each frame."""
    out = crossings(waves.t_ps, waves[OUTPUT])
    bounds = [0.0, *(start + OUT_PS for start, *_ in rows[1:]), math.inf]
    pulses = np.histogram(np.abs(out), bounds)[0].tolist()
    content = (waves[STORE[0]] - waves[STORE[1]]) / (2 * math.pi)
    return pulses, [round(float(np.interp(start, waves.t_ps, content))) + 1 for start, *_ in rows]


@pytest.mark.parametrize(("name", "ports"), [("neuron_n4", 4), ("neuron_n16", 16)])
def test_a_deck_is_self_contained_and_gives_the_counts_of_its_header(name, ports, tmp_path):
    file = written(name, tmp_path)
    text = file.read_text()
    assert ".include" not in text.lower()
    assert len(re.findall(r"^I_in\d+ ", text, re.MULTILINE)) == ports
    rows = frames(file)
    assert {k for _, k, _ in rows} == {1, 2, 3, 4}
    pulses, thresholds = counted(run_deck(read_deck(file), estimate_error=False).waveforms, rows)
    assert pulses == [expected for *_, expected in rows]
    assert thresholds == [k for _, k, _ in rows]


@pytest.mark.app
@pytest.mark.skipif(shutil.which("ngspice") is None, reason="ngspice is not on PATH (apt-get install ngspice)")
def test_ngspice_and_the_builtin_engine_agree_on_the_two_input_deck(tmp_path):
    file = written("neuron_n2", tmp_path)
    rows, deck = frames(file), read_deck(file)
    own, other = run_deck(deck, step_ps=0.1, estimate_error=False).waveforms, run_ngspice(deck)
    for waves in (own, other):
        pulses, thresholds = counted(waves, rows)
        assert pulses == [expected for *_, expected in rows]
        assert thresholds == [k for _, k, _ in rows]
    ours, theirs = (crossings(waves.t_ps, waves[OUTPUT]) for waves in (own, other))
    assert theirs == pytest.approx(ours, abs=0.05)
