"""Statements sorted into the top level and its subcircuits: who defines what, before anything is evaluated."""

from __future__ import annotations

from dataclasses import dataclass, field

from sfqgen.netlist.lexer import Source, Statement, Token, check_name
from sfqgen.netlist.params import Scope

OUTPUT = ("print", "plot", "save")
MAX_NESTING = 16


@dataclass(eq=False)
class Section:
    """The top level (without a head) or one `.subckt`: its lines by kind and the subcircuits defined inside it."""

    parent: Section | None = None
    head: Token | None = None
    ports: list[Token] = field(default_factory=list)
    scope: Scope = field(default_factory=Scope)
    elements: list[Statement] = field(default_factory=list)
    models: list[Statement] = field(default_factory=list)
    inner: dict[str, Section] = field(default_factory=dict)

    def visible(self, name: str) -> Section | None:
        """The subcircuit that a name means inside this section: its own, else its parent's."""
        section: Section | None = self
        while section is not None:
            if found := section.inner.get(name.lower()):
                return found
            section = section.parent
        return None

    def visible_names(self) -> list[str]:
        names, section = [], self
        while section is not None:
            names += [found.head.text for found in section.inner.values()]
            section = section.parent
        return names

    def everything(self) -> list[Section]:
        """All subcircuits defined in this section, outer ones first."""
        found = list(self.inner.values())
        for section in self.inner.values():
            found += section.everything()
        return found


@dataclass
class Structure:
    top: Section
    controls: dict[str, list[Statement]] = field(default_factory=dict)  # tran, temp, neb, spread, output, ignored


_ONE_ONLY = ("tran", "temp", "neb", "spread")
_IGNORED = ("file", "title", "end")
_KNOWN = (".subckt, .ends, .param, .model, .tran, .print, .plot, .save, .temp, .neb, .spread, .file, .include, "
          ".control, .endc, .end")  # fmt: skip


def sorted_out(source: Source) -> Structure:
    """Sort the statements of a deck. Raises SfqgenError on unknown controls and unbalanced subcircuits."""
    structure = Structure(Section())
    section, in_control, opened = structure.top, False, None
    for statement in source.statements:
        word = statement.head.text.lower()
        if not word.startswith(".") and not in_control:
            section.elements.append(statement)
            continue
        word = word.removeprefix(".")
        if word == "control":
            in_control, opened = True, statement.head
        elif word == "endc":
            in_control = False
        elif word == "subckt":
            section = _opened(statement, section)
        elif word == "ends":
            section = _closed(statement, section)
        elif word in ("param", "params", "parameters"):
            section.scope.read(statement)
        elif word == "model":
            section.models.append(statement)
        else:
            _control(word, statement, section, structure)
    if section.head is not None:
        section.head.fail("the subcircuit is not closed", remedy="add .ends")
    if in_control:
        opened.fail("the control block is not closed", remedy="add .endc")
    return structure


def _control(word: str, statement: Statement, section: Section, structure: Structure) -> None:
    kind = "output" if word in OUTPUT else word
    if kind in _IGNORED:
        structure.controls.setdefault("ignored", []).append(statement)
    elif kind in _ONE_ONLY or kind == "output":
        if section.head is not None:
            statement.head.fail("this command belongs to the top level", remedy=f"move it out of {section.head.text}")
        lines = structure.controls.setdefault(kind, [])
        if lines and kind in _ONE_ONLY:
            statement.head.fail(f"this is the second .{kind} line", remedy=f"the first is line {lines[0].head.line}")
        lines.append(statement)
    else:
        statement.head.fail("unknown or unsupported command", allowed=_KNOWN)


def _opened(statement: Statement, outer: Section) -> Section:
    head, *words = statement.tokens
    if not words:
        head.fail("the subcircuit has no name", allowed=".subckt NAME node ...")
    name, *rest = words
    check_name(name, "subcircuit name")
    depth, section = 0, outer
    while section is not None:
        depth, section = depth + 1, section.parent
    if depth > MAX_NESTING:
        name.fail("subcircuits are nested too deeply", allowed=f"{MAX_NESTING} levels")
    known = outer.inner.get(name.text.lower())
    if known is not None:
        name.fail("the subcircuit is defined twice", remedy=f"the other is in {known.head.file}:{known.head.line}")
    inner = Section(outer, name, scope=Scope(outer.scope))
    for token in rest:
        if "=" in token.text:
            key, value = token.text.split("=", 1)
            inner.scope.define(key, token.part(value))
        elif token.text.lower() not in ("params:", "optional:"):
            inner.ports.append(token)
    outer.inner[name.text.lower()] = inner
    return inner


def _closed(statement: Statement, section: Section) -> Section:
    if section.head is None:
        statement.head.fail("there is no open subcircuit to end", remedy="delete this line")
    if len(statement.tokens) > 1 and statement.tokens[1].text.lower() != section.head.text.lower():
        statement.tokens[1].fail(f"the open subcircuit is {section.head.text}", remedy=f".ends {section.head.text}")
    return section.parent
