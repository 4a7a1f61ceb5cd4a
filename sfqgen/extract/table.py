"""Sizing table: inductance per um of a drawn line, and the length that a wanted inductance takes. numpy and yaml only.

>>> round(line_inductance_ph_per_um("M6", 1.0), 3)
0.243
>>> round(length_for(4.0, "M6", 1.0, corners=2), 1)
17.6

`below` and `above` name the planes that carry the return current; None where there is no plane. The figures come from
the field solvers (`sfqgen tables`); they hold for straight lines, corners, vias and pads over planes without moats.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from pdk_sfq5ee.process import Process, nominal
from sfqgen.errors import SfqgenError
from sfqgen.extract.stack import stack_hash

CORNER_SHORTENS_BY_W = 0.8
"""A right-angle corner of a line of 1 um over one plane; `corner_shortens_um` knows other widths and the sky plane."""


def line_inductance_ph_per_um(
    layer: str, w_um: float, *, below: str | None = "M4", above: str | None = "M7", process: Process | None = None
) -> float:
    """L' of a straight line of width `w_um` on `layer` over plane `below` and under plane `above`, in pH/um.

    Cubic in ln w between the tabulated widths. Raises SfqgenError for a stack or a width that is not tabulated.
    """
    line = "/".join(name for name in (layer, below, above) if name)
    data = _data(process or nominal())
    values = _entry(data["lines"], line, "line/planes")
    return math.exp(_lagrange4(math.log(w_um), *_logs(data["width_um"], values, w_um, f"width of line {line}")))


def mutual_ph_per_um(
    first: str, second: str, w_um: float, distance_um: float, *, below: str | None = "M4", above: str | None = "M7",
    process: Process | None = None,
) -> float:  # fmt: skip
    """M' of two parallel lines of width `w_um`, in pH/um.

    `distance_um` is the clear gap of two lines on one layer, the offset of the centre lines of two layers. Cubic in
    ln w and in the distance. Raises SfqgenError outside the table.
    """
    pair = "/".join(name for name in ("-".join(sorted((first, second))), below, above) if name)
    data = _data(process or nominal())
    rows = _entry(data["pairs"], pair, "pair/planes")
    places = data["gap_um" if first == second else "offset_um"]
    _inside(distance_um, places, f"distance of pair {pair}")
    along = [_lagrange4(distance_um, places, [math.log(v) for v in row]) for row in rows]
    _inside(w_um, data["pair_width_um"], f"width of pair {pair}")
    return math.exp(_lagrange4(math.log(w_um), [math.log(w) for w in data["pair_width_um"]], along))


def corner_shortens_um(
    layer: str, w_um: float, *, below: str | None = "M4", above: str | None = "M7", process: Process | None = None
) -> float:
    """How much shorter than its centre line a line with one right-angle corner counts, in um.

    Beyond the tabulated widths the nearest one answers. Raises SfqgenError for a stack that is not tabulated.
    """
    line = "/".join(name for name in (layer, below, above) if name)
    data = _data(process or nominal())
    widths, values = data["corner_width_um"], _entry(data["corners"], line, "line/planes")
    inside = min(max(w_um, widths[0]), widths[-1])
    return w_um * _lagrange4(math.log(inside), [math.log(w) for w in widths], values)


def pad_shortens_um(
    layer: str, w_um: float, side_um: float, *, below: str | None = "M4", above: str | None = "M7",
    process: Process | None = None,
) -> float:  # fmt: skip
    """How much shorter a line counts that ends in the middle of a square junction pad, in um.

    Beyond the tabulated widths and pads the nearest one answers. Raises SfqgenError for a stack that is not tabulated.
    """
    line = "/".join(name for name in (layer, below, above) if name)
    data = _data(process or nominal())
    widths, sides, rows = data["pad_width_um"], data["pad_um"], _entry(data["pads"], line, "line/planes")
    side = min(max(side_um, sides[0]), sides[-1])
    along = [_lagrange4(side, sides, row) for row in rows]
    return _lagrange4(math.log(min(max(w_um, widths[0]), widths[-1])), [math.log(w) for w in widths], along)


def via_ph(
    side_um: float, *, below: str | None = "M4", above: str | None = "M7", process: Process | None = None
) -> float:
    """What a square I5 via adds to M5 and M6 lines that are counted up to its middle, in pH.

    Beyond the tabulated sides the nearest one answers.
    """
    planes = "/".join(name for name in (below, above) if name)
    data = _data(process or nominal())
    sides, values = data["via_um"], _entry(data["vias"], f"I5/{planes}", "via/planes")
    return _lagrange4(min(max(side_um, sides[0]), sides[-1]), sides, values)


def inductance_of(
    length_um: float, layer: str, w_um: float, *, below: str | None = "M4", above: str | None = "M7",
    corners: int = 0, pads_um: Sequence[float] = (), process: Process | None = None,
) -> float:  # fmt: skip
    """Inductance in pH of a line of that centre-line length with right-angle corners.

    `pads_um` are the sides of the junction pads in whose middle it ends, at most two.
    """
    per_um = line_inductance_ph_per_um(layer, w_um, below=below, above=above, process=process)
    return per_um * (length_um - _saved(corners, pads_um, layer, w_um, below, above, process))


def length_for(
    l_ph: float, layer: str, w_um: float, *, below: str | None = "M4", above: str | None = "M7", corners: int = 0,
    pads_um: Sequence[float] = (), process: Process | None = None,
) -> float:  # fmt: skip
    """Centre-line length in um of a line of `l_ph` pH with corners and pads; the inverse of `inductance_of`."""
    per_um = line_inductance_ph_per_um(layer, w_um, below=below, above=above, process=process)
    return l_ph / per_um + _saved(corners, pads_um, layer, w_um, below, above, process)


def _saved(corners: int, pads_um: Sequence[float], layer: str, w_um: float, below: str | None, above: str | None,
           process: Process | None) -> float:  # fmt: skip
    where = {"below": below, "above": above, "process": process}
    at_corners = corners * corner_shortens_um(layer, w_um, **where) if corners else 0.0
    return at_corners + sum(pad_shortens_um(layer, w_um, side, **where) for side in pads_um)


@lru_cache(maxsize=32)
def _data(process: Process) -> dict:
    data = process.table("line_inductance")
    if data["stack"] != stack_hash(process):
        raise SfqgenError(
            f"the sizing table is for the film stack {data['stack']}, this process has {stack_hash(process)}",
            where="line_inductance.yaml", remedy="sfqgen tables",
        )  # fmt: skip
    return data


def _entry(table: dict, name: str, shape: str) -> list:
    if name not in table:
        raise SfqgenError(f"no sizing curve for {name} ({shape})", allowed=", ".join(table))
    return table[name]


def _logs(widths: Sequence[float], values: Sequence[float], w_um: float, what: str) -> tuple[list, list]:
    _inside(w_um, widths, what)
    return [math.log(w) for w in widths], [math.log(v) for v in values]


def _inside(value: float, places: Sequence[float], what: str) -> None:
    if not places[0] <= value <= places[-1]:
        raise SfqgenError(
            f"{what} is {value:g} um, outside the sizing table", allowed=f"{places[0]:g} to {places[-1]:g} um",
            remedy="another size, or extract the layout in 3-D",
        )  # fmt: skip


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
