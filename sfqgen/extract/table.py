"""Sizing table: inductance per um of a drawn line, and the length that a wanted inductance takes. numpy and yaml only.

>>> round(line_inductance_ph_per_um("M6", 1.0), 3)
0.243
>>> round(length_for(4.0, "M6", 1.0, corners=2), 1)
18.1

`below` and `above` name the planes that carry the return current; None where there is no plane.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from pdk_sfq5ee.process import Process, nominal
from sfqgen.errors import SfqgenError

CORNER_SHORTENS_BY_W = 0.8
"""A right-angle corner carries current over about 0.8 w less than its centre line (w = 1 um, M6 over M4)."""


def line_inductance_ph_per_um(
    layer: str, w_um: float, *, below: str | None = "M4", above: str | None = "M7", process: Process | None = None
) -> float:
    """L' of a straight line of width `w_um` on `layer` over plane `below` and under plane `above`, in pH/um.

    Cubic in ln w between the tabulated widths. Raises SfqgenError for a stack or a width that is not tabulated.
    """
    widths, values = _curve(process or nominal(), "/".join(name for name in (layer, below, above) if name))
    if not widths[0] <= w_um <= widths[-1]:
        raise SfqgenError(
            f"line width {w_um:g} um is outside the sizing table", where=f"{layer} line",
            allowed=f"{widths[0]:g} to {widths[-1]:g} um", remedy="another width, or extract the layout in 3-D",
        )  # fmt: skip
    return math.exp(_lagrange4(math.log(w_um), [math.log(w) for w in widths], [math.log(v) for v in values]))


def inductance_of(
    length_um: float, layer: str, w_um: float, *, below: str | None = "M4", above: str | None = "M7",
    corners: int = 0, process: Process | None = None,
) -> float:  # fmt: skip
    """Inductance in pH of a line of that centre-line length with right-angle corners."""
    per_um = line_inductance_ph_per_um(layer, w_um, below=below, above=above, process=process)
    return per_um * (length_um - corners * CORNER_SHORTENS_BY_W * w_um)


def length_for(
    l_ph: float, layer: str, w_um: float, *, below: str | None = "M4", above: str | None = "M7", corners: int = 0,
    process: Process | None = None,
) -> float:  # fmt: skip
    """Centre-line length in um of a line of `l_ph` pH with right-angle corners; the inverse of `inductance_of`."""
    per_um = line_inductance_ph_per_um(layer, w_um, below=below, above=above, process=process)
    return l_ph / per_um + corners * CORNER_SHORTENS_BY_W * w_um


@lru_cache(maxsize=256)
def _curve(process: Process, lines: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    data = process.table("process")["inductance_pH_per_um"]
    if lines not in data["lines"]:
        raise SfqgenError(f"no sizing curve for {lines} (line/below/above)", allowed=", ".join(data["lines"]))
    return tuple(data["width_um"]), tuple(data["lines"][lines])


def _lagrange4(x: float, xs: Sequence[float], ys: Sequence[float]) -> float:
    """Cubic through the four points around x."""
    first = min(max(sum(1 for k in xs if k < x) - 2, 0), len(xs) - 4)
    total = 0.0
    for i in range(first, first + 4):
        weight = 1.0
        for j in range(first, first + 4):
            if i != j:
                weight *= (x - xs[j]) / (xs[i] - xs[j])
        total += weight * ys[i]
    return total
