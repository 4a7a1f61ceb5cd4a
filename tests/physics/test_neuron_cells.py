"""Each circuit cell does on its bench what its docstring says, with current and with resistor bias."""

from __future__ import annotations

import pytest

from cells import dcsfq, jtl, merger, reader, splitter, swallow, token_cell
from sfqgen.netlist.views import sim_view
from sfqgen.sim.transient import simulate
from sfqgen.timing.bench import CellBench

MODULES = [jtl, splitter, merger, reader, swallow, token_cell, dcsfq]


def net_steps(bench: CellBench, bias: str = "resistor") -> dict[str, int]:
    result = simulate(sim_view(bench.circuit, bias), stop_ps=bench.stop_ps, watch=list(bench.counts()), step_ps=0.1,
                      estimate_error=False)  # fmt: skip
    return {name: int(turns[0]) for name, turns in result.phase_turns.items()}


@pytest.mark.parametrize("bias", ["current", "resistor"])
@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_a_cell_keeps_its_truth_table(module, bias):
    bench = module.bench()
    assert net_steps(bench, bias) == bench.counts()


@pytest.mark.parametrize("stages", [1, 3, 7])
def test_the_reader_follows_the_last_cell_of_a_store_of_any_length(stages):
    bench = reader.bench(stages=stages)
    assert net_steps(bench) == bench.counts()


def test_two_spikes_closer_than_its_dead_time_leave_a_merger_as_one():
    def pulses(gap_ps: float) -> int:
        bench = merger.bench(second_ps=gap_ps)
        return net_steps(bench)["B_a|X_load_q"]

    assert pulses(8.0) == 4
    assert pulses(1.0) == 3


def test_a_bench_notices_a_cell_that_lost_its_bias():
    bench = jtl.bench(jtl.JtlValues(s_ib_ua=1.0))
    assert net_steps(bench) != bench.counts()
