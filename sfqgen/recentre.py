"""Bias currents moved to the middle of their margins, measured on the circuit as drawn.

First all biases together, to the middle of the margin of the common bias; then those single biases whose own margin is
below what the specification asks for. Inductances and junctions stay: a bias resistor is the cheapest thing to redraw.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sfqgen.netlist.bias import BiasScales, with_bias_scales
from sfqgen.netlist.circuit import Bias, Circuit
from sfqgen.netlist.flatten import flatten
from sfqgen.sim.margins import Margins, margins
from sfqgen.sim.parameters import Parameter
from sfqgen.timing.neuron_bench import NeuronBench, neuron_bench
from sfqgen.timing.use import Use

MOST_PCT = 10.0
"""No bias moves further: beyond that the circuit wants other values, not another bias."""
LEAST_PCT = 1.0
"""Smaller moves are below what the margins resolve."""
COMMON = "g_bias"


@dataclass(frozen=True)
class Recentred:
    """`scales` by bias; `common_pct` is what all have in common. Margins (low, high) in per cent before and after."""

    scales: BiasScales
    common_pct: float
    before: dict[str, tuple[float, float]]
    after: dict[str, tuple[float, float]]

    def as_dict(self) -> dict[str, Any]:
        return {
            "common_pct": self.common_pct, "scales": {name: round(factor, 4) for name, factor in self.scales},
            "margins": [{"name": name, "before_pct": list(self.before[name]), "after_pct": list(self.after[name])}
                        for name in self.before],
        }  # fmt: skip


def recentred(schematic: Circuit, extracted: Circuit, use: Use, margin_pct: float,
              progress: Callable[[str], None] = lambda text: None) -> Recentred:  # fmt: skip
    """Scales for the biases of `schematic`, from margins of the flat `extracted` circuit drawn from it.

    Raises SfqgenError when the extracted circuit does not meet its law as it is.
    """
    def measured(scales: BiasScales, what: str) -> Margins:
        bench = neuron_bench(_scaled(extracted, schematic, scales), use, schematic=schematic)
        return margins(bench, _biases(bench, schematic),
                       progress=lambda part: progress(f"bias margins {what}: {100 * part:.0f} %"))  # fmt: skip

    before = measured((), "as drawn")
    common = _middle(next(m for m in before.parameters if m.name == COMMON))
    names = [f"{bias.name}|{name}" for name, cell in sorted(schematic.cells.items()) for bias in cell.of_kind(Bias)]
    scales = dict.fromkeys(names, 1 + common / 100)
    centred = measured(tuple(scales.items()), "with the common scale") if common else before
    for m in centred.parameters:
        if m.name in scales and m.worst_pct < margin_pct:
            scales[m.name] *= 1 + _middle(m) / 100
    kept = tuple((name, factor) for name, factor in scales.items() if factor != 1.0)
    after = measured(kept, "re-centred") if kept else before
    if _least(after) < _least(before):  # single moves add up to more than each of them was asked for
        kept, after, common = (), before, 0.0
    return Recentred(kept, common, _table(before), _table(after))


def _middle(margin) -> float:
    """Half way between both sides, in per cent, within MOST_PCT; 0 below LEAST_PCT."""
    middle = (margin.low_pct + margin.high_pct) / 2
    return 0.0 if abs(middle) < LEAST_PCT else max(-MOST_PCT, min(MOST_PCT, middle))


def _least(found: Margins) -> float:
    return min(m.worst_pct for m in found.parameters)


def _table(found: Margins) -> dict[str, tuple[float, float]]:
    return {m.name: (m.low_pct, m.high_pct) for m in found.parameters}


def _biases(bench: NeuronBench, schematic: Circuit) -> Sequence[Parameter]:
    names = {f"{bias.name}|{name}" for name, cell in schematic.cells.items() for bias in cell.of_kind(Bias)} | {COMMON}
    return [parameter for parameter in bench.parameters if parameter.name in names]


def _scaled(extracted: Circuit, schematic: Circuit, scales: BiasScales) -> Circuit:
    """The flat extracted circuit with its biases scaled as their cells' are."""
    wanted = {b.name: b.i_ua for b in flatten(with_bias_scales(schematic, scales)).of_kind(Bias)}
    nominal = {b.name: b.i_ua for b in flatten(schematic).of_kind(Bias)}
    elements = tuple(replace(e, i_ua=e.i_ua * wanted[e.name] / nominal[e.name]) if isinstance(e, Bias) else e
                     for e in extracted.elements)  # fmt: skip
    return replace(extracted, elements=elements)
