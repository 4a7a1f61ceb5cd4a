"""Named parameters of a circuit that margins, sweeps and optimisers scale: which elements, and what follows them.

A factor f on the critical current of a junction takes its shunt along (R / f, so that IcRs stays) and the shunt's lead
with it (a fixed part and one in proportion to R), as a designer who redraws the junction would.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pdk_sfq5ee.process import constant
from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import (
    BIAS_LEAD,
    GROUND,
    GROUND_LEAD,
    SHUNT,
    SHUNT_LEAD,
    STIMULUS,
    Bias,
    Circuit,
    CurrentSource,
    Element,
    Inductor,
    Instance,
    Junction,
    Mutual,
    Resistor,
    VoltageSource,
    nodes_of,
    value_of,
)  # fmt: skip
from sfqgen.netlist.flatten import flatten
from sfqgen.netlist.roles import annotate_roles, steady_level

LEADS = (SHUNT_LEAD, GROUND_LEAD, BIAS_LEAD)
GLOBALS = ("g_ic", "g_l", "g_r", "g_bias")


@dataclass(frozen=True)
class Shunt:
    """The resistor across a junction and the inductor in series with it, if there is one."""

    resistor: str
    lead: str | None


@dataclass(frozen=True)
class Parameter:
    """`elements` (flat names) whose values are multiplied; junctions among them take the `shunts` given for them.

    `inverse` are divided instead: a bias that a resistor from the rail makes grows as its resistor shrinks.
    """

    name: str
    elements: tuple[str, ...]
    shunts: tuple[Shunt, ...] = ()
    inverse: tuple[str, ...] = ()


class Circuitry:
    """A flat circuit whose elements know their roles: shunts and leads, biases, stimulus, outputs."""

    def __init__(self, circuit: Circuit) -> None:
        self.flat = flatten(annotate_roles(circuit))
        self.by_name = {e.name.lower(): e for e in self.flat.elements}
        self.at: dict[str, list[Element]] = defaultdict(list)
        for element in self.flat.elements:
            for node in nodes_of(element):
                self.at[node.lower()].append(element)
        leads = {e.of: e.name for e in self.flat.of_kind(Inductor) if e.role == SHUNT_LEAD}
        self.shunt_of = {e.of: Shunt(e.name, leads.get(e.of)) for e in self.flat.of_kind(Resistor) if e.role == SHUNT}

    def is_bias(self, element: Element) -> bool:
        """A source that comes up and stays: a Bias, a steady current, the voltage of a rail."""
        if isinstance(element, Bias):
            return True
        if not isinstance(element, CurrentSource | VoltageSource):
            return False
        if element.role == STIMULUS and isinstance(element, CurrentSource):
            return False
        return bool(steady_level(element.wave))

    def outputs(self) -> list[str]:
        """Junctions next to a load: a resistor to ground without a source, reached through inductors and resistors."""
        found: dict[str, None] = {}
        shunts = {s.resistor for s in self.shunt_of.values()}
        for load in self.flat.of_kind(Resistor):
            if load.name not in shunts and GROUND in (load.plus, load.minus):
                for junction in self._junctions_near(_other(load, GROUND), shunts):
                    found.setdefault(junction)
        return list(found)

    def _junctions_near(self, node: str, shunts: set[str]) -> list[str]:
        """The first junctions on all ways from a node; none if a stimulus feeds a node on the way."""
        seen, stack, junctions = {node, GROUND}, [node], []
        while stack:
            here = stack.pop()
            around = self.at[here]
            if any(isinstance(e, CurrentSource | VoltageSource) and not self.is_bias(e) for e in around):
                return []
            first = [e.name for e in around if isinstance(e, Junction)]
            junctions += first
            if not first:
                onward = [e for e in around if isinstance(e, Inductor | Resistor) and e.name not in shunts]
                for element in onward:
                    far = _other(element, here)
                    if far not in seen:
                        seen.add(far)
                        stack.append(far)
        return junctions


def _other(element: Element, node: str) -> str:
    return element.minus.lower() if element.plus.lower() == node else element.plus.lower()


def parameters_of(circuit: Circuit, *, alike: bool = True, biases: bool = True) -> list[Parameter]:
    """All parameters that a designer sets: Ic, drawn L, coupling, R other than shunts, biases; and the four globals.

    `alike` joins elements of the same name in the same cell; in a flat circuit, those that differ in digits only. Leads
    and stimulus are left out. Globals: g_ic (shunts follow), g_l (all inductors), g_r (all shunts), g_bias.
    """
    work = Circuitry(circuit)
    groups: dict[str, list[Element]] = defaultdict(list)
    label = _label_by_cell(circuit) if circuit.of_kind(Instance) else _without_digits
    shunts = {s.resistor for s in work.shunt_of.values()}
    for element in work.flat.elements:
        if _is_design_value(work, element, shunts, biases):
            groups[label(element.name) if alike else element.name].append(element)
    return [*globals_of(work), *(_parameter(work, name, members) for name, members in groups.items())]


def _is_design_value(work: Circuitry, element: Element, shunts: set[str], biases: bool) -> bool:
    if getattr(element, "role", "") == STIMULUS and not isinstance(element, VoltageSource):
        return False
    match element:
        case Junction() | Mutual():
            return True
        case Inductor():
            return element.role not in LEADS
        case Resistor():
            return element.name not in shunts and not _touches_stimulus(work, element)
        case _:
            return biases and work.is_bias(element)


def _touches_stimulus(work: Circuitry, resistor: Resistor) -> bool:
    """A source's resistor or a load: one end on ground and nothing but a driven or a single inductor on the other."""
    if GROUND not in (resistor.plus, resistor.minus):
        return False
    node = _other(resistor, GROUND)
    around = [e for e in work.at[node] if e is not resistor]
    driven = any(isinstance(e, CurrentSource | VoltageSource) and not work.is_bias(e) for e in around)
    return driven or len(around) == 1


