"""One transient run of one network: which samples, how long, at which step; its blocks, run in threads."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import Waveform
from sfqgen.sim.arrays import Events, Numbers, State, Wiring
from sfqgen.sim.blocks import block_numbers, block_state, needs_implicit, numbers_of, wiring_of
from sfqgen.sim.feeds import Feeds
from sfqgen.sim.integrator import Rule, rule
from sfqgen.sim.network import Network, Samples
from sfqgen.sim.probes import ProbeSet
from sfqgen.sim.result import PulseTable
from sfqgen.sim.simd import lanes_of
from sfqgen.sim.waveforms import Waveforms

LANES = 8
CHUNK_STEPS = 4000
MAX_EVENTS = 5_000_000  # of one block
GROUP = 32  # blocks whose numbers are prepared together

Monitor = Callable[[PulseTable, float], np.ndarray]
"""Given the pulses of some samples so far and the time reached: (samples,) True where the verdict is settled."""


@dataclass(frozen=True)
class Block:
    """What one block returns: rows (sample, junction, direction, time), waveforms, and whether it was given up."""

    first: int
    rows: np.ndarray
    records: dict[int, Waveforms]
    stopped: bool


@dataclass
class Plan:
    network: Network
    probes: ProbeSet
    batch: Samples
    stop_ps: float
    step_ps: float
    stimuli: Mapping[int, Sequence[Waveform]] = field(default_factory=dict)
    kelvin: np.ndarray | None = None
    seed: int = 0
    first_sample: int = 0
    keep: tuple[int, ...] = ()
    monitor: Monitor | None = None

    def __post_init__(self) -> None:
        self.n_steps = math.ceil(self.stop_ps / self.step_ps - 1e-9)
        self.width = 1 if self.batch.count == 1 else LANES
        self.rule: Rule = rule(self.step_ps)
        self.names = tuple(self.network.elements[k].name for k in self.network.watched)
        if self.kelvin is None:
            self.kelvin = np.zeros(len(self.network.elements))
        self.wiring: Wiring = wiring_of(self.network, self.rule, self.probes.nodes if self.keep else (),
                                        bool(self.kelvin.any()),
                                        needs_implicit(self.network, self.batch, self.rule))  # fmt: skip
        self.feeds = Feeds(self.network, self.step_ps, self.n_steps, self.stimuli, self.seed, self.first_sample)

    def run(self, threads: int, progress: Callable[[float], None] | None = None
            ) -> tuple[PulseTable, np.ndarray, dict[int, Waveforms]]:  # fmt: skip
        """Pulses, samples given up, waveforms. The outcome of a sample does not depend on `threads`."""
        count = math.ceil(self.batch.count / self.width)
        blocks: list[Block] = []
        self._halted = False
        with ThreadPoolExecutor(max(1, min(threads, count))) as pool:
            waiting: list[Future[Block]] = []
            try:
                for start in range(0, count, GROUP):
                    waiting += self._submitted(pool, range(start, min(start + GROUP, count)))
                    # One group stays under way while the numbers of the next are prepared.
                    while len(waiting) > (GROUP if start + GROUP < count else 0):
                        blocks.append(waiting.pop(0).result())
                        if progress:
                            progress(len(blocks) / count)
            except BaseException:  # also Ctrl-C: let no block run on
                self._halted = True
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        stopped = np.zeros(self.batch.count, dtype=bool)
        records: dict[int, Waveforms] = {}
        for block in blocks:
            stopped[block.first : block.first + self.width] = block.stopped
            records |= block.records
        return PulseTable.of(self.names, self.batch.count, np.concatenate([b.rows for b in blocks])), stopped, records

    def _submitted(self, pool: ThreadPoolExecutor, group: range) -> list[Future[Block]]:
        part = slice(group.start * self.width, min(group.stop * self.width, self.batch.count))
        numbers = numbers_of(self.network, self.batch, part, self.rule, self.kelvin)
        return [pool.submit(self._block, numbers, block * self.width, (block - group.start) * self.width)
                for block in group]  # fmt: skip

    def _block(self, numbers: Numbers, first: int, column: int) -> Block:
        """Samples first..first+width-1, which are columns `column`.. of `numbers`."""
        from sfqgen.sim.kernel import DIVERGED, SINGULAR, advance, factorise

        lanes = lanes_of(self.width)
        changes, factors = self.feeds.block(self.batch, first, self.width)
        numbers = block_numbers(numbers, column, self.width)._replace(injection=factors)
        state = block_state(self.network, self.wiring, numbers, self._seeds(first))
        bad = factorise(lanes, self.wiring, numbers, state)
        if bad >= 0:
            raise self._singular(bad)
        kept = [s for s in self.keep if first <= s < min(first + self.width, self.batch.count)]
        wiring = self.wiring if kept else self.wiring._replace(probe_rows=np.empty(0, dtype=np.int64))
        events = self._events()
        out = np.zeros((CHUNK_STEPS, len(wiring.probe_rows), self.width))
        found, phases, step, stopped = [], [np.zeros((1, *out.shape[1:]))], 0, False
        while step < self.n_steps and not stopped and not self._halted:
            last = min(step + CHUNK_STEPS, self.n_steps)
            reached, reason, where = advance(lanes, wiring, numbers, state, changes, events, out, step, last)
            if reason == SINGULAR:
                raise self._singular(where)
            if reason == DIVERGED or not np.all(np.abs(state.x) < 1e12):
                raise self._diverged(where, state, reached)
            found.append(self._drained(events, first))
            if sum(len(rows) for rows in found) > MAX_EVENTS:
                raise self._too_many_events(step)
            if kept:
                phases.append(out[: reached - step].copy())
            step = reached
            stopped = self._settled(found, first, step)
        records = {s: self._waveforms(np.concatenate(phases)[:, :, s - first], s) for s in kept}
        return Block(first, np.concatenate(found), records, stopped and step < self.n_steps)

    def _events(self) -> Events:
        capacity = 16 * len(self.names) * self.width + 4096
        return Events(np.zeros(capacity), np.zeros((capacity, 3), dtype=np.int64), np.zeros(1, dtype=np.int64))

    def _seeds(self, first: int) -> np.ndarray:
        if not self.kelvin.any():
            return np.zeros(self.width, dtype=np.uint64)
        keys = [(self.seed, self.first_sample + first + lane) for lane in range(self.width)]
        return np.array([np.random.SeedSequence(key).generate_state(1, np.uint64)[0] for key in keys], dtype=np.uint64)

    def _drained(self, events: Events, first: int) -> np.ndarray:
        count = int(events.count[0])
        what = events.what[:count]
        rows = np.column_stack([what[:, 1] + first, what[:, 0], what[:, 2], events.time[:count]])
        events.count[0] = 0
        return rows[rows[:, 0] < self.batch.count]

    def _settled(self, found: list[np.ndarray], first: int, step: int) -> bool:
        if self.monitor is None:
            return False
        rows = np.concatenate(found)
        rows[:, 0] -= first
        count = min(self.width, self.batch.count - first)
        return bool(np.all(self.monitor(PulseTable.of(self.names, count, rows), step * self.step_ps)))

    def _waveforms(self, phases: np.ndarray, sample: int) -> Waveforms:
        return self.probes.waveforms(self.network, self.batch, sample, phases, self.rule, self.feeds)

    def _too_many_events(self, step: int) -> SfqgenError:
        return SfqgenError(
            f"more than {MAX_EVENTS} pulses by {step * self.step_ps:g} ps",
            where=f"circuit {self.network.circuit.name}", remedy="watch fewer junctions, or stop earlier",
        )  # fmt: skip

    def _singular(self, row: int) -> SfqgenError:
        return SfqgenError(
            "the equations have no unique solution: an element there has a negative or vanishing value",
            where=f"circuit {self.network.circuit.name}, node {self.network.row_name[row]}",
        )

    def _diverged(self, junction: int, state: State, step: int) -> SfqgenError:
        network = self.network
        row = int(np.argmax(np.max(np.nan_to_num(np.abs(state.x), nan=np.inf), axis=1)))
        if junction >= 0:
            spot = f"element {network.elements[network.branches[junction].parts[0]].name}"
        else:
            spot = f"node {network.row_name[row]}" if row < network.n else "a node tied to a source"
        return SfqgenError(
            f"the phase grows beyond all bounds by {step * self.step_ps:g} ps",
            where=f"circuit {network.circuit.name}, {spot}",
            remedy="take a smaller step, give junctions their capacitance and sources a path for their current",
        )
