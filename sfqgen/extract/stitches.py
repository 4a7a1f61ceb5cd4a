"""Ground as it is drawn: vias that are missing where the netlist alone cannot tell.

Ground planes, stitches and grounded junctions are joined many times over, so that one missing via changes no net. It
does change inductances and return currents; what is incomplete is named here.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import klayout.db as kdb

from sfqgen.extract.connect import Connectivity, Piece
from sfqgen.extract.cut import WIRING, Cut
from sfqgen.extract.devices import Devices
from sfqgen.extract.findings import Finding
from sfqgen.extract.nets import Nets
from sfqgen.extract.touch import ordered

GROUND_PLANE, SKY_PLANE = "M4", "M7"


@dataclass
class _Cluster:
    """Wiring metal of the ground net that hangs together by vias between wiring metals."""

    pieces: list[Piece] = field(default_factory=list)
    planes: set[str] = field(default_factory=set)
    elements: set[str] = field(default_factory=set)
    has_base: bool = False


def check_ground(metal: Connectivity, devices: Devices, nets: Nets, pieces: Cut, junction_names: dict[int, str],
                 resistor_names: dict[int, str]) -> list[Finding]:  # fmt: skip
    """Grounded elements that miss the ground plane, and stitches that reach one plane only."""
    clusters, of = _clusters(metal, nets)
    _name_elements(clusters, of, devices, pieces, junction_names, resistor_names)
    pins = _pin_pieces(pieces, metal)
    findings: list[Finding] = []
    for cluster in clusters:
        x, y = metal.um(cluster.pieces[0].polygon.bbox().center())
        if cluster.elements:
            only_sky = SKY_PLANE in cluster.planes and GROUND_PLANE not in cluster.planes
            if only_sky and (cluster.has_base or _over_other_ground(cluster, of, metal)):
                first, *others = sorted(cluster.elements)
                text = f"reaches ground only through {SKY_PLANE}: a via to {GROUND_PLANE} is missing"
                text += f" (shared with {', '.join(others)})" if others else ""
                findings.append(Finding("ground", first, text, x, y, "I4"))
        elif len(cluster.planes) == 1 and not pins & {p.index for p in cluster.pieces}:
            (plane,) = cluster.planes
            if _meant_for_both(cluster, metal):
                missing = SKY_PLANE if plane == GROUND_PLANE else GROUND_PLANE
                text = f"stitch joins {plane} but not {missing}: a via is missing"
                findings.append(Finding("stitch", "", text, x, y, "M5"))
    return findings + _without_vias(metal, nets)


def _without_vias(metal: Connectivity, nets: Nets) -> list[Finding]:
    """Pads of a stitch without vias to the planes: M5 and M6 over one another between the planes, joined to nothing.

    Fill between the planes is drawn as dummy junctions, or on one metal.
    """
    loose = {layer: kdb.Region([p.polygon for p in metal.pieces if p.layer == layer and nets.floating(p)])
             for layer in WIRING}  # fmt: skip
    stacks = loose["M5"].interacting(loose["M6"])
    for mark in ("J5", "C5J", "R5"):
        stacks = stacks.not_interacting(metal.regions[mark])
    for plane in (GROUND_PLANE, SKY_PLANE):
        stacks = stacks.interacting(metal.regions[plane])
    text = f"M5 and M6 lie over one another, and no via joins them to {GROUND_PLANE} or {SKY_PLANE}"
    return [Finding("stitch", "", text, *metal.um(p.bbox().center()), "M5") for p in ordered(stacks)]


def _clusters(metal: Connectivity, nets: Nets) -> tuple[list[_Cluster], dict[int, _Cluster]]:
    of: dict[int, _Cluster] = {}
    for piece in metal.pieces:
        if piece.layer in WIRING and piece.net in nets.ground:
            of[piece.index] = _Cluster([piece])
    for via in metal.vias:
        if via.net not in nets.ground:
            continue
        sides = [p for layer in (via.below, via.above) if layer in WIRING
                 for p in metal.touching(layer, via.polygon, via.net)]  # fmt: skip
        for piece in sides:
            planes = {layer for layer in (via.below, via.above) if layer not in WIRING}
            of[piece.index].planes |= planes
        for piece in sides[1:]:
            _merge(of, of[sides[0].index], of[piece.index])
    unique = {id(cluster): cluster for cluster in of.values()}
    return list(unique.values()), of


def _merge(of: dict[int, _Cluster], into: _Cluster, other: _Cluster) -> None:
    if into is other:
        return
    into.pieces += other.pieces
    into.planes |= other.planes
    into.has_base |= other.has_base
    for piece in other.pieces:
        of[piece.index] = into


def _name_elements(clusters: list[_Cluster], of: dict[int, _Cluster], devices: Devices, pieces: Cut,
                   junction_names: dict[int, str], resistor_names: dict[int, str]) -> None:  # fmt: skip
    for n, name in junction_names.items():
        for piece in (devices.junctions[n].top, devices.junctions[n].base):
            if piece.index in of:
                of[piece.index].elements.add(name)
                of[piece.index].has_base |= piece is devices.junctions[n].base
    for n, name in resistor_names.items():
        for piece in devices.resistors[n].ends:
            if piece.index in of:
                of[piece.index].elements.add(name)


def _over_other_ground(cluster: _Cluster, of: dict[int, _Cluster], metal: Connectivity) -> bool:
    """Whether the metal lies over other wiring of the ground net that it should be joined to by a via."""
    for piece in cluster.pieces:
        other = WIRING[1 - WIRING.index(piece.layer)]
        if any(of[p.index] is not cluster for p in metal.touching(other, piece.polygon, piece.net)):
            return True
    return False


def _pin_pieces(pieces: Cut, metal: Connectivity) -> set[int]:
    found = set()
    for key, node in pieces.terminals.items():
        if key[0] == "pin":
            x, y = pieces.places[node]
            found |= {p.index for layer in WIRING if (p := metal.at(layer, x, y))}
    return found


def _meant_for_both(cluster: _Cluster, metal: Connectivity) -> bool:
    """Whether the metal looks like a stack between the planes: both wiring metals, or one over the other."""
    present: dict[str, list[Piece]] = defaultdict(list)
    for piece in cluster.pieces:
        present[piece.layer].append(piece)
    if len(present) == len(WIRING):
        return True
    (layer,) = present
    other = WIRING[1 - WIRING.index(layer)]
    net = cluster.pieces[0].net
    return any(True for piece in present[layer] for _ in metal.touching(other, piece.polygon, net))
