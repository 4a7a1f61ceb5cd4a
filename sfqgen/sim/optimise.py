"""Move values until the least margin is as large as it gets: CMA-ES on a continuous distance to failure.

The distance of a candidate is how far along given directions (one parameter or several at once, one side) it still
works, each in parts of its target, drawn together by a soft minimum: it grows smoothly with every margin that limits,
and says by how much a candidate fails when its nominal point does not work at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import Waveform, with_value
from sfqgen.netlist.deck import Deck
from sfqgen.netlist.flatten import flatten
from sfqgen.sim.criteria import PulseCounts
from sfqgen.sim.farm import Bench, Progress
from sfqgen.sim.parameters import Parameter, scaled_values

SHARPNESS = 8.0
FULL = 1.25  # parts of the target at which a direction counts as good enough
STEPS = 5  # bisections: 1.25 / 32 of the target


@dataclass(frozen=True)
class Direction:
    """`parameter` times 1 + t * `target_pct` / 100 with t from 0 to 1: a side and the margin wanted on it."""

    parameter: Parameter
    target_pct: float


@dataclass(frozen=True)
class Optimum:
    """`factors` by parameter name; `distance` and `reach` (parts of the target) of the best point and of the start."""

    factors: dict[str, float]
    distance: float
    start_distance: float
    reach: np.ndarray
    start_reach: np.ndarray
    directions: tuple[Direction, ...]
    evaluations: int
    history: tuple[float, ...] = field(repr=False)


def both_sides(parameters: Sequence[Parameter], target_pct: float) -> list[Direction]:
    """Low and high side of each parameter with the same target."""
    return [Direction(p, sign * target_pct) for p in parameters for sign in (-1.0, 1.0)]


def reach(bench: Bench, variables: Sequence[Parameter], candidates: np.ndarray,
          directions: Sequence[Direction]) -> np.ndarray:  # fmt: skip
    """(candidates, directions): how far each candidate (rows of factors) works, in parts of the target, 0 to FULL.

    Where even the candidate itself fails: minus the share of its windows that are wrong (-1 without windows).
    """
    n, m = len(candidates), len(directions)
    nominal = _nominal(bench, variables, candidates)
    low, high = np.zeros((n, m)), np.full((n, m), FULL)
    low[nominal < 0] = nominal[nominal < 0, None]
    alive = np.flatnonzero(np.repeat(nominal >= 0, m))
    passed = _works(bench, variables, candidates, directions, alive, np.full(len(alive), FULL))
    low.flat[alive[passed]] = FULL
    alive = alive[~passed]
    for _ in range(STEPS):
        middle = 0.5 * (low.flat[alive] + high.flat[alive])
        passed = _works(bench, variables, candidates, directions, alive, middle)
        low.flat[alive[passed]] = middle[passed]
        high.flat[alive[~passed]] = middle[~passed]
    # The limit lies between the last good and the first bad point.
    low.flat[alive] = 0.5 * (low.flat[alive] + high.flat[alive])
    return low


def _nominal(bench: Bench, variables: Sequence[Parameter], candidates: np.ndarray) -> np.ndarray:
    """(candidates,): 0 where right, else minus the share of wrong windows."""
    values = scaled_values(bench.circuit, [(p, candidates[:, k]) for k, p in enumerate(variables)])
    result = bench.run(len(candidates), values)
    if isinstance(bench.criterion, PulseCounts):
        return -np.mean(~bench.criterion.right(result.pulses), axis=1)
    return np.where(bench.criterion(result), 0.0, -1.0)


def _works(bench: Bench, variables: Sequence[Parameter], candidates: np.ndarray, directions: Sequence[Direction],
           which: np.ndarray, t: np.ndarray) -> np.ndarray:  # fmt: skip
    """Verdicts of flat (candidate, direction) indices `which` at distances `t`."""
    if len(which) == 0:
        return np.zeros(0, dtype=bool)
    rows, columns = np.divmod(which, len(directions))
    settings = [(p, candidates[rows, k]) for k, p in enumerate(variables)]
    for k, direction in enumerate(directions):
        factor = np.where(columns == k, 1.0 + t * direction.target_pct / 100.0, 1.0)
        if np.any(factor <= 0):
            raise SfqgenError(f"a target of {direction.target_pct:g} % reaches zero",
                              where=f"parameter {direction.parameter.name}", allowed="above -80 %")  # fmt: skip
        settings.append((direction.parameter, factor))
    return bench.right(len(which), scaled_values(bench.circuit, settings))


def distance_of(reaches: np.ndarray) -> np.ndarray:
    """Soft minimum over directions: near the least reach, and growing with every other that is close to it."""
    least = reaches.min(axis=1, keepdims=True)
    return (least - np.log(np.mean(np.exp(-SHARPNESS * (reaches - least)), axis=1, keepdims=True)) / SHARPNESS)[:, 0]


def optimise(bench: Bench, variables: Sequence[Parameter], directions: Sequence[Direction], *, generations: int = 20,
             population: int | None = None, sigma: float = 0.08, limits: tuple[float, float] = (0.5, 2.0),
             seed: int = 1, progress: Progress | None = None) -> Optimum:  # fmt: skip
    """CMA-ES over factors of `variables` (start 1, within `limits`), one generation per batch. Seeded; same digits.

    Raises SfqgenError without variables or directions.
    """
    import cma

    if not variables or not directions:
        raise SfqgenError("nothing to optimise", allowed="at least one variable and one direction")
    options = {"seed": seed, "verbose": -9, "bounds": [float(np.log(x)) for x in limits], "maxiter": generations}
    if population:
        options["popsize"] = population
    strategy = cma.CMAEvolutionStrategy(np.zeros(len(variables)), sigma, options)
    start = reach(bench, variables, np.ones((1, len(variables))), directions)
    best, best_reach, history = np.ones(len(variables)), start[0], [float(distance_of(start)[0])]
    evaluations = 1
    for generation in range(generations):
        points = strategy.ask()
        factors = np.exp(np.array(points))
        reaches = reach(bench, variables, factors, directions)
        distances = distance_of(reaches)
        strategy.tell(points, (-distances).tolist())
        evaluations += len(points)
        top = int(np.argmax(distances))
        if distances[top] > history[-1]:
            best, best_reach = factors[top], reaches[top]
        history.append(max(history[-1], float(distances[top])))
        if progress:
            progress((generation + 1) / generations)
        if strategy.stop():
            break
    named = {p.name: float(f) for p, f in zip(variables, best, strict=True)}
    return Optimum(named, history[-1], history[0], best_reach, start[0], tuple(directions), evaluations, tuple(history))


def with_factors(deck: Deck, variables: Sequence[Parameter], factors: Mapping[str, float]) -> Deck:
    """The deck, flat and without probes, with each parameter multiplied by its factor (shunts following)."""
    values = scaled_values(deck.circuit, [(p, np.array([factors[p.name]])) for p in variables])
    flat = flatten(deck.circuit)
    elements = []
    for element in flat.elements:
        if element.name not in values:
            elements.append(element)
        elif hasattr(element, "wave"):
            elements.append(replace(element, wave=scaled_wave(element.wave, float(values[element.name][0]))))
        else:
            elements.append(with_value(element, float(values[element.name][0])))
    return replace(deck, circuit=replace(flat, elements=tuple(elements)), settings=(), probes=())


def scaled_wave(wave: Waveform, factor: float) -> Waveform:
    """The wave with every amplitude multiplied."""
    amplitudes = {"pwl": slice(1, None, 2), "pulse": slice(0, 2), "sin": slice(0, 2), "exp": slice(0, 2),
                  "dc": slice(0, 1), "noise": slice(0, 1)}[wave.kind]  # fmt: skip
    numbers = np.array(wave.values, dtype=float)
    numbers[amplitudes] *= factor
    return Waveform(wave.kind, tuple(float(x) for x in numbers))
