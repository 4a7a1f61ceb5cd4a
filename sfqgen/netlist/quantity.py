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


_LETTER = {-15: "f", -12: "p", -9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "meg", 9: "g", 12: "t"}


def text_of(value: float, exponent: int = 0) -> str:
    """`value` * 10**`exponent` in engineering notation: text_of(2.07, -12) is "2.07p". Reads back exactly."""
    return decimal_text(Decimal(repr(float(value))).scaleb(exponent, CONTEXT))


def decimal_text(number: Decimal) -> str:
    """A decimal in engineering notation, every digit kept."""
    if number == 0:
        return "0"
    power = 3 * (number.adjusted() // 3)
    if power not in _LETTER:
        return f"{number.normalize(CONTEXT):e}"
    mantissa = number.scaleb(-power, CONTEXT)
    digits = f"{mantissa:f}"
    return (digits.rstrip("0").rstrip(".") if "." in digits else digits) + _LETTER[power]
