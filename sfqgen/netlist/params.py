"""Parameters of a deck and its subcircuits: any order, inner scopes see outer ones, names without case."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from sfqgen.netlist.expression import evaluate, names_in, symbols_of
from sfqgen.netlist.lexer import Statement, Token
from sfqgen.netlist.quantity import as_float, decimal_of

MAX_PARAMETERS = 100_000

_ASSIGNMENT = re.compile(r"([A-Za-z_][\w#$]*)\s*=")


@dataclass(slots=True)
class Definition:
    """`name = expression`, the scope in which the expression is read, and its value once known."""

    name: str
    token: Token
    symbols: list[str]
    scope: Scope
    value: Decimal | None = None


class Scope:
    """The parameters of the top level or of one subcircuit."""

    def __init__(self, parent: Scope | None = None) -> None:
        self.parent = parent
        self.definitions: dict[str, Definition] = {}

    def define(self, name: str, value: Token, scope: Scope | None = None) -> None:
        """Add a parameter whose expression is read in `scope`, by default this one. A second, different one fails."""
        key, known = name.lower(), self.definitions.get(name.lower())
        definition = Definition(name, value, symbols_of(value), scope or self)
        if known and known.symbols != definition.symbols:
            value.fail(f"parameter '{name}' is defined twice",
                       remedy=f"delete one; the other stands in {known.token.file}:{known.token.line}")  # fmt: skip
        if len(self.definitions) >= MAX_PARAMETERS:
            value.fail("too many parameters", allowed=str(MAX_PARAMETERS))
        self.definitions[key] = definition

    def read(self, statement: Statement) -> None:
        """The assignments of a `.param` line, one or several."""
        found = list(_ASSIGNMENT.finditer(statement.rest))
        if not found or statement.rest[: found[0].start()].strip(" ,"):
            statement.head.fail("needs a name and an expression", remedy=".param name=expression")
        ends = [match.start() for match in found[1:]] + [len(statement.rest)]
        for match, end in zip(found, ends, strict=True):
            self.define(match[1], statement.head.part(statement.rest[match.end() : end].strip(" ,")))

    def specialised(self, values: dict[str, tuple[Token, Scope]]) -> Scope:
        """A copy in which some parameters have another expression, each read in the scope given with it."""
        copy = Scope(self.parent)
        for name, old in self.definitions.items():
            if name in values:
                copy.define(old.name, *values[name])
            else:
                copy.definitions[name] = Definition(old.name, old.token, old.symbols, copy)
        return copy

    def find(self, name: str) -> Definition | None:
        """The definition that a lower-case name means in this scope."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.definitions:
                return scope.definitions[name]
            scope = scope.parent
        return None

    def lookup(self, name: str) -> Decimal | None:
        """The value of a parameter by lower-case name, or None. Raises SfqgenError on a bad or circular one."""
        wanted = self.find(name)
        if wanted is None:
            return None
        # Depth first with an explicit stack: a chain of a hundred thousand parameters must not overflow ours.
        stack, under_way = [wanted], set[int]()
        while stack:
            definition = stack[-1]
            missing = _unknown_in(definition) if definition.value is None else []
            if definition.value is not None:
                stack.pop()
            elif not missing:
                definition.value = evaluate(definition.symbols, definition.scope._known, definition.token)
            elif id(definition) in under_way:
                definition.token.fail(
                    f"parameter '{definition.name}' depends on itself", remedy="break the circle of definitions"
                )
            else:
                under_way.add(id(definition))
                stack.extend(missing)
        return wanted.value

    def _known(self, name: str) -> Decimal | None:
        definition = self.find(name)
        return definition.value if definition else None

    def decimal(self, token: Token) -> Decimal:
        """The value of a literal or an expression in SI units. Raises SfqgenError that names the token."""
        literal = decimal_of(token.text)
        return literal if literal is not None else evaluate(symbols_of(token), self.lookup, token)

    def number(self, token: Token, exponent: int = 0) -> float:
        """The value times 10**`exponent`, rounded once. Raises SfqgenError that names the token."""
        value = as_float(self.decimal(token), exponent)
        if value is None:
            token.fail("the value is beyond the range of a number", allowed="up to 1e308")
        return value


def _unknown_in(definition: Definition) -> list[Definition]:
    """Definitions that this one reads and that have no value yet."""
    read = (definition.scope.find(name) for name in names_in(definition.symbols))
    return [found for found in read if found is not None and found.value is None]
