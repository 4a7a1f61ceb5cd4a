"""Bias currents moved to the middle of their margins, measured on the circuit as drawn.

First all biases together, to the middle of the margin of the common bias; then those single biases whose own margin is
below what the specification asks for. Inductances and junctions stay: a bias resistor is the cheapest thing to redraw.

A side of a margin takes half a dozen runs, so it is measured only of what may move: the common bias, and the biases
that fail at the margin asked for, which two runs each tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from sfqgen.netlist.bias import BiasScales, with_bias_scales
from sfqgen.netlist.circuit import Bias, Circuit
from sfqgen.netlist.flatten import flatten
from sfqgen.sim.margins import Margin, margins
from sfqgen.timing.neuron_bench import neuron_bench
from sfqgen.timing.use import Use

MOST_PCT = 10.0
"""No bias moves further: beyond that the circuit wants other values, not another bias."""
LEAST_PCT = 1.0
"""Smaller moves are below what the margins resolve."""
COMMON = "g_bias"
STEP_PCT, CAP_PCT = 2.0, 40.0
"""Grid of the margins, and how far they are followed."""


@dataclass(frozen=True)
class Recentred:
    """`scales` by bias; `common_pct` is what all have in common. Margins (low, high) in per cent before and after.

    `why` says of the common bias, of each narrow one and of the rest why it was moved or not.
    """

    scales: BiasScales
    common_pct: float
    before: dict[str, tuple[float, float]]
    after: dict[str, tuple[float, float]]
    why: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "common_pct": self.common_pct, "scales": {name: round(factor, 4) for name, factor in self.scales},
            "margins": [{"name": name, "before_pct": list(self.before[name]), "after_pct": list(self.after[name])}
                        for name in self.before],
            "why": list(self.why),
        }  # fmt: skip


def recentred(schematic: Circuit, extracted: Circuit, use: Use, margin_pct: float,
              progress: Callable[[str], None] = lambda text: None) -> Recentred:  # fmt: skip
    """Scales for the biases of `schematic`, from margins of the flat `extracted` circuit drawn from it.

    Raises SfqgenError when the extracted circuit does not meet its law as it is.
    """
    search = _Search(schematic, extracted, use, progress)
    names = search.names
    drawn = search.measured((), [COMMON], "of the common bias")
    common = _middle(drawn[COMMON])
    scales = dict.fromkeys(names, 1 + common / 100)
    narrow = search.narrow(_kept(scales), margin_pct)
    single = search.measured(_kept(scales), narrow, "of narrow biases")
    moves = {name: _middle(single[name]) for name in narrow}
    for name, move in moves.items():
        scales[name] *= 1 + move / 100
    why = (_told(drawn[COMMON], common), *(_told(single[name], moves[name]) for name in narrow), _rest(names, narrow,
           margin_pct))  # fmt: skip
    before = {COMMON: drawn[COMMON]} | (search.measured((), narrow, "as drawn") if common else single)
    if not _kept(scales):
        return Recentred((), 0.0, _table(before), _table(before), why)
    after = search.measured(_kept(scales), [COMMON, *narrow], "re-centred")
    if _least(after) < _least(before):  # single moves add up to more than each of them was asked for
        undone = f"undone: the least margin would go from {_least(before):g} to {_least(after):g} %"
        return Recentred((), 0.0, _table(before), _table(before), (*why, undone))
    return Recentred(_kept(scales), common, _table(before), _table(after), why)


@dataclass(frozen=True)
class _Search:
    """Margins of the extracted circuit with scaled biases."""

    schematic: Circuit
    extracted: Circuit
    use: Use
    progress: Callable[[str], None]

    @property
    def names(self) -> list[str]:
        """Every bias of every cell."""
        cells = sorted(self.schematic.cells.items())
        return [f"{bias.name}|{name}" for name, cell in cells for bias in cell.of_kind(Bias)]

    def measured(self, scales: BiasScales, names: Sequence[str], what: str,
                 cap_pct: float = CAP_PCT) -> dict[str, Margin]:  # fmt: skip
        """Margins of these biases, by name."""
        if not names:
            return {}
        circuit = _scaled(self.extracted, self.schematic, scales)
        bench = neuron_bench(circuit, self.use, schematic=self.schematic)
        wanted = [parameter for parameter in bench.parameters if parameter.name in names]
        found = margins(bench, wanted, resolution_pct=STEP_PCT, cap_pct=cap_pct,
                        progress=lambda part: self.progress(f"bias margins {what}: {100 * part:.0f} %"))  # fmt: skip
        return {m.name: m for m in found.parameters}

    def narrow(self, scales: BiasScales, margin_pct: float) -> list[str]:
        """The biases whose own margin is below `margin_pct`."""
        if margin_pct <= 0:
            return []
        cap = ceil(margin_pct / STEP_PCT) * STEP_PCT
        found = self.measured(scales, self.names, f"against {margin_pct:g} %", cap)
        return [name for name, m in found.items() if m.worst_pct < margin_pct]


def _kept(scales: dict[str, float]) -> BiasScales:
    return tuple((name, factor) for name, factor in scales.items() if factor != 1.0)


def _told(m: Margin, move: float) -> str:
    where = f"{m.name}: margin {m.low_pct:+g} / {m.high_pct:+g} %"
    return f"{where}, moved by {move:+g} %" if move else f"{where}, its middle is less than {LEAST_PCT:g} % away: stays"


def _rest(names: Sequence[str], narrow: Sequence[str], margin_pct: float) -> str:
    if margin_pct <= 0:
        return "single biases stay: no margin is asked for"
    return f"{len(names) - len(narrow)} of {len(names)} biases have the {margin_pct:g} % asked for: they stay"


def _middle(margin: Margin) -> float:
    """Half way between both sides, in per cent, within MOST_PCT; 0 below LEAST_PCT."""
    middle = (margin.low_pct + margin.high_pct) / 2
    return 0.0 if abs(middle) < LEAST_PCT else max(-MOST_PCT, min(MOST_PCT, middle))


def _least(found: Mapping[str, Margin]) -> float:
    return min(m.worst_pct for m in found.values())


def _table(found: Mapping[str, Margin]) -> dict[str, tuple[float, float]]:
    return {name: (m.low_pct, m.high_pct) for name, m in found.items()}


def _scaled(extracted: Circuit, schematic: Circuit, scales: BiasScales) -> Circuit:
    """The flat extracted circuit with its biases scaled as their cells' are."""
    wanted = {b.name: b.i_ua for b in flatten(with_bias_scales(schematic, scales)).of_kind(Bias)}
    nominal = {b.name: b.i_ua for b in flatten(schematic).of_kind(Bias)}
    elements = tuple(replace(e, i_ua=e.i_ua * wanted[e.name] / nominal[e.name]) if isinstance(e, Bias) else e
                     for e in extracted.elements)  # fmt: skip
    return replace(extracted, elements=elements)
