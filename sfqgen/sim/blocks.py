"""From a network and sample values to arrays of the time loop: `Wiring` for all, `Numbers` and `State` per block."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import Inductor, Resistor
from sfqgen.sim.arrays import (
    ADMITTANCE,
    CAP,
    IC,
    INDUCTANCE,
    JUNCTION_ROWS,
    RATE,
    RESISTANCE,
    RESISTOR_ROWS,
    Numbers,
    State,
    Wiring,
)  # fmt: skip
from sfqgen.sim.integrator import Rule, predictor
from sfqgen.sim.network import Network, Samples
from sfqgen.sim.simd import lanes_array
from sfqgen.sim.stimulus import KAPPA

FASTEST = 0.2
BOLTZMANN = 13.80649
"""Boltzmann's constant in uV uA ps per kelvin."""


def rows_of(network: Network, branches: Sequence[int], table: dict[str, int]) -> np.ndarray:
    pairs = [(table[network.branches[k].plus], table[network.branches[k].minus]) for k in branches]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def wiring_of(network: Network, rule: Rule, probe_nodes: Sequence[str], noisy: bool, implicit: bool) -> Wiring:
    """Index arrays for one step size. SfqgenError when a line is shorter than the step."""
    junctions = network.of_kind("junction", "capacitor")
    resistive = network.of_kind("line", "resistive")
    ports, weights = _ports(network, rule.step_ps)
    pattern = network.pattern
    ties = network.reduced.ties
    return Wiring(
        rows_of(network, junctions, network.x_row), rows_of(network, junctions, network.b_row), len(network.watched),
        implicit, _gaps(network, junctions), rows_of(network, resistive, network.x_row),
        rows_of(network, resistive, network.b_row), ports, weights,
        np.array([network.x_row[tie.base] for tie in ties], dtype=np.int64), _tied_terms(network),
        pattern.column_start, pattern.column_row, pattern.row_start, pattern.row_column, pattern.row_entry,
        network.entry_start, network.entry_g, network.entry_sign,
        np.array([network.x_row[node] for node in probe_nodes], dtype=np.int64),
        np.array([rule.c, rule.c1, rule.c0, rule.r1, rule.r0, rule.step_ps, rule.error_constant, KAPPA,
                  *predictor(rule, straight=not implicit)]),
        normal_quantiles() if noisy else np.empty(0),
    )  # fmt: skip


def needs_implicit(network: Network, samples: Samples, rule: Rule) -> bool:
    """Whether some junction's plasma frequency is too high for the step.

    A predicted supercurrent is stable up to Ic = KAPPA C c^2 / 4, where the capacitance alone still outweighs it; a
    linearised one is always. FASTEST leaves a reserve.
    """
    for k in network.of_kind("junction"):
        element = network.branches[k].parts[0]
        model = network.model(k)
        ic = samples.varied.get(element, samples.nominal[element])
        if np.any(ic > 0) and model.icrit_ua > FASTEST * KAPPA * model.cap_pf * rule.c**2:
            return True
    return False


def normal_quantiles(count: int = 4096) -> np.ndarray:
    """Standard normal quantiles at the middles of `count` equal probabilities, scaled to unit variance."""
    from scipy.special import ndtri

    table = ndtri((np.arange(count) + 0.5) / count)
    return table / table.std()


def _gaps(network: Network, junctions: list[int]) -> np.ndarray:
    gaps = np.full((len(junctions), 2), np.inf)
    for row, k in enumerate(junctions):
        if network.branches[k].kind == "junction":
            model = network.model(k)
            if model.rtype == 1:
                gaps[row] = (model.vg_uv - model.delv_uv / 2) / KAPPA, (model.vg_uv + model.delv_uv / 2) / KAPPA
    return gaps


