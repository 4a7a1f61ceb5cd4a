"""Computes the sizing table `pdk_sfq5ee/data/line_inductance.yaml` from the process stack (`sfqgen tables`)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from pdk_sfq5ee.process import Process
from sfqgen.extract.cache import load_json, store_json
from sfqgen.extract.cross_section import Mesh, Strip, line_matrix, planes
from sfqgen.extract.geometry import Geometry, Port, Terminal, box
from sfqgen.extract.inductance import port_matrix
from sfqgen.extract.stack import slabs, stack_hash

TABLE_VERSION = 2
"""Raise when a solver changes its answers: stored figures are then computed anew."""

LINES = (
    "M6/M4", "M6/M4/M7", "M5/M4", "M5/M4/M7", "M7/M4", "M3/M4", "M3/M2/M4", "M1/M0", "M1/M0/M2", "M1/M0/M4",
    "M2/M0/M4",
)  # fmt: skip
"""Layer of the line, then the planes that carry its return current, from the bottom up."""

PAIRS = ("M6-M6/M4", "M6-M6/M4/M7", "M5-M5/M4", "M5-M5/M4/M7", "M5-M6/M4", "M5-M6/M4/M7")
"""The two lines, of equal width, then the planes."""

WIDTHS_UM = (0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.4, 1.7, 2.0, 2.5, 3.0, 3.6, 4.4, 5.2, 6.0, 8.0)
PAIR_WIDTHS_UM = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0)
GAPS_UM = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)
"""Clear distance between two lines of one film."""
OFFSETS_UM = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.8, 4.0)
"""Distance of the centre lines of two lines in different films."""


CORNERS = ("M6/M4", "M6/M4/M7", "M5/M4", "M5/M4/M7")
CORNER_WIDTHS_UM = (0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0)
VIA_PLANES = ("M4", "M4/M7")
VIAS_UM = (0.5, 0.6, 0.7, 1.0)
PADS = ("M6/M4", "M6/M4/M7")
PAD_WIDTHS_UM = (0.5, 0.7, 1.0, 1.4)
"""Widths of the line that ends in a pad."""
PADS_UM = (1.5, 2.0, 2.5, 3.0)
"""Sides of a square junction pad; its contact lies PAD_INSET_UM inside."""
PAD_INSET_UM = 0.35

PAIR_MESH = Mesh(finest_um=0.012, growth=0.2)
"""Coarser than that of the lines: 0.05 % on a mutual inductance, five times faster."""


def line_ph_per_um(line: str, w_um: float, process: Process | None = None, mesh: Mesh | None = None) -> float:
    """L' in pH/um of one line of width `w_um`, for instance `M6/M4/M7`, by the 2-D solver."""
    layer, *returns = line.split("/")
    films = slabs(process)
    strips = [Strip("line", films[layer], -w_um / 2, w_um / 2)]
    strips += planes([films[name] for name in returns], -w_um / 2, w_um / 2)
    return float(line_matrix(strips, "ground", mesh)[1][0, 0])


def pair_matrix(
    first: tuple[str, float], second: tuple[str, float], offset_um: float, returns: tuple[str, ...] = ("M4", "M7"),
    *, slotted: tuple[str, ...] = (), slot_um: float = 0.0, mesh: Mesh | None = None, process: Process | None = None,
) -> np.ndarray:  # fmt: skip
    """(2, 2) inductance matrix in pH/um of two parallel lines (film, width) whose centre lines are `offset_um` apart.

    `slotted` planes are open over `slot_um`, centred on the first line; they stay part of the return conductor.
    """
    films = slabs(process)
    (film_a, w_a), (film_b, w_b) = first, second
    left, right = min(-w_a / 2, offset_um - w_b / 2), max(w_a / 2, offset_um + w_b / 2)
    strips = [
        Strip("first", films[film_a], -w_a / 2, w_a / 2),
        Strip("second", films[film_b], offset_um - w_b / 2, offset_um + w_b / 2),
        *planes([films[name] for name in returns if name not in slotted], left, right),
        *planes([films[name] for name in slotted], left, right, (-slot_um / 2, slot_um / 2)),
    ]
    return line_matrix(strips, "ground", mesh)[1]


def mutual_ph_per_um(pair: str, w_um: float, distance_um: float, process: Process | None = None) -> float:
    """M' in pH/um of an entry of PAIRS: `distance_um` is the gap in one film, the offset between two films."""
    lines, *returns = pair.split("/")
    a, b = lines.split("-")
    offset = distance_um + w_um if a == b else distance_um
    return float(pair_matrix((a, w_um), (b, w_um), offset, tuple(returns), mesh=PAIR_MESH, process=process)[0, 1])


