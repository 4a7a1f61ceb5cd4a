"""Draws the circuit cells that a neuron is made of, each once per set of values, with names that tell them apart."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache

import gdsfactory as gf
import klayout.db as kdb

from cells import (
    branch,
    cross,
    dcsfq,
    jtl,
    leak,
    loop,
    merger,
    reader,
    sampler,
    sfqdc,
    splitter,
    store,
    swallow,
    token_cell,
)
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
    "cross": cross.stage_plan,
    "merger": lambda c: replace(merger.floor_plan(c, rows=6), rail_open=(False, False), feeds=((4, 3),)),
    "merger_leaf": branch.leaf_plan,
    "merger_wide": branch.wide_plan,
    "merger_root": lambda c: branch.wide_plan(c, root=True),
    "merger_tee": branch.tee_plan,
    "merger_tee_root": lambda c: branch.tee_plan(c, root=True),
    "jtl_long": lambda c: branch.step_plan(c, first=True),
    "jtl_step": branch.step_plan,
    "jtl_corner": branch.corner_plan,
    "jtl_riser": branch.riser_plan,
    **loop.PLANS,
    **leak.PLANS,
    **sampler.PLANS,
    "store_in": store.store_in_plan,
    "store_bit": lambda c: replace(store.store_bit_plan(c), bus=((2, "down"),)),
    "store_end": lambda c: replace(store.store_end_plan(c), bus=((2, "down"),)),
    "reader": lambda c: replace(reader.floor_plan(c), bus=((2, "up"), (4, "down"))),
    "swallow": lambda c: replace(swallow.floor_plan(c), bus=((2, "up"),)),
    "token": token_cell.floor_plan,
    "dcsfq": dcsfq.floor_plan,
    "dcsfq_low": lambda c: dcsfq.floor_plan(c, q_row=0),
    "sfqdc": sfqdc.floor_plan,
}
"""Floor plan of each cell of `cells.neuron`, in the rows of the neuron, and of a chip's converters; `bus` joins the
bias rails of the rows."""


def floor_plan(cell: Circuit) -> FloorPlan:
    """The floor plan of a cell of the neuron. Raises SfqgenError for a cell without one."""
    if cell.name not in PLANS:
        raise SfqgenError(f"no floor plan for cell {cell.name}", where="layout", allowed=", ".join(PLANS))
    return PLANS[cell.name](cell)


def drawn(cell: Circuit, corrections: Mapping[str, float] | None = None, *, fill: bool = True) -> gf.Component:
    """The drawn cell; the same component for equal circuits and corrections within one process."""
    pairs = tuple(sorted((corrections or {}).items()))
    name = f"{cell.name}_{digest(_key(cell), pairs, fill)}"
    return drawn_once(name, lambda: draw_cell(floor_plan(cell), dict(pairs), fill=fill, name=name))


def drawn_once(name: str, draw: Callable[[], gf.Component]) -> gf.Component:
    """The component of that name: drawn on the first call, the same one from then on. The name has to say all of it."""
    if name not in _DRAWN:
        _DRAWN[name] = draw()
    return _DRAWN[name]


_DRAWN: dict[str, gf.Component] = {}


def _key(cell: Circuit) -> tuple:
    return cell.name, *((e.name, value_of(e)) for e in cell)


def digest(*parts: object) -> str:
    """Eight hexadecimal digits that differ when any value differs."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:8]


@lru_cache(maxsize=512)
def filler(tiles: tuple[int, int], rail_row: int | None = None, bus: tuple[tuple[int, str], ...] = (),
           rail_open: tuple[bool, bool] = (True, True), fill: bool = True) -> gf.Component:  # fmt: skip
    """A block of tiles without devices: planes, fill, and the bias rail as in a `FloorPlan`."""
    plan = FloorPlan(Circuit("filler", (), ()), tiles, (), (), rail_row=rail_row, bus=bus, rail_open=rail_open)
    c = gf.Component(f"filler_{tiles[0]}x{tiles[1]}_{digest(rail_row, bus, rail_open, fill)}")
    draw_planes(c, plan, kdb.Region())
    if fill:
        draw_fill(c, plan, moats_of(plan, lambda _column, _row: ()))
    return c