def _tied_terms(network: Network) -> np.ndarray:
    """(terms, 5): conductance g carries the offset source[plus] - source[minus]; subtract at b row 3, add at b row 4.

    A tied node's row of `source` is its known phase against the node it follows; rows of other nodes count as 0.
    """
    tied = {tie.node for tie in network.reduced.ties}
    no_row = network.ground_row
    row = {node: network.x_row[node] if node in tied else no_row for node in network.x_row}
    terms = []
    pairs = [(g, k, k) for g, k in enumerate(range(len(network.branches)))]
    for g, (one, two) in enumerate(network.pairs, len(network.branches)):
        pairs += [(g, one, two), (g, two, one)]
    for g, here, there in pairs:
        plus, minus = row[network.branches[there].plus], row[network.branches[there].minus]
        if plus != minus:
            terms.append((g, plus, minus, *network._rows(here)))
    return np.array(terms, dtype=np.int64).reshape(-1, 5)


def _ports(network: Network, step_ps: float) -> tuple[np.ndarray, np.ndarray]:
    """Ring buffers of line ports and cubic weights of the four points nearest to one delay ago."""
    lines = network.of_kind("line")
    ports, weights, start = [], [], 0
    for k in lines:
        branch = network.branches[k]
        element = network.elements[branch.parts[0]]
        delay = element.td_ps / step_ps
        if delay < 1.0:
            raise SfqgenError(
                f"delay {element.td_ps:g} ps is shorter than the step of {step_ps:g} ps",
                where=f"circuit {network.circuit.name}, element {element.name}",
                remedy="take a smaller step, or an inductor and a capacitor in its place",
            )
        other = next(i for i in lines if network.branches[i].parts == branch.parts and i != k)
        back = delay - 1.0  # from the newest known point, the head of this step, to the wanted one
        newest = max(math.floor(back) - 1, 0)
        points = newest + np.arange(4.0)
        weights.append([np.prod([(back - q) / (p - q) for q in points if q != p]) for p in points])
        length = newest + 5
        ports.append((lines.index(other), newest, start, length))
        start += length
    return np.array(ports, dtype=np.int64).reshape(-1, 4), np.array(weights).reshape(-1, 4)


def numbers_of(network: Network, samples: Samples, part: slice, rule: Rule, kelvin: np.ndarray) -> Numbers:
    """The numbers of the samples in `part` as (rows, samples) arrays; the factors of the sources stay empty.

    `kelvin` (E,): temperature of each element for its Johnson noise; all 0 for a run without noise.
    """
    junctions, capacitors = network.of_kind("junction"), network.of_kind("capacitor")
    width = len(range(*part.indices(samples.count)))
    ic = samples.of([network.branches[k].parts[0] for k in junctions], part)
    models = [network.model(k) for k in junctions]
    area = ic / np.array([m.icrit_ua for m in models]).reshape(-1, 1)

    def of_model(number) -> np.ndarray:
        return np.array([number(m) for m in models], dtype=float).reshape(-1, 1)

    cap = np.concatenate([area * of_model(lambda m: m.cap_pf),
                          samples.of([network.branches[k].parts[0] for k in capacitors], part)])  # fmt: skip
    none = np.zeros((len(capacitors), width))
    below = np.concatenate([area / of_model(_subgap_ohm), none])
    ramp = np.concatenate([ic / of_model(lambda m: m.ic_factor * m.delv_uv), none])
    above = np.concatenate([area / of_model(lambda m: m.rn_ohm), none])
    edge = np.concatenate([of_model(lambda m: m.vg_uv - m.delv_uv / 2), np.zeros((len(capacitors), 1))])
    resistive = network.of_kind("line", "resistive")
    resistance = network.total(samples, part, resistive, Resistor)
    lines = network.of_kind("line")
    resistance[: len(lines)] = samples.of([network.branches[k].parts[0] for k in lines], part)
    inductance = network.total(samples, part, resistive, Inductor)
    admittance = 1.0 / (resistance + rule.c * inductance)
    rate = KAPPA * (rule.c * cap + below)
    return Numbers(
        np.concatenate([ic, none]), KAPPA * cap, rate, KAPPA * np.concatenate([below, ramp, above]),
        edge * (below - ramp), resistance, inductance, admittance,
        np.concatenate([rule.c * rate, rule.c * KAPPA * admittance, _inductive(network, samples, part)]),
        np.empty((0, width)), _noise(network, samples, part, below, rule.step_ps, kelvin),
    )  # fmt: skip


