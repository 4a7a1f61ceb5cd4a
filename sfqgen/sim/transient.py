"""Run a circuit in time: one sample or thousands, in blocks of lanes over threads."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import Circuit, Waveform
from sfqgen.sim.arrays import Events
from sfqgen.sim.blocks import Stimulus, block_numbers, block_state, numbers_of, wiring_of
from sfqgen.sim.integrator import rule
from sfqgen.sim.network import Network, Samples
from sfqgen.sim.probes import ProbeSet
from sfqgen.sim.result import PulseTable, Result

LANES = 8
CHUNK_STEPS = 2000
GROUP = 32  # blocks whose numbers are prepared together
MAX_STEPS = 50_000_000


def simulate(circuit: Circuit, *, stop_ps: float, step_ps: float = 0.05,
             values: Mapping[str, np.ndarray] | None = None, samples: int | None = None,
             stimuli: Mapping[str, Sequence[Waveform]] | None = None, temperature_k: float = 0.0, seed: int = 0,
             watch: Sequence[str] | None = None, probes: Sequence[str] = (), keep_samples: Sequence[int] | None = None,
             estimate_error: bool = True, threads: int | None = None,
             progress: Callable[[float], None] | None = None) -> Result:  # fmt: skip
    """Transient run from rest at t = 0; see `Engine.run` for the arguments.

    `watch`: names of junctions whose pulses are wanted, None for all.
    """
    engine = Engine(circuit, watch=watch, probes=probes)
    return engine.run(stop_ps=stop_ps, step_ps=step_ps, values=values, samples=samples, stimuli=stimuli,
                      temperature_k=temperature_k, seed=seed, keep_samples=keep_samples,
                      estimate_error=estimate_error, threads=threads, progress=progress)  # fmt: skip


class Engine:
    """A circuit made ready: rows, elimination order and probes are found once, for any number of runs."""

    def __init__(self, circuit: Circuit, *, watch: Sequence[str] | None = None, probes: Sequence[str] = ()) -> None:
        self.probes = ProbeSet(circuit, probes)
        self.network = Network(circuit, watch, self.probes.nodes)

    def run(self, *, stop_ps: float, step_ps: float = 0.05, values: Mapping[str, np.ndarray] | None = None,
            samples: int | None = None, stimuli: Mapping[str, Sequence[Waveform]] | None = None,
            temperature_k: float = 0.0, seed: int = 0, keep_samples: Sequence[int] | None = None,
            estimate_error: bool = True, threads: int | None = None,
            progress: Callable[[float], None] | None = None) -> Result:  # fmt: skip
        """Transient from rest at t = 0 to `stop_ps`.

        `values`: element name -> (S,) values in the element's own unit (a source: factor on its wave). `stimuli`:
        source name -> S waves. `temperature_k`: Johnson noise of every resistor and junction; sample s draws from
        (`seed`, s), whatever the threads. `keep_samples`: samples whose waveforms are kept (default: the first).
        """
        if not (step_ps > 0 and stop_ps > step_ps and stop_ps / step_ps <= MAX_STEPS):
            raise SfqgenError(f"stop_ps {stop_ps:g} with step_ps {step_ps:g}",
                              allowed=f"step > 0, stop > step, at most {MAX_STEPS} steps")  # fmt: skip
        batch = self._samples(values or {}, stimuli or {}, samples)
        plan = _Plan(self, batch, self._stimuli(stimuli or {}, batch.count), stop_ps, step_ps, temperature_k, seed,
                     tuple(keep_samples if keep_samples is not None else (0,)) if self.probes.names else ())  # fmt: skip
        table, records = plan.run(threads or _cores(), progress)
        error = None
        if estimate_error and temperature_k <= 0:
            error = self._timing_error(plan, table)
        return Result(table, batch.count, step_ps, stop_ps, error, records)

    def _samples(self, values, stimuli, samples: int | None) -> Samples:
        count, varied = samples, {}
        for name, numbers in {**values, **stimuli}.items():
            length = len(numbers)
            if count is not None and length != count:
                raise SfqgenError(f"{length} values for {count} samples", where=f"values of {name}")
            count = length
        for name, numbers in values.items():
            k = self._element(name)
            array = np.asarray(numbers, dtype=float)
            if not np.all(np.isfinite(array)):
                raise SfqgenError("a value is not finite", where=f"values of {name}")
            if np.any((array == 0.0) != (self.network.nominal[k] == 0.0)) and name[:1].lower() in "lr":
                raise SfqgenError("a value is zero", where=f"values of {name}", allowed="values above zero")
            varied[k] = array
        return Samples(self.network.nominal, varied, count or 1)

    def _element(self, name: str) -> int:
        k = self.network.index.get(name.lower())
        if k is None:
            raise SfqgenError(f"no element {name}", where=f"circuit {self.network.circuit.name}",
                              remedy="names in subcircuits read B1|XINNER|XOUTER")  # fmt: skip
        return k

    def _stimuli(self, stimuli, count: int) -> dict[int, Sequence[Waveform]]:
        result = {}
        for name, waves in stimuli.items():
            k = self._element(name)
            if not hasattr(self.network.elements[k], "wave"):
                raise SfqgenError("is no source", where=f"stimuli of {name}")
            result[k] = list(waves)
        return result

    def _timing_error(self, plan: _Plan, table: PulseTable) -> float:
        """From the first block at twice the step."""
        part = min(plan.batch.count, plan.width)
        coarse = _Plan(self, Samples(plan.batch.nominal, {k: v[:part] for k, v in plan.batch.varied.items()}, part),
                       {k: v[:part] for k, v in plan.stimuli.items()}, plan.stop_ps, 2 * plan.step_ps, 0.0, 0, ())
        other, _ = coarse.run(1, None)
        return timing_shift(table, other, part) / 3.0


def timing_shift(fine: PulseTable, coarse: PulseTable, samples: int) -> float:
    """Largest difference of matching pulse times of the first samples; infinite if the pulses do not match."""
    mine = fine.sample < samples
    if mine.sum() != len(coarse.t_ps):
        return math.inf
    same = (fine.sample[mine] == coarse.sample) & (fine.junction[mine] == coarse.junction) & (
        fine.direction[mine] == coarse.direction)  # fmt: skip
    if not np.all(same):
        return math.inf
    return float(np.max(np.abs(fine.t_ps[mine] - coarse.t_ps), initial=0.0))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass
class _Plan:
    engine: Engine
    batch: Samples
    stimuli: dict[int, Sequence[Waveform]]
    stop_ps: float
    step_ps: float
    temperature_k: float
    seed: int
    keep: tuple[int, ...]

    def __post_init__(self) -> None:
        network = self.engine.network
        self.n_steps = math.ceil(self.stop_ps / self.step_ps - 1e-9)
        self.width = 1 if self.batch.count == 1 else LANES
        self.rule = rule(self.step_ps)
        self.wiring = wiring_of(network, self.rule, self.engine.probes.nodes if self.keep else (),
                                self.temperature_k > 0)  # fmt: skip
        self.sources = Stimulus(network, self.step_ps, self.n_steps, self.stimuli)

    def run(self, threads: int, progress) -> tuple[PulseTable, dict]:
        blocks = range(math.ceil(self.batch.count / self.width))
        done = 0
        events, records = [], {}
        with ThreadPoolExecutor(max(1, min(threads, len(blocks)))) as pool:
            for first in range(0, len(blocks), GROUP):
                group = blocks[first : first + GROUP]
                part = slice(group[0] * self.width, min((group[-1] + 1) * self.width, self.batch.count))
                numbers = numbers_of(self.engine.network, self.batch, part, self.rule, self.temperature_k)
                jobs = [pool.submit(self._block, numbers, block, (block - group[0]) * self.width) for block in group]
                for job in jobs:
                    found, record = job.result()
                    events.append(found)
                    records |= record
                    done += 1
                    if progress:
                        progress(done / len(blocks))
        return self._table(np.concatenate(events)), records

    def _block(self, numbers, block: int, column: int):
        from sfqgen.sim.kernel import DIVERGED, EVENTS_FULL, SINGULAR, advance, factorise
        from sfqgen.sim.simd import lanes_of

        network, lanes, first = self.engine.network, lanes_of(self.width), block * self.width
        changes, factors = self.sources.block(self.batch, first, self.width)
        numbers = block_numbers(numbers, column, self.width)._replace(injection=factors)
        watched = len(network.watched)
        state = block_state(network, self.wiring, self.width, self._seeds(first), watched)
        bad = factorise(lanes, self.wiring, numbers, state)
        if bad >= 0:
            self._singular(bad)
        capacity = 8 * watched * self.width + 4096
        events = Events(np.zeros(capacity), np.zeros((capacity, 3), dtype=np.int64), np.zeros(1, dtype=np.int64))
        kept = [s for s in self.keep if first <= s < min(first + self.width, self.batch.count)]
        wiring = self.wiring if kept else self.wiring._replace(probe_rows=np.empty(0, dtype=np.int64))
        out = np.zeros((CHUNK_STEPS, len(wiring.probe_rows), self.width))
        found, phases, step = [], [np.zeros((1, *out.shape[1:]))], 0
        while step < self.n_steps:
            last = min(step + CHUNK_STEPS, self.n_steps)
            reached, reason, where = advance(lanes, wiring, numbers, state, changes, events, out, step, last)
            found.append(self._drained(events, first))
            if kept:
                phases.append(out[: reached - step].copy())
            if reason == SINGULAR:
                self._singular(where)
            if reason == DIVERGED or not np.all(np.isfinite(state.x)):
                self._diverged(where, state, reached)
            step = reached
            assert reason != EVENTS_FULL or len(found[-1])
        records = {s: self._waveforms(np.concatenate(phases)[:, :, s - first], s) for s in kept}
        return np.concatenate(found), records

    def _seeds(self, first: int) -> np.ndarray:
        return np.array([np.random.SeedSequence((self.seed, first + lane)).generate_state(1, np.uint64)[0]
                         for lane in range(self.width)], dtype=np.uint64)  # fmt: skip

    def _drained(self, events: Events, first: int) -> np.ndarray:
        """Events as rows (sample, junction, direction, time)."""
        count = int(events.count[0])
        rows = np.column_stack([events.what[:count, 1] + first, events.what[:count, 0], events.what[:count, 2],
                                events.time[:count]])  # fmt: skip
        events.count[0] = 0
        return rows[rows[:, 0] < self.batch.count]

    def _table(self, rows: np.ndarray) -> PulseTable:
        rows = rows[np.lexsort((rows[:, 3], rows[:, 1], rows[:, 0]))]
        network = self.engine.network
        names = tuple(network.elements[k].name for k in network.watched)
        return PulseTable(names, self.batch.count, rows[:, 3], rows[:, 0].astype(int), rows[:, 1].astype(int),
                          rows[:, 2].astype(int))  # fmt: skip

    def _waveforms(self, phases: np.ndarray, sample: int):
        return self.engine.probes.waveforms(self.engine.network, self.batch, sample, phases, self.rule)

    def _singular(self, row: int):
        raise SfqgenError("the circuit has no unique solution there: an element has a negative or vanishing value",
                          where=f"circuit {self.engine.network.circuit.name}, node {self.engine.network.row_name[row]}")

    def _diverged(self, junction: int, state, step: int):
        network = self.engine.network
        row = int(np.argmax(~np.isfinite(state.x).all(axis=1)))
        spot = f"element {network.elements[network.branches[junction].parts[0]].name}" if junction >= 0 else (
            f"node {network.row_name[row]}" if row < network.n else "a tied node")  # fmt: skip
        raise SfqgenError(f"the phase grows beyond bounds at {step * self.step_ps:g} ps",
                          where=f"circuit {network.circuit.name}, {spot}",
                          remedy="look for a source without a path for its current, or take a smaller step")
