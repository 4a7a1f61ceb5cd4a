"""Back-annotation: measured inductances under the schematic's names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from sfqgen.netlist.circuit import RAIL, Circuit, Inductor, Instance, Mutual
from sfqgen.netlist.flatten import flatten
from sfqgen.verify.lvs.direction import Counterpart, counterparts
from sfqgen.verify.lvs.graph import Device
from sfqgen.verify.lvs.result import LvsResult
from sfqgen.verify.lvs.values import Extracted


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison table, in pH; None where the schematic or the extraction says nothing.

    `name` is the schematic's. Inductors in series without anything between them are one row, `L_4|X_a + L_1|X_b`.
    """

    name: str
    layout: str
    target_ph: float | None
    extracted_ph: float | None
    error_bar_ph: float | None

    @property
    def error_pct(self) -> float | None:
        if self.extracted_ph is None or not self.target_ph:
            return None
        return (self.extracted_ph / self.target_ph - 1) * 100

    def as_dict(self) -> dict:
        """An entry of `extraction.elements` in report.json."""
        return {"name": self.name, "target_ph": self.target_ph, "extracted_ph": self.extracted_ph,
                "error_pct": self.error_pct, "error_bar_ph": self.error_bar_ph}  # fmt: skip


@dataclass(frozen=True)
class Annotated:
    """The circuit with measured inductances (flat, the schematic's names and order) and the table.

    `branches` are the rows of the lines behind shunts and series resistors.
    """

    circuit: Circuit
    rows: tuple[Row, ...]
    branches: tuple[Row, ...] = ()

    @property
    def max_abs_error_pct(self) -> float | None:
        errors = [abs(row.error_pct) for row in self.rows if row.error_pct is not None]
        return max(errors, default=None)

    def text(self) -> str:
        """The table for a terminal."""
        width = max([len(row.name) for row in self.rows] + [8])
        lines = [f"{'inductor':<{width}}  target pH  extracted pH  error %  +- pH"]
        for row in self.rows:
            cells = (_cell(row.target_ph, 9, 3), _cell(row.extracted_ph, 12, 3), _cell(row.error_pct, 7, 1, "+"),
                     _cell(row.error_bar_ph, 5, 3))  # fmt: skip
            lines.append(f"{row.name:<{width}}  " + "  ".join(cells))
        return "\n".join(lines)


def _cell(value: float | None, width: int, digits: int, sign: str = "") -> str:
    return f"{'-':>{width}}" if value is None else f"{value:>{sign}{width}.{digits}f}"


def back_annotate(schematic: Circuit, result: LvsResult, extracted: Extracted,
                  couplings: Sequence[tuple[str, str, float]] = (),
                  branches: Mapping[str, float] = MappingProxyType({})) -> Annotated:  # fmt: skip
    """Put extracted inductances into the schematic.

    `result` is a comparison of the layout with this schematic that found a match of the connections; `extracted` holds
    pH by the layout's inductor names, `couplings` (layout inductor, layout inductor, k). A value for several schematic
    inductors in series is shared in proportion to their targets, and so is one for lines that the schematic keeps as
    the lead of a bias or a shunt. `branches` gives pH for the branch of a resistor, by the layout's name. What the
    layout does not show keeps its schematic value. Raises ValueError when the comparison found no match.
    """
    if result.alignment is None:
        raise ValueError("back_annotate needs a comparison whose connections match")
    flat = flatten(schematic) if any(isinstance(e, Instance) for e in schematic) else schematic
    targets = {e.name.lower(): e for e in flat.of_kind(Inductor)}
    values: dict[str, float] = {}
    rows: list[Row] = []
    for ours, theirs in result.alignment.pairs:
        for mine, names in _groups(ours, theirs):
            row = _row(mine, [targets[n.lower()] for n in names if n.lower() in targets], extracted)
            if row is None:
                continue
            rows.append(row)
            values |= _shared(row, [targets[n.lower()] for n in names])
    behind = _branch_rows(result, targets, branches)
    for row in behind:
        values |= _shared(row, [targets[n.lower()] for n in row.name.split(" + ")])
    owners = counterparts(*result.sides, result.alignment)
    order = {name: n for n, name in enumerate(targets)}
    for table in (rows, behind):
        table.sort(key=lambda row: order[row.name.split(" + ")[0].lower()])
    return Annotated(_replaced(flat, values, _mutuals(couplings, owners, flat)), tuple(rows),
                     tuple(behind))  # fmt: skip


