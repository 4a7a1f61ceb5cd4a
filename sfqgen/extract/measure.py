"""Extraction of a GDS file as one call: layout, netlist if there is one, field solution, table with the right names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path

from sfqgen.errors import SfqgenError
from sfqgen.extract.idx import IdxNetlist, is_idx, read_idx
from sfqgen.extract.inductance import GRID_UM, Extraction, extract_inductances
from sfqgen.extract.recognise import RecognisedLayout, recognise
from sfqgen.extract.report import rows_of
from sfqgen.extract.resistors import ResistorBranch, resistor_branches
from sfqgen.netlist.circuit import Circuit, Mutual
from sfqgen.verify.gds import read_layout
from sfqgen.verify.lvs import Extracted, Reference, back_annotate, compare, load_reference, without_wires
from sfqgen.verify.lvs.annotate import Row
from sfqgen.verify.lvs.direction import Counterpart, counterparts


@dataclass(frozen=True)
class Measured:
    """`couplings` (inductor, inductor, k) under the names of `rows`. `circuit` is the netlist with measured values;
    None for an extraction netlist or when the layout is not it. `resistors` are those of the layout if asked for, and
    `branches` the rows of the lines that the netlist has behind them.
    """

    cell: str
    extraction: Extraction
    rows: Sequence[Row]
    couplings: Sequence[tuple[str, str, float]]
    circuit: Circuit | None
    notes: tuple[str, ...] = ()
    resistors: tuple[ResistorBranch, ...] = ()
    branches: tuple[Row, ...] = ()


def measure(gds: Path | str, netlist: Path | str | None = None, *, cell: str | None = None, subckt: str | None = None,
            grid_um: float = GRID_UM, sign_off: bool = False, label_returns: bool = False, resistors: bool = False,
            workers: int | None = None,
            progress: Callable[[int, int], None] = lambda done, total: None) -> Measured:  # fmt: skip
    """Extract a layout, with `resistors` the branches of its resistors too.

    Raises SfqgenError when a file cannot be read or ports do not fit the metal.
    """
    drawn = read(gds, netlist, cell=cell, subckt=subckt)
    branches = resistor_branches(drawn.raw, grid_um=grid_um / 2, workers=workers) if resistors else ()
    options = {"grid_um": grid_um, "sign_off": sign_off, "workers": workers, "progress": progress}
    if drawn.idx is not None:
        extraction = extract_inductances(drawn.found, drawn.idx, label_returns=label_returns, **options)
        return Measured(drawn.found.name, extraction, rows_of(extraction, drawn.idx), extraction.couplings, None, (),
                        branches)  # fmt: skip
    extraction = extract_inductances(drawn.found, **options)
    if drawn.reference is None:
        return Measured(drawn.found.name, extraction, rows_of(extraction), extraction.couplings, None,
                        extraction.notes, branches)  # fmt: skip
    return annotated(drawn.found, drawn.reference, extraction, branches)


@dataclass(frozen=True)
class Drawn:
    """A layout with the netlist that names its inductors: an extraction netlist, a schematic, or none.

    When the layout is the schematic, `found` has its nodes, and `names` its inductors (and the direction) by the
    layout's own. `raw` is the layout with nodes of its own.
    """

    raw: RecognisedLayout
    found: RecognisedLayout
    idx: IdxNetlist | None = None
    reference: Reference | None = None
    names: Mapping[str, Counterpart] = field(default_factory=dict)

    def named(self, current_ua: Mapping[str, float]) -> dict[str, float]:
        """Currents under the schematic's names, in the direction from its first to its second node."""
        named = {}
        for name, value in current_ua.items():
            known = self.names.get(name)
            if known is None:
                named[name if not self.names else f"layout {name}"] = value
            else:
                named[" + ".join(known.names)] = known.sign * value + 0.0
        return named


def read(gds: Path | str, netlist: Path | str | None = None, *, cell: str | None = None,
         subckt: str | None = None) -> Drawn:  # fmt: skip
    """Read a layout and its netlist. Raises SfqgenError when a file cannot be read."""
    found = recognise(*read_layout(gds, cell, any_unit=True))
    if netlist is None:
        return Drawn(found, found)
    if _is_idx(Path(netlist)):
        return Drawn(found, found, read_idx(netlist))
    reference = load_reference(netlist, found, subckt)
    result = compare(found, reference)
    if not result.topology_match:
        return Drawn(found, found, None, reference)
    inner = without_wires(found, result)  # the inductors of the netlist, not pieces of its nodes
    again = compare(inner, reference)
    if again.alignment is None:
        return Drawn(found, inner, None, reference)
    return Drawn(found, inner, None, reference, counterparts(*again.sides, again.alignment))


def _is_idx(path: Path) -> bool:
    try:
        return is_idx(path.read_text(encoding="utf-8-sig", errors="replace"))
    except OSError as error:
        raise SfqgenError(f"cannot read ({error.strerror})", where=str(path), remedy="check the path") from None


def annotated(found: RecognisedLayout, reference: Reference | Circuit, extraction: Extraction,
              resistors: tuple[ResistorBranch, ...] = ()) -> Measured:  # fmt: skip
    """An extraction of the layout's own inductors under the names of the schematic that it was drawn from.

    With `resistors` the lines that the schematic has behind its shunts get the inductance of the drawn branch.
    """
    extracted = Extracted({name: value for name, value in extraction.l_ph.items() if isfinite(value)},
                          extraction.error_ph)  # fmt: skip
    schematic = reference.circuit if isinstance(reference, Reference) else reference
    result = compare(found, reference, extracted=extracted)
    if not result.topology_match:
        note = "the layout is not this netlist (see sfqgen lvs): the names are those of the layout's own inductors"
        return Measured(found.name, extraction, rows_of(extraction), extraction.couplings, None,
                        (note, *extraction.notes), resistors)  # fmt: skip
    branch_ph = {branch.name: branch.l_ph for branch in resistors if branch.l_ph is not None}
    table = back_annotate(schematic, result, extracted, extraction.couplings, branch_ph)
    rows = table.rows if extraction.error_ph else [replace(row, error_bar_ph=None) for row in table.rows]
    couplings = [(m.first, m.second, m.k) for m in table.circuit.of_kind(Mutual)]
    return Measured(found.name, extraction, rows, couplings, table.circuit, extraction.notes, resistors, table.branches)
