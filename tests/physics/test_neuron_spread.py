"""What the neuron stands: its parameters off, spikes that nothing was tuned on, both resets."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from cells.neuron import NeuronValues, neuron
from sfqgen.cli.benches import load_bench
from sfqgen.cli.commands import app
from sfqgen.netlist.josim_read import read_deck
from sfqgen.sim.parameters import scaled_values
from sfqgen.timing.held_out import LEAST_PS, at_corners, at_nominal
from sfqgen.timing.neuron_bench import neuron_bench
from sfqgen.timing.refractory import refractory
from sfqgen.timing.use import Use

GLOBALS = ("g_ic", "g_l", "g_r", "g_bias")
CRITICAL = ("B_s|store_bit", "B_s|store_in", "B_e|store_in", "B_m|store_end", "I_s|store_bit", "B_f|reader",
            "B_w|swallow")  # fmt: skip


def broken(inputs: int, levels: int, reset: str, names: tuple[str, ...], pct: float) -> list[str]:
    """The sides at which the walk of a neuron breaks its law."""
    bench = neuron_bench(neuron(inputs=inputs, levels=levels, reset=reset), Use(inputs, levels, reset))
    chosen = {p.name: p for p in bench.parameters if p.name in names}
    assert sorted(chosen) == sorted(names)
    factors = []
    for number, name in enumerate(names):
        row = np.ones(2 * len(names))
        row[2 * number : 2 * number + 2] = 1 - pct / 100, 1 + pct / 100
        factors.append((chosen[name], row))
    right = bench.right(2 * len(names), scaled_values(bench.circuit, factors))
    return [f"{names[k // 2]} {'+' if k % 2 else '-'}{pct:g} %" for k in np.flatnonzero(~right)]


@pytest.mark.parametrize("reset", ["frame", "self"])
def test_sixteen_inputs_stand_every_global_off_by_17_5_per_cent(reset):
    assert broken(16, 4, reset, GLOBALS, 17.5) == []


def test_sixteen_inputs_stand_their_critical_elements_off_by_30_per_cent():
    assert broken(16, 4, "frame", CRITICAL, 30.0) == []


def test_a_deviation_beyond_the_margins_is_seen():
    assert broken(1, 2, "frame", ("g_ic", "g_bias"), 45.0) == ["g_ic -45 %", "g_ic +45 %", "g_bias -45 %",
                                                              "g_bias +45 %"]  # fmt: skip


def test_spikes_around_the_refractory_time_are_ignored_before_and_counted_after_it():
    use = Use(1, 3, "self")
    low, high = use.refractory_ps
    gaps = [15.0, low / 2, low, high, high + 10.0, 2 * high]
    for edge in refractory(neuron(inputs=1, levels=3, reset="self"), use, gaps):
        assert (edge.ignored_ps, edge.counted_ps, edge.faults) == (low, high, 0)


def test_held_out_trains_are_right_at_nominal_and_at_every_corner():
    dut, use = neuron(inputs=2, levels=2), Use(2, 2)
    wide, close = at_nominal(dut, use, 6)
    assert (wide.least_ps, wide.frames, wide.wrong) == (15.0, 60, 0)
    assert (close.least_ps, close.frames, close.wrong) == (LEAST_PS, 60, 0)
    corners = at_corners(dut, use, 17.5, 1)
    assert {c.name for c in corners} >= {*GLOBALS, "B_s|store_in"}
    assert {c.deviation_pct for c in corners} == {-17.5, 17.5}
    assert [c.name for c in corners if c.wrong] == []


def test_held_out_trains_find_a_neuron_that_is_wrong():
    values = NeuronValues()
    dead = replace(values, reader=replace(values.reader, f_ic_ua=20.0))
    wide, close = at_nominal(neuron(inputs=2, levels=2, values=dead), Use(2, 2), 2)
    assert wide.wrong
    assert close.wrong


def test_noise_of_a_specification_bounds_the_error_rate_of_each_level(tmp_path):
    (tmp_path / "n.yaml").write_text("name: n\ninputs: 2\nlevels: 2\n")
    done = CliRunner().invoke(app, ["noise", str(tmp_path / "n.yaml"), "-n", "5", "--seed", "1", "--json"])
    report = json.loads(done.output)
    assert report["errors"] == 0
    assert report["levels"] == [{"k": 1, "frames": 30, "bound_95": 0.1}, {"k": 2, "frames": 20, "bound_95": 0.15}]
    assert all(0.05 < jitter < 0.6 for jitter in report["jitter_ps"]["B_a|X_load_out"])


def test_a_specification_can_be_optimised_into_a_deck(tmp_path):
    """The deck that is written has the factor that is reported: a bias grows as its resistor shrinks."""
    (tmp_path / "n.yaml").write_text("name: n\ninputs: 2\nlevels: 2\n")
    arguments = ["optimise", str(tmp_path / "n.yaml"), "--variable", "I_s|store_in", "--want", "I_s|store_in=40"]
    options = ["--generations", "1", "--population", "4", "-o", str(tmp_path / "better.cir"), "--json"]
    done = CliRunner().invoke(app, [*arguments, *options])
    report = json.loads(done.output)
    assert report["distance"] >= report["start_distance"] > 0.5
    (factor,) = report["factors"].values()
    written = {e.name: e for e in read_deck(tmp_path / "better.cir").circuit.elements}
    nominal = 2600.0 / NeuronValues().store.s0_ib_ua
    assert written["RI_s_X_si_X_dut"].r_ohm == pytest.approx(nominal / factor, rel=1e-3)


def test_the_seed_of_a_run_draws_the_noise_and_leaves_the_walk_alone(tmp_path):
    (tmp_path / "n.yaml").write_text("name: n\ninputs: 2\nlevels: 2\n")
    one, two = (load_bench(tmp_path / "n.yaml", seed=seed) for seed in (1, 2))
    assert (one.seed, two.seed) == (1, 2)
    assert one.criterion.exercise == two.criterion.exercise
