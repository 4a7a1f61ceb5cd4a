"""Flux trapped in a moat: how much of it links every port loop, and the current that it drives into every inductor.

With a flux quantum in the hole the phase of the films jumps by 2 pi across a cut from the hole outwards. In the energy
minimum that is an electromotive flux Phi0 on every brick that crosses the cut, and by reciprocity the flux that links
a port current pattern k is

    Phi_k = Phi0 * (current of pattern k that crosses the cut)

so that nothing has to be solved again. The cut goes through all films as far up as the hole goes, so that a line
crossing it together with its return current below links nothing. Junctions close the loops with Phi0/(2 pi Ic);
pins and bias entries stay open. Loops of inductors without a port in them are not seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.linalg import null_space

from sfqgen.errors import SfqgenError
from sfqgen.extract.fit import Branch, PortNodes
from sfqgen.extract.grid import PLANES
from sfqgen.extract.inductance import PortMatrix
from sfqgen.extract.mesh import Mesh
from sfqgen.netlist.circuit import PHI0_UV_PS

PHI0_PH_UA = PHI0_UV_PS
"""uV ps are pH uA."""


def linked_flux(solved: PortMatrix, x_um: float, y_um: float, *, to_left: bool = False) -> np.ndarray:
    """Flux in pH uA that Phi0 in the moat at (x, y) puts through each pattern of `solved`, (patterns,).

    The cut leaves the hole to the right, or to the left. Raises SfqgenError when no plane has a hole there.
    """
    across = _across(solved.mesh, x_um, y_um, to_left)
    currents = solved.solution.currents[:, : 2 * len(solved.mesh.edges.film)].reshape(len(solved.matrix), -1, 2)
    crossing = currents[:, across].sum(axis=(1, 2))
    return PHI0_PH_UA * (-crossing if to_left else crossing)


def driven_ua(solved: PortMatrix, flux: np.ndarray, branch_currents: np.ndarray, branches: Sequence[Branch],
              ports: Sequence[PortNodes], ic_ua: Mapping[str, float]) -> dict[str, float]:  # fmt: skip
    """Current in uA that the linked `flux` drives into every inductor.

    `branch_currents` (branches, patterns) are those of `Fit`; ports named in `ic_ua` are closed by a junction of that
    critical current, the others are open.
    """
    closed = np.array([p.name in ic_ua for p in ports])
    free = null_space(solved.patterns[~closed]) if (~closed).any() else np.eye(solved.patterns.shape[1])
    if not free.shape[1]:
        return {branch.name: 0.0 for branch in branches}
    junction_ph = np.array([PHI0_PH_UA / (2 * np.pi * ic_ua[p.name]) if p.name in ic_ua else 0.0 for p in ports])
    at_ports = solved.patterns @ free
    loops = free.T @ solved.matrix @ free + at_ports.T @ (junction_ph[:, None] * at_ports)
    amounts = free @ np.linalg.solve(loops, -free.T @ flux)
    return dict(zip((b.name for b in branches), (branch_currents @ amounts).tolist(), strict=True))


def _across(mesh: Mesh, x_um: float, y_um: float, to_left: bool) -> np.ndarray:
    """Numbers of the bricks along y that cross the cut from (x, y)."""
    frame, edges = mesh.frame, mesh.edges
    column = round((x_um - frame.x0_um) / frame.h_um)
    row = int(np.floor((y_um - frame.y0_um) / frame.h_um))
    numbers = np.arange(edges.split, len(edges.film))
    on_row = numbers[edges.iy[edges.split :] == row]
    solid = {mesh.films[f] for f in edges.film[on_row[edges.ix[on_row] == column]]}
    planes = [name for name in mesh.films if name in PLANES]
    if not set(planes) - solid:
        raise SfqgenError(f"no moat at ({x_um:g}, {y_um:g}) um", allowed="a point inside a hole of a plane",
                          remedy="give the place of a moat that is drawn in M4")  # fmt: skip
    # A plane that is whole there ends the flux tube: the cut stays below it.
    films = [n for n, name in enumerate(mesh.films) if not (name in PLANES and name in solid)]
    beside = edges.ix[on_row] < column if to_left else edges.ix[on_row] > column
    return on_row[beside & np.isin(edges.film[on_row], films)]
