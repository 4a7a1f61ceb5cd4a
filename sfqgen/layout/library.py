"""Draws the circuit cells that a neuron is made of, each once per set of values, with names that tell them apart."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache

import gdsfactory as gf
import klayout.db as kdb

from cells import cross, jtl, merger, reader, splitter, store, swallow, token_cell
from sfqgen.errors import SfqgenError
from sfqgen.layout.draw import draw_cell
from sfqgen.layout.fill import draw_fill, moats_of
from sfqgen.layout.plan import FloorPlan
from sfqgen.layout.planes import draw_planes
from sfqgen.netlist.circuit import Circuit, value_of

Corrections = tuple[tuple[str, tuple[tuple[str, float], ...]], ...]
"""What extraction found missing, in pH: ((cell, ((inductor, pH), ...)), ...)."""

PLANS: Mapping[str, Callable[[Circuit], FloorPlan]] = {
    "jtl": lambda c: jtl.floor_plan(c, rows=5),
    "jtl_turn": jtl.turn_plan,
    "splitter": lambda c: splitter.floor_plan(c, rows=6),
    "cross": lambda c: replace(cross.floor_plan(c), bus=((1, "up"), (1, "down"))),
    "merger": lambda c: merger.floor_plan(c, rows=5),
    "store_in": store.store_in_plan,
    "store_bit": lambda c: replace(store.store_bit_plan(c), bus=((2, "down"),)),
    "store_end": lambda c: replace(store.store_end_plan(c), bus=((2, "down"),)),
    "reader": lambda c: replace(reader.floor_plan(c), bus=((2, "up"), (4, "down"))),
    "swallow": lambda c: replace(swallow.floor_plan(c), bus=((2, "up"),)),
    "token": token_cell.floor_plan,
}
"""Floor plan of each cell of `cells.neuron`, in the rows of the neuron; `bus` joins the bias rails of the rows."""


def floor_plan(cell: Circuit) -> FloorPlan:
    """The floor plan of a cell of the neuron. Raises SfqgenError for a cell without one."""
    if cell.name not in PLANS:
        raise SfqgenError(f"no floor plan for cell {cell.name}", where="layout", allowed=", ".join(PLANS))
    return PLANS[cell.name](cell)


def drawn(cell: Circuit, corrections: Mapping[str, float] | None = None, *, fill: bool = True) -> gf.Component:
    """The drawn cell; the same component for equal circuits and corrections within one process."""
    return _drawn(_key(cell), tuple(sorted((corrections or {}).items())), fill, _Hidden(cell))


class _Hidden:
    """A circuit that the cache does not look at; the key beside it says all of it."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hidden)


@lru_cache(maxsize=512)
def _drawn(key: tuple, corrections: tuple, fill: bool, hidden: _Hidden) -> gf.Component:
    cell = hidden.circuit
    name = f"{cell.name}_{digest(key, corrections, fill)}"
    return draw_cell(floor_plan(cell), dict(corrections), fill=fill, name=name)


def _key(cell: Circuit) -> tuple:
    return cell.name, *((e.name, value_of(e)) for e in cell)


def digest(*parts: object) -> str:
    """Eight hexadecimal digits that differ when any value differs."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:8]


def empty_plan(columns: int, rows: int, rail_row: int | None) -> FloorPlan:
    """A block of tiles without devices; the bias rail crosses it in `rail_row`."""
    return FloorPlan(Circuit("filler", (), ()), (columns, rows), (), (), rail_row=rail_row)


@lru_cache(maxsize=64)
def filler(tiles: tuple[int, int], rail_row: int | None, fill: bool = True) -> gf.Component:
    """An empty block drawn: planes and fill."""
    plan = empty_plan(*tiles, rail_row)
    c = gf.Component(f"filler_{tiles[0]}x{tiles[1]}_{digest(rail_row, fill)}")
    draw_planes(c, plan, kdb.Region())
    if fill:
        draw_fill(c, plan, moats_of(plan, lambda _column, _row: ()))
    return c
