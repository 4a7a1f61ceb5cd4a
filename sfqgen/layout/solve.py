"""Free lengths that bring every drawn inductor to its target.

Each inductor owns one free length; a coordinate may hold several, so all are solved together by Newton steps. The
estimate is linear between corners, and two or three steps are enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from sfqgen.errors import SfqgenError
from sfqgen.layout.free import GRID_UM, Coord
from sfqgen.layout.inductance import per_um, wires_ph
from sfqgen.layout.place import Placement, place
from sfqgen.layout.plan import FloorPlan, Route, Strap, Width

TOLERANCE_PH = 0.004
GRID_PH, GRID_SHARE = 0.02, 0.006  # what the drawing grid may leave: half of 10 nm on a line of 0.8 um
STEPS = 12
STALLED = 0.9  # a step that leaves this share of the error has met the drawing grid
PROBE_UM = 0.1


@dataclass(frozen=True)
class Misfit:
    """An inductor that its corridor cannot hold: `by_um` more (or, negative, less) line is wanted."""

    name: str
    target_ph: float
    drawn_ph: float
    by_um: float


def targets(plan: FloorPlan, corrections: Mapping[str, float] | None = None) -> dict[str, float]:
    """What the estimate has to reach, in pH: the circuit's value plus a correction from extraction."""
    corrections = corrections or {}
    unknown = set(corrections) - {route.name for route in plan.routes}
    if unknown:
        raise SfqgenError(f"correction for {', '.join(sorted(unknown))}, which the cell does not draw",
                          where=f"cell {plan.name}", allowed=", ".join(r.name for r in plan.routes))  # fmt: skip
    return {r.name: plan.circuit[r.name].l_ph + corrections.get(r.name, 0.0) for r in plan.routes}


@dataclass(frozen=True)
class Solved:
    """A plan with the free length of each inductor in um, and what stays off target."""

    plan: FloorPlan
    lengths: dict[str, float]
    misfits: tuple[Misfit, ...]

    @property
    def placement(self) -> Placement:
        return place(self.plan, self.lengths)


def solve(plan: FloorPlan, corrections: Mapping[str, float] | None = None) -> Solved:
    """Free lengths on target. Raises SfqgenError for the first inductor that does not fit; `others` holds the rest.

    `corrections` (pH, by inductor) are added to the targets: what extraction found missing.
    """
    solved = best(plan, corrections)
    if solved.misfits:
        errors = [_error(solved.plan, misfit) for misfit in solved.misfits]
        errors[0].others = errors[1:]
        raise errors[0]
    return solved


def best(plan: FloorPlan, corrections: Mapping[str, float] | None = None) -> Solved:
    """Free lengths as near to the targets as the limits allow, and what stays off target."""
    wanted = targets(plan, corrections)
    _check_free(plan, list(wanted))
    names = list(wanted)
    low, high = (np.array([limits[k] for limits in _limits(plan, names)]) for k in (0, 1))
    goal = np.array([wanted[name] for name in names])
    s = (low + high) / 2
    off, stalls, was_inside = np.inf, 0, np.full(len(names), True)
    for _ in range(STEPS):
        error = _drawn(plan, names, s) - goal
        inside = (s > low) & (s < high)
        free = inside | was_inside  # one that stays at a limit stays off target
        before, off, was_inside = off, np.abs(error[free]).max(initial=0.0), inside
        stalls += off > STALLED * before
        if off < TOLERANCE_PH or stalls == 2:
            break
        s = np.clip(s - _step(plan, names, s, error, low, high), low, high)
    s = _polished(plan, names, s, goal, low, high)
    lengths = dict(zip(names, (float(v) for v in s), strict=True))
    return Solved(plan, lengths, tuple(_misfits(plan, names, s, goal)))


