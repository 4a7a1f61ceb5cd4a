"""Run a deck as it stands: its analysis, its probes, its temperature."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sfqgen.netlist.circuit import Junction
from sfqgen.netlist.deck import Deck
from sfqgen.netlist.flatten import flatten
from sfqgen.sim.result import Result
from sfqgen.sim.transient import Engine
from sfqgen.sim.waveforms import Waveforms

FINEST_NEEDED_PS = 0.1
"""A deck's step is where it wants points; the engine takes a whole fraction of it that is not longer than this."""


@dataclass(frozen=True)
class DeckRun:
    """`waveforms`: the deck's probes (without any, the phase of every junction) at its print times."""

    waveforms: Waveforms
    result: Result


def run_deck(deck: Deck, *, step_ps: float | None = None, accuracy_ps: float | None = None, seed: int = 0,
             estimate_error: bool = True, progress: Callable[[float], None] | None = None) -> DeckRun:  # fmt: skip
    """Nominal run of a deck with the built-in engine. Raises SfqgenError when it has no .tran or cannot be simulated.

    Without `step_ps` the step is the deck's, or a whole fraction of its print spacing of at most FINEST_NEEDED_PS;
    `accuracy_ps` halves it until the estimated timing error is below.
    Noise of the deck's temperature has the bandwidth of the step; `.neb` is not used.
    """
    tran = deck.need_tran()
    spacing = tran.spacing_ps
    stride = max(1, math.ceil(spacing / (step_ps or min(tran.step_ps, FINEST_NEEDED_PS)) - 1e-9))
    flat = flatten(deck.circuit)
    probes = deck.probes or tuple(f"P({e.name.upper()})" for e in flat.elements if isinstance(e, Junction))
    engine = Engine(deck.circuit, probes=probes)
    result = engine.run(stop_ps=max(tran.stop_ps, spacing / stride), step_ps=spacing / stride, seed=seed,
                        accuracy_ps=accuracy_ps, temperature_k=_temperatures(deck, flat),
                        estimate_error=estimate_error, progress=progress)  # fmt: skip
    stride = round(spacing / result.step_ps)
    full = result.waveforms()
    shown = np.arange(0, len(full.t_ps), stride)
    shown = shown[full.t_ps[shown] >= tran.start_ps * (1 - 1e-12)]
    signals = {name: values[shown] for name, values in full.signals.items()}
    return DeckRun(Waveforms(full.t_ps[shown], signals), result)


def _temperatures(deck: Deck, flat) -> dict[str, float]:
    """Kelvin by flat element name: the deck's own, or what is written on an element."""
    own = {(s.cell.lower(), s.element.lower()): s.value for s in deck.settings if s.key == "temp"}
    if not own and not deck.temperature_k:
        return {}
    cell_of = _cells_by_path(deck)
    kelvin = {}
    for element in flat.elements:
        leaf, _, path = element.name.partition("|")
        value = own.get((cell_of[path.lower()], leaf.lower()), deck.temperature_k or 0.0)
        if value:
            kelvin[element.name] = value
    return kelvin


def _cells_by_path(deck: Deck) -> dict[str, str]:
    """Cell name (lower case, "" for the top) by path of instances, innermost first, as flat names carry it."""
    found = {"": ""}
    stack = [("", deck.circuit, dict(deck.circuit.cells))]
    while stack:
        path, circuit, cells = stack.pop()
        for element in circuit.elements:
            if hasattr(element, "cell"):
                inner = cells[element.cell]
                here = f"{element.name.lower()}|{path}" if path else element.name.lower()
                found[here] = element.cell.lower()
                stack.append((here, inner, {**cells, **inner.cells}))
    return found
