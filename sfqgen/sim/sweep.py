"""A grid of parameter values, every point a sample of one batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np

from sfqgen.errors import SfqgenError
from sfqgen.sim.farm import Bench, Progress
from sfqgen.sim.parameters import Parameter, scaled_values
from sfqgen.sim.result import Result

MAX_POINTS = 1_000_000


@dataclass(frozen=True)
class Sweep:
    """`values` has one axis per parameter, in order of `axes` (name -> factors), then those of the quantity."""

    axes: Mapping[str, tuple[float, ...]]
    values: np.ndarray


def sweep(bench: Bench, axes: Sequence[tuple[Parameter, Sequence[float]]],
          quantity: Callable[[Result], np.ndarray] | None = None, *,
          progress: Progress | None = None) -> Sweep:  # fmt: skip
    """`quantity` (S, ...) of every combination of factors; without one, the criterion's verdict.

    A grid of one axis is a line of points, of two a map (a shmoo plot).
    """
    shape = tuple(len(factors) for _, factors in axes)
    if not axes or not 0 < prod(shape) <= MAX_POINTS:
        raise SfqgenError(f"a sweep of {prod(shape) if axes else 0} points", allowed=f"1 to {MAX_POINTS}")
    grid = np.array(list(product(*(factors for _, factors in axes))), dtype=float)
    settings = [(parameter, grid[:, k]) for k, (parameter, _) in enumerate(axes)]
    values = scaled_values(bench.circuit, settings)
    if quantity is None:
        found = bench.right(len(grid), values, progress=progress)
    else:
        found = np.asarray(quantity(bench.run(len(grid), values, progress=progress)))
        if found.shape[:1] != (len(grid),):
            raise SfqgenError(f"the quantity has shape {found.shape}", allowed=f"({len(grid)}, ...)")
    names = {parameter.name: tuple(float(f) for f in factors) for parameter, factors in axes}
    return Sweep(names, found.reshape(shape + found.shape[1:]))
