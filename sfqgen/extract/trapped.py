"""Currents that a flux quantum in a moat drives into the inductors of a drawn layout.

    found = recognise(*read_layout("JTL.gds"))
    trapped(found, chosen_moat(find_moats(found), "3", found.name)).current_ua["L1"]
"""

from __future__ import annotations

from dataclasses import dataclass

from pdk_sfq5ee.process import Process
from sfqgen.errors import SfqgenError
from sfqgen.extract.fit import check_kirchhoff, fit
from sfqgen.extract.flux import driven_ua, linked_flux
from sfqgen.extract.idx import IdxNetlist
from sfqgen.extract.inductance import GRID_UM, port_matrix
from sfqgen.extract.moats import Moat
from sfqgen.extract.ports import circuit_box, geometry_of
from sfqgen.extract.problem import Problem, drawn_problem, idx_problem
from sfqgen.extract.recognise import RecognisedLayout
from sfqgen.extract.stack import slabs

MOAT_ROOM_UM = 3.0
"""Metal around the moat that is part of the problem even if the circuit ends before."""
MOST_UM2 = 10_000.0
"""Largest layout that is solved as one piece."""


@dataclass(frozen=True)
class Trapped:
    """One flux quantum in `moat`: `current_ua` by inductor, positive from its first to its second node."""

    moat: Moat
    current_ua: dict[str, float]


def trapped(found: RecognisedLayout, moat: Moat, netlist: IdxNetlist | None = None, *, grid_um: float = GRID_UM,
            process: Process | None = None) -> Trapped:  # fmt: skip
    """Solve the layout once and put a flux quantum into `moat`.

    Inductors are the layout's own, or those of an extraction netlist. Junctions close the loops with their
    Josephson inductance, pins and bias entries are open.
    Raises SfqgenError when the layout is too large, or when ports do not fit the metal.
    """
    films = slabs(process)
    problem = idx_problem(found, netlist, films) if netlist else drawn_problem(found, films)
    box = circuit_box(found, problem.ports)
    box += moat.hole.bbox().to_dtype(found.metal.dbu).enlarged(MOAT_ROOM_UM, MOAT_ROOM_UM)
    if box.area() > MOST_UM2:
        raise SfqgenError(f"{box.area():.0f} um2 are too much for one field solution", where=f"cell {found.name}",
                          allowed=f"{MOST_UM2:.0f} um2", remedy="name a smaller cell with --cell")  # fmt: skip
    solved = port_matrix(geometry_of(found, problem.ports, box), grid_um, films)
    if netlist:
        check_kirchhoff(solved.patterns, problem.branches, problem.nodes)
    flux = linked_flux(solved, moat.x_um, moat.y_um)
    currents = fit(solved.matrix, solved.patterns, problem.branches, problem.nodes, problem.pairs).currents
    driven = driven_ua(solved, flux, currents, problem.branches, problem.nodes, _ic_ua(found, problem))
    return Trapped(moat, {name: round(value, 6) + 0.0 for name, value in driven.items()})


def _ic_ua(found: RecognisedLayout, problem: Problem) -> dict[str, float]:
    """Critical current of the junction behind each port that is one."""
    drawn = {name.lower(): junction.ic_ua for name, junction in found.junctions.items()}
    drawn |= {junction.name.lower(): junction.ic_ua for junction in found.junctions.values() if junction.name}
    return {port.name: drawn[port.name.lower()] for port in problem.ports if port.name.lower() in drawn}
