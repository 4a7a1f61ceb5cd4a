"""Currents, inductances and shunts of a cell for another critical-current scale.

A Josephson circuit keeps its behaviour when every current grows by s and every inductance and resistance shrinks by
s: phases (L I / Phi0, I / Ic) and characteristic voltage (Ic R) stay as they were, energy and noise immunity grow by s.
Values are rounded to what a mask can carry: 1 uA of junction, 0.5 uA of bias, 0.01 pH.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TypeVar

from sfqgen.layout.free import GRID_UM

Values = TypeVar("Values")

_STEP = {"ic_ua": 1.0, "ib_ua": 0.5, "l_ph": 0.01, "r_ohm": 0.001}


def scaled(values: Values, ic_scale: float) -> Values:
    """A copy of a cell's values at `ic_scale` times the current. Fields end in ic_ua, ib_ua, l_ph or r_ohm."""
    return values if ic_scale == 1.0 else replace(values, **dict(_scaled_fields(values, ic_scale)))


def nearer_um(l_ph: float, nominal_ph: float, um_per_ph: float) -> float:
    """How much nearer than in the nominal cell both ends of an inductor stand when it is to be less: `um_per_ph` of it.

    For lines that width alone does not bring down. 0 from the nominal value on, so the nominal plan stays as it is.
    """
    return round(max(0.0, nominal_ph - l_ph) * um_per_ph / GRID_UM) * GRID_UM


def apart_um(l_ph: float, nominal_ph: float, um_per_ph: float) -> float:
    """How much farther than in the nominal cell a line stands off when an inductor is to be more: `um_per_ph` of it.

    For a line that would come near a junction as it widens. 0 up to the nominal value.
    """
    return round(max(0.0, l_ph - nominal_ph) * um_per_ph / GRID_UM) * GRID_UM


def _scaled_fields(values, ic_scale: float):
    for field in fields(values):
        unit = next(unit for unit in _STEP if field.name.endswith(unit))
        factor = ic_scale if unit.endswith("ua") else 1.0 / ic_scale
        yield field.name, round(getattr(values, field.name) * factor / _STEP[unit]) * _STEP[unit]