def _branch_rows(result: LvsResult, targets: Mapping[str, Inductor], branches: Mapping[str, float]) -> list[Row]:
    """Lines behind shunts and series resistors, with the inductance of the resistor's branch."""
    rows = []
    for ours, theirs in result.alignment.pairs:
        if theirs.kind == "R" and theirs.leads and not _is_bias(theirs) and ours.name in branches:
            wanted = [targets[n.lower()] for n in theirs.leads]
            rows.append(_row((ours.name,), wanted, Extracted({ours.name: branches[ours.name]})))
    return [row for row in rows if row is not None]


def _groups(ours: Device, theirs: Device) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """(layout inductors, schematic inductors) that stand for each other in a matched pair."""
    if theirs.kind == "L":
        return [(ours.names, theirs.names)]
    drawn_as_line = theirs.kind == "J" or _is_bias(theirs)
    return [(ours.leads, theirs.leads)] if drawn_as_line and theirs.leads else []


def _is_bias(device: Device) -> bool:
    """A bias lead is drawn as one line; a shunt's lead is mostly its own resistor and has a solution of its own."""
    return device.kind == "R" and RAIL in (device.a, device.b)


def _row(mine: tuple[str, ...], wanted: list[Inductor], extracted: Extracted) -> Row | None:
    if not wanted:
        return None
    known = bool(mine) and extracted.covers(mine)
    targets = [inductor.l_ph for inductor in wanted]
    target = sum(targets) if all(t == t for t in targets) else None
    return Row(" + ".join(i.name for i in wanted), " + ".join(mine), target,
               extracted.total(mine) if known else None,
               extracted.error(mine) if known else None)  # fmt: skip


def _shared(row: Row, wanted: list[Inductor]) -> dict[str, float]:
    """The measured value divided among the schematic inductors of the row, in proportion to their targets."""
    if row.extracted_ph is None:
        return {}
    weights = [i.l_ph if i.l_ph == i.l_ph and i.l_ph > 0 else 1.0 for i in wanted]
    return {i.name.lower(): row.extracted_ph * w / sum(weights) for i, w in zip(wanted, weights, strict=True)}


def _mutuals(couplings: Sequence[tuple[str, str, float]], owners: Mapping[str, Counterpart],
             flat: Circuit) -> list[Mutual]:  # fmt: skip
    """Measured couplings between schematic inductors that the schematic does not couple itself, with their sign."""
    known = {frozenset((m.first.lower(), m.second.lower())) for m in flat.of_kind(Mutual)}
    mutuals = []
    for first, second, k in couplings:
        if first in owners and second in owners and owners[first].names != owners[second].names:
            pair = owners[first].names[0], owners[second].names[0]
            if frozenset(name.lower() for name in pair) not in known:
                sign = owners[first].sign * owners[second].sign
                mutuals.append(Mutual(f"K_x{len(mutuals) + 1}", *pair, sign * k))
                known.add(frozenset(name.lower() for name in pair))
    return mutuals


def _replaced(flat: Circuit, values: Mapping[str, float], mutuals: Sequence[Mutual]) -> Circuit:
    elements = [
        replace(e, l_ph=values[e.name.lower()]) if isinstance(e, Inductor) and e.name.lower() in values else e
        for e in flat
    ]  # fmt: skip
    return replace(flat, elements=(*elements, *mutuals), cells={})
