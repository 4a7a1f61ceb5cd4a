"""Which nets are ground, which the bias rail, and which are floating fill that no circuit reaches."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import klayout.db as kdb

from sfqgen.extract.connect import Connectivity, Piece
from sfqgen.extract.devices import Devices
from sfqgen.extract.findings import Finding
from sfqgen.extract.labels import Labels
from sfqgen.extract.spots import PORT_REACH_UM, piece_under

PLANES = ("M4", "M7", "M0")
"""Ground plane, sky plane, lower ground: the first that is drawn tells which net is ground."""
PLANE_LEAST_UM2 = 50.0
"""A polygon of a plane layer at least this large is a plane; smaller ones are pads."""
SUPPLY_METALS = ("M0", "M5")
EDGE_DBU = 100


@dataclass(frozen=True)
class Nets:
    """Net numbers of `Connectivity`. A net that is neither ground nor rail nor live is floating fill."""

    ground: frozenset[int]
    rail: frozenset[int]
    live: frozenset[int]
    findings: tuple[Finding, ...]

    def floating(self, piece: Piece) -> bool:
        return piece.net not in self.live


def classify(metal: Connectivity, labels: Labels, devices: Devices) -> Nets:
    """Ground by `GND` text or the largest M4, rail by `VDD` text or as a supply line of resistors, live by contact.

    Live nets reach ground, the rail or a label through metal, junctions and resistors.
    """
    findings: list[Finding] = []
    ground = _marked(metal, labels, ("gnd", "ground"), findings) or _largest_plane(metal)
    rail = _marked(metal, labels, ("vdd", "vb", "bias_rail"), findings)
    if ground & rail:
        mark = next(n for n in labels.nets if n.name.lower() == "vdd")
        findings.append(Finding("rail", "VDD", "the bias rail is shorted to ground", mark.x_um, mark.y_um, mark.layer))
        rail -= ground
    labelled = _labelled(metal, labels, devices)
    rail |= _supplies(metal, devices, ground, labelled)
    live = _reached(devices, ground | rail | labelled)
    findings += _loose_planes(metal, ground, rail)
    return Nets(frozenset(ground), frozenset(rail), frozenset(live), tuple(findings))


def _marked(metal: Connectivity, labels: Labels, names: tuple[str, ...], findings: list[Finding]) -> set[int]:
    nets = set()
    for mark in labels.nets:
        if mark.name.lower() in names:
            piece = metal.at(mark.layer, mark.x_um, mark.y_um, PORT_REACH_UM)
            if piece is None:
                findings.append(Finding("label", mark.name, f"label {mark.name} lies on no {mark.layer} metal",
                                        mark.x_um, mark.y_um, mark.layer))  # fmt: skip
            else:
                nets.add(piece.net)
    return nets


def _largest_plane(metal: Connectivity) -> set[int]:
    for layer in PLANES:
        pieces = [p for p in metal.pieces if p.layer == layer]
        if pieces:
            return {max(pieces, key=lambda p: (p.polygon.area(), -p.index)).net}
    return set()


def _labelled(metal: Connectivity, labels: Labels, devices: Devices) -> set[int]:
    """Nets under a port, a pin or a named device."""
    spots = [(p.plus, p.x_um, p.y_um) for p in labels.ports if p.kind != "junction"]
    spots += [(p.layer, p.x_um, p.y_um) for p in labels.pins]
    pieces = [piece_under(metal, labels, layer, x, y) for layer, x, y in spots]
    for junction in devices.junctions:
        pieces += [junction.top, junction.base] if junction.name else []
    for resistor in devices.resistors:
        pieces += resistor.ends if resistor.name else ()
    return {piece.net for piece in pieces if piece is not None}


def _supplies(metal: Connectivity, devices: Devices, ground: set[int], labelled: set[int]) -> set[int]:
    """Nets that feed resistors only and reach the edge of the cell on a supply metal, whether labelled or not."""
    ends = {piece.net for resistor in devices.resistors for piece in resistor.ends}
    used = {p.net for j in devices.junctions for p in (j.top, j.base)} | ground | labelled
    outline = kdb.Box()
    for piece in metal.pieces:
        if piece.layer in PLANES and piece.net in ground:
            outline += piece.polygon.bbox()
    inside = outline.enlarged(-EDGE_DBU, -EDGE_DBU)
    return {p.net for p in metal.pieces if p.layer in SUPPLY_METALS and p.net in ends and p.net not in used
            and not p.polygon.bbox().inside(inside)}  # fmt: skip


def _reached(devices: Devices, seeds: set[int]) -> set[int]:
    neighbours: dict[int, set[int]] = defaultdict(set)
    pairs = [(j.top.net, j.base.net) for j in devices.junctions] + [(r.ends[0].net, r.ends[1].net)
                                                                    for r in devices.resistors]  # fmt: skip
    for a, b in pairs:
        neighbours[a].add(b)
        neighbours[b].add(a)
    reached, frontier = set(seeds), list(seeds)
    while frontier:
        for net in neighbours[frontier.pop()] - reached:
            reached.add(net)
            frontier.append(net)
    return reached


def _loose_planes(metal: Connectivity, ground: set[int], rail: set[int]) -> list[Finding]:
    findings = []
    if not ground:
        return [Finding("ground", "GND", "no ground plane (M4) is drawn", layer="M4")]
    for piece in metal.pieces:
        area = piece.polygon.area() * metal.dbu**2
        if piece.layer in PLANES and area >= PLANE_LEAST_UM2 and piece.net not in ground | rail:
            what = {"M7": "sky plane", "M4": "ground plane", "M0": "lower ground plane"}[piece.layer]
            x, y = metal.um(piece.polygon.bbox().center())
            # Below M4 nothing of the circuit sees the lower plane; a cell alone may leave its stitches to a neighbour.
            kind = "plane" if piece.layer == "M0" else "ground"
            findings.append(Finding(kind, "GND", f"{what} piece of {area:.0f} um2 on {piece.layer} is not joined to"
                                    " ground: a stitch is missing", x, y, piece.layer))  # fmt: skip
    return findings