def globals_of(work: Circuitry) -> list[Parameter]:
    """g_ic, g_l, g_r and g_bias, as far as the circuit has such elements."""
    everything = {
        "g_ic": work.flat.of_kind(Junction),
        "g_l": work.flat.of_kind(Inductor),
        "g_r": [work.by_name[s.resistor.lower()] for s in work.shunt_of.values()],
        "g_bias": [e for e in work.flat.elements if work.is_bias(e)],
    }
    return [_parameter(work, name, members) for name, members in everything.items() if members]


def _parameter(work: Circuitry, name: str, members: Sequence[Element]) -> Parameter:
    names = tuple(dict.fromkeys(e.name for e in members))
    return Parameter(name, names, tuple(dict.fromkeys(work.shunt_of[n] for n in names if n in work.shunt_of)))


def _without_digits(name: str) -> str:
    return re.sub(r"\d+", "#", name)


def _label_by_cell(circuit: Circuit):
    """Flat name -> leaf and the cell that holds it, so that all instances of a cell share their parameters."""
    cell_of: dict[str, str] = {"": ""}
    stack = [("", circuit, dict(circuit.cells))]
    while stack:
        path, here, cells = stack.pop()
        for element in here.elements:
            if isinstance(element, Instance):
                inner = cells[element.cell]
                place = f"{element.name}|{path}" if path else element.name
                cell_of[place] = inner.name
                stack.append((place, inner, {**cells, **inner.cells}))

    def label(name: str) -> str:
        leaf, _, path = name.partition("|")
        return f"{leaf}|{cell_of[path]}" if path else leaf

    return label


def scaled_values(circuit: Circuit, settings: Sequence[tuple[Parameter, np.ndarray]]) -> dict[str, np.ndarray]:
    """Sample values for `Engine.run`: each parameter multiplied by its (S,) factors, shunts and their leads following.

    Factors of several parameters on one element multiply. SfqgenError for a factor that is not above zero.
    """
    flat = flatten(circuit)
    nominal = {e.name: 1.0 if (v := value_of(e)) is None else v for e in flat.elements}
    factors: dict[str, np.ndarray] = {}
    follow: dict[Shunt, np.ndarray] = {}
    for parameter, factor in settings:
        factor = np.asarray(factor, dtype=float)
        if not np.all(factor > 0):
            raise SfqgenError("a factor is not above zero", where=f"parameter {parameter.name}")
        for name in parameter.elements:
            factors[name] = factors.get(name, 1.0) * factor
        for name in parameter.inverse:
            factors[name] = factors.get(name, 1.0) / factor
        for shunt in parameter.shunts:
            follow[shunt] = follow.get(shunt, 1.0) / factor
    values = {name: nominal[name] * factor for name, factor in factors.items()}
    for shunt, factor in follow.items():
        resistance = values.get(shunt.resistor, nominal[shunt.resistor]) * factor
        values[shunt.resistor] = resistance
        if shunt.lead:
            per_ohm = constant("lsheet_r5") / constant("rsheet")
            lead = values.get(shunt.lead, nominal[shunt.lead]) + per_ohm * nominal[shunt.resistor] * (factor - 1.0)
            values[shunt.lead] = np.maximum(lead, 0.05 * nominal[shunt.lead])
    return {name: np.asarray(v, dtype=float) for name, v in values.items()}


def chosen(parameters: Iterable[Parameter], names: Sequence[str]) -> list[Parameter]:
    """Those of the given names, without case; SfqgenError for a name that there is not."""
    known: Mapping[str, Parameter] = {p.name.lower(): p for p in parameters}
    missing = [n for n in names if n.lower() not in known]
    if missing:
        raise SfqgenError(f"no parameter {missing[0]}", allowed=", ".join(p.name for p in known.values()))
    return [known[n.lower()] for n in names]
