"""Runs exercises on a circuit and returns the pulses; the built-in engine takes all exercises in one batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from sfqgen.errors import SfqgenError
from sfqgen.netlist.builder import pulse_train
from sfqgen.netlist.circuit import Circuit, Waveform
from sfqgen.netlist.views import sim_view
from sfqgen.timing.bench import bench, driver_junction
from sfqgen.timing.count import Recording, junctions
from sfqgen.timing.exercise import Exercise
from sfqgen.timing.stimulus import Stimulus

Bias = Literal["current", "resistor"]
STEP_PS = 0.1


def record(dut: Circuit, todo: Sequence[Exercise], *, bias: Bias = "resistor", engine: str = "builtin",
           step_ps: float = STEP_PS, converters: bool = False) -> list[Recording]:  # fmt: skip
    """Pulses of the output, the pins and the store for each exercise, in order.

    `converters`: through DC/SFQ and SFQ/DC converters, as a chip is driven and read (built-in engine only). `dut` has
    the ports of a neuron. Raises SfqgenError for a missing external engine or a circuit that fails to run.
    """
    if converters and engine != "builtin":
        raise SfqgenError("converters are simulated by the built-in engine alone", where="--converters",
                          remedy="--engine builtin, or `sfqgen netlist --converters` and your simulator")  # fmt: skip
    if converters:
        return _through_converters(dut, todo, bias, step_ps)
    if engine != "builtin":
        return [_external(dut, exercise.stimulus, bias, engine, step_ps) for exercise in todo]
    ports = todo[0].stimulus.ports()
    circuit = bench(dut, {port: [] for port in ports})
    watched = {name: name for name in [*junctions(), *map(driver_junction, ports)]}
    return _recorded(circuit, watched, sources([e.stimulus for e in todo]), todo, bias, step_ps)


def _through_converters(dut: Circuit, todo: Sequence[Exercise], bias: Bias, step_ps: float) -> list[Recording]:
    from sfqgen.timing.converters import converter_bench, converter_junction

    ports = todo[0].stimulus.ports()
    watched = {name: name for name in junctions()} | {driver_junction(port): converter_junction(port) for port in ports}
    return record_levels(converter_bench(dut, {port: [] for port in ports}), watched, todo, bias, step_ps)


def record_levels(circuit: Circuit, watched: Mapping[str, str], todo: Sequence[Exercise], bias: Bias = "resistor",
                  step_ps: float = STEP_PS) -> list[Recording]:  # fmt: skip
    """Pulses in `circuit`, a bench whose inputs are currents into converters; `watched`: its junctions by
    the names that they get in the recording."""
    from sfqgen.timing.converters import level_trains

    ports = todo[0].stimulus.ports()
    trains = [level_trains({port: e.stimulus.times(port) for port in ports}) for e in todo]
    waves = {f"I_{port}": [train[port] for train in trains] for port in ports}
    return _recorded(circuit, watched, waves, todo, bias, step_ps)


def _recorded(circuit: Circuit, watched: Mapping[str, str], waves: Mapping[str, Sequence[Waveform]],
              todo: Sequence[Exercise], bias: Bias, step_ps: float) -> list[Recording]:  # fmt: skip
    """One batch of the built-in engine: `waves` by source, one for each exercise."""
    from sfqgen.sim.transient import Engine

    ready = Engine(sim_view(circuit, bias), watch=list(watched.values()))
    stop = max(exercise.stimulus.stop_ps for exercise in todo)
    pulses = ready.run(stop_ps=stop, step_ps=step_ps, stimuli=waves, estimate_error=False).pulses
    tables = {name: pulses[junction] for name, junction in watched.items()}
    return [{name: split(times[number]) for name, times in tables.items()} for number in range(len(todo))]


def sources(stimuli: Sequence[Stimulus]) -> dict[str, list[Waveform]]:
    """Per bench source, its wave in each stimulus."""
    return {f"I_{port}": [pulse_train(s.times(port)) for s in stimuli] for port in stimuli[0].ports()}


def split(signed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Signed pulse times to times and signs."""
    return np.abs(signed), np.sign(signed)


def _external(dut: Circuit, stimulus: Stimulus, bias: Bias, engine: str, step_ps: float) -> Recording:
    from sfqgen.netlist.deck import Deck, Probe, Tran
    from sfqgen.sim.crossings import crossings
    from sfqgen.sim.external.engine import external_engine

    names = [*junctions(), *map(driver_junction, stimulus.ports())]
    circuit = sim_view(bench(dut, {port: stimulus.times(port) for port in stimulus.ports()}), bias)
    probes = tuple(Probe("p", "device", (name,)) for name in names)
    deck = Deck(dut.name, circuit, Tran(step_ps, stimulus.stop_ps, 0.0, 0.4), probes)
    waves = external_engine(engine).run(deck)
    signals: Mapping[str, np.ndarray] = {label.upper(): values for label, values in waves.signals.items()}
    return {name: split(crossings(waves.t_ps, signals[probe.label])) for name, probe in zip(names, probes, strict=True)}
