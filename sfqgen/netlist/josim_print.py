"""Output requests: `.print`, `.plot` and `.save` in every spelling of the JoSIM dialect.

`v(1)`, `v(1,2)`, `i(L1.XDUT)`, `c(L1)`, `p(B1|XDUT)`, `DEVV R1`, `DEVI R1`, `PHASE B1.XDUT`, `NODEV 1 0`, `NODEP 1`,
`@R1[c]`, `L1.XDUT#branch`. Paths run from the inside out, with points or bars.
"""

from __future__ import annotations

import re

from sfqgen.netlist.circuit import Mutual
from sfqgen.netlist.deck import Probe
from sfqgen.netlist.josim_source import split_arguments
from sfqgen.netlist.lexer import Statement, Token
from sfqgen.netlist.paths import Paths

_WORDS = {"devv": ("v", "device"), "devi": ("i", "device"), "phase": ("p", "device"), "nodev": ("v", "node"),
          "nodep": ("p", "node")}  # fmt: skip
_CALL = re.compile(r"([vipc])\((.*)\)", re.IGNORECASE | re.DOTALL)
_AT = re.compile(r"@(.+)\[([vipc])\]", re.IGNORECASE)
_BRANCH = re.compile(r"(.+)#branch", re.IGNORECASE)
_FORMS = "v(X), i(X), p(X), DEVV, DEVI, PHASE, NODEV, NODEP, @X[v], X#branch"


def read_print(statement: Statement, paths: Paths) -> list[Probe]:
    """The probes of one output line. Raises SfqgenError when a device or a node does not exist."""
    words = [token for token in statement.tokens[1:] if token.text.lower() != "tran"]
    if not words:
        statement.head.fail("nothing is asked for", allowed=_FORMS)
    first = words[0].text.lower()
    if first in _WORDS:
        return _worded(words, paths)
    return [_symbolic(token, paths) for token in words]


def _worded(words: list[Token], paths: Paths) -> list[Probe]:
    """`PHASE B1`, `DEVI L1`, `NODEV 1 0`; the words may repeat on the line."""
    probes: list[Probe] = []
    groups: list[list[Token]] = []
    for token in words:
        if token.text.lower() in _WORDS:
            groups.append([token])
        else:
            groups[-1].append(token)
    for word, *names in groups:
        kind, of = _WORDS[word.text.lower()]
        if not names:
            word.fail("the name is missing", allowed=f"{word.text} NAME")
        if of == "node":
            probes.append(_probe(kind, names, paths, word, nodes_only=True))
        else:
            probes += [_probe(kind, [name], paths, word) for name in names]
    return probes


def _symbolic(token: Token, paths: Paths) -> Probe:
    if match := _CALL.fullmatch(token.text):
        kind, inside = match.groups()
        names = [token.part(name) for name in split_arguments(inside)]
    elif match := _AT.fullmatch(token.text):
        names, kind = [token.part(match[1])], match[2]
    elif match := _BRANCH.fullmatch(token.text):
        names, kind = [token.part(match[1])], "i"
    else:
        token.fail("this is no output request", allowed=_FORMS)
    return _probe({"c": "i"}.get(kind.lower(), kind.lower()), names, paths, token)


def _probe(kind: str, names: list[Token], paths: Paths, at: Token, *, nodes_only: bool = False) -> Probe:
    """Devices come first, then nodes, as in JoSIM."""
    if not 1 <= len(names) <= 2:
        at.fail("one name or two are expected", allowed=_FORMS)
    devices = [] if nodes_only else [_device(name.text, paths) for name in names]
    if devices and all(devices):
        return Probe(kind, "device", tuple(devices))
    if kind == "i":
        missing = next(name for name, device in zip(names, devices, strict=True) if not device)
        missing.fail(f"no device {missing.text}", remedy=_hint(missing.text, paths))
    found = []
    for name in names:
        node = paths.node(name.text)
        if node is None:
            name.fail(f"no {'node' if nodes_only else 'device or node'} {name.text}", remedy=_hint(name.text, paths))
        found.append(node)
    return Probe(kind, "node", tuple(found))


def _device(path: str, paths: Paths) -> str | None:
    found = paths.element(path)
    return found[0] if found and not isinstance(found[1], Mutual) else None


def _hint(path: str, paths: Paths) -> str:
    parts = path.replace(".", "|").split("|")
    turned = ".".join(reversed(parts))
    if len(parts) > 1 and (paths.element(turned) or paths.node(turned)):
        return f"paths run from the inside out: {turned}"
    return "write the name as in the deck, the inner name first: B1.XDUT"
