"""The built-in engine against switching times of JoSIM on the ColdFlux library's own test benches."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sfqgen.netlist.josim_read import read_deck
from sfqgen.sim.result import Result
from sfqgen.sim.transient import Engine

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference"
PULSES = REFERENCE / "josim_pulses.json"
pytestmark = pytest.mark.skipif(not PULSES.is_file(), reason="../shared/reference is not there")
CELLS = ("DCSFQ", "DFF", "JTL", "JTLT", "SPLIT")


def converged(cell: str) -> dict[str, np.ndarray]:
    """Times of JoSIM at a step of 0.01 ps, good to 0.01 ps, by junction."""
    table = json.loads(PULSES.read_text())["cells"][cell]["0.01"]
    return {name[2:-1]: np.array(times) for name, times in table.items()}


def run(cell: str, step_ps: float) -> tuple[Result, dict[str, np.ndarray]]:
    deck = read_deck(REFERENCE / "rsfqlib" / cell / f"THmitll_{cell}_v3p0_testbench.cir")
    expected = converged(cell)
    return Engine(deck.circuit, watch=list(expected)).run(stop_ps=deck.need_tran().stop_ps, step_ps=step_ps), expected


def largest_shift(result: Result, expected: dict[str, np.ndarray]) -> float:
    for name, times in expected.items():
        found = result.pulses[name][0]
        assert len(found) == len(times), name
        assert np.all(np.sign(found) == np.sign(times)), name
    return max(np.max(np.abs(result.pulses[name][0] - times)) for name, times in expected.items())


@pytest.mark.parametrize("cell", CELLS)
def test_pulses_at_a_fine_step_agree_within_20_fs(cell):
    result, expected = run(cell, 0.025)
    assert largest_shift(result, expected) < 0.02


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("step_ps", [0.2, 0.1, 0.05])
def test_error_at_coarser_steps_is_within_what_the_engine_states(cell, step_ps):
    result, expected = run(cell, step_ps)
    # The reference itself is good to 0.01 ps; where the engine states less, that is the floor.
    assert largest_shift(result, expected) < max(result.timing_error_ps, 0.01)


def test_wanted_accuracy_is_reached_by_halving_the_step():
    deck = read_deck(REFERENCE / "rsfqlib" / "SPLIT" / "THmitll_SPLIT_v3p0_testbench.cir")
    expected = converged("SPLIT")
    result = Engine(deck.circuit, watch=list(expected)).run(stop_ps=1000.0, step_ps=0.2, accuracy_ps=0.02)
    assert result.timing_error_ps <= 0.02
    assert result.step_ps < 0.2
    assert largest_shift(result, expected) < 0.02
