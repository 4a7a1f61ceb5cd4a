"""Element lines of the JoSIM dialect, one function per letter: B L K C R I V P T. Instances are in `josim_read`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from pathlib import Path

from sfqgen.netlist.circuit import (
    GROUND,
    RAIL,
    Capacitor,
    CurrentSource,
    Element,
    Inductor,
    Junction,
    JunctionModel,
    Line,
    Mutual,
    PhaseSource,
    Resistor,
    VoltageSource,
)
from sfqgen.netlist.deck import ElementSetting, Tran
from sfqgen.netlist.josim_source import MICRO, RAD, waveform
from sfqgen.netlist.lexer import Files, Statement, Token, check_name
from sfqgen.netlist.params import Scope
from sfqgen.netlist.quantity import CONTEXT, as_float

FLAGS = frozenset({"fcheck", "nfree", "lossless"})  # words of JSIM and of SPICE that say nothing here
SETTINGS = ("temp", "neb", "spread")


@dataclass
class Place:
    """Where an element line is read: its parameters, models, analysis, and the names met so far in its cell."""

    cell: str  # "" for the top level
    scope: Scope
    models: Mapping[str, JunctionModel]  # by lower-case name
    tran: Tran | None
    files: Files
    folder: Path | None
    nodes: dict[str, str] = field(default_factory=dict)
    names: dict[str, Token] = field(default_factory=dict)
    settings: list[ElementSetting] = field(default_factory=list)
    values: dict[str, tuple[Token, Scope]] = field(default_factory=dict)  # element -> value given by the instance

    def node(self, token: Token) -> str:
        """The node's name as first spelt; `0` and `gnd` are ground."""
        key = token.text.lower()
        if key not in self.nodes:
            self.nodes[key] = self._new_node(token, key)
        return self.nodes[key]

    def _new_node(self, token: Token, key: str) -> str:
        if key in ("0", "gnd"):
            return GROUND
        if "gnd" in key:
            token.fail("a node whose name contains GND is ground in JoSIM", remedy="write 0, or rename the node")
        check_name(token, "node")
        # `vdd` is a global node of the circuit model but an ordinary one of a deck.
        return f"{RAIL}_local" if self.cell and key == RAIL else token.text

    def label(self, token: Token) -> str:
        """The element's name. Raises SfqgenError when it is taken."""
        other = self.names.setdefault(token.text.lower(), token)
        if other is not token:
            token.fail(f"the name is taken by {other.text} in line {other.line}",
                       remedy="names differ in more than case")  # fmt: skip
        check_name(token, "name")
        return token.text

    def value(self, label: Token, token: Token, exponent: int) -> float:
        """The element's value; an instance may have replaced it."""
        token, scope = self.values.get(label.text.lower(), (token, self.scope))
        return scope.number(token, exponent)


@dataclass(frozen=True, slots=True)
class Words:
    """An element line taken apart: label, positional words, `key=value` words."""

    label: Token
    words: list[Token]
    keys: dict[str, Token]

    def expect(self, least: int, most: int, form: str) -> None:
        if len(self.words) < least:
            self.label.fail("the line is incomplete", allowed=form)
        if len(self.words) > most:
            self.words[most].fail("nothing more is expected on this line", allowed=form)

    def only(self, *allowed: str) -> None:
        for key, token in self.keys.items():
            if key not in allowed:
                token.part(key).fail("unknown setting", allowed=", ".join(allowed))


def taken_apart(statement: Statement, place: Place) -> Words:
    """Split a line into its words and `key=value` settings; temp, neb and spread go to the deck's settings."""
    label, *rest = statement.tokens
    words, keys = [], {}
    for token in rest:
        if "=" in token.text and token.text[0] not in "({['\"" and "(" not in token.text.split("=")[0]:
            key, text = token.text.split("=", 1)
            if key.lower() in keys:
                token.fail("the setting is given twice", remedy="delete one")
            keys[key.lower()] = token.part(text)
        elif token.text.lower() not in FLAGS or len(words) < 2:
            words.append(token)
    for key in SETTINGS:
        if key in keys:
            value = place.scope.number(keys.pop(key))
            place.settings.append(ElementSetting(place.cell, label.text, key, value))
    return Words(label, words, keys)


def read_element(statement: Statement, place: Place) -> Element:
    """The element of a line. Raises SfqgenError that names file, line and token."""
    letter = statement.head.text[0].lower()
    reader = _READERS.get(letter)
    if reader is None:
        if letter in "efgh":
            statement.head.fail("controlled sources are not supported", remedy="run this deck with josim-cli itself")
        statement.head.fail("this letter begins no element", allowed="B, C, I, K, L, P, R, T, V, X")
    return reader(taken_apart(statement, place), place)


