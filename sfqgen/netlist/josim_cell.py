"""Sections of a deck to circuits: subcircuits built once each, instances in both orders, values given by instances."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from sfqgen.netlist.circuit import Circuit, Element, Instance, Junction, JunctionModel, Mutual
from sfqgen.netlist.deck import ElementSetting, Tran
from sfqgen.netlist.expression import CONSTANTS, names_in, symbols_of
from sfqgen.netlist.josim_element import Place, read_element, taken_apart
from sfqgen.netlist.josim_model import read_model
from sfqgen.netlist.josim_structure import Section
from sfqgen.netlist.lexer import Files, Statement, Token, check_name
from sfqgen.netlist.params import Scope

MAX_DEPTH = 12  # subcircuits within subcircuits; also bounds whoever walks the hierarchy
MAX_CELLS = 20_000
MAX_WORK = 300_000  # lines of all subcircuits, once for each set of values that instances give them
MAX_ELEMENTS = 1_000_000  # of the flat circuit

Values: TypeAlias = dict[str, tuple[Token, Scope]]


@dataclass(frozen=True)
class Given:
    """What an instance sets inside its cell: values of elements and parameters, each with the scope it is read in."""

    elements: Values
    parameters: Values

    def key(self) -> tuple:
        both = (*self.elements.items(), *self.parameters.items())
        return tuple((name, token.text, scope) for name, (token, scope) in both)


NOTHING = Given({}, {})


class Cells:
    """Builds each subcircuit once, and once more for each different set of values that an instance gives it."""

    def __init__(self, top: Section, tran: Tran | None, files: Files, folder: Path | None) -> None:
        self.section, self.tran, self.files, self.folder = top, tran, files, folder
        self.settings: list[ElementSetting] = []
        self.built: dict[tuple, Circuit] = {}
        self.sizes: dict[int, int] = {}  # elements of a built circuit once flat, by id
        self.depths: dict[int, int] = {}
        self.open: list[Section] = []
        self.work = 0
        self.taken: dict[str, int] = {}
        self.names = {section: self._free_name(section.head.text) for section in top.everything()}
        self.models: dict[Section, ChainMap[str, JunctionModel]] = {}

    def top(self, name: str) -> Circuit:
        """The top level, with every cell of the deck in its `cells`. Raises SfqgenError."""
        for section in self.names:
            self.cell(section, NOTHING, section.head)
        circuit = self._circuit(self.section, name, NOTHING)
        return replace(circuit, cells={cell.name: cell for cell in self.built.values()})

    def cell(self, section: Section, given: Given, at: Token) -> Circuit:
        """The circuit of a subcircuit with the values that an instance gives it."""
        key = (section, *given.key())
        if key in self.built:
            return self.built[key]
        if section in self.open:
            at.fail(f"subcircuit {section.head.text} contains itself", remedy="break the circle of instances")
        self.work += len(section.elements) + len(section.scope.definitions)
        if len(self.built) >= MAX_CELLS or self.work > MAX_WORK:
            at.fail("too many different subcircuits", allowed=f"up to {MAX_CELLS}, of {MAX_WORK} lines together")
        name = self.names[section] if given is NOTHING else self._free_name(f"{section.head.text}_{at.text}")
        self.open.append(section)
        circuit = self.built[key] = self._circuit(section, name, given)
        self.open.pop()
        return circuit

    def _free_name(self, name: str) -> str:
        """The name, or with a number when another cell has it: decks may define one name in several places."""
        free = name
        while free.lower() in self.taken:
            self.taken[name.lower()] += 1
            free = f"{name}_{self.taken[name.lower()]}"
        self.taken[free.lower()] = 1
        return free

    def _circuit(self, section: Section, name: str, given: Given) -> Circuit:
        scope = section.scope.specialised(given.parameters) if given.parameters else section.scope
        visible = self._visible_models(section, scope)
        place = Place(name if section.head else "", scope, visible, self.tran, self.files, self.folder,
                      settings=self.settings, values=given.elements)  # fmt: skip
        ports = _ports(section, place)
        inside: dict[str, Circuit] = {}
        elements = [self._element(line, section, place, inside) for line in section.elements]
        elements = [_with_spelling(element, place) for element in elements]
        size = self._size(section, elements, inside)
        used = [line.tokens[1].text for line in section.models]
        used += [element.model for element in elements if isinstance(element, Junction)]
        models = {model.name: model for model in (visible[name.lower()] for name in used)}
        circuit = Circuit(name, ports, tuple(elements), inside, models)
        self.sizes[id(circuit)] = size
        self.depths[id(circuit)] = 1 + max((self.depths[id(cell)] for cell in inside.values()), default=0)
        return circuit

    def _visible_models(self, section: Section, scope: Scope) -> ChainMap[str, JunctionModel]:
        """Models by lower-case name: those of the section, then those of the sections around it."""
        if section in self.models and scope is section.scope:
            return self.models[section]
        own: dict[str, JunctionModel] = {}
        for line in section.models:
            model = read_model(line, scope)
            if own.setdefault(model.name.lower(), model) != model:
                line.tokens[1].fail("the junction model is defined twice", remedy="delete one, or rename it")
        outer = section.parent and self._visible_models(section.parent, section.parent.scope)
        visible = outer.new_child(own) if outer is not None else ChainMap(own)
        if scope is section.scope:
            self.models[section] = visible
        return visible

    def _element(self, line: Statement, section: Section, place: Place, inside: dict[str, Circuit]) -> Element:
        if line.head.text[0].lower() != "x":
            return read_element(line, place)
        parts = taken_apart(line, place)
        if "gnd" in parts.label.text.lower():
            parts.label.fail("an instance whose name contains GND grounds its nodes in JoSIM", remedy="rename it")
        target, nodes = _split(parts.label, parts.words, section)
        given = _given(parts.keys, target, place.scope) if parts.keys else NOTHING
        deepest = len(self.open) >= MAX_DEPTH
        cell = None if deepest else self.cell(target, given, parts.label)
        if cell is None or self.depths[id(cell)] >= MAX_DEPTH:
            parts.label.fail("instances are nested too deeply", allowed=f"{MAX_DEPTH} levels")
        inside[cell.name] = cell
        kept = [node for node, port in zip(nodes, target.ports, strict=True) if not _is_ground(port)]
        for node, port in zip(nodes, target.ports, strict=True):
            if _is_ground(port) and not _is_ground(node):
                node.fail(f"this port of {cell.name} is ground inside", allowed="0")
        return Instance(place.label(parts.label), cell.name, tuple(place.node(node) for node in kept))

    def _size(self, section: Section, elements: list[Element], inside: dict[str, Circuit]) -> int:
        """Elements of the flat cell. Refuses a hierarchy that would unfold into more than any chip has."""
        total = 0
        for element, line in zip(elements, section.elements, strict=True):
            total += self.sizes[id(inside[element.cell])] if isinstance(element, Instance) else 1
            if total > MAX_ELEMENTS:
                line.head.fail("the circuit unfolds into too many elements", allowed=f"up to {MAX_ELEMENTS}")
        return total


def _is_ground(token: Token) -> bool:
    return token.text.lower() in ("0", "gnd")


def _ports(section: Section, place: Place) -> tuple[str, ...]:
    """Port names; a port that is ground (JSIM decks pass it in) falls away."""
    ports: dict[str, str] = {}
    for token in section.ports:
        if _is_ground(token):
            continue
        check_name(token, "port")
        if token.text.lower() in ports:
            token.fail("two ports have the same name", remedy="names differ in more than case")
        ports[token.text.lower()] = place.nodes[token.text.lower()] = token.text
    if section.head is not None and not ports:
        section.head.fail("the subcircuit has no port", allowed=".subckt NAME node ...")
    return tuple(ports.values())


def _split(label: Token, words: list[Token], section: Section) -> tuple[Section, list[Token]]:
    """Subcircuit and nodes of an instance: `X cell nodes` (JSIM) or `X nodes cell` (SPICE)."""
    if not words:
        label.fail("the line is incomplete", allowed="Xname cell node ... or Xname node ... cell")
    named = [word for word in words if section.visible(word.text)]
    if not named:
        names = section.visible_names()
        words[-1].fail("no word of this line names a subcircuit",
                       allowed=", ".join([*names[:8], "..."][: len(names)]) or "none is defined")  # fmt: skip
    if len(named) > 1:
        named[-1].fail(f"{named[0].text} and this word both name a subcircuit", remedy="rename the node")
    target, nodes = section.visible(named[0].text), [word for word in words if word is not named[0]]
    if len(nodes) != len(target.ports):
        named[0].fail(f"{len(nodes)} nodes for the {len(target.ports)} ports of {target.head.text}",
                      allowed=" ".join(port.text for port in target.ports[:12]))  # fmt: skip
    return target, nodes


def _given(keys: dict[str, Token], target: Section, caller: Scope) -> Given:
    """Sort `name=value` of an instance: names of elements of the cell (JoSIM) or of its parameters (SPICE)."""
    labels = {line.head.text.lower() for line in target.elements if line.head.text[0].lower() in "rclkbt"}
    given = Given({}, {})
    for name, token in keys.items():
        names = set(names_in(symbols_of(token)))
        here = all(caller.find(used) or used in CONSTANTS for used in names)
        if name in labels:
            given.elements[name] = (token, caller if here else target.scope)
        elif name in target.scope.definitions:
            given.parameters[name] = (token, caller)
        else:
            token.part(name).fail(f"{target.head.text} has no element or parameter of this name",
                                  allowed="B, C, K, L, R, T elements and parameters of the subcircuit")  # fmt: skip
    return given


def _with_spelling(element: Element, place: Place) -> Element:
    """A coupling with the names of its inductors as they are spelt where they are defined."""
    if not isinstance(element, Mutual):
        return element
    at = place.names[element.name.lower()]
    for inductor in (element.first, element.second):
        if inductor.lower() not in place.names:
            at.fail(f"{inductor} is no inductor of this subcircuit",
                    remedy="couple inductors of the same subcircuit")  # fmt: skip
    return replace(element, first=place.names[element.first.lower()].text,
                   second=place.names[element.second.lower()].text)  # fmt: skip
