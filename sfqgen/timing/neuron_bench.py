"""A neuron as a bench for margins, yield, noise and optimisation: the walk, the law as criterion, its parameters.

Only elements of the neuron move; drivers and loads of the bench stay at their nominal values, whatever is scaled.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sfqgen.netlist.circuit import (
    DRAWN,
    Circuit,
    CurrentSource,
    Element,
    Inductor,
    Instance,
    Junction,
    Mutual,
    Resistor,
)
from sfqgen.netlist.flatten import flatten, replace_scope
from sfqgen.netlist.views import sim_view
from sfqgen.sim.farm import Bench
from sfqgen.sim.parameters import Circuitry, Parameter
from sfqgen.timing.bench import DUT, bench, driver_junction
from sfqgen.timing.count import junctions, outcome
from sfqgen.timing.exercise import Exercise, exercise
from sfqgen.timing.record import STEP_PS, Bias, split
from sfqgen.timing.stimulus import Plan, walk_plan
from sfqgen.timing.use import Use

_INSIDE = f"X_{DUT}"


@dataclass(frozen=True)
class LawKept:
    """Criterion: every frame of an exercise as the law says, the store right at every tick, no stray pulse at a pin."""

    exercise: Exercise

    @property
    def junctions(self) -> list[str]:
        return [*junctions(), *map(driver_junction, self.exercise.stimulus.ports())]

    def __call__(self, result: Any) -> np.ndarray:
        tables = {name: result.pulses[name] for name in self.junctions}
        return np.array([self._right({name: split(t[s]) for name, t in tables.items()}) for s in range(result.samples)])

    def _right(self, recording: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> bool:
        return outcome(recording, self.exercise).wrong == 0

    def frames_per_level(self) -> dict[int, int]:
        """How many frames of the exercise each threshold is in force for."""
        return dict(sorted(Counter(law.k for law in self.exercise.expected).items()))

    def lost(self, pulses: Any, reached_ps: float) -> np.ndarray:
        """Monitor: samples in which a frame that is over has broken the law already."""
        frames = self.exercise.stimulus.frames
        over = sum(1 for frame in frames[1:] if frame.start_ps + self.exercise.stimulus.pace.first_ps <= reached_ps)
        tables = {name: pulses[name] for name in self.junctions}
        return np.array([any(not f.right for f in outcome({n: split(t[s]) for n, t in tables.items()},
                                                          self.exercise).frames[:over])
                         for s in range(pulses.samples)])  # fmt: skip


@dataclass(frozen=True)
class NeuronBench(Bench):
    """The bench of a neuron, with the parameters that its margins are about."""

    parameters: list[Parameter] = field(default_factory=list)


def neuron_bench(dut: Circuit, use: Use, *, plan: Plan | None = None, bias: Bias = "resistor",
                 step_ps: float = STEP_PS, schematic: Circuit | None = None,
                 **options: Any) -> NeuronBench:  # fmt: skip
    """Bench whose criterion is the law over the walk (or another `plan`); `options` are those of `Bench`.

    The walk is that of `sfqgen timing`, drawn by the seed of the use; a `seed` among the options draws noise or spread.

    An extracted circuit is flat: `schematic` is the one that it was drawn from, and says what belongs to which cell.
    Self reset: no spike is sent while it may be counted or ignored in a circuit that is off by up to 20 %.
    """
    use = replace(use, over_spread=True)
    over = max(0, min(2, use.fitting - use.levels))
    todo = exercise("walk", walk_plan(use.levels, over) if plan is None else plan, use, seed=use.seed)
    stimulus = todo.stimulus
    circuit = sim_view(bench(dut, {port: stimulus.times(port) for port in stimulus.ports()}), bias)
    parameters = neuron_parameters(circuit, schematic)
    return NeuronBench(circuit, stimulus.stop_ps, LawKept(todo), step_ps, parameters=parameters, **options)


def neuron_parameters(circuit: Circuit, schematic: Circuit | None = None) -> list[Parameter]:
    """The four globals, then one parameter per element of each cell, all instances together: `B_s|store_bit`.

    A junction's shunt follows its critical current. A bias is moved in current, also where a resistor makes it. Drawn
    inductors only; ground, shunt and bias leads keep their values. All within the instance X_dut; with `schematic` that
    may be a flat circuit extracted from its layout, whose couplings keep their values too.
    """
    work = Circuitry(circuit)
    cell_of = _cells(circuit) | (_cells(schematic, _INSIDE) if schematic else {})
    groups: dict[str, list[Element]] = {}
    for element in flatten(circuit).elements:
        leaf, _, path = element.name.partition("|")
        if path.endswith(_INSIDE) and _moves(element) and not (schematic and isinstance(element, Mutual)):
            name = leaf[1:] if isinstance(element, Resistor) else leaf
            groups.setdefault(f"{name}|{cell_of[path]}", []).append(element)
    inside = [element for members in groups.values() for element in members]
    chosen = {
        "g_ic": [e for e in inside if isinstance(e, Junction)], "g_l": [e for e in inside if isinstance(e, Inductor)],
        "g_bias": [e for e in inside if isinstance(e, Resistor | CurrentSource)],
    }  # fmt: skip
    shunts = [shunt.resistor for shunt in work.shunt_of.values() if shunt.resistor.endswith(_INSIDE)]
    rows = [_parameter(work, name, members) for name, members in chosen.items()]
    rows.insert(2, Parameter("g_r", tuple(shunts)))
    return rows + [_parameter(work, name, members) for name, members in groups.items()]


def _moves(element: Element) -> bool:
    if isinstance(element, Resistor):
        return element.of.startswith("I_")
    return isinstance(element, Junction | Mutual | CurrentSource) or (
        isinstance(element, Inductor) and element.role == DRAWN)  # fmt: skip


def _parameter(work: Circuitry, name: str, members: list[Element]) -> Parameter:
    direct = tuple(e.name for e in members if not isinstance(e, Resistor))
    inverse = tuple(e.name for e in members if isinstance(e, Resistor))
    shunts = tuple(work.shunt_of[e.name] for e in members if isinstance(e, Junction))
    return Parameter(name, direct, shunts, inverse)


def _cells(circuit: Circuit, path: str = "") -> dict[str, str]:
    """Instance path, innermost first, to the name of its cell."""
    found: dict[str, str] = {}
    for instance in circuit.of_kind(Instance):
        here = f"{instance.name}|{path}" if path else instance.name
        inner = replace_scope(circuit.cells[instance.cell], circuit)
        found[here] = inner.name
        found |= _cells(inner, here)
    return found
