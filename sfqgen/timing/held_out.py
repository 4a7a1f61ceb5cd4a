"""Held-out trains: random frames that no value was tuned on, at nominal and with every parameter off by some per cent.

A train has 20 frames of random spike counts, inputs, gaps, INC and DEC. Every other train draws its gaps from
LEAST_PS upwards instead of the specified spacing; all go up to 40 ps where the frame has room. Corners are one
parameter at a time, in all its instances, on either side; each corner runs the first `trains` of the specified
spacing, so that all corners meet the same spikes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sfqgen.netlist.circuit import Circuit
from sfqgen.netlist.views import sim_view
from sfqgen.sim.parameters import Parameter, scaled_values
from sfqgen.timing.bench import bench, driver_junction
from sfqgen.timing.count import junctions, outcome
from sfqgen.timing.exercise import Exercise, held_out
from sfqgen.timing.neuron_bench import neuron_parameters
from sfqgen.timing.record import STEP_PS, Bias, record, sources, split
from sfqgen.timing.use import Use

LEAST_PS = 8.0
FIRST_NUMBER = 100
"""Trains from this number on: the first few belong to the criteria of `sfqgen timing`."""


@dataclass(frozen=True)
class Tally:
    """Frames run and frames wrong of the trains with gaps from `least_ps` on."""

    least_ps: float
    trains: int
    frames: int
    wrong: int

    def as_dict(self) -> dict[str, Any]:
        return {"least_gap_ps": self.least_ps, "trains": self.trains, "frames": self.frames, "wrong": self.wrong}


@dataclass(frozen=True)
class Corner:
    """One parameter off by `deviation_pct`."""

    name: str
    deviation_pct: float
    frames: int
    wrong: int

    def as_dict(self) -> dict[str, Any]:
        return {"name": self.name, "deviation_pct": self.deviation_pct, "frames": self.frames, "wrong": self.wrong}


def trains(use: Use, count: int) -> list[Exercise]:
    """`count` trains of the specified spacing, seeded by the use."""
    return [held_out(use, FIRST_NUMBER + number) for number in range(count)]


def at_nominal(dut: Circuit, use: Use, count: int, *, bias: Bias = "resistor", step_ps: float = STEP_PS) -> list[Tally]:
    """Half of `count` trains at the specified spacing, half at LEAST_PS; one tally for each kind."""
    halves = [(use.spacing_ps, trains(use, count - count // 2))]
    if count // 2 and use.spacing_ps > LEAST_PS:
        close = use.at(spacing_ps=LEAST_PS, most_spikes=use.most)
        halves.append((LEAST_PS, trains(close, count // 2)))
    found = record(dut, [train for _, half in halves for train in half], bias=bias, step_ps=step_ps)
    rows = []
    for least, half in halves:
        done = [outcome(recording, train) for recording, train in zip(found, half, strict=False)]
        found = found[len(half):]
        rows.append(Tally(least, len(half), sum(len(o.frames) for o in done), sum(o.wrong for o in done)))
    return rows


def at_corners(dut: Circuit, use: Use, deviation_pct: float, count: int, *, bias: Bias = "resistor",
               step_ps: float = STEP_PS, progress: Callable[[float], None] | None = None) -> list[Corner]:  # fmt: skip
    """Every parameter `deviation_pct` below and above nominal, `count` trains each, all in one batch."""
    from sfqgen.sim.transient import Engine

    todo = trains(replace(use, over_spread=True), count)
    ports = todo[0].stimulus.ports()
    circuit = sim_view(bench(dut, {port: [] for port in ports}), bias)
    sides = [(p, sign) for p in neuron_parameters(circuit) for sign in (-1, 1)]
    samples = len(sides) * count
    names = [*junctions(), *map(driver_junction, ports)]
    pulses = Engine(circuit, watch=names).run(
        stop_ps=max(train.stimulus.stop_ps for train in todo), step_ps=step_ps, samples=samples,
        values=scaled_values(circuit, _factors(sides, count, deviation_pct)),
        stimuli=sources([train.stimulus for train in todo] * len(sides)), estimate_error=False, progress=progress,
    ).pulses  # fmt: skip
    tables = {name: pulses[name] for name in names}
    return [_corner(tables, todo, side * count, parameter.name, sign * deviation_pct)
            for side, (parameter, sign) in enumerate(sides)]  # fmt: skip


def _factors(sides: Sequence[tuple[Parameter, int]], count: int, deviation_pct: float) -> list[tuple[Parameter, Any]]:
    rows: dict[str, tuple[Parameter, np.ndarray]] = {}
    for side, (parameter, sign) in enumerate(sides):
        row = rows.setdefault(parameter.name, (parameter, np.ones(len(sides) * count)))[1]
        row[side * count : (side + 1) * count] = 1.0 + sign * deviation_pct / 100.0
    return list(rows.values())


def _corner(tables: dict[str, list[np.ndarray]], todo: list[Exercise], first: int, name: str, pct: float) -> Corner:
    done = [outcome({n: split(t[first + k]) for n, t in tables.items()}, train) for k, train in enumerate(todo)]
    return Corner(name, pct, sum(len(o.frames) for o in done), sum(o.wrong for o in done))
