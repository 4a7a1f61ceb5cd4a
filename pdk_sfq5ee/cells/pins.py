"""The M6 signal pin on a cell edge, with the labels that InductEx and the extraction of this project read."""

from __future__ import annotations

import gdsfactory as gf

from pdk_sfq5ee import rules
from pdk_sfq5ee.cells.ranges import count, length
from pdk_sfq5ee.cells.shapes import box, centred, port, text
from pdk_sfq5ee.errors import PdkError
from pdk_sfq5ee.process import figure


@gf.cell
def pin_m6(name: str = "a", number: int = 1, width_um: float = 0.9) -> gf.Component:
    """A signal pin: an M6 stub from the cell edge x = 0 inwards; turn the instance for other edges.

    Args:
        name: pin name, written on M6_PIN; letters, digits and underscore.
        number: n of the InductEx port `Pn M6 M4`, written on PORT_TEXT; 1 to 999.
        width_um: width of the line that goes on from the stub, 0.8 to 2.0 um.

    In a tile the pin sits at half height of the edge (5 um). The TERM marker lies astride the edge, as wide as in the
    ColdFlux library, so the cell sticks out by half of its thickness. Ports `pin` (at the edge) and `line`. Raises
    PdkError.
    """
    if not (name.isascii() and name.replace("_", "").isalnum() and len(name) <= 32):
        raise PdkError(f"pin name is {name!r}"[:80], allowed="1 to 32 letters, digits and underscores")
    stub = figure("geometry", "frame", "pin_stub")
    width_um = length("width_um", width_um, rules.width("M6"), stub)
    thick, wide = figure("geometry", "frame", "pin_marker")
    c = gf.Component()
    box(c, "M6", 0.0, -stub / 2, stub, stub / 2)
    centred(c, "TERM", 0.0, 0.0, thick, wide)
    text(c, "M6_PIN", name, 0.0, 0.0)
    text(c, "PORT_TEXT", f"P{count('number', number, 1, 999)} M6 M4", 0.0, 0.0)
    port(c, "pin", "M6", 0.0, 0.0, stub, 180)
    port(c, "line", "M6", stub, 0.0, width_um, 0)
    c.info.update({"pin": name})
    return c
