"""Bias currents of a circuit's cells scaled one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import Bias, Circuit

BiasScales = tuple[tuple[str, float], ...]
"""((bias|cell, factor), ...), such as (("I_s|jtl", 1.02),)."""


def with_bias_scales(circuit: Circuit, scales: Iterable[tuple[str, float]]) -> Circuit:
    """The circuit with the biases of its cells multiplied, in every instance of the cell.

    Raises SfqgenError for a bias that no cell has.
    """
    factors = dict(scales)
    known = {f"{bias.name}|{name}" for name, cell in circuit.cells.items() for bias in cell.of_kind(Bias)}
    if unknown := sorted(set(factors) - known):
        raise SfqgenError(f"no bias {unknown[0]}", where=f"circuit {circuit.name}", allowed=", ".join(sorted(known)))
    cells = {
        name: replace(cell, elements=tuple(
            replace(e, i_ua=round(e.i_ua * factors.get(f"{e.name}|{name}", 1.0), 2)) if isinstance(e, Bias) else e
            for e in cell.elements))
        for name, cell in circuit.cells.items()
    }  # fmt: skip
    return replace(circuit, cells=cells)
