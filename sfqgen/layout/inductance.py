"""First estimate of a drawn line's inductance from the sizing table, in pH; extraction corrects it later.

A straight part counts its length times L'(w); a right-angle corner takes the table's corner length off. Inside the pad
of a junction only the way from the contact's rim to the point where the line leaves the pad counts, at the width of
the pad. Where current crowds at an end (head, base, via) a constant is added; where a line ends in
the flank of a wider one, a part of what lies inside that flank is taken off. These constants are least-squares fits
to our own extraction of the cells drawn (81 inductors: 4 % rms is left, 13 % without them).

It knows centre lines, before there are polygons, and is smooth in their lengths; what the polygons say, whoever drew
them, is `sfqgen.extract.sheet`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from sfqgen.extract.table import corner_shortens_um, line_inductance_ph_per_um
from sfqgen.layout.place import PIN_STUB_UM, Segment, Terminal, Wire, legs_at

RIM_SHARE = 0.7  # of the contact radius: mean way of the current inside the contact
WIDEST_UM = 4.4
HEAD_PH, BASE_PH, VIA_PH, PIN_PH = 0.09, 0.26, 0.11, -0.05
"""What an end in a junction's head, under its base, a change of layer, and an end at a pin add."""
FLANK_SHARE = 0.6
"""Of the way from the flank of a crossing line to its axis: what a line that ends there does not feel."""


@lru_cache(maxsize=4096)
def per_um(layer: str, w_um: float) -> float:
    return line_inductance_ph_per_um(layer, min(w_um, WIDEST_UM))


@lru_cache(maxsize=4096)
def _corner_ph(layer: str, w_um: float) -> float:
    return corner_shortens_um(layer, w_um) * per_um(layer, w_um)


def wires_ph(wires: Iterable[Wire]) -> dict[str, float]:
    """Estimated inductance of each wire between its terminals, in pH by name."""
    wires = tuple(wires)
    legs = legs_at(wires)
    return {wire.name: _line_ph(wire) - _flanks(wire, legs) for wire in wires}


def _line_ph(wire: Wire) -> float:
    segments = list(wire.segments)
    total = VIA_PH * len(wire.vias)
    for terminal, backwards in ((wire.start, False), (wire.end, True)):
        segments, inside = _outside(segments, terminal, backwards)
        total += inside + _end_ph(terminal)
    total += sum(per_um(s.layer, s.w_um) * s.length_um for s in segments)
    return total - _corners(segments) - _stub_gain(wire, segments)


def _end_ph(terminal: Terminal) -> float:
    if terminal.is_pin:
        return PIN_PH
    if terminal.pad is None or not terminal.radius_um or terminal.is_contact:
        return 0.0
    return BASE_PH if terminal.layer == "M5" else HEAD_PH


def _flanks(wire: Wire, legs: dict[tuple[float, float, str], list[Segment]]) -> float:
    """What the lines that cross at a branch point take off."""
    taken = 0.0
    for terminal, s in ((wire.start, wire.segments[0]), (wire.end, wire.segments[-1])):
        if terminal.pad is None and not terminal.is_pin:
            others = legs[terminal.x, terminal.y, s.layer]
            across = max((o.w_um for o in others if o.horizontal != s.horizontal), default=0.0)
            taken += FLANK_SHARE * min(across / 2, s.length_um) * per_um(s.layer, s.w_um)
    return taken


def _corners(segments: list[Segment]) -> float:
    taken = 0.0
    for a, b in pairwise(segments):
        if a.layer == b.layer and a.horizontal != b.horizontal:
            taken += (_corner_ph(a.layer, a.w_um) + _corner_ph(b.layer, b.w_um)) / 2
    return taken


def _outside(segments: list[Segment], terminal: Terminal, backwards: bool) -> tuple[list[Segment], float]:
    """The segments beyond the terminal's pad, and the inductance of the way inside the pad."""
    if terminal.pad is None or not terminal.radius_um:
        return segments, 0.0
    ordered = [_turned(s) for s in reversed(segments)] if backwards else segments
    left, bottom, right, top = terminal.pad
    beyond = list(ordered)
    exit_at = (ordered[0].x0, ordered[0].y0)
    while beyond:
        s = beyond[0]
        if left - 1e-6 <= s.x1 <= right + 1e-6 and bottom - 1e-6 <= s.y1 <= top + 1e-6 and s.layer == terminal.layer:
            exit_at = (s.x1, s.y1)
            beyond.pop(0)
            continue
        if left <= s.x0 <= right and bottom <= s.y0 <= top and s.layer == terminal.layer:
            exit_at = (min(max(s.x1, left), right), min(max(s.y1, bottom), top))
            beyond[0] = Segment(s.layer, s.w_um, *exit_at, s.x1, s.y1)
        break
    way = math.hypot(exit_at[0] - terminal.x, exit_at[1] - terminal.y) - RIM_SHARE * terminal.radius_um
    inside = per_um(terminal.layer, min(right - left, top - bottom)) * max(way, 0.0)
    return ([_turned(s) for s in reversed(beyond)] if backwards else beyond), inside


def _turned(s: Segment) -> Segment:
    return Segment(s.layer, s.w_um, s.x1, s.y1, s.x0, s.y0)


def _stub_gain(wire: Wire, segments: list[Segment]) -> float:
    """What the wide stub at a pin takes off the line's inductance."""
    gain = 0.0
    for terminal, s in ((wire.start, segments[0]), (wire.end, segments[-1])) if segments else ():
        if terminal.is_pin and s.w_um < PIN_STUB_UM:
            covered = min(s.length_um, PIN_STUB_UM)
            gain += covered * (per_um(s.layer, s.w_um) - per_um(s.layer, PIN_STUB_UM))
    return gain
