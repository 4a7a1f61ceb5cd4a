"""Inductance of drawn lines from the sizing table, in microseconds: a guide, no substitute for the 3-D solver.

Straight sections count L'(w) times length, a right-angle bend saves the length that the table's authors found. Moats,
neighbours, vias and the spreading of current in wide pads are not in it. Against the published extraction of the
ColdFlux cells: median -11 % between junctions, -30 % at cell borders (whose published values hold for another return).
"""

from __future__ import annotations

from functools import lru_cache

import klayout.db as kdb

from pdk_sfq5ee.process import Process
from sfqgen.errors import SfqgenError
from sfqgen.extract.devices import bends
from sfqgen.extract.skeleton import Arm
from sfqgen.extract.table import CORNER_SHORTENS_BY_W, line_inductance_ph_per_um

STRIPLINE_BEND_SAVES_W = 0.44
"""Between two planes a bend counts as 0.56 of a square, the textbook figure; the larger saving of the table's constant
holds without a sky plane, where the field reaches further."""
_NARROWEST_UM, _WIDEST_UM = 0.25, 8.0


class Estimator:
    """Estimates arms of one layout; the sky plane counts where it is drawn over the middle of the line."""

    def __init__(self, sky: kdb.Region, dbu: float, process: Process | None = None) -> None:
        self._sky, self._dbu, self._process = sky, dbu, process
        self._has_sky = not sky.is_empty()

    def arm_ph(self, arm: Arm, layer: str) -> float:
        if not arm.sections:
            return 0.0
        squares, length = arm.squares, arm.length_um
        w = length / squares
        ph = sum(s.length_um * self._per_um(layer, s.w_um) for s in arm.sections)
        shorter = STRIPLINE_BEND_SAVES_W if self._has_sky else CORNER_SHORTENS_BY_W
        saved = bends(arm.path, w) * shorter * w
        # Two bends closer than a line width save less than two; never more than half of the line.
        return max(ph - saved * self._per_um(layer, w), 0.5 * ph)

    def _per_um(self, layer: str, w_um: float) -> float:
        return _per_um(layer, round(w_um, 2), self._has_sky, self._process)


@lru_cache(maxsize=4096)
def _per_um(layer: str, w_um: float, sky: bool, process: Process | None) -> float:
    """L' in pH/um; beyond the table's widths it goes on as 1/w. Metals without a curve count as M6 does."""
    inside = min(max(w_um, _NARROWEST_UM), _WIDEST_UM)
    below, above = ("M4", "M7" if sky else None) if layer in ("M5", "M6") else ("M4", None)
    try:
        value = line_inductance_ph_per_um(layer, inside, below=below, above=above, process=process)
    except SfqgenError:
        value = line_inductance_ph_per_um("M6", inside, below="M4", above=None, process=process)
    return value * inside / max(w_um, 0.02)
