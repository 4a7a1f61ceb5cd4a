"""Numbers with unit suffixes, exact both ways.

Deck values are held as decimals, because "2.07p" is exactly 2.07 pH only in decimal: 2.07e-12 * 1e12 is not 2.07 in
binary. `decimal_of` reads, `as_float` rounds once into the circuit's unit, `text_of` writes what reads back the same.
"""

from __future__ import annotations

import math
import re
from decimal import Context, Decimal, DecimalException, DivisionByZero, InvalidOperation, Overflow

CONTEXT = Context(prec=34, Emin=-9999, Emax=9999, traps=[DivisionByZero, InvalidOperation, Overflow])
"""Wider than binary64 by 18 digits, so that a chain of expressions still rounds to the nearest float."""

MAX_DIGITS = 60
SUFFIXES = {
    "f": -15, "p": -12, "n": -9, "u": -6, "m": -3, "k": 3, "meg": 6, "x": 6, "g": 9, "t": 12,
}  # fmt: skip
# The simulators skip what follows the suffix; only words that name a unit are skipped here, so that a slip is seen.
UNITS = frozenset({
    "a", "amp", "amps", "v", "volt", "volts", "h", "henry", "f", "farad", "s", "sec", "hz", "ohm", "ohms", "w", "wb",
    "k", "kelvin", "rad",
})  # fmt: skip

NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)(e[+-]?\d+)?([a-zµμ]*)", re.IGNORECASE)
"""An unsigned number with its letters: `2.8mV`, `1e-12`, `.5`, `160ohm`."""


def decimal_of(text: str) -> Decimal | None:
    """The value of a literal in SI units, or None when the text is not one (a name, an expression, an unknown unit).

    A lone `f` is femto and a lone `m` milli, whatever the element: the suffix wins over the unit, as in JoSIM.
    """
    sign, body = (text[0], text[1:]) if text[:1] in ("+", "-") else ("", text)
    match = NUMBER.fullmatch(body)
    if match is None or len(body) > MAX_DIGITS:
        return None
    mantissa, exponent, letters = match.groups()
    power = _power(letters.lower().replace("µ", "u").replace("μ", "u"))
    if power is None or abs(int((exponent or "e0")[1:])) > 9000:
        return None
    return Decimal(f"{sign}{mantissa}{exponent or ''}").scaleb(power, CONTEXT)


def _power(letters: str) -> int | None:
    """Power of ten that the letters after a number stand for; None when they mean nothing."""
    if letters.startswith("meg"):
        suffix = "meg"
    elif letters[:1] in SUFFIXES:
        suffix = letters[:1]
    else:
        suffix = ""
    unit = letters[len(suffix) :]
    if unit and unit not in UNITS:
        return None
    return SUFFIXES.get(suffix, 0)


def as_float(value: Decimal, exponent: int = 0) -> float | None:
    """`value` * 10**`exponent` rounded to a float; None when it is beyond the range of one."""
    try:
        number = float(value.scaleb(exponent, CONTEXT))
    except DecimalException:
        return None
    return number if math.isfinite(number) else None


def text_of(value: float, suffix: str = "") -> str:
    """A number with its suffix as a deck writes it: text_of(2.07, "p") is "2.07p". Reads back exactly."""
    if value == 0.0:
        return "0"
    text = repr(float(value))
    return (text[:-2] if text.endswith(".0") else text) + suffix


def decimal_text(number: Decimal) -> str:
    """A decimal with every digit kept, in plain notation where that is short."""
    plain = number.normalize(CONTEXT)
    return f"{plain:f}" if -6 < plain.adjusted() < 12 else f"{plain:e}"
