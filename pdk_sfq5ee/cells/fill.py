"""Dummy junctions that hold up the density of the junction levels."""

from __future__ import annotations

import gdsfactory as gf

from pdk_sfq5ee.cells.ranges import length
from pdk_sfq5ee.cells.shapes import centred
from pdk_sfq5ee.process import figure


@gf.cell
def dummy_junction(size_um: float = 3.0, with_m4: bool = False) -> gf.Component:
    """A floating square junction around the origin: M5, J5, C5J and M6, connected to nothing.

    Args:
        size_um: side of J5, 1.5 to 3.0 um; the ColdFlux library uses those two.
        with_m4: draws the ground plane under it too, for use over an opening.

    The surrounds are those of the library's fill, smaller than round real junctions and allowed by the rules. No ports.
    Raises PdkError.
    """
    smallest, largest = figure("geometry", "fill", "dummy_jj")
    size_um = length("size_um", size_um, smallest, largest)
    c = gf.Component()
    centred(c, "J5", 0.0, 0.0, size_um)
    centred(c, "C5J", 0.0, 0.0, size_um - 2 * figure("geometry", "fill", "c5j_inset"))
    for metal in ("M6", "M5", *(("M4",) if with_m4 else ())):
        centred(c, metal, 0.0, 0.0, size_um + 2 * figure("geometry", "fill", f"{metal.lower()}_outset"))
    c.info.update({"area_um2": round(size_um**2, 4)})
    return c
