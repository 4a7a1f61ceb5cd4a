"""Two inductors that meet across a series junction and nothing else there: no port tells them apart, and no pulse.

Whatever flows in the one flows in the other, through junction or shunt. The solver measures their sum and shares it by
an estimate of each part; here they are one row with one error, shared in proportion to their targets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sfqgen.netlist.circuit import (
    DRAWN,
    GROUND,
    SHUNT,
    SHUNT_LEAD,
    Circuit,
    Element,
    Inductor,
    Junction,
    nodes_of,
)
from sfqgen.verify.lvs.annotate import Annotated, Row


def across_junctions(flat: Circuit) -> list[tuple[str, str]]:
    """(inductor, inductor) on both sides of each junction that joins just them, in the order of the junctions."""
    at: dict[str, list] = {}
    for element in flat:
        if getattr(element, "role", DRAWN) not in (SHUNT, SHUNT_LEAD):
            for node in nodes_of(element):
                at.setdefault(node, []).append(element)
    pairs = []
    for junction in flat.of_kind(Junction):
        sides = [[e for e in at[node] if e is not junction] for node in (junction.plus, junction.minus)]
        outer = GROUND in (junction.plus, junction.minus) or {junction.plus, junction.minus} & set(flat.ports)
        if not outer and all(len(side) == 1 and _is_line(side[0]) for side in sides):
            pairs.append((sides[0][0].name, sides[1][0].name))
    return pairs


def _is_line(element: Element) -> bool:
    return isinstance(element, Inductor) and element.role == DRAWN


def joined(table: Annotated, flat: Circuit) -> Annotated:
    """The table of a flat circuit with one row for each series across junctions, and the values shared accordingly."""
    rows = list(table.rows)
    values: dict[str, float] = {}
    targets = {inductor.name: inductor.l_ph for inductor in flat.of_kind(Inductor)}
    for first, second in across_junctions(flat):
        found = [row for row in rows if {first, second} & set(row.name.split(" + "))]
        if len(found) == 2 and None not in (found[0].extracted_ph, found[1].extracted_ph):
            row = _sum(*found)
            rows[rows.index(found[0])] = row
            rows.remove(found[1])
            values |= _shared(row, targets)
    elements = tuple(replace(e, l_ph=values[e.name]) if isinstance(e, Inductor) and e.name in values else e
                     for e in table.circuit)  # fmt: skip
    return replace(table, circuit=replace(table.circuit, elements=elements), rows=tuple(rows))


def _sum(a: Row, b: Row) -> Row:
    bars = None if None in (a.error_bar_ph, b.error_bar_ph) else a.error_bar_ph + b.error_bar_ph
    return Row(f"{a.name} + {b.name}", f"{a.layout} + {b.layout}", a.target_ph + b.target_ph,
               a.extracted_ph + b.extracted_ph, bars)  # fmt: skip


def _shared(row: Row, targets: Mapping[str, float]) -> dict[str, float]:
    return {name: targets[name] * row.extracted_ph / row.target_ph for name in row.name.split(" + ")}