def compute(process: Process | None = None, progress: Callable[[int, int, str], None] = lambda done, total, what: None,
            workers: int | None = None) -> dict[str, Any]:  # fmt: skip
    """The whole table as plain data, some minutes on `workers` threads (all processors if left out).

    Each figure is kept in the cache as soon as it is there, so that a run that was cut short goes on where it ended.
    `progress` is told (figures done, all, the last one).
    """
    wanted = list(jobs())
    stack = stack_hash(process)
    with ThreadPoolExecutor(max_workers=workers or os.cpu_count()) as pool:
        waiting = [pool.submit(_kept, job, stack, process) for job in wanted]
        values = []
        for number, (job, answer) in enumerate(zip(wanted, waiting, strict=True), 1):
            values.append(answer.result())
            progress(number, len(wanted), " ".join(str(part) for part in job))
    found = dict(zip(wanted, values, strict=True))
    return {
        "stack": stack,
        "width_um": list(WIDTHS_UM),
        "lines": {line: [found["line", line, w] for w in WIDTHS_UM] for line in LINES},
        "pair_width_um": list(PAIR_WIDTHS_UM),
        "gap_um": list(GAPS_UM),
        "offset_um": list(OFFSETS_UM),
        "pairs": {pair: [[found["pair", pair, w, d] for d in distances(pair)] for w in PAIR_WIDTHS_UM]
                  for pair in PAIRS},
        "corner_width_um": list(CORNER_WIDTHS_UM),
        "corners": {line: [found["corner", line, w] for w in CORNER_WIDTHS_UM] for line in CORNERS},
        "via_um": list(VIAS_UM),
        "vias": {f"I5/{planes}": [found["via", planes, side] for side in VIAS_UM] for planes in VIA_PLANES},
        "pad_um": list(PADS_UM),
        "pad_width_um": list(PAD_WIDTHS_UM),
        "pads": {line: [[found["pad", line, w, side] for side in PADS_UM] for w in PAD_WIDTHS_UM] for line in PADS},
    }  # fmt: skip


def jobs() -> Iterator[tuple]:
    """(kind, arguments of its function) of every figure of the table."""
    yield from (("line", line, w) for line in LINES for w in WIDTHS_UM)
    yield from (("pair", pair, w, d) for pair in PAIRS for w in PAIR_WIDTHS_UM for d in distances(pair))
    yield from (("corner", line, w) for line in CORNERS for w in CORNER_WIDTHS_UM)
    yield from (("via", planes, side) for planes in VIA_PLANES for side in VIAS_UM)
    yield from (("pad", line, w, side) for line in PADS for w in PAD_WIDTHS_UM for side in PADS_UM)


def _kept(job: tuple, stack: str, process: Process | None) -> float:
    """One figure, from the cache if it was computed before for this stack."""
    kind, *arguments = job
    stored = load_json(_name(job, stack))
    if stored is not None and isinstance(stored.get("value"), float):
        return stored["value"]
    value = float(_FIGURES[kind](*arguments, process=process))
    value = _round(value) if kind in ("line", "pair") else round(value, 3)
    keep(job, stack, value)
    return value


def keep(job: tuple, stack: str, value: float) -> None:
    """Put one figure into the cache."""
    store_json(_name(job, stack), {"value": value})


def _name(job: tuple, stack: str) -> str:
    return "-".join(str(part).replace("/", ".") for part in ("sizing", TABLE_VERSION, stack, *job))


def corner_saves_w(line: str, w_um: float, process: Process | None = None) -> float:
    """By how many widths a right-angle corner is shorter than its centre line, by the 3-D solver."""
    layer, *returns = line.split("/")
    grid = w_um / 2 / round(w_um / 2 / min(max(w_um / 8, 0.05), 0.125))  # all edges of the bend on cell centres
    arm = w_um / 2 + round(2.5 / grid) * grid
    half = arm + (0.0 if len(returns) > 1 else 2.0)
    bend = (box(0, -w_um / 2, arm + w_um / 2, w_um / 2) + box(arm - w_um / 2, -w_um / 2, arm + w_um / 2, arm)).merged()
    films = {layer: bend, **dict.fromkeys(returns, box(0, -half, arm + half, arm))}
    ends = (_bar("a", layer, returns, (-0.01, -w_um / 2, 0.01, w_um / 2)),
            _bar("b", layer, returns, (arm - w_um / 2, arm - 0.01, arm + w_um / 2, arm + 0.01)))  # fmt: skip
    per_um, at_ends = _straight(layer, returns, w_um, half, grid, process)
    return (2 * arm * per_um + at_ends - _loop_ph(Geometry(films, {}, ends), grid, process)) / (per_um * w_um)


def via_ph(planes: str, side_um: float, process: Process | None = None) -> float:
    """What a square I5 via adds to an M5 and an M6 line of width `side_um` + 0.5 that are counted up to its middle.

    Both lines end 0.35 um beyond the via.
    """
    returns, w, half, length, grid = planes.split("/"), side_um + 0.5, 4.0, 5.0, 0.1
    over = side_um / 2 + 0.35
    films = {"M5": box(0, -w / 2, length + over, w / 2), "M6": box(length - over, -w / 2, 2 * length, w / 2),
             **dict.fromkeys(returns, box(0, -half, 2 * length, half))}  # fmt: skip
    via = box(length - side_um / 2, -side_um / 2, length + side_um / 2, side_um / 2)
    ends = tuple(_bar(film, film, returns, (x - 0.01, -w / 2, x + 0.01, w / 2))
                 for film, x in (("M5", 0.0), ("M6", 2 * length)))  # fmt: skip
    total = _loop_ph(Geometry(films, {"I5": via}, ends), grid, process)
    for film in ("M5", "M6"):
        per_um, at_ends = _straight(film, returns, w, half, grid, process)
        total -= length * per_um + at_ends / 2
    return total


