"""Read a deck of the JoSIM dialect: `read_deck(path)` or `parse_deck(text)`.

The whole of JoSIM's syntax guide is read, with what SPICE decks add to it; docs/netlist.md has the table. What the
circuit model cannot hold (controlled sources, pi junctions, `.iv`) is an SfqgenError that names file, line and token.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sfqgen.errors import SfqgenError
from sfqgen.netlist.deck import Deck, Spread, Tran
from sfqgen.netlist.josim_cell import Cells
from sfqgen.netlist.josim_print import read_print
from sfqgen.netlist.josim_structure import Structure, sorted_out
from sfqgen.netlist.lexer import Files, Statement, read_source
from sfqgen.netlist.params import Scope
from sfqgen.netlist.paths import Paths

MAX_STEPS = 100_000_000
MAX_PROBES = 100_000
MAX_KELVIN = 300.0


def read_deck(path: str | Path, *, include_from: Sequence[str | Path] = ()) -> Deck:
    """The deck in a file. Files are included from its own folder and below, and from the folders of `include_from`.

    Raises SfqgenError that names file, line and token of the first mistake.
    """
    path = Path(path)
    files = Files([path.parent, *(Path(folder) for folder in include_from)])
    text = files.text(path)
    files.open.append(path.resolve())
    return _parsed(text, str(path), path.stem, files, path.parent)


def parse_deck(text: str, name: str = "deck") -> Deck:
    """The deck in a string; it may not include files. `name` is what errors and the circuit are called."""
    return _parsed(text, name, Path(name).stem or "deck", Files([]), None)


def _parsed(text: str, shown: str, name: str, files: Files, folder: Path | None) -> Deck:
    source = read_source(text, shown, files, folder)
    structure = sorted_out(source)
    if not structure.top.elements and not structure.top.inner:
        raise SfqgenError("the deck is empty", where=shown, remedy="give a netlist with elements or subcircuits")
    scope = structure.top.scope
    tran = _tran(structure, scope)
    cells = Cells(structure.top, tran, files, folder)
    circuit = cells.top(name)
    paths = Paths(circuit)
    probes = [probe for line in structure.controls.get("output", []) for probe in read_print(line, paths)]
    if len(probes) > MAX_PROBES:
        raise SfqgenError(f"{len(probes)} outputs are asked for", where=shown, allowed=f"up to {MAX_PROBES}")
    notes = [f"{s.head.file}:{s.head.line}: {s.head.text} has no effect" for s in structure.controls.get("ignored", [])]
    return Deck(
        name, circuit, tran, tuple(dict.fromkeys(probes)), _temperature(structure, scope),
        _single(structure, "neb", scope), _spread(structure, scope), tuple(cells.settings), source.header, tuple(notes),
    )  # fmt: skip


def _tran(structure: Structure, scope: Scope) -> Tran | None:
    """`.tran step stop start print_step`; a print step below the step becomes the step, as in JoSIM."""
    lines = structure.controls.get("tran")
    if not lines:
        return None
    head, *words = lines[0].tokens
    words = [word for word in words if word.text.lower() not in ("uic", "dst")]
    if not 1 <= len(words) <= 4:
        head.fail("needs a step and a stop time", allowed=".tran STEP STOP [PRINT START [PRINT STEP]]")
    times = [scope.number(word, 12) for word in words]
    step, stop, start, spacing = (*times, *(0.0, 1000.0, 0.0, 0.0)[len(times) :])
    for word, value in zip(words, times, strict=True):
        if value < 0.0 or (value == 0.0 and word in words[:2]):
            word.fail("a time of .tran is not positive", allowed="> 0")
    step = min(step, spacing) if spacing else step
    if stop / step > MAX_STEPS:
        words[0].fail(f"this is {stop / step:.3g} steps", allowed=f"up to {MAX_STEPS:.0e}", remedy="use a longer step")
    return Tran(step, stop, start, spacing)


def _single(structure: Structure, kind: str, scope: Scope) -> float | None:
    lines = structure.controls.get(kind)
    if not lines:
        return None
    if len(lines[0].tokens) != 2:
        lines[0].head.fail("needs one value", allowed=f".{kind} VALUE")
    value = scope.number(lines[0].tokens[1])
    if value < 0.0:
        lines[0].tokens[1].fail("the value is negative", allowed=">= 0")
    return value


def _temperature(structure: Structure, scope: Scope) -> float | None:
    kelvin = _single(structure, "temp", scope)
    if kelvin is not None and kelvin > MAX_KELVIN:
        structure.controls["temp"][0].tokens[1].fail(
            f"the temperature is {kelvin:g} K", allowed=f"up to {MAX_KELVIN:g} K",
            remedy="write 4.2, since 4.2K means 4200",
        )  # fmt: skip
    return kelvin


def _spread(structure: Structure, scope: Scope) -> Spread:
    fields = {"l": "inductors", "b": "junctions", "c": "capacitors", "r": "resistors"}
    lines: list[Statement] = structure.controls.get("spread", [])
    values: dict[str, float] = {}
    for token in lines[0].tokens[1:] if lines else ():
        key, equals, text = token.text.partition("=")
        field = fields.get(key.lower()) if equals else "every"
        if field is None or field in values:
            token.fail("is no entry of .spread, or a second one", allowed=".spread ALL L=... B=... C=... R=...")
        values[field] = scope.number(token.part(text) if equals else token)
        if not 0.0 <= values[field] <= 1.0:
            token.fail("the spread is not a fraction", allowed="0 to 1")
    return Spread(**values)
