"""The netlist side from a file: an extraction netlist, or a subcircuit of a deck."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sfqgen.errors import SfqgenError
from sfqgen.extract.idx import MOST_BYTES, is_idx, parse_idx
from sfqgen.extract.recognise import RecognisedLayout
from sfqgen.netlist.circuit import GROUND, RAIL, Circuit, Instance
from sfqgen.netlist.deck import Deck
from sfqgen.netlist.josim_read import read_deck
from sfqgen.verify.lvs.sides import Reference


def load_reference(path: Path | str, found: RecognisedLayout, subckt: str | None = None) -> Reference:
    """What the layout should be, from a deck or an extraction netlist.

    A deck with several subcircuits is searched for the one named like the layout's cell; failing that, for the only
    one that no other uses, or the only one of these whose ports are all pins of the layout.
    Raises SfqgenError when the file cannot be read or the choice is open.
    """
    path = Path(path)
    text = _text(path)
    if is_idx(text):
        return Reference.of_idx(parse_idx(text, name=path.stem.removesuffix("_idx"), where=str(path)))
    deck = read_deck(path)
    if subckt is not None:
        return Reference(_with_library(deck.cell(subckt), deck))
    if deck.circuit.cells:
        return Reference(_with_library(_chosen(deck, found, str(path)), deck))
    return Reference(_with_ports(deck.circuit, found))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise SfqgenError("the file is too large for a netlist", where=str(path), allowed=f"{MOST_BYTES} bytes")
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise SfqgenError(f"cannot read ({error.strerror})", where=str(path), remedy="check the path") from None


def _chosen(deck: Deck, found: RecognisedLayout, where: str) -> Circuit:
    cells, plain = deck.circuit.cells, _plain(found.name)
    like = sorted((name for name in cells if plain.startswith(_plain(name))), key=len)
    if like:
        return cells[like[-1]]
    used = {e.cell.lower() for one in cells.values() for e in one if isinstance(e, Instance)}
    tops = [name for name in cells if name.lower() not in used]
    pins = {pin.lower() for pin in found.circuit.ports}
    fitting = [name for name in tops if cells[name].ports and {port.lower() for port in cells[name].ports} <= pins]
    for choice in (tops, fitting):
        if len(choice) == 1:
            return cells[choice[0]]
    raise SfqgenError(f"{len(tops)} subcircuits could be cell {found.name}", where=where, allowed=", ".join(tops),
                      remedy="name one with --subckt")  # fmt: skip


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())


def _with_library(cell: Circuit, deck: Deck) -> Circuit:
    """The subcircuit with all others of the file in reach of its instances."""
    return replace(cell, cells={**deck.circuit.cells, **cell.cells}, models={**deck.circuit.models, **cell.models})


def _with_ports(circuit: Circuit, found: RecognisedLayout) -> Circuit:
    """A deck without subcircuits has no ports; nodes that a pin of the layout is called by serve as such."""
    nodes = {node.lower(): node for node in circuit.nodes()} | {GROUND: "", RAIL: ""}
    ports = dict.fromkeys(nodes[pin.lower()] for pin in found.circuit.ports if nodes.get(pin.lower()))
    return replace(circuit, ports=tuple(ports))