def pad_saves_um(line: str, w_um: float, side_um: float, process: Process | None = None) -> float:
    """By how many um a line that ends in the middle of a square pad is shorter than counted up to the pad's middle.

    The current leaves over a square contact PAD_INSET_UM inside the pad, as it does into a junction.
    """
    layer, *returns = line.split("/")
    grid, length = 0.1, 5.0
    half = 4.0
    pad, contact = side_um / 2, side_um / 2 - PAD_INSET_UM
    end = round((length + pad) / grid) * grid
    metal = box(0, -w_um / 2, length, w_um / 2) + box(length - pad, -pad, length + pad, pad)
    films = {layer: metal.merged(), **dict.fromkeys(returns, box(0, -half - pad, end + half, half + pad))}
    ends = (_bar("a", layer, returns, (-0.01, -w_um / 2, 0.01, w_um / 2)),
            _bar("b", layer, returns, (length - contact, -contact, length + contact, contact)))  # fmt: skip
    per_um, at_ends = _straight(layer, returns, w_um, half, grid, process)
    return length - (_loop_ph(Geometry(films, {}, ends), grid, process) - at_ends / 2) / per_um


def _straight(layer: str, returns: Sequence[str], w_um: float, half_um: float, grid_um: float,
              process: Process | None) -> tuple[float, float]:  # fmt: skip
    """pH per um of a straight line on that grid, and the pH that its two ends add."""
    loops = []
    for length in (4.0, 8.0):
        plane = box(0, -half_um, length, half_um)
        films = {layer: box(0, -w_um / 2, length, w_um / 2), **dict.fromkeys(returns, plane)}
        ends = tuple(_bar(str(x), layer, returns, (x - 0.01, -w_um / 2, x + 0.01, w_um / 2)) for x in (0.0, length))
        loops.append(_loop_ph(Geometry(films, {}, ends), grid_um, process))
    per_um = (loops[1] - loops[0]) / 4.0
    return per_um, loops[0] - 4.0 * per_um


def _bar(name: str, layer: str, returns: Sequence[str], at: tuple[float, float, float, float]) -> Port:
    return Port(name, Terminal((layer,), box(*at)), Terminal(tuple(returns), box(*at)))


def _loop_ph(geometry: Geometry, grid_um: float, process: Process | None) -> float:
    return float(port_matrix(geometry, grid_um, slabs(process)).matrix[0, 0])


_FIGURES = {"line": line_ph_per_um, "pair": mutual_ph_per_um, "corner": corner_saves_w, "via": via_ph,
            "pad": pad_saves_um}  # fmt: skip


def as_yaml(data: dict[str, Any]) -> str:
    """The text of the data file: one flow list per curve, so that a diff shows which curve moved."""
    lines = [_HEAD]
    for key, value in data.items():
        if isinstance(value, dict):
            lines.append(f"{key}:")
            for name, curve in value.items():
                nested = isinstance(curve, list) and isinstance(curve[0], list)
                lines.append(f"  {name}:" if nested else f"  {name}: {_flow(curve)}")
                lines += [f"    - {_flow(row)}" for row in curve] if nested else []
        else:
            lines.append(f"{key}: {_flow(value)}")
    return "\n".join(lines) + "\n"


def _flow(value: Any) -> str:
    return "[" + ", ".join(str(v) for v in value) + "]" if isinstance(value, list) else str(value)


_HEAD = """\
# Inductance of drawn lines, for sizing. Written by `sfqgen tables`; do not edit, a test compares it with the solver.
# unit: pH/um; confidence: computed; source: 2-D London cross-section solver of sfqgen.extract on the stack of
# layers.yaml (`stack` is its hash), planes 12 um beyond the lines, no moats. Return current in the planes named.
# lines: line/planes over width_um. pairs: two lines of equal width (rows: pair_width_um) over planes, columns:
# gap_um (clear distance) for two lines of one film, offset_um (between centre lines) for two films.
# corners: widths by which a right-angle corner is shorter than its centre line, over corner_width_um. vias: pH that a
# square via of side via_um adds to lines of that side + 0.5 um up to its middle.
# pads: um by which a line that ends in a square junction pad is shorter than counted up to the middle of the pad (rows:
# pad_width_um of the line, columns: pad_um of the pad). Corners, vias and pads by the 3-D solver."""


def distances(pair: str) -> tuple[float, ...]:
    a, b = pair.split("/")[0].split("-")
    return GAPS_UM if a == b else OFFSETS_UM


def _round(value: float) -> float:
    return float(f"{value:.5g}")
