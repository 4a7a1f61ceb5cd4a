"""The walk through the levels as a picture: spikes in, threshold stored, stages, pulses out, one frame beside the next.

A person sees the threshold move: the store's staircase climbs and falls, and the first output pulse of a frame comes
one spike later with each step.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sfqgen.files import whole
from sfqgen.netlist.circuit import Circuit
from sfqgen.netlist.flatten import flatten
from sfqgen.netlist.views import sim_view
from sfqgen.timing.bench import bench, load_junction
from sfqgen.timing.count import STORE_IN, STORE_OUT, FrameResult, outcome
from sfqgen.timing.exercise import Exercise, exercises
from sfqgen.timing.record import STEP_PS, Bias, split
from sfqgen.timing.use import Use

if TYPE_CHECKING:
    from sfqgen.sim.result import Result

INK, INPUT, STORE, STAGE, OUTPUT, WRONG = "#333333", "#4c72b0", "#dd8452", "#8c8c8c", "#c44e52", "#ff0000"


@dataclass(frozen=True)
class Trace:
    """One exercise with its waveforms: voltages in uV over `t_ps`, by row title, top row first."""

    exercise: Exercise
    frames: list[FrameResult]
    t_ps: np.ndarray
    stages: dict[str, np.ndarray]
    output: np.ndarray
    store: np.ndarray


def trace(dut: Circuit, use: Use, *, bias: Bias = "resistor", step_ps: float = STEP_PS) -> Trace:
    """The walk, simulated with the waveforms of the stage outputs, the output pin and the store kept."""
    from sfqgen.sim.transient import Engine

    walk = exercises(use)[0]
    stimulus = walk.stimulus
    circuit = sim_view(bench(dut, {port: stimulus.times(port) for port in stimulus.ports()}), bias)
    stages = [name for name in (f"B_o|X_w{i}|X_dut" for i in range(use.levels - 1)) if _has(circuit, name)]
    probes = [*(f"V({name})" for name in stages), f"V({load_junction('out')})", f"P({STORE_IN})", f"P({STORE_OUT})"]
    run = Engine(circuit, probes=probes).run(stop_ps=stimulus.stop_ps, step_ps=step_ps, estimate_error=False)
    waves = run.waveforms()
    *stage_waves, output, first, last = (waves.signals[probe] for probe in probes)
    titles = [f"spikes left after stage {i + 1}" for i in range(len(stages))]
    return Trace(walk, _judged(run, walk), waves.t_ps, dict(zip(titles, stage_waves, strict=True)), output,
                 (first - last) / (2 * np.pi))  # fmt: skip


def _has(circuit: Circuit, name: str) -> bool:
    return any(element.name.lower() == name.lower() for element in flatten(circuit))


def _judged(run: Result, walk: Exercise) -> list[FrameResult]:
    return outcome({name: split(run.pulses[name][0]) for name in run.pulses}, walk).frames


def draw(traced: Trace, file: Path, title: str = "") -> None:
    """Writes the picture as png (or any format that the file's ending names)."""
    from matplotlib.figure import Figure

    rows = 3 + len(traced.stages)
    heights = [1.6, 0.9, *[0.6] * len(traced.stages), 0.9]
    figure = Figure(figsize=(15, 1.1 * sum(heights) + 0.8), layout="constrained")
    axes = figure.subplots(rows, 1, sharex=True, height_ratios=heights)
    _inputs(axes[0], traced)
    _store(axes[1], traced)
    for axis, (name, wave) in zip(axes[2:], traced.stages.items(), strict=False):
        _wave(axis, traced.t_ps, wave, name, STAGE)
    _wave(axes[-1], traced.t_ps, traced.output, "output", OUTPUT)
    _frames(axes, traced)
    figure.suptitle(title, x=0.01, ha="left", fontsize=10, color=INK)
    axes[-1].set_xlabel("time (ps)")
    with whole(file) as partial:
        figure.savefig(partial, dpi=110)


def _inputs(axis, traced: Trace) -> None:
    stimulus = traced.exercise.stimulus
    lines = [stimulus.times(f"in{i}") for i in range(stimulus.inputs)]
    axis.eventplot(lines, lineoffsets=range(stimulus.inputs), linelengths=0.8, colors=INPUT, linewidths=1.2)
    axis.set_ylabel("input spikes", rotation=0, ha="right", va="center")
    axis.set_yticks([0, stimulus.inputs - 1] if stimulus.inputs > 1 else [0])


def _store(axis, traced: Trace) -> None:
    axis.plot(traced.t_ps, traced.store + 1, color=STORE, lw=1)
    for name, marker in (("inc", "^"), ("dec", "v")):
        times = traced.exercise.stimulus.times(name)
        axis.plot(times, np.interp(times, traced.t_ps, traced.store + 1), marker, color=INK, ms=5, label=name.upper())
    axis.set_ylabel("threshold k\n(store + 1)", rotation=0, ha="right", va="center")
    axis.set_yticks(range(1, round(traced.store.max()) + 2))
    axis.legend(loc="upper right", fontsize=7, ncols=2, frameon=False)


def _wave(axis, t_ps: np.ndarray, wave: np.ndarray, name: str, colour: str) -> None:
    axis.plot(t_ps, wave / 1000.0, color=colour, lw=0.8)
    axis.set_ylabel(f"{name}\n(mV)", rotation=0, ha="right", va="center")


def _frames(axes, traced: Trace) -> None:
    """Tick lines through all rows, and on top of each frame its spikes, threshold and pulses."""
    for frame, result in zip(traced.exercise.stimulus.frames, traced.frames, strict=True):
        for axis in axes:
            axis.axvline(frame.start_ps, color=INK, lw=0.4, ls=":" if frame.ticked else "-.")
        text = f"n={result.expected.n} k={result.expected.k}\n{result.pulses} out"
        colour = INK if result.right else WRONG
        axes[0].annotate(text, (frame.start_ps, 1.0), (3, 2), xycoords=("data", "axes fraction"),
                         textcoords="offset points", va="bottom", fontsize=7, color=colour)  # fmt: skip
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(labelsize=8)
        axis.yaxis.label.set_size(8)
    axes[0].margins(x=0.005)
