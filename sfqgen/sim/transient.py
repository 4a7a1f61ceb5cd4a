"""Run a circuit in time: one sample or thousands at once, with the timing error of the result.

    result = simulate(circuit, stop_ps=300, watch=["B1|XOUT"])
    result.pulses["B1|XOUT"][0], result.timing_error_ps
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import Circuit, Waveform
from sfqgen.sim.network import Network, Samples
from sfqgen.sim.plan import Monitor, Plan
from sfqgen.sim.probes import ProbeSet
from sfqgen.sim.result import PulseTable, Result, timing_shift

MAX_STEPS = 20_000_000
MAX_RECORD_BYTES = 4_000_000_000
COARSEST_PS = 0.2
"""Largest step of a run that serves as a yardstick for a finer one; beyond it the pulses are no longer resolved."""
HALVINGS = 8


def simulate(circuit: Circuit, *, stop_ps: float, watch: Sequence[str] | None = None, probes: Sequence[str] = (),
             **options: Any) -> Result:  # fmt: skip
    """Transient run from rest at t = 0; `options` are those of `Engine.run`.

    `watch`: names of junctions whose pulses are wanted, None for all. `probes`: signals such as `P(B1|X2)`, `V(out)`,
    `I(L1)` whose waveforms are wanted. Raises SfqgenError for a circuit that cannot be simulated.
    """
    return Engine(circuit, watch=watch, probes=probes).run(stop_ps=stop_ps, **options)


class Engine:
    """A circuit made ready: rows, elimination order and probes are found once, for any number of runs."""

    def __init__(self, circuit: Circuit, *, watch: Sequence[str] | None = None, probes: Sequence[str] = ()) -> None:
        self.probes = ProbeSet(circuit, probes)
        self.network = Network(circuit, watch, self.probes.nodes)

    def run(self, *, stop_ps: float, step_ps: float = 0.05, accuracy_ps: float | None = None,
            values: Mapping[str, np.ndarray] | None = None, samples: int | None = None,
            stimuli: Mapping[str, Sequence[Waveform]] | None = None,
            temperature_k: float | Mapping[str, float] = 0.0, seed: int = 0,
            first_sample: int = 0, keep_samples: Sequence[int] = (0,), estimate_error: bool = True,
            threads: int | None = None, progress: Callable[[float], None] | None = None,
            monitor: Monitor | None = None) -> Result:  # fmt: skip
        """Transient from rest at t = 0 to `stop_ps`.

        `step_ps` is kept, or halved until the estimated timing error is below `accuracy_ps`. `values`: element name ->
        (S,) values in the element's own unit (for a source: factor on its wave). `stimuli`: source name -> S waves.
        `temperature_k`: Johnson noise of every resistor and junction, or of those in a mapping by element name; sample
        s draws from (`seed`, `first_sample` + s), whatever the threads. `keep_samples`: samples whose probes are kept.
        `threads`: default one per core. `progress` takes the finished fraction. `monitor` may end blocks whose verdict
        is settled.
        """
        _check_span(stop_ps, step_ps)
        self._check_record(stop_ps / step_ps, len(keep_samples))
        batch = self._samples(values or {}, stimuli or {}, samples)
        kelvin = self._temperatures(temperature_k)

        def plan(step: float) -> Plan:
            return Plan(self.network, self.probes, batch, stop_ps, step, self._stimuli(stimuli or {}), kelvin, seed,
                        first_sample, tuple(keep_samples) if self.probes.signals else (), monitor)  # fmt: skip

        for _ in range(HALVINGS if accuracy_ps else 1):
            chosen = plan(step_ps)
            error = self._timing_error(chosen) if accuracy_ps else None
            if accuracy_ps is None or error is None or error <= accuracy_ps:
                break
            step_ps /= 2
        else:
            raise SfqgenError(f"a timing error of {error:g} ps remains at a step of {2 * step_ps:g} ps",
                              allowed=f"accuracy_ps {accuracy_ps:g}", remedy="allow a larger error")  # fmt: skip
        table, stopped, records = chosen.run(threads or available_cores(), progress)
        if estimate_error and not accuracy_ps:
            error = self._timing_error(chosen, table if not (kelvin.any() or stopped.any()) else None)
        return Result(table, batch.count, step_ps, stop_ps, error, stopped, records)

    def _timing_error(self, plan: Plan, table: PulseTable | None = None) -> float | None:
        """Estimated from the first block without noise, against twice the step, or half of it when that is too coarse.

        Halving the step takes away three quarters of a second-order error: the difference to twice the step is three
        times the error, and is stated whole; that to half the step is 3/4 of it, and is stated as 3/2 of itself.
        """
        count = min(plan.batch.count, plan.width)

        def pulses(step: float) -> PulseTable:
            batch = Samples(plan.batch.nominal, {k: v[:count] for k, v in plan.batch.varied.items()}, count)
            quiet = Plan(self.network, self.probes, batch, plan.stop_ps, step, plan.stimuli, None, plan.seed,
                         plan.first_sample)  # fmt: skip
            return quiet.run(1)[0]

        here = table if table is not None else pulses(plan.step_ps)
        if 2 * plan.step_ps <= min(COARSEST_PS, self.network.shortest_line_ps) * (1 + 1e-9):
            shift = timing_shift(here, pulses(2 * plan.step_ps), count)
            if shift is None or math.isfinite(shift):
                return shift
        shift = timing_shift(here, pulses(plan.step_ps / 2), count)
        return None if shift is None else 1.5 * shift

    def _samples(self, values: Mapping[str, np.ndarray], stimuli: Mapping[str, Sequence[Waveform]],
                 samples: int | None) -> Samples:  # fmt: skip
        varied = {}
        for name, numbers in {**values, **stimuli}.items():
            samples = len(numbers) if samples is None else samples
            if len(numbers) != samples:
                raise SfqgenError(f"{len(numbers)} values for {samples} samples", where=f"values of {name}")
        for name, numbers in values.items():
            k, array = self._element(name), np.asarray(numbers, dtype=float)
            if not np.all(np.isfinite(array)):
                raise SfqgenError("a value is not finite", where=f"values of {name}")
            if name[:1].lower() in "lr" and np.any((array == 0.0) != (self.network.nominal[k] == 0.0)):
                raise SfqgenError("a value is zero", where=f"values of {name}", allowed="values other than zero")
            varied[k] = array
        if samples is not None and samples < 1:
            raise SfqgenError("there is no sample to run", allowed="samples >= 1")
        return Samples(self.network.nominal, varied, samples or 1)

    def _element(self, name: str) -> int:
        k = self.network.index.get(name.lower())
        if k is None:
            raise SfqgenError(f"no element {name}", where=f"circuit {self.network.circuit.name}",
                              remedy="names in subcircuits read B1|XINNER|XOUTER")  # fmt: skip
        return k

    def _check_record(self, steps: float, kept: int) -> None:
        size = 8.0 * steps * kept * len(self.probes.nodes)
        if size > MAX_RECORD_BYTES:
            raise SfqgenError(f"the waveforms take {size / 1e9:.1f} GB", where=f"circuit {self.network.circuit.name}",
                              allowed=f"up to {MAX_RECORD_BYTES / 1e9:g} GB",
                              remedy="ask for fewer signals or samples, or a longer step")  # fmt: skip

    def _temperatures(self, temperature_k: float | Mapping[str, float]) -> np.ndarray:
        kelvin = np.zeros(len(self.network.elements))
        if isinstance(temperature_k, Mapping):
            for name, value in temperature_k.items():
                kelvin[self._element(name)] = value
        else:
            kelvin[:] = temperature_k
        if not (np.all(np.isfinite(kelvin)) and np.all(kelvin >= 0)):
            raise SfqgenError("a temperature is negative or not finite", allowed="kelvin, 0 for no noise")
        return kelvin

    def _stimuli(self, stimuli: Mapping[str, Sequence[Waveform]]) -> dict[int, Sequence[Waveform]]:
        result = {}
        for name, waves in stimuli.items():
            k = self._element(name)
            if not hasattr(self.network.elements[k], "wave"):
                raise SfqgenError("is no source", where=f"stimuli of {name}")
            result[k] = list(waves)
        return result


def _check_span(stop_ps: float, step_ps: float) -> None:
    if not (math.isfinite(stop_ps) and step_ps > 0 and stop_ps >= step_ps and stop_ps / step_ps <= MAX_STEPS):
        raise SfqgenError(f"stop_ps {stop_ps:g} with step_ps {step_ps:g}",
                          allowed=f"0 < step <= stop, at most {MAX_STEPS} steps")  # fmt: skip


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
