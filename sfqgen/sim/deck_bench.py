"""A deck as a bench for margins, yield and noise: what runs, and what counts as right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sfqgen.errors import SfqgenError
from sfqgen.netlist.deck import Deck
from sfqgen.sim.criteria import QUIET_PS, as_nominal, read_criteria
from sfqgen.sim.farm import Bench
from sfqgen.sim.parameters import Circuitry

FINEST_PS, COARSEST_PS = 0.1, 0.2
"""Bounds of the default step: counts of pulses need no more than the first, and no less than the second."""


def deck_bench(deck: Deck, *, criteria: Path | None = None, count: Sequence[str] = (), step_ps: float | None = None,
               stop_ps: float | None = None, quiet_ps: float = QUIET_PS, seed: int = 0, threads: int | None = None,
               scheduler: str | None = None, temperature_k: float = 0.0) -> Bench:  # fmt: skip
    """Bench of a deck. Right is what `criteria` (YAML) says, or the nominal pulse counts of the junctions `count`.

    Without either: of the junctions next to the loads, or else of those whose phase the deck prints. The step is
    the deck's within FINEST_PS and COARSEST_PS unless given. Raises SfqgenError when there is no analysis, or no
    junction to count.
    """
    tran = deck.need_tran()
    step_ps = step_ps or min(max(tran.step_ps, FINEST_PS), COARSEST_PS)
    bench = Bench(deck.circuit, stop_ps or tran.stop_ps, lambda result: None, step_ps, temperature_k, seed, threads,
                  scheduler)  # fmt: skip
    if criteria is not None:
        rule = read_criteria(criteria)
        return replace(bench, criterion=rule, stop_ps=min(bench.stop_ps, rule.end_ps), _kept={})
    names = list(count) or counted_junctions(deck)
    nominal = replace(bench, scheduler=None, temperature_k=0.0, criterion=_Watching(names), _kept={})
    rule = as_nominal(nominal.run(1), names, quiet_ps=quiet_ps)
    return replace(bench, criterion=rule, _kept={})


def counted_junctions(deck: Deck) -> list[str]:
    """Junctions next to the loads of a deck; without a load, those whose phase it prints."""
    near = Circuitry(deck.circuit).outputs()
    printed = [p.names[0] for p in deck.probes if p.kind == "p" and p.of == "device" and len(p.names) == 1
               and p.names[0][:1].lower() == "b"]  # fmt: skip
    if not near and not printed:
        raise SfqgenError("no load and no printed junction phase to judge by", where=deck.name,
                          remedy="name junctions with --count, or give --criteria")  # fmt: skip
    return near or printed


class _Watching:
    """No rule yet, only which junctions to record."""

    def __init__(self, junctions: Sequence[str]) -> None:
        self.junctions = list(junctions)
