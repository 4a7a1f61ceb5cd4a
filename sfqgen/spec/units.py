"""Numbers with units: a plain number is in the unit that the field names, a text such as "250 uA" is converted.

Each annotated type carries its unit into the JSON schema. pint is imported only when a text needs it (0.3 s).
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError


def quantity(unit: str) -> Any:
    """A float type in `unit` that also accepts a text with a unit of the same dimension ("0.25 mA" for uA)."""

    def convert(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise PydanticCustomError(
                "quantity", "{got} is not a number in {unit}", {"got": _shown(value), "unit": unit}
            )
        number = _from_text(value, unit) if isinstance(value, str) else float(value)
        if not math.isfinite(number):
            raise PydanticCustomError("quantity", "{got} is not a finite number", {"got": _shown(value)})
        return number

    return Annotated[float, BeforeValidator(convert), Field(json_schema_extra={"x-unit": unit})]


def no_switch(value: Any) -> Any:
    """`value`, unless it is true or false, which Python would count as 1 and 0."""
    if isinstance(value, bool):
        raise PydanticCustomError("quantity", "{got} is not a number", {"got": _shown(value)})
    return value


def _from_text(text: str, unit: str) -> float:
    text = text.strip()
    if len(text) > 40:
        raise PydanticCustomError("quantity", "{got} is too long for a number in {unit}",
                                  {"got": _shown(text), "unit": unit})  # fmt: skip
    split = max((i for i, c in enumerate(text) if c in "0123456789."), default=-1) + 1
    number, name = text[:split].strip(), text[split:].strip()
    try:
        value = float(number)
    except ValueError:
        raise PydanticCustomError("quantity", "{got} is not a number in {unit}",
                                  {"got": _shown(text), "unit": unit}) from None  # fmt: skip
    # Twelve digits: "4200 mK" is 4.2 K, not 4.2 plus a rounding error.
    return float(f"{value * _factor(name, unit):.12g}") if name else value


@lru_cache
def _factor(name: str, unit: str) -> float:
    import pint

    registry = _registry()
    try:
        return float(registry.Quantity(1.0, name).to(unit).magnitude)
    except pint.DimensionalityError:
        raise PydanticCustomError("unit", "{name} is not a unit of the same kind as {unit}",
                                  {"name": name, "unit": unit}) from None  # fmt: skip
    except Exception:  # pint raises many kinds for a name that is no unit
        raise PydanticCustomError("unit", "{name} is not a known unit; this field is in {unit}",
                                  {"name": name, "unit": unit}) from None  # fmt: skip


@lru_cache
def _registry():
    import pint

    return pint.UnitRegistry()


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


Picosecond = quantity("ps")
Gigahertz = quantity("GHz")
MicroAmp = quantity("uA")
Kelvin = quantity("K")
Micron = quantity("um")