def _two_terminal(make: Callable, exponent: int, form: str) -> Callable[[Words, Place], Element]:
    def read(line: Words, place: Place) -> Element:
        line.expect(3, 3, form)
        line.only()
        plus, minus, value = line.words
        name = place.label(line.label)
        return make(name, place.node(plus), place.node(minus), place.value(line.label, value, exponent))

    return read


def _source(make: Callable, unit: int) -> Callable[[Words, Place], Element]:
    def read(line: Words, place: Place) -> Element:
        if len(line.words) < 3:
            line.label.fail("the line is incomplete", allowed=f"{line.label.text[0].upper()}name n+ n- SHAPE")
        line.only()
        plus, minus, *shape = line.words
        wave = waveform(tuple(shape), place.scope, unit, place.tran, place.files, place.folder)
        return make(place.label(line.label), place.node(plus), place.node(minus), wave)

    return read


def _junction(line: Words, place: Place) -> Junction:
    form = "Bname n+ n- [phase node] MODEL area=AREA"
    line.expect(3, 4, form)
    line.only("area", "ic")
    plus, minus, model_word = line.words[0], line.words[1], line.words[-1]
    key = model_word.text.lower()
    if key not in place.models:
        known = ", ".join(model.name for model in islice(place.models.values(), 12))
        model_word.fail("unknown junction model", allowed=known or "none is defined",
                        remedy="add a line .model NAME jj(...)")  # fmt: skip
    current = _critical_current(line, place, key)
    ic_ua = as_float(current, MICRO)
    if ic_ua is None or ic_ua <= 0.0:
        (line.keys.get("ic") or line.keys.get("area") or line.label).fail(
            "the critical current is not positive", allowed="> 0"
        )
    return Junction(place.label(line.label), place.node(plus), place.node(minus), ic_ua, place.models[key].name)


def _critical_current(line: Words, place: Place, model: str) -> Decimal:
    """Critical current in A: `ic=` as it stands, else `area=` (by default 1) times that of the model."""
    icrit = Decimal(repr(place.models[model].icrit_ua)).scaleb(-MICRO, CONTEXT)
    given = "ic" if "ic" in line.keys else "area"
    token, scope = line.keys.get(given), place.scope
    if line.label.text.lower() in place.values:
        token, scope = place.values[line.label.text.lower()]
    if token is None:
        return icrit
    value = scope.decimal(token)
    return value if given == "ic" else CONTEXT.multiply(value, icrit)


def _mutual(line: Words, place: Place) -> Mutual:
    line.expect(3, 3, "Kname Lfirst Lsecond COUPLING")
    line.only()
    first, second, value = line.words
    k = place.value(line.label, value, 0)
    if abs(k) > 1.0:
        value.fail(f"the coupling factor is {k:g}", allowed="-1 to 1")
    for inductor in (first, second):
        if not inductor.text.lower().startswith("l"):
            inductor.fail("is no inductor", allowed="names that begin with L")
    if first.text.lower() == second.text.lower():
        second.fail("an inductor is coupled to itself")
    return Mutual(place.label(line.label), first.text, second.text, k)


def _line(line: Words, place: Place) -> Line:
    form = "Tname n1+ n1- n2+ n2- z0=OHM td=SECONDS"
    line.expect(4, 4, form)
    line.only("z0", "td")
    if set(line.keys) != {"z0", "td"}:
        line.label.fail("the line needs z0 and td", allowed=form)
    td, scope = line.keys["td"], place.scope
    if line.label.text.lower() in place.values:
        td, scope = place.values[line.label.text.lower()]
    z0_ohm, td_ps = place.scope.number(line.keys["z0"]), scope.number(td, 12)
    for token, value in ((line.keys["z0"], z0_ohm), (td, td_ps)):
        if value <= 0.0:
            token.fail("impedance and delay of a line are positive", allowed="> 0")
    nodes = [place.node(word) for word in line.words]
    return Line(place.label(line.label), *nodes, z0_ohm, td_ps)


_READERS: dict[str, Callable[[Words, Place], Element]] = {
    "b": _junction,
    "l": _two_terminal(Inductor, 12, "Lname n+ n- HENRY"),
    "c": _two_terminal(Capacitor, 12, "Cname n+ n- FARAD"),
    "r": _two_terminal(Resistor, 0, "Rname n+ n- OHM"),
    "k": _mutual,
    "i": _source(CurrentSource, MICRO),
    "v": _source(VoltageSource, MICRO),
    "p": _source(PhaseSource, RAD),
    "t": _line,
}
