"""Runs exercises on a circuit and returns the pulses; the built-in engine takes all exercises in one batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

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
           step_ps: float = STEP_PS) -> list[Recording]:  # fmt: skip
    """Pulses of the output, the pins and the store for each exercise, in order.

    `dut` has the ports of a neuron. Raises SfqgenError for a missing external engine or a circuit that fails to run.
    """
    if engine != "builtin":
        return [_external(dut, exercise.stimulus, bias, engine, step_ps) for exercise in todo]
    from sfqgen.sim.transient import Engine

    ports = todo[0].stimulus.ports()
    circuit = sim_view(bench(dut, {port: [] for port in ports}), bias)
    names = [*junctions(), *map(driver_junction, ports)]
    ready = Engine(circuit, watch=names)
    stop = max(exercise.stimulus.stop_ps for exercise in todo)
    waves = sources([exercise.stimulus for exercise in todo])
    pulses = ready.run(stop_ps=stop, step_ps=step_ps, stimuli=waves, estimate_error=False).pulses
    table = {name: pulses[name] for name in names}
    return [{name: split(times[number]) for name, times in table.items()} for number in range(len(todo))]


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
