"""A neuron with a leak keeps its law, and its window is the one asked for."""

from __future__ import annotations

import itertools

import pytest

from cells.neuron import neuron
from sfqgen.sim.margins import margins
from sfqgen.timing.bounds import LEAK_BAND_PS, LEAK_TOLERANCE_PS
from sfqgen.timing.count import outcome
from sfqgen.timing.criteria import verify
from sfqgen.timing.exercise import Exercise, exercise
from sfqgen.timing.law import leaky_law
from sfqgen.timing.neuron_bench import neuron_bench
from sfqgen.timing.record import record
from sfqgen.timing.stimulus import Frame, Stimulus, walk_plan
from sfqgen.timing.use import Use
from sfqgen.timing.window import near, windows


def leaky(reset: str, levels: int, leak_ps: float, inputs: int = 2, **pace: float):
    use = Use(inputs, levels, reset, leak_ps=leak_ps, **{"spacing_ps": 12.0, **pace})
    return neuron(inputs=inputs, levels=levels, reset=reset, leak_ps=leak_ps), use


@pytest.mark.parametrize("reset", ["frame", "self"])
def test_a_leaky_neuron_passes_its_criteria(reset):
    levels = 2 if reset == "frame" else 3
    dut, use = leaky(reset, levels, 80.0, inputs=levels, frame_ps=200.0)
    report = verify(dut, use)
    assert [c.name for c in report.criteria if not c.passed] == []
    assert [level.errors for level in report.levels] == [0] * levels
    measured = [c.measured for c in report.criteria if c.name.startswith("window at threshold")]
    assert len(measured) == 2


@pytest.mark.parametrize(("reset", "leak_ps"), [("frame", 70.0), ("frame", 200.0), ("self", 100.0)])
def test_the_window_is_the_one_asked_for_and_its_edge_is_sharp(reset, leak_ps):
    for window in windows(*leaky(reset, 2, leak_ps), near(leak_ps, 12.0)):
        assert window.faults == 0
        assert abs(window.edge_ps - leak_ps) <= LEAK_TOLERANCE_PS
        assert window.forgotten_ps - window.counted_ps <= 4.0


def test_a_window_of_another_length_is_noticed():
    dut, _ = leaky("frame", 2, 90.0)
    _, use = leaky("frame", 2, 65.0, frame_ps=200.0)
    failed = [c.name for c in verify(dut, use).criteria if not c.passed]
    assert "window at threshold 2, within 8 ps" in failed
    assert any(name.startswith("held-out") for name in failed)


def test_every_train_on_a_grid_is_counted_window_by_window():
    """All 128 trains of spikes on seven slots at k = 3, reset frame; a window holds five of them."""
    dut, use = leaky("frame", 3, 90.0)
    slots = [700.0 + 20.0 * i for i in range(7)]
    assert all(abs(slot - first - 90.0) >= LEAK_BAND_PS for first, slot in itertools.product(slots, slots))
    todo = [_train([t for t, there in zip(slots, bits, strict=True) if there], use)
            for bits in itertools.product((False, True), repeat=7)]  # fmt: skip
    assert sum(e.expected[-1].pulses for e in todo) > 60
    for recorded, one in zip(record(dut, todo), todo, strict=True):
        assert outcome(recorded, one).wrong == 0, one.stimulus.frames[-1].spikes


def _train(times: list[float], use: Use) -> Exercise:
    rise = [Frame(100.0 + 200.0 * i, True, (), 1, 220.0 + 200.0 * i) for i in range(2)]
    spikes = tuple((i % 2, t) for i, t in enumerate(times))
    stimulus = Stimulus(2, (*rise, Frame(600.0, True, spikes)), use.pace, 1000.0)
    return Exercise("train", stimulus, leaky_law(stimulus, use.levels, use.leak_ps))


def test_a_leaky_neuron_keeps_its_global_margins():
    dut, use = leaky("self", 2, 100.0)
    bench = neuron_bench(dut, use)
    found = margins(bench, [p for p in bench.parameters if p.name.startswith("g_")], cap_pct=18.0)
    assert all(m.worst_pct == 18.0 for m in found.parameters)


def test_the_leak_costs_two_junctions_per_jtl_of_its_line():
    def junctions(leak_ps: float | None) -> int:
        from sfqgen.netlist.circuit import Junction
        from sfqgen.netlist.flatten import flatten

        return len(list(flatten(neuron(inputs=2, levels=2, reset="self", leak_ps=leak_ps)).of_kind(Junction)))

    assert junctions(100.0) - junctions(None) == 54 + 2 * 7
    assert exercise("walk", walk_plan(2), Use(2, 2, leak_ps=100.0)).expected[0].k == 1
