"""Drawn size against electrical value of junctions and resistors, both ways; no gdsfactory here.

Cells draw by these laws and extraction reads by them, so that the two cannot drift apart. The figures and their
sources stand in `data/process.yaml` under `jj_sizing` and `resistor_sizing`.

>>> round(junction_area_um2(250.0), 4), round(junction_ic_ua(2.5895), 6)
(2.5895, 250.0)
>>> round(strip_ohm(8.45, 1.15, 0.52), 2)
14.85
"""

from __future__ import annotations

import math

from pdk_sfq5ee.process import Process, nominal


def junction_area_um2(ic_ua: float, process: Process | None = None) -> float:
    """Area of J5 to draw for a critical current: Ic/Jc plus the ring that processing takes away."""
    slope, offset = _area_law(process)
    return slope * ic_ua / _jc(process) + offset


def junction_ic_ua(area_um2: float, process: Process | None = None) -> float:
    """Critical current of a drawn J5 area; the inverse of `junction_area_um2`."""
    slope, offset = _area_law(process)
    return (area_um2 - offset) / slope * _jc(process)


def _jc(process: Process | None) -> float:
    """Critical current density in uA/um2; the area law was measured at the nominal one, 100."""
    return float((process or nominal()).constant("jc"))


def junction_radius_um(ic_ua: float, process: Process | None = None) -> float:
    """Radius of the drawn circle."""
    return math.sqrt(junction_area_um2(ic_ua, process) / math.pi)


def strip_ohm(gap_um: float, w_um: float, contact_um: float, process: Process | None = None) -> float:
    """Resistance of a straight R5 strip of width `w_um` between two contacts `gap_um` apart and `contact_um` wide."""
    process = process or nominal()
    ends = contact_ohm(contact_um, process) + spreading_ohm(contact_um, w_um, process)
    return process.constant("rsheet") * gap_um / w_um + 2.0 * ends


def strip_gap_um(r_ohm: float, w_um: float, contact_um: float, process: Process | None = None) -> float:
    """Clear distance between the contacts of a straight strip of `r_ohm`; the inverse of `strip_ohm`."""
    process = process or nominal()
    ends = contact_ohm(contact_um, process) + spreading_ohm(contact_um, w_um, process)
    return (r_ohm - 2.0 * ends) * w_um / process.constant("rsheet")


def contact_ohm(contact_um: float, process: Process | None = None) -> float:
    """Resistance of one C5R contact as wide as `contact_um` across the current; falls as the contact widens."""
    process = process or nominal()
    return process.constant("r_contact") * resistor_figure("contact_um", process) / contact_um


def spreading_ohm(contact_um: float, w_um: float, process: Process | None = None) -> float:
    """What a contact adds that leaves more of the strip bare at its sides than the standard contact does.

    A share of the ideal spreading resistance of a slit, rsheet/pi ln(1/sin(pi c/2w)), counted from the widest contact
    that fits; zero for contacts of the standard surround. The share comes from our own two-dimensional solution.
    """
    process = process or nominal()
    widest = w_um - (resistor_figure("width_um", process) - resistor_figure("contact_um", process))
    if contact_um >= widest - 1e-6:
        return 0.0
    ratio = math.sin(math.pi * widest / (2 * w_um)) / math.sin(math.pi * contact_um / (2 * w_um))
    share = resistor_figure("narrow_contact_share", process)
    return share * process.constant("rsheet") / math.pi * math.log(max(ratio, 1.0))


def resistor_figure(name: str, process: Process | None = None) -> float:
    """A number of `resistor_sizing`: contact_um, width_um, corner_squares, narrow_contact_share."""
    return (process or nominal()).table("process")["resistor_sizing"][name]["value"]


def junction_figure(name: str, process: Process | None = None):
    """A value of `jj_sizing`: c5j_inset_um, drawn_range_ua."""
    return (process or nominal()).table("process")["jj_sizing"][name]["value"]


def _area_law(process: Process | None) -> tuple[float, float]:
    law = (process or nominal()).table("process")["jj_sizing"]["area_law"]["value"]
    return law["slope"], law["offset_um2"]