def _polished(plan: FloorPlan, names: list[str], s: np.ndarray, goal: np.ndarray, low: np.ndarray,
              high: np.ndarray) -> np.ndarray:  # fmt: skip
    """The best of the neighbouring grid points, one free length after the other."""
    least = np.abs((_drawn(plan, names, s) - goal) / goal).sum()
    for k in range(len(names)):
        for shift in (-2 * GRID_UM, -GRID_UM, GRID_UM, 2 * GRID_UM):
            moved = s.copy()
            moved[k] = min(max(moved[k] + shift, low[k]), high[k])
            error = np.abs((_drawn(plan, names, moved) - goal) / goal).sum()
            if error < least - 1e-9:
                least, s = error, moved
    return s


def _step(plan: FloorPlan, names: list[str], s: np.ndarray, error: np.ndarray, low: np.ndarray,
          high: np.ndarray) -> np.ndarray:  # fmt: skip
    """Newton step in the lengths that are not held at a limit; the inductors of those stay off target."""
    base = _drawn(plan, names, s)
    slope = np.zeros((len(names), len(names)))
    for k in range(len(names)):
        probe = PROBE_UM if s[k] + PROBE_UM <= high[k] else -PROBE_UM
        moved = s.copy()
        moved[k] += probe
        slope[:, k] = (_drawn(plan, names, moved) - base) / probe
    step = np.linalg.lstsq(slope, error, rcond=None)[0]
    held = (s - step < low - 1e-9) & (s <= low + 1e-9) | (s - step > high + 1e-9) & (s >= high - 1e-9)
    if held.any() and not held.all():
        step[:] = 0.0
        step[~held] = np.linalg.lstsq(slope[np.ix_(~held, ~held)], error[~held], rcond=None)[0]
    return step


def _drawn(plan: FloorPlan, names: list[str], s: np.ndarray) -> np.ndarray:
    placement = place(plan, dict(zip(names, s, strict=True)))
    drawn = wires_ph(placement.wires.values())
    return np.array([drawn[name] for name in names])


def estimates(placement: Placement) -> dict[str, float]:
    """Estimated inductance in pH of every drawn inductor."""
    return wires_ph(placement.wires.values())


def _limits(plan: FloorPlan, names: list[str]) -> list[tuple[float, float]]:
    limits = {route.name: route.limits for route in plan.routes}
    return [limits[name] for name in names]


def _misfits(plan: FloorPlan, names: list[str], s: np.ndarray, goal: np.ndarray) -> list[Misfit]:
    placement = place(plan, dict(zip(names, s, strict=True)))
    found = []
    for (name, drawn), target in zip(estimates(placement).items(), goal, strict=True):
        if abs(drawn - target) > max(GRID_PH, GRID_SHARE * target):
            w_um = placement.wires[name].segments[0].w_um
            found.append(Misfit(name, target, drawn, (target - drawn) / per_um("M6", w_um)))
    return found


def _error(plan: FloorPlan, misfit: Misfit) -> SfqgenError:
    word = "more" if misfit.by_um > 0 else "less"
    return SfqgenError(
        f"{misfit.target_ph:.3g} pH does not fit: {abs(misfit.by_um):.2f} um {word} line than its corridor allows",
        where=f"cell {plan.name}, inductor {misfit.name}",
        allowed=f"about {misfit.drawn_ph:.3g} pH", remedy="another width or value, or a wider corridor",
    )  # fmt: skip


def _check_free(plan: FloorPlan, names: list[str]) -> None:
    used = {name for coord in _coords(plan) for name, _ in coord.shares}
    for name in sorted(used ^ set(names)):
        what = "has no free length" if name in names else "has a free length but no route"
        raise SfqgenError(what, where=f"cell {plan.name}, inductor {name}")


def _coords(plan: FloorPlan) -> Iterator[Coord]:
    """Every coordinate of the plan that holds a free length."""
    numbers = [n for part in plan.parts for n in (part.x, part.y)] + [n for xy in plan.nodes.values() for n in xy[:2]]
    yield from (n for n in numbers if isinstance(n, Coord))
    for line in (*plan.routes, *plan.straps):
        yield from _coords_of(line)


def _coords_of(line: Route | Strap) -> Iterator[Coord]:
    widths = [line.w_um] + [step.w_um for step in line.path if isinstance(step, Width)]
    steps = [n for step in line.path if isinstance(step, tuple) for n in step]
    yield from (n for n in widths + steps if isinstance(n, Coord))
