"""Range and grid of cell parameters, refused in one line."""

from __future__ import annotations

import math
from collections.abc import Iterable

from pdk_sfq5ee.errors import PdkError
from pdk_sfq5ee.process import figure

GRID_UM: float = figure("geometry", "grid", "vertex") / 1000.0
EVEN_UM = 2 * GRID_UM  # sizes that are centred: both edges stay on the grid


def length(name: str, value_um: float, low_um: float, high_um: float) -> float:
    """`value_um`, rounded to a whole number of even steps. Raises PdkError when it is out of range or off the grid."""
    if isinstance(value_um, bool) or not isinstance(value_um, int | float) or not math.isfinite(value_um):
        raise PdkError(f"{name} is {value_um!r}"[:80], allowed=f"{low_um:g} to {high_um:g} um")
    if not low_um - 1e-9 <= value_um <= high_um + 1e-9:
        raise PdkError(f"{name} is {value_um:g}", allowed=f"{low_um:g} to {high_um:g} um")
    steps = round(value_um / EVEN_UM)
    if abs(steps * EVEN_UM - value_um) > 1e-6:
        raise PdkError(f"{name} is {value_um:g}", allowed=f"whole multiples of {EVEN_UM:g} um")
    return round(steps * EVEN_UM, 6)


def count(name: str, value: int, low: int, high: int) -> int:
    """`value`, if it is a whole number in range. Raises PdkError."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise PdkError(f"{name} is {value!r}"[:80], allowed=f"{low} to {high}")
    return value


def choices(name: str, values: Iterable[str], allowed: Iterable[str]) -> tuple[str, ...]:
    """`values`, if each is one of `allowed`. Raises PdkError."""
    values, allowed = tuple(values), tuple(allowed)
    for value in values:
        if value not in allowed:
            raise PdkError(f"{name} holds {value!r}"[:80], allowed=", ".join(allowed))
    return values


def snap_up(value_um: float) -> float:
    """The next multiple of the grid."""
    return round(math.ceil(round(value_um / GRID_UM, 6)) * GRID_UM, 6)
