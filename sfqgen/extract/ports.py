"""Field-solver geometry of a recognised layout: live metal near the circuit, and a port for every device and pin.

A junction is a port from its contact's column on M6 to its area on M5. A pin or bias entry is a port from the drawn
terminal to ground: at the cell border the return is collected in M4 and M7 together, as the abutted neighbour would
(with M4 alone the values of two abutted cells would not add up), inside the cell in M4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import klayout.db as kdb

from sfqgen.errors import SfqgenError
from sfqgen.extract.devices import DrawnJunction
from sfqgen.extract.geometry import VIA_FILMS, Geometry, Port, Terminal
from sfqgen.extract.labels import Labels, PortLabel
from sfqgen.extract.recognise import RecognisedLayout
from sfqgen.extract.spots import piece_under
from sfqgen.extract.stack import Slab

FILMS = ("M4", "M5", "M6", "M7")
MARGIN_UM = 6.0
"""Planes and neighbours reach so far beyond the circuit. Coupling of lines decays over 0.38 um under a sky plane, but
return currents change between perforated planes at their stitches, a tile apart: 6 um and a wall cost below 1 %."""
WALL, WALL_UM = "wall", 0.25
"""Where planes that go on are cut, M4 and M7 are joined along the cut, as their next stitches would join them."""
BORDER_UM = 0.1
"""A pin this close to the edge of the cell is meant to be abutted."""
RETURN_SPREAD_UM = 1.5
"""A border pin collects its return so far on both sides of the line: where two cells meet, the edge of their planes is
one potential. Measured on an abutted pair: the sum of both cells is 1.6 % high with 0 um, 1.0 % with 1.5 um."""
RETURN_GROWTH_UM = (0.0, 0.5, 1.0, 2.0, 4.0)
"""A return is sought so far around the port, until each plane has metal there (not a moat)."""
SPOT_UM = 0.25
"""Half side of the terminal of a pin without a mark."""


@dataclass(frozen=True)
class LiveMetal:
    """Metal of FILMS and vias between them, floating fill left out."""

    films: Mapping[str, kdb.Region]
    vias: Mapping[str, kdb.Region]
    dbu: float

    def clipped(self, part: kdb.Region) -> LiveMetal:
        films = {name: region & part for name, region in self.films.items()}
        vias = {name: region & part for name, region in self.vias.items()}
        return LiveMetal(films, vias, self.dbu)

    def box(self) -> kdb.Box:
        box = kdb.Box()
        for region in self.films.values():
            box += region.bbox()
        return box


def live_metal(found: RecognisedLayout) -> LiveMetal:
    """What of a layout takes part in the field solution."""
    metal, nets = found.metal, found.nets
    films = {name: kdb.Region() for name in FILMS}
    for piece in metal.pieces:
        if piece.layer in films and not nets.floating(piece):
            films[piece.layer].insert(piece.polygon)
    vias = {name: kdb.Region() for name, pair in VIA_FILMS.items() if all(film in films for film in pair)}
    for via in metal.vias:
        if via.layer in vias and via.net in nets.live:
            vias[via.layer].insert(via.polygon)
    return LiveMetal(films, vias, metal.dbu)


def geometry_of(found: RecognisedLayout, ports: Iterable[Port], window: kdb.DBox | None = None) -> Geometry:
    """Live metal on FILMS with the vias between them, clipped to `window` or to the circuit with MARGIN_UM around."""
    ports = tuple(ports)
    return geometry_in(live_metal(found), ports, window or circuit_box(found, ports))


def geometry_in(metal: LiveMetal, ports: Iterable[Port], box: kdb.DBox) -> Geometry:
    """The metal inside a box, its planes joined along those sides on which both go on."""
    vias = {**metal.vias, WALL: _walls(box, metal.films, metal.dbu)}
    return Geometry(metal.films, vias, tuple(ports), {**VIA_FILMS, WALL: ("M4", "M7")}, metal.dbu).clipped(box)


def _walls(box: kdb.DBox, films: Mapping[str, kdb.Region], dbu: float) -> kdb.Region:
    """Strips along those sides of the box on which both planes go on."""
    planes = (films["M4"].bbox() & films["M7"].bbox()).to_dtype(dbu)
    strips = kdb.Region()
    if planes.empty():
        return strips
    if box.left > planes.left:
        strips.insert(kdb.DBox(box.left, box.bottom, box.left + WALL_UM, box.top).to_itype(dbu))
    if box.right < planes.right:
        strips.insert(kdb.DBox(box.right - WALL_UM, box.bottom, box.right, box.top).to_itype(dbu))
    if box.bottom > planes.bottom:
        strips.insert(kdb.DBox(box.left, box.bottom, box.right, box.bottom + WALL_UM).to_itype(dbu))
    if box.top < planes.top:
        strips.insert(kdb.DBox(box.left, box.top - WALL_UM, box.right, box.top).to_itype(dbu))
    return strips.merged()


def circuit_box(found: RecognisedLayout, ports: Iterable[Port]) -> kdb.DBox:
    """Box of all terminals, signal metal and inductors (those to ground too) with MARGIN_UM around."""
    metal, nets = found.metal, found.nets
    box = kdb.Box()
    for port in ports:
        box += port.plus.region.bbox()
        box += port.minus.region.bbox()
    for piece in metal.pieces:
        if piece.layer in ("M5", "M6") and not nets.floating(piece) and piece.net not in nets.ground | nets.rail:
            box += piece.polygon.bbox()
    if box.empty():
        raise SfqgenError("no port and no signal metal to extract",
                          remedy="label the ports on 182/0 as NAME +LAYER -LAYER")  # fmt: skip
    drawn = box.to_dtype(metal.dbu)
    for line in found.inductors.values():
        for arm in line.arms:
            for x, y in arm.arm.path:
                drawn += kdb.DPoint(x, y)
    return drawn.enlarged(MARGIN_UM, MARGIN_UM)


def junction_port(name: str, junction: DrawnJunction, slabs: Mapping[str, Slab]) -> Port:
    """Contact column down to the barrier on one side, junction area on M5 on the other; + as the label says."""
    barrier = slabs["M5"].z1_um
    top = Terminal(("M6",), junction.contact, barrier)
    base = Terminal(("M5",), kdb.Region(junction.polygon), barrier)
    return Port(name, base, top) if junction.plus_is_base else Port(name, top, base)


def pin_port(label: PortLabel, found: RecognisedLayout, label_returns: bool = False) -> Port:
    """A port between the metal under a label and ground; `label_returns` keeps the return to the metal it names.

    Raises SfqgenError when the label is on no metal.
    """
    dbu, metal = found.metal.dbu, found.metal
    if label.plus not in FILMS:
        raise SfqgenError(f"the label lies on {label.plus}, and the solver sees {', '.join(FILMS)}",
                          where=f"port {label.name}", remedy="label the pin on one of these")  # fmt: skip
    piece = piece_under(metal, found.labels, label.plus, label.x_um, label.y_um, SPOT_UM)
    if piece is None:
        raise SfqgenError(f"the label lies on no {label.plus} metal", where=f"port {label.name}",
                          remedy="move the label onto the line that it names")  # fmt: skip
    region = terminal_region(label, found.labels, dbu)
    at_border = not label_returns and label.kind == "pin" and _on_border(region, found)
    returns = ("M4", "M7") if at_border and label.minus == "M4" else (label.minus,)
    under = widened(region, dbu) if at_border else region
    return Port(label.name, Terminal((label.plus,), region), Terminal(returns, grounded(under, returns, found)))


def widened(region: kdb.Region, dbu: float) -> kdb.Region:
    """A bar across a line made longer by RETURN_SPREAD_UM on each side."""
    box, spread = region.bbox(), round(RETURN_SPREAD_UM / dbu)
    return kdb.Region(box.enlarged(0, spread) if box.width() < box.height() else box.enlarged(spread, 0))


def terminal_region(label: PortLabel, labels: Labels, dbu: float) -> kdb.Region:
    """The terminal mark under a label, or a small square around it."""
    for mark in labels.markers:
        box = kdb.DBox(mark.left_um, mark.bottom_um, mark.right_um, mark.top_um)
        if box.enlarged(0.05, 0.05).contains(kdb.DPoint(label.x_um, label.y_um)):
            return kdb.Region(box.to_itype(dbu))
    square = kdb.DBox(label.x_um - SPOT_UM, label.y_um - SPOT_UM, label.x_um + SPOT_UM, label.y_um + SPOT_UM)
    return kdb.Region(square.to_itype(dbu))


def _on_border(region: kdb.Region, found: RecognisedLayout) -> bool:
    """Whether the terminal lies at the edge of the ground plane; M4 that floats beside the cell is no plane."""
    box = kdb.Box()
    for piece in found.metal.pieces:
        if piece.layer == "M4" and piece.net in found.nets.ground:
            box += piece.polygon.bbox()
    if box.empty():
        return False
    dbu = found.metal.dbu
    return not box.to_dtype(dbu).enlarged(-BORDER_UM, -BORDER_UM).contains(region.bbox().to_dtype(dbu).center())


def grounded(region: kdb.Region, returns: tuple[str, ...], found: RecognisedLayout) -> kdb.Region:
    """Where a port's return is collected: its footprint, grown until every return film is grounded there (no moat).

    Without islands: where a line leaves through a hole of the plane, the metal in the hole is the line itself.
    """
    dbu, regions = found.metal.dbu, found.metal.regions
    around = region.bbox().enlarged(round(RETURN_GROWTH_UM[-1] / dbu), round(RETURN_GROWTH_UM[-1] / dbu))
    islands = kdb.Region([piece.polygon for piece in found.metal.pieces if piece.layer in returns
                          and piece.net not in found.nets.ground and piece.polygon.bbox().touches(around)])  # fmt: skip
    for grow_um in RETURN_GROWTH_UM:
        grown = region.sized(round(grow_um / dbu)) - islands
        if all(not (regions[film] & grown).is_empty() for film in returns if film in regions):
            return grown
    return region
