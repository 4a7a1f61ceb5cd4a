"""Parameter expressions: a recursive-descent evaluator over decimals. No eval, bounded depth and size."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from decimal import Decimal, DecimalException

from sfqgen.netlist.lexer import Token
from sfqgen.netlist.quantity import CONTEXT, MAX_DIGITS, NUMBER, decimal_of

MAX_LENGTH = 20_000
MAX_DEPTH = 60

CONSTANTS = {
    name: Decimal(text)
    for name, text in {
        "pi": "3.141592653589793238463",
        "phi_zero": "2.067833831170082E-15",
        "boltzmann": "1.38064852E-23",
        "ev": "1.6021766208E-19",
        "hbar": "1.0545718001391127E-34",
        "c": "299792458",
        "mu0": "12.566370614E-7",
        "eps0": "8.854187817E-12",
        "sigma": "3.291059757E-16",
    }.items()
}
"""JoSIM's built-in names with its values (its syntax guide); a parameter of the same name comes first."""


def _by_float(function: Callable[[float], float]) -> Callable[[Decimal], Decimal]:
    return lambda value: Decimal(function(float(value)))


FUNCTIONS: dict[str, tuple[int, Callable[..., Decimal]]] = {
    "sqrt": (1, CONTEXT.sqrt), "exp": (1, CONTEXT.exp), "log": (1, CONTEXT.ln), "log10": (1, CONTEXT.log10),
    "abs": (1, CONTEXT.abs), "min": (2, CONTEXT.min), "max": (2, CONTEXT.max), "pow": (2, CONTEXT.power),
    **{name: (1, _by_float(getattr(math, name))) for name in (
        "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "cbrt")},
}  # fmt: skip
"""Name to number of arguments and meaning; `log` is natural, as in JoSIM."""

_NAME = re.compile(r"[a-z_][\w#$]*", re.IGNORECASE)
_OPERATOR = re.compile(r"\*\*|[-+*/^(){}\[\],]")
_CLOSING = {"(": ")", "{": "}", "[": "]"}


def symbols_of(token: Token) -> list[str]:
    """Cut an expression into numbers, names and operators. Raises SfqgenError at what is none of these."""
    text = token.text.strip()
    if len(text) > MAX_LENGTH:
        token.fail("the expression is too long", allowed=f"{MAX_LENGTH} characters")
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    symbols: list[str] = []
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        for pattern in (NUMBER, _NAME, _OPERATOR):
            if match := pattern.match(text, position):
                break
        else:
            token.fail(f"'{text[position]}' has no meaning in an expression")
        symbols.append(match.group())
        position = match.end()
    if not symbols:
        token.fail("the value is missing")
    return symbols


def names_in(symbols: list[str]) -> Iterator[str]:
    """Names that the expression reads, in lower case, functions left out."""
    for here, after in zip(symbols, [*symbols[1:], ""], strict=True):
        if _NAME.fullmatch(here) and not (after == "(" and here.lower() in FUNCTIONS):
            yield here.lower()


def evaluate(symbols: list[str], lookup: Callable[[str], Decimal | None], token: Token) -> Decimal:
    """The value of an expression. `lookup` gives a parameter by lower-case name, or None. Raises SfqgenError."""
    parser = _Parser(symbols, lookup, token)
    value = parser.sum()
    if parser.here:
        token.fail(f"'{parser.here}' is not expected there", remedy="write an operator between two values")
    return value


class _Parser:
    """sum := product (+- product)*; product := sign (*/ sign)*; sign := [+-] sign | power; power := atom [^ sign]."""

    def __init__(self, symbols: list[str], lookup: Callable[[str], Decimal | None], token: Token) -> None:
        self.symbols, self.lookup, self.token = symbols, lookup, token
        self.position, self.depth = 0, 0

    @property
    def here(self) -> str:
        return self.symbols[self.position] if self.position < len(self.symbols) else ""

    def take(self) -> str:
        symbol = self.here
        self.position += 1
        return symbol

    def sum(self) -> Decimal:
        value = self.product()
        while self.here in ("+", "-"):
            operator = self.take()
            value = self.apply(CONTEXT.add if operator == "+" else CONTEXT.subtract, value, self.product())
        return value

    def product(self) -> Decimal:
        value = self.sign()
        while self.here in ("*", "/"):
            operator = self.take()
            value = self.apply(CONTEXT.multiply if operator == "*" else CONTEXT.divide, value, self.sign())
        return value

    def sign(self) -> Decimal:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.token.fail("the expression is nested too deeply", allowed=f"{MAX_DEPTH} levels")
        if self.here in ("+", "-"):
            value = CONTEXT.minus(self.sign()) if self.take() == "-" else self.sign()
        else:
            value = self.atom()
            if self.here in ("^", "**"):
                self.take()
                value = self.apply(CONTEXT.power, value, self.sign())
        self.depth -= 1
        return value

    def atom(self) -> Decimal:
        symbol = self.take()
        if symbol in _CLOSING:
            value = self.sum()
            self.expect(_CLOSING[symbol])
            return value
        if _NAME.fullmatch(symbol):
            if symbol.lower() in FUNCTIONS and self.here == "(":
                return self.call(symbol.lower())
            return self.named(symbol)
        value = decimal_of(symbol)
        if value is None:
            self.bad_number(symbol)
        return value

    def bad_number(self, symbol: str) -> None:
        if symbol and symbol[0] in "0123456789.":
            if len(symbol) > MAX_DIGITS:
                self.token.fail("the number is too long", allowed=f"{MAX_DIGITS} characters")
            self.token.fail(
                f"'{symbol}' is no number", allowed="digits with one of f p n u m k meg x g t and a unit",
            )  # fmt: skip
        self.token.fail(f"a value is missing {'before' if symbol else 'after'} '{symbol or self.symbols[-1]}'")

    def named(self, symbol: str) -> Decimal:
        value = self.lookup(symbol.lower())
        if value is None:
            value = CONSTANTS.get(symbol.lower())
        if value is None:
            self.token.fail(f"unknown parameter '{symbol}'", remedy=f"define it: .param {symbol}=...")
        return value

    def call(self, name: str) -> Decimal:
        self.take()
        count, function = FUNCTIONS[name]
        arguments = [self.sum()]
        while self.here == ",":
            self.take()
            arguments.append(self.sum())
        self.expect(")")
        if len(arguments) != count:
            self.token.fail(f"{name} has {len(arguments)} arguments", allowed=str(count))
        return self.apply(function, *arguments)

    def expect(self, symbol: str) -> None:
        if self.take() != symbol:
            self.token.fail(f"'{symbol}' is missing")

    def apply(self, function: Callable[..., Decimal], *arguments: Decimal) -> Decimal:
        try:
            value = function(*arguments)
        except (DecimalException, ArithmeticError, ValueError) as error:
            if isinstance(error, ZeroDivisionError):
                self.token.fail("division by zero")
            self.token.fail("the value is not a finite real number")
        if not value.is_finite():
            self.token.fail("the value is not a finite real number")
        return value
