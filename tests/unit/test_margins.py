"""Margins, yield, noise, sweeps and the optimiser on a small line; the same digits in threads and on dask."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from sfqgen.cli.commands import app
from sfqgen.errors import SfqgenError
from sfqgen.netlist.deck import Deck, Tran
from sfqgen.netlist.josim_write import write_josim
from sfqgen.sim.confidence import wilson
from sfqgen.sim.margins import margins
from sfqgen.sim.monte_carlo import Spreads, monte_carlo
from sfqgen.sim.noise import noise
from sfqgen.sim.optimise import Direction, both_sides, distance_of, optimise, reach
from sfqgen.sim.parameters import chosen, parameters_of, scaled_values
from sfqgen.sim.sweep import sweep
from tests.unit.benches import OUTPUT, bench, line


def parameters(*names):
    return chosen(parameters_of(line()), names)


def passes(name: str, pct: float) -> bool:
    values = scaled_values(line(), [(parameters(name)[0], np.array([1 + pct / 100]))])
    return bool(bench().right(1, values)[0])


def test_a_margin_is_the_last_grid_point_that_passes():
    found = margins(bench(), parameters("g_bias", "g_ic", "L_2|jtl"), resolution_pct=2.0, cap_pct=60.0)
    bias, ic, inductor = found["g_bias"], found["g_ic"], found["L_2|jtl"]
    assert not bias.low_capped
    assert passes("g_bias", bias.low_pct)
    assert not passes("g_bias", bias.low_pct - 2)
    assert not ic.high_capped
    assert passes("g_ic", ic.high_pct)
    assert not passes("g_ic", ic.high_pct + 2)
    assert inductor.low_capped
    assert inductor.low_pct == -60.0
    assert found.critical.name == "L_2|jtl"
    assert found.critical_global.name == min((bias, ic), key=lambda m: m.worst_pct).name


def test_margins_do_not_depend_on_company():
    alone = margins(bench(), parameters("g_bias"))["g_bias"]
    together = margins(bench(), parameters("B_1|jtl", "g_ic", "g_bias", "L_1|jtl"))["g_bias"]
    assert alone == together


def test_a_resolution_beyond_the_cap_is_refused():
    with pytest.raises(SfqgenError) as caught:
        margins(bench(), parameters("g_bias"), resolution_pct=50.0)
    assert str(caught.value) == "resolution 50 % with a cap of 40 %; allowed: 0 < resolution <= cap < 100"


def test_a_wrong_nominal_circuit_has_no_margins():
    wrong = bench()
    wrong.criterion.expected[OUTPUT] = (0, 2, 1)
    for call in (lambda: margins(wrong, parameters("g_bias")), lambda: monte_carlo(wrong, Spreads(), 10)):
        with pytest.raises(SfqgenError) as caught:
            call()
        assert str(caught.value) == (
            "circuit line: the nominal circuit does not meet the criterion; remedy: simulate it and compare the pulses"
            " with the criterion"
        )


def test_yield_has_an_interval_and_names_what_fails():
    spreads = Spreads(ic_local=0.02, bias_global=0.25)
    found = monte_carlo(bench(seed=3), spreads, 400)
    assert 0.5 < found.fraction < 1.0
    assert found.low < found.fraction < found.high
    assert found.suspects[0][0] == "global bias"
    assert abs(found.suspects[0][1]) > 0.5


def test_yield_without_spread_is_one():
    assert monte_carlo(bench(), Spreads(ic_local=0.0), 16).fraction == 1.0
    with pytest.raises(SfqgenError, match=r"spreads: l_local: a spread of 2; allowed: 0 to 1 \(0.02 = 2 %\)"):
        Spreads(l_local=2.0)


def test_digits_on_one_thread_two_threads_and_dask():
    distributed = pytest.importorskip("dask.distributed")
    spreads = Spreads(ic_local=0.05, bias_global=0.25, l_local=0.05)
    one, two = (monte_carlo(bench(seed=5, threads=n), spreads, 300) for n in (1, 2))
    options = {"n_workers": 1, "threads_per_worker": 2, "processes": False, "dashboard_address": None}
    with distributed.LocalCluster(**options) as cluster:
        far = monte_carlo(bench(seed=5, scheduler=cluster.scheduler_address), spreads, 300)
        found = margins(bench(scheduler=cluster.scheduler_address), parameters("g_bias", "g_ic"))
    assert 0 < one.right.sum() < 300
    np.testing.assert_array_equal(one.right, two.right)
    np.testing.assert_array_equal(one.right, far.right)
    assert one.suspects == far.suspects
    assert found == margins(bench(threads=1), parameters("g_bias", "g_ic"))


def test_a_scheduler_that_does_not_answer_is_named():
    pytest.importorskip("dask.distributed")
    with pytest.raises(SfqgenError) as caught:
        bench(scheduler="nonsense").right(1)
    assert str(caught.value) == (
        "scheduler: no dask scheduler answers at nonsense; remedy: start one with `dask scheduler`, or leave"
        " --scheduler out"
    )


def test_noise_gives_errors_and_jitter():
    cold = noise(bench(temperature_k=4.2, seed=1), 64)
    warm = noise(bench(temperature_k=16.8, seed=1), 64)
    assert cold.errors == 0
    assert cold.trials == 64 * 3
    assert cold.high == pytest.approx(wilson(0, 192)[1])
    jitter = [report.jitter_ps[OUTPUT] for report in (cold, warm)]
    assert 0.02 < jitter[0][0] < 0.5
    assert np.mean(jitter[1]) / np.mean(jitter[0]) == pytest.approx(2.0, rel=0.25)  # sqrt of the temperature
    with pytest.raises(SfqgenError, match=r"^64 runs at 0 K; allowed: at least 2 runs above 0 K$"):
        noise(bench(), 64)


def test_sweep_is_a_map_of_its_axes():
    bias, ic = parameters("g_bias", "g_ic")
    factors = (0.6, 0.8, 1.0)
    found = sweep(bench(), [(bias, factors), (ic, (0.9, 1.0, 1.1, 1.2))])
    assert found.values.shape == (3, 4)
    assert found.values[2, 1]
    assert not found.values[0].all()
    delay = sweep(bench(), [(bias, (0.9, 1.0, 1.1))], lambda result: np.array([t[0] for t in result.pulses[OUTPUT]]))
    assert np.all(np.diff(delay.values) < 0)
    with pytest.raises(SfqgenError, match=r"^a sweep of 0 points; allowed: 1 to 1000000$"):
        sweep(bench(), [])


def test_reach_is_the_margin_in_parts_of_the_target():
    directions = both_sides(parameters("g_bias"), 40.0)
    low = reach(bench(), parameters("g_ic"), np.array([[1.0], [1.1]]), directions)
    margin = margins(bench(), parameters("g_bias"), resolution_pct=1.0, cap_pct=50.0)["g_bias"]
    assert low[0, 0] == pytest.approx(-margin.low_pct / 40, abs=0.05)
    assert low[1, 0] < low[0, 0]
    assert distance_of(np.array([[1.0, 0.5]]))[0] == pytest.approx(0.5, abs=0.1)


def test_optimiser_repairs_a_starved_line():
    """Start: a bias of 70 % of nominal. The optimiser may raise it; the low side of the bias is what it wants."""
    circuit = line()
    low = parameters("I_b|jtl")[0]
    starved = bench()
    cells = {name: cell for name, cell in circuit.cells.items()}
    object.__setattr__(starved, "circuit", with_bias(circuit, cells, 0.7))
    wanted = [Direction(low, -35.0), Direction(low, 35.0)]
    best = optimise(starved, [low], wanted, generations=5, population=6, sigma=0.15, seed=2)
    again = optimise(starved, [low], wanted, generations=5, population=6, sigma=0.15, seed=2)
    assert best.distance > best.start_distance + 0.1
    assert best.factors["I_b|jtl"] > 1.05
    assert best.factors == again.factors


def with_bias(circuit, cells, factor):
    from dataclasses import replace

    from sfqgen.netlist.circuit import Bias

    changed = {name: replace(cell, elements=tuple(replace(e, i_ua=e.i_ua * factor) if isinstance(e, Bias) else e
                                                  for e in cell.elements)) for name, cell in cells.items()}  # fmt: skip
    return replace(circuit, cells=changed)


@pytest.fixture
def deck(tmp_path):
    path = tmp_path / "line.cir"
    path.write_text(write_josim(Deck("line", line(), Tran(0.1, 140.0))))
    return path


def run(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


def test_margins_command(deck):
    done = run("margins", str(deck), "--parameter", "g_ic", "--parameter", "b_1|jtl", "--json")
    report = json.loads(done.stdout)
    assert report["counted"] == ["B_2|X_s1"]
    assert [p["name"].lower() for p in report["margins"]["parameters"]] == ["g_ic", "b_1|jtl"]
    assert report["margins"]["critical"].lower() == "b_1|jtl"
    assert "per side" in report["margins"]["convention"]
    assert "critical:" in run("margins", str(deck), "--parameter", "b_1|jtl").stdout


def test_yield_command(deck):
    arguments = ("yield", str(deck), "-n", "64", "--bias-global", "25", "--seed", "4", "--json")
    first, second = (json.loads(run(*arguments).stdout) for _ in range(2))
    assert first.pop("seconds") >= 0
    assert second.pop("seconds") >= 0
    assert first == second
    assert first["samples"] == 64
    assert first["low_95"] <= first["yield"] <= first["high_95"]


def test_noise_command(deck):
    report = json.loads(run("noise", str(deck), "-n", "16", "--json").stdout)
    assert report["errors"] == 0
    assert len(report["jitter_ps"]["B_2|X_s1"]) == 2


def test_simulate_command(deck, tmp_path):
    out = tmp_path / "line.csv"
    done = run("simulate", str(deck), "-o", str(out), "--json")
    report = json.loads(done.stdout)
    assert report["pulses_converged"]
    assert len(report["pulses"]["B_2|X_s1"]) == 2
    head = out.read_text().splitlines()[0]
    assert head.startswith('time,"P(B_1|X_S0)"')


def test_other_files_are_refused(tmp_path):
    done = run("margins", str(tmp_path / "x.gds"))
    assert isinstance(done.exception, SfqgenError)
    assert "x.gds: .gds is no kind of file that can be run; allowed: .cir," in str(done.exception)


def test_sweep_command(deck):
    done = run("sweep", str(deck), "--axis", "g_bias=-40:0:3", "--axis", "g_ic=-10:10:2", "--json")
    report = json.loads(done.stdout)
    assert report["axes_pct"] == {"g_bias": [-40.0, -20.0, 0.0], "g_ic": [-10.0, 10.0]}
    assert [len(row) for row in report["right"]] == [2, 2, 2]
    assert report["right"][2] == [True, True]
    lines = run("sweep", str(deck), "--axis", "g_bias=-70:0:2").stdout.splitlines()
    assert [line.split("%")[1].strip() for line in lines] == [".", "#"]
    refused = run("sweep", str(deck), "--axis", "g_ic=1:2")
    assert str(refused.exception) == (
        "g_ic=1:2 is no axis; allowed: PARAMETER=FROM:TO:POINTS, such as g_ic=-30:30:13"
    )


def test_optimise_command_writes_a_deck_that_runs(deck, tmp_path):
    out = tmp_path / "better.cir"
    done = run("optimise", str(deck), "--variable", "i_b|jtl", "--want", "g_bias=30", "--generations", "1",
               "--population", "4", "-o", str(out), "--json")  # fmt: skip
    report = json.loads(done.stdout)
    assert report["evaluations"] == 5
    assert report["distance"] >= report["start_distance"]
    assert [row["target_pct"] for row in report["margins"]] == [-30.0, 30.0]
    pulses = json.loads(run("simulate", str(out), "--json").stdout)["pulses"]
    assert all(len(times) == 2 for times in pulses.values())
    refused = run("optimise", str(deck), "--want", "g_ic=90")
    assert str(refused.exception) == (
        "g_ic=90 is no wish; allowed: PARAMETER=PERCENT with 0 < PERCENT <= 75, such as g_ic=25"
    )
