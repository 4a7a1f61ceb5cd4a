"""Reader of extraction netlists (`*_idx.cir`), the file that tells which inductors lie between the labelled ports.

    L1 a 1 2.07p [L1]      inductor: nodes, target value (optional), annotation (optional)
    K1 L1 L2 0.1 [K1]      coupling (value optional)
    P1 a 0                 signal pin between two nodes          PB1 4 0    bias entry
    J1 1 2 250u            junction port with its critical current

`*` starts a comment, `.control` to `.endc` is skipped. Resistors are not part of such a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import nan
from pathlib import Path
from typing import Literal

from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import BIAS_LEAD, GROUND, GROUND_LEAD, RAIL, Circuit, Inductor, Junction, Mutual, Resistor

MOST_BYTES = 4_000_000
_SUFFIX = {"f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "meg": 1e6, "g": 1e9}
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(meg|[fpnumkg])?[a-z]*", re.IGNORECASE)
_COMMENT = re.compile(r"\s(?:;|\$|\*|//).*")
_SKIPPED = (".end", ".ends", ".subckt", ".title")
"""Lines that say nothing to an extraction netlist; a `.subckt` around it is allowed."""
_ANNOTATION = re.compile(r"\[\s*([^\]]*?)\s*\]")
UNKNOWN = nan
"""Value of an element that the file leaves open; nothing is compared against it."""


@dataclass(frozen=True, slots=True)
class IdxInductor:
    name: str
    plus: str
    minus: str
    target_ph: float | None = None
    annotation: str = ""


@dataclass(frozen=True, slots=True)
class IdxCoupling:
    name: str
    first: str
    second: str
    k: float | None = None
    annotation: str = ""


@dataclass(frozen=True, slots=True)
class IdxPort:
    """`kind` "pin" (P), "bias" (PB) or "junction" (J); only a junction has a critical current."""

    name: str
    kind: Literal["pin", "bias", "junction"]
    plus: str
    minus: str
    ic_ua: float | None = None


@dataclass(frozen=True)
class IdxNetlist:
    name: str
    inductors: tuple[IdxInductor, ...]
    couplings: tuple[IdxCoupling, ...]
    ports: tuple[IdxPort, ...]

    def port(self, name: str) -> IdxPort:
        """The port of that name, without case; KeyError otherwise."""
        for port in self.ports:
            if port.name.lower() == name.lower():
                return port
        raise KeyError(f"{self.name} has no port {name}")

    def to_circuit(self) -> Circuit:
        """In LVS view: `J1` becomes junction `B1`, `PB1` resistor `RIB1` from the rail; open values are NaN.

        Signal pins become ports, by the name of their node (or the pin's name when it sits on a number).
        """
        spelling = {GROUND: GROUND} | {p.plus: _pin_name(p) for p in self.ports if p.kind == "pin"}

        def node(name: str) -> str:
            return spelling.get(name, name)

        roles = self._roles()
        elements: list = [
            Inductor(i.name, node(i.plus), node(i.minus), UNKNOWN if i.target_ph is None else i.target_ph,
                     roles.get(i.name, ""))
            for i in self.inductors
        ]  # fmt: skip
        elements += [Mutual(c.name, c.first, c.second, UNKNOWN if c.k is None else c.k) for c in self.couplings]
        for port in self.ports:
            if port.kind == "junction":
                ic_ua = UNKNOWN if port.ic_ua is None else port.ic_ua
                elements.append(Junction("B" + port.name[1:], node(port.plus), node(port.minus), ic_ua))
            elif port.kind == "bias":
                elements.append(Resistor("RI" + port.name[1:], RAIL, node(port.plus), UNKNOWN, of="I" + port.name[1:]))
        pins = tuple(dict.fromkeys(node(p.plus) for p in self.ports if p.kind == "pin"))
        return Circuit(self.name, pins, tuple(elements))

    def _roles(self) -> dict[str, str]:
        """Leads that the files name by convention: an LP to ground below a junction, an LB behind a bias entry."""
        bases = {p.minus for p in self.ports if p.kind == "junction"}
        entries = {p.plus for p in self.ports if p.kind == "bias"}
        roles = {}
        for inductor in self.inductors:
            ends = {inductor.plus, inductor.minus}
            if GROUND in ends and ends & bases and inductor.name.upper().startswith("LP"):
                roles[inductor.name] = GROUND_LEAD
            elif ends & entries:
                roles[inductor.name] = BIAS_LEAD
        return roles


def _pin_name(port: IdxPort) -> str:
    return port.name if port.plus.isdigit() else port.plus


def is_idx(text: str) -> bool:
    """Whether a deck's text is an extraction netlist: inductors and ports (P, PB, PR, J lines), nothing of a deck."""
    heads = []
    for _, fields, _ in _lines(text):
        if fields[0][0].upper() == "P" and any("(" in field for field in fields):
            return False  # a phase source
        heads.append(fields[0].upper())
    if not all(head[0] in "LKPJR" or head.lower() in _SKIPPED for head in heads):
        return False
    return any(re.fullmatch(r"J\w*|P[BR]?\d+", head) for head in heads)


def read_idx(path: Path | str) -> IdxNetlist:
    """Read an extraction netlist. Raises SfqgenError with file and line for anything that is not of this format."""
    path = Path(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise SfqgenError("the file is too large for a netlist", where=str(path), allowed=f"{MOST_BYTES} bytes")
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise SfqgenError(f"cannot read ({error.strerror})", where=str(path), remedy="check the path") from None
    return parse_idx(text, name=path.stem.removesuffix("_idx"), where=str(path))


def parse_idx(text: str, *, name: str = "idx", where: str = "idx netlist") -> IdxNetlist:
    """Parse the text of an extraction netlist; errors name `where` and the line."""
    inductors: list[IdxInductor] = []
    couplings: list[IdxCoupling] = []
    ports: list[IdxPort] = []
    for number, fields, annotation in _lines(text):
        at = f"{where}:{number}"
        letter = fields[0][0].upper()
        if letter == "L":
            inductors.append(_inductor(fields, annotation, at))
        elif letter == "K":
            couplings.append(_coupling(fields, annotation, at))
        elif letter in "PJ":
            ports.append(_port(fields, at))
        elif fields[0].lower() not in _SKIPPED:
            raise SfqgenError(f"cannot read {fields[0][:40]!r} in an extraction netlist", where=at,
                              allowed="lines L, K, P, PB and J", remedy="give a circuit deck with .subckt")  # fmt: skip
    if not ports:
        raise SfqgenError("no ports", where=where, allowed="lines such as `P1 a 0`, `PB1 4 0`, `J1 1 2 250u`")
    _check_names((*inductors, *couplings, *ports), where)
    return _spelt_alike(IdxNetlist(name, tuple(inductors), tuple(couplings), tuple(ports)))


def _lines(text: str):
    """(line number, fields, annotation) of every line that says something."""
    skipping = False
    for number, line in _whole_lines(text):
        annotation = _ANNOTATION.search(line)
        fields = _COMMENT.sub("", _ANNOTATION.sub(" ", line)).split()
        if not fields or fields[0].startswith(("*", "#", ";")):
            continue
        head = fields[0].lower()
        skipping = (skipping or head == ".control") and head != ".endc"
        if not skipping and head != ".endc":
            yield number, fields, annotation[1] if annotation else ""


def _whole_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their continuations (`+`) behind them, each with the number of its first."""
    first, whole = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("+") and first:
            whole += " " + line.lstrip()[1:]
            continue
        if first:
            yield first, whole
        first, whole = number, line
    if first:
        yield first, whole


def _inductor(fields: list[str], annotation: str, at: str) -> IdxInductor:
    _expect(fields, 3, "L1 node node [value] [[name]]", at)
    target = _number(fields[3], at) * 1e12 if len(fields) > 3 else None
    return IdxInductor(fields[0], fields[1], fields[2], target, annotation)


def _coupling(fields: list[str], annotation: str, at: str) -> IdxCoupling:
    _expect(fields, 3, "K1 L1 L2 [k] [[name]]", at)
    return IdxCoupling(fields[0], fields[1], fields[2], _number(fields[3], at) if len(fields) > 3 else None, annotation)


def _port(fields: list[str], at: str) -> IdxPort:
    _expect(fields, 3, "P1 node node, PB1 node node, J1 node node 250u", at)
    head = fields[0].upper()
    kind = "junction" if head[0] == "J" else "bias" if head.startswith("PB") else "pin"
    ic_ua = _number(fields[3], at) * 1e6 if kind == "junction" and len(fields) > 3 else None
    return IdxPort(fields[0], kind, fields[1], fields[2], ic_ua)


def _expect(fields: list[str], least: int, form: str, at: str) -> None:
    if not least <= len(fields) <= 4:
        raise SfqgenError(f"{len(fields)} fields after {fields[0]!r}", where=at, allowed=form)


def _number(text: str, at: str) -> float:
    match = _NUMBER.fullmatch(text)
    if not match:
        raise SfqgenError(f"{text[:40]!r} is no number", where=at, allowed="2.07p, 250u, 2.07E-12")
    return float(match[1]) * _SUFFIX.get((match[2] or "").lower(), 1.0)


def _check_names(items: tuple, where: str) -> None:
    seen: set[str] = set()
    for item in items:
        if item.name.lower() in seen:
            raise SfqgenError(f"{item.name} is given twice", where=where, remedy="names differ in more than case")
        seen.add(item.name.lower())


def _spelt_alike(netlist: IdxNetlist) -> IdxNetlist:
    """Nodes compare without case; keep the first spelling of each."""
    spelling: dict[str, str] = {}

    def one(item):
        plus, minus = (spelling.setdefault(n.lower(), n) for n in (item.plus, item.minus))
        return replace(item, plus=plus, minus=minus)

    ports = tuple(one(p) for p in netlist.ports)
    return replace(netlist, ports=ports, inductors=tuple(one(i) for i in netlist.inductors))
