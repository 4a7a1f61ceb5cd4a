"""Where to look: dead ends of metal near an open, labels of elements that are not drawn."""

from __future__ import annotations

from math import dist

from sfqgen.extract.cut import DeadEnd
from sfqgen.extract.recognise import RecognisedLayout
from sfqgen.verify.lvs.graph import Device
from sfqgen.verify.lvs.match import leaf

_NEAR_UM = 1.5
_LEAST_UM = 1.5
_SLENDER = 3.2  # length over width; corners of pads reach 3


def dead_ends(found: RecognisedLayout, pieces: set[int]) -> str:
    """The longest dead ends on those metal pieces, in words; whether two metals meet there without a via."""
    ends = [e for e in found.cut.dead_ends if e.piece in pieces and e.length_um > max(_LEAST_UM, _SLENDER * e.w_um)]
    ends = _facing(ends) or sorted(ends, key=lambda e: (-e.length_um, e.x_um, e.y_um))[:2]
    if not ends:
        return ""
    spots = " and ".join(f"({e.x_um:.2f}, {e.y_um:.2f})" for e in ends)
    return f"; metal ends at {spots} um{_crossing(ends)}"


def _facing(ends: list[DeadEnd]) -> list[DeadEnd]:
    """Two dead ends that face each other across a gap, if any do."""
    pairs = [(_apart(a, b), i, k) for i, a in enumerate(ends) for k, b in enumerate(ends[:i])]
    gap, i, k = min(pairs, default=(2 * _NEAR_UM, 0, 0))
    return [ends[i], ends[k]] if gap < 2 * _NEAR_UM else []


def _apart(a: DeadEnd, b: DeadEnd) -> float:
    return dist((a.x_um, a.y_um), (b.x_um, b.y_um))


def _crossing(ends: list[DeadEnd]) -> str:
    layers = sorted({e.layer for e in ends})
    if len(layers) < 2 or _apart(*ends) > 2 * _NEAR_UM:
        return ""
    return f", where {layers[0]} and {layers[1]} meet without a via"


def device_pieces(found: RecognisedLayout, device: Device) -> set[int]:
    """Numbers of the metal pieces that a layout junction or resistor touches."""
    pieces: set[int] = set()
    for name in device.names:
        if name in found.junctions:
            pieces |= {found.junctions[name].top.index, found.junctions[name].base.index}
        elif name in found.resistors:
            pieces |= {piece.index for piece in found.resistors[name].ends}
    return pieces


def label_place(found: RecognisedLayout, theirs: Device) -> tuple[float, float] | None:
    """Place of the label of a netlist element that is not drawn; None when several labels could be it."""
    wanted = {leaf(name) for name in theirs.names}
    used = {id(junction.label) for junction in found.junctions.values()}
    marks = [(m.x_um, m.y_um) for m in found.labels.of_kind("junction")
             if leaf("B" + m.name[1:]) in wanted and id(m) not in used]  # fmt: skip
    marks += [(m.x_um, m.y_um) for m in found.labels.resistors if leaf(m.name) in wanted]
    return marks[0] if len(marks) == 1 else None
