"""First estimate of a drawn line's inductance from the sizing table, in pH; extraction corrects it later.

A straight part counts its length times L'(w), a right-angle corner takes the table's corner length off, a pin counts
its wide stub. Inside the pad of a junction only the way from the contact's rim to the point where the line leaves
the pad counts, at the width of the pad.
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise

from sfqgen.extract.table import CORNER_SHORTENS_BY_W, line_inductance_ph_per_um
from sfqgen.layout.place import PIN_STUB_UM, Segment, Terminal, Wire

RIM_SHARE = 0.7  # of the contact radius: mean way of the current inside the contact
WIDEST_UM = 4.4


@lru_cache(maxsize=4096)
def per_um(layer: str, w_um: float) -> float:
    return line_inductance_ph_per_um(layer, min(w_um, WIDEST_UM))


def wire_ph(wire: Wire) -> float:
    """Estimated inductance of a wire between its terminals."""
    segments = list(wire.segments)
    total = 0.0
    for terminal, backwards in ((wire.start, False), (wire.end, True)):
        segments, inside = _outside(segments, terminal, backwards)
        total += inside
    total += sum(per_um(s.layer, s.w_um) * s.length_um for s in segments)
    total -= _corners(segments)
    return total - _stub_gain(wire, segments)


def _corners(segments: list[Segment]) -> float:
    taken = 0.0
    for a, b in pairwise(segments):
        if a.layer == b.layer and a.horizontal != b.horizontal:
            taken += CORNER_SHORTENS_BY_W * (per_um(a.layer, a.w_um) * a.w_um + per_um(b.layer, b.w_um) * b.w_um) / 2
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
