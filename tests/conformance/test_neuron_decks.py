"""The neuron decks: output counts of every frame as their headers state them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from sfqgen.cli.commands import app
from sfqgen.netlist.josim_read import read_deck
from sfqgen.sim.criteria import PulseCounts
from sfqgen.sim.farm import Bench
from sfqgen.sim.margins import margins
from sfqgen.sim.parameters import chosen, parameters_of

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference"
pytestmark = pytest.mark.skipif(not REFERENCE.is_dir(), reason="../shared/reference is not there")
CASCADE = ("neuron_n4", "neuron_n16", "neuron_opt_n4", "neuron_opt_n16")
SWALLOW = ("neuron_alt_n4", "neuron_centred_n4")


def header(deck: str) -> tuple[str, list[tuple[float, float]], list[int]]:
    """Output junction, windows and counts, as the deck's own comment gives them."""
    rows = [line[1:].split() for line in (REFERENCE / f"{deck}.cir").read_text().splitlines()
            if re.match(r"^\*\s+\d+\.\d", line)]  # fmt: skip
    starts, counts = [float(row[0]) for row in rows], [int(row[4]) for row in rows]
    if deck in CASCADE:
        return "Bjzb", [(t + 15.0, t + 348.0) for t in starts], counts
    ends = [*starts[1:], starts[-1] + 333.3]
    return "BZB", [(t + 45.0, e + 45.0) for t, e in zip(starts, ends, strict=True)], counts


@pytest.mark.parametrize("deck", [*CASCADE, *SWALLOW])
def test_simulate_reproduces_the_counts_of_the_header(deck):
    done = CliRunner().invoke(app, ["simulate", str(REFERENCE / f"{deck}.cir"), "--json"])
    assert done.exit_code == 0, done.output
    pulses = json.loads(done.stdout)["pulses"]
    output, windows, counts = header(deck)
    times = np.array(next(times for name, times in pulses.items() if name.lower() == output.lower()))
    assert [int(np.sum((times >= a) & (times < b))) for a, b in windows] == counts


def test_margins_of_the_16_input_neuron_agree_with_the_published_table():
    """neuron_opt.md, column "before" (another engine, 0.2 ps, 2 % grid), which claims 4 % against JoSIM for itself."""
    deck = read_deck(REFERENCE / "neuron_n16.cir")
    output, windows, counts = header("neuron_n16")
    rule = PulseCounts({output: tuple(windows)}, {output: tuple(counts)})
    bench = Bench(deck.circuit, max(end for _, end in windows), rule, step_ps=0.2)
    found = margins(bench, chosen(parameters_of(deck.circuit), ["g_ic", "g_bias", "K#"]), resolution_pct=2.0)
    for name, low, high in (("g_ic", -8, 8), ("g_bias", -8, 10), ("K#", -22, 26)):
        assert found[name].low_pct == pytest.approx(low, abs=4.0), name
        assert found[name].high_pct == pytest.approx(high, abs=4.0), name
