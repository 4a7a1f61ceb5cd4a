"""Resistors as drawn: resistance and branch inductance of every R5 strip, by the field solver.

R5 is one more film of the solution. A normal metal carries R + i omega (L + tau R): its kinetic sheet inductance is
tau times its sheet resistance, so that a film with that kinetic inductance carries the current that the resistance
lets through, and one real solution gives both terms:

    L = energy of the branch per current squared          R = sum over its bricks of rsheet * squares * current squared

The branch runs from junction to ground, or from electrode to electrode: short lines from the strip to its junction
or to ground are part of it. The return current flows in the planes. The field's resistance is that of the film between
its contacts, whose interfaces count as equipotentials.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import sqrt

import klayout.db as kdb
import numpy as np

from pdk_sfq5ee import layers
from pdk_sfq5ee.process import Process, nominal
from sfqgen.errors import SfqgenError
from sfqgen.extract.devices import DrawnResistor
from sfqgen.extract.geometry import Geometry, Port, Terminal
from sfqgen.extract.inductance import PortMatrix, port_matrix
from sfqgen.extract.ports import LiveMetal, geometry_in, grounded, live_metal
from sfqgen.extract.recognise import RecognisedLayout
from sfqgen.extract.stack import MU0_PH_PER_UM, Slab, slabs
from sfqgen.netlist.circuit import GROUND, RAIL

FILM, CONTACT = "R5", "C5R"
BRANCH_ROOM_UM, PLANE_ROOM_UM = 0.5, 4.0
"""Wiring metal is kept so far around the branch, so that lines which leave it carry no current; planes so far."""
STRIP_GRID_UM = 0.125
"""Contacts of 0.52 um want a finer grid than lines do: resistances are some 3 % high here, and scatter on 0.25 um."""
MORE_ROOM_UM = (0.0, 1.5, 3.0)
"""A branch that does not close with its own metal gets so much more."""


@dataclass(frozen=True)
class ResistorBranch:
    """`r_ohm` by the strip law, `field_ohm` by the field; `l_ph` of the whole branch, of which `kinetic_ph` in R5.

    The field's figures are None where the branch does not close alone; `leads` are inductors that are part of it.
    """

    name: str
    r_ohm: float
    field_ohm: float | None
    l_ph: float | None
    kinetic_ph: float | None
    squares: float
    leads: tuple[str, ...]

    def as_dict(self) -> dict:
        return {"name": self.name, "r_ohm": round(self.r_ohm, 4), "field_ohm": _rounded(self.field_ohm),
                "l_ph": _rounded(self.l_ph), "kinetic_ph": _rounded(self.kinetic_ph),
                "squares": round(self.squares, 4), "leads": list(self.leads)}  # fmt: skip


def resistive_film(process: Process | None = None) -> Slab:
    """R5 as a slab whose kinetic inductance per square is tau * rsheet (one uniform mode, as thin as it is)."""
    process = process or nominal()
    film = layers.film(FILM, process)
    sheet_ph = process.constant("tau_r5") * process.constant("rsheet")
    return Slab(FILM, film.z0_um, film.z1_um, sqrt(sheet_ph * (film.z1_um - film.z0_um) / MU0_PH_PER_UM))


def resistor_branches(found: RecognisedLayout, *, grid_um: float = STRIP_GRID_UM, workers: int | None = None,
                      process: Process | None = None) -> tuple[ResistorBranch, ...]:  # fmt: skip
    """Every resistor that is not a bias resistor, one small field problem each, on `workers` threads."""
    films = {**slabs(process), FILM: resistive_film(process)}
    metal = live_metal(found)
    names = [name for name in found.resistors if RAIL not in (found.circuit[name].plus, found.circuit[name].minus)]
    with ThreadPoolExecutor(max_workers=workers or os.cpu_count()) as pool:
        return tuple(pool.map(lambda name: _branch(found, name, metal, films, grid_um, process), names))


def _branch(found: RecognisedLayout, name: str, metal: LiveMetal, films: dict[str, Slab], grid_um: float,
            process: Process | None) -> ResistorBranch:  # fmt: skip
    resistor = found.resistors[name]
    ends, leads = _ends(found, name)
    squares = resistor.gap_um / resistor.w_um
    port = _port(name, ends, found)
    for room_um in MORE_ROOM_UM:
        try:
            solved = port_matrix(_geometry(found, resistor, port, leads, metal, room_um), grid_um, films)
        except SfqgenError:
            continue
        if solved.patterns.shape[1] == 1:
            field_ohm, kinetic_ph = _resistance(solved, process)
            l_ph = float(solved.matrix[0, 0])
            return ResistorBranch(name, resistor.r_ohm, field_ohm, l_ph, kinetic_ph, squares, leads)
    return ResistorBranch(name, resistor.r_ohm, None, None, None, squares, leads)


@dataclass(frozen=True)
class _End:
    """Where a branch ends: `region` on `film`, or ground (`film` empty)."""

    film: str
    region: kdb.Region


def _ends(found: RecognisedLayout, name: str) -> tuple[tuple[_End, _End], tuple[str, ...]]:
    """Both ends of the branch and the lines that lead there."""
    circuit, resistor = found.circuit, found.resistors[name]
    number = next(n for n, one in enumerate(found.devices.resistors) if one is resistor)
    ends, leads = [], []
    for side in (0, 1):
        node = found.nodes[found.cut.terminals["end", number, side]]
        own = _End("M6", kdb.Region(resistor.contacts[side]))
        lines = [line for line in found.inductors if node in (circuit[line].plus, circuit[line].minus)]
        end = _at(found, node)
        if end is None and len(lines) == 1:
            line = circuit[lines[0]]
            end = _at(found, line.minus if line.plus == node else line.plus)
            leads += lines if end is not None else []
        ends.append(end or own)
    return (ends[0], ends[1]), tuple(leads)


def _at(found: RecognisedLayout, node: str) -> _End | None:
    """The end of a branch at a node of ground or of a junction; None at any other."""
    if node == GROUND:
        return _End("", kdb.Region())
    for name, junction in found.junctions.items():
        element = found.circuit[name]
        top, base = (element.minus, element.plus) if junction.plus_is_base else (element.plus, element.minus)
        if node == top:
            return _End("M6", junction.contact)
        if node == base:
            return _End("M5", kdb.Region(junction.polygon))
    return None


def _port(name: str, ends: Sequence[_End], found: RecognisedLayout) -> Port:
    """From end to end; a branch to ground from its other end to the ground plane below that."""
    first, second = sorted(ends, key=lambda end: end.film == "")
    plus = Terminal((first.film,), first.region)
    if second.film:
        return Port(name, plus, Terminal((second.film,), second.region))
    return Port(name, plus, Terminal(("M4",), grounded(first.region, ("M4",), found)))


def _geometry(found: RecognisedLayout, resistor: DrawnResistor, port: Port, leads: Sequence[str], metal: LiveMetal,
              room_um: float) -> Geometry:  # fmt: skip
    dbu = found.metal.dbu
    box = resistor.polygon.bbox() + port.plus.region.bbox() + port.minus.region.bbox()
    for contact in resistor.contacts:
        box += contact.bbox()
    for lead in leads:
        for arm in found.inductors[lead].arms:
            for x, y in arm.arm.path:
                box += kdb.Point(round(x / dbu), round(y / dbu))
    room = round((BRANCH_ROOM_UM + room_um) / dbu)
    around = box.to_dtype(dbu).enlarged(PLANE_ROOM_UM + room_um, PLANE_ROOM_UM + room_um)
    geometry = geometry_in(metal, (port,), around)
    near = kdb.Region(box.enlarged(room, room))
    strip = kdb.Region(resistor.polygon)
    films = {film: region & near if film in ("M5", "M6") else region for film, region in geometry.films.items()}
    films = {"M4": films["M4"], "M5": films["M5"], FILM: strip, "M6": films["M6"], "M7": films["M7"]}
    vias = {**geometry.vias, CONTACT: kdb.Region(list(resistor.contacts))}
    return Geometry(films, vias, (port,), geometry.via_films, geometry.dbu)


def _resistance(solved: PortMatrix, process: Process | None) -> tuple[float, float]:
    """Resistance of the strip and the kinetic inductance that goes with it, for unit current through the port."""
    process = process or nominal()
    edges = solved.mesh.edges
    currents = solved.solution.currents[0, : 2 * len(edges.film)].reshape(-1, 2).sum(axis=1)
    strip = edges.film == solved.mesh.films.index(FILM)
    squares = float(np.sum(edges.squares[strip] * currents[strip] ** 2))
    return process.constant("rsheet") * squares, process.constant("tau_r5") * process.constant("rsheet") * squares


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.5g}")