def _subgap_ohm(model) -> float:
    """JoSIM takes `rn` at every voltage for rtype 0."""
    return model.r0_ohm if model.rtype == 1 else model.rn_ohm


def _inductive(network: Network, samples: Samples, part: slice) -> np.ndarray:
    """Phase conductances of inductors, then of coupled pairs."""
    inductors = network.of_kind("inductor")
    result = KAPPA / network.total(samples, part, inductors, Inductor)
    own, cross = network.coupled(samples, part)
    place = {k: row for row, k in enumerate(inductors)}
    for row, k in enumerate([k for group in network.groups for k in group]):
        result[place[k]] = own[row]
    return np.concatenate([result, cross])


def _noise(network: Network, samples: Samples, part: slice, conductance: np.ndarray, step_ps: float,
           kelvin: np.ndarray) -> np.ndarray:  # fmt: skip
    """Johnson noise held for one step, bandwidth 1 / 2h: rms current sqrt(2kTG/h), then rms voltage sqrt(2kTR/h)."""
    if not kelvin.any():
        return np.empty((0, conductance.shape[1]))
    heated = Samples(samples.nominal * kelvin, {k: v * kelvin[k] for k, v in samples.varied.items()}, samples.count)
    junctions = network.of_kind("junction", "capacitor")
    current = conductance * kelvin[[network.branches[k].parts[0] for k in junctions]][:, None]
    voltage = network.total(heated, part, network.of_kind("line", "resistive"), Resistor)
    return np.sqrt(2.0 * BOLTZMANN / step_ps * np.maximum(np.concatenate([current, voltage]), 0.0))


def block_numbers(numbers: Numbers, first: int, width: int) -> Numbers:
    """Columns first..first+width-1 in aligned arrays; the last sample fills the lanes beyond the end."""
    count = numbers.g.shape[1]
    columns = np.minimum(np.arange(first, first + width), count - 1)

    def cut(table: np.ndarray) -> np.ndarray:
        block = lanes_array(len(table), width)
        block[:] = table[:, columns]
        return block

    return Numbers(*(cut(table) for table in numbers))


def block_state(network: Network, wiring: Wiring, numbers: Numbers, seeds: np.ndarray) -> State:
    """At rest at t = 0, for the block with these numbers."""
    width = numbers.g.shape[1]
    n, tied = network.n, len(wiring.tied_base)
    nj, nr = len(wiring.junction_x), len(wiring.resistor_x)
    ring = int(wiring.ports[:, 3].sum()) if len(wiring.ports) else 0

    def rows(count: int) -> np.ndarray:
        return lanes_array(count, width)

    junction, resistor = rows(JUNCTION_ROWS * nj), rows(RESISTOR_ROWS * nr)
    for place, table in ((IC, numbers.ic), (RATE, numbers.rate), (CAP, numbers.cap)):
        junction[place::JUNCTION_ROWS] = table
    for place, table in ((ADMITTANCE, numbers.admittance), (INDUCTANCE, numbers.inductance),
                         (RESISTANCE, numbers.resistance)):  # fmt: skip
        resistor[place::RESISTOR_ROWS] = table
    return State(rows(n + tied + 1), rows(n + tied + 1), rows(n + 1), rows(len(wiring.column_row)), rows(n), junction,
                 resistor, rows(nj), np.zeros(nj, dtype=np.bool_), rows(nr), rows(nr), rows(ring),
                 seeds.astype(np.uint64), rows(nj), rows(3))  # fmt: skip
