"""What each element of a deck is, found from its connections: shunts and their leads, ground leads, bias leads.

A deck says only R, L and I. Margins that move a junction with its shunt, and a layout view that drops parasitic leads,
need to know which belongs to which; names are a hint only where connections leave a choice.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise

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
    Junction,
    Resistor,
    VoltageSource,
    Waveform,
    nodes_of,
)  # fmt: skip

MAX_GROUND_LEAD_PH = 1.0
"""A junction in series with more than this to ground is a branch of a loop; the library's ground leads end at 0.6."""


def annotate_roles(circuit: Circuit) -> Circuit:
    """The circuit with `role` and `of` filled in, cell by cell; roles that are set already are kept.

    Shunt: a resistor, alone or with one inductor in series, across a junction or across a junction with its ground
    lead. Ground lead: an inductor of up to 1 pH between a junction and ground. Bias lead: the inductor, or resistor
    and inductor, between a steady source and a node. Other sources are stimulus.
    """
    cells = {name: annotate_roles(cell) for name, cell in circuit.cells.items()}
    found = _Finder(circuit).roles()
    elements = tuple(_with_role(element, found) for element in circuit.elements)
    return replace(circuit, cells=cells, elements=elements)


def with_biases(circuit: Circuit) -> Circuit:
    """The circuit with every steady current source from ground as a `Bias`, which layout and LVS views understand."""
    cells = {name: with_biases(cell) for name, cell in circuit.cells.items()}

    def recognised(element: Element) -> Element:
        if isinstance(element, CurrentSource) and (level := steady_level(element.wave)):
            if element.plus == GROUND and element.minus != GROUND:
                return Bias(element.name, element.minus, level)
            if element.minus == GROUND and element.plus != GROUND:
                return Bias(element.name, element.plus, -level)
        return element

    return replace(circuit, cells=cells, elements=tuple(recognised(element) for element in circuit.elements))


def steady_level(wave: Waveform) -> float | None:
    """The level of a source that is switched on once and stays: dc, or a pwl with one ramp. None for any other."""
    if wave.kind == "dc":
        return wave.values[0]
    if wave.kind != "pwl":
        return None
    levels = wave.values[1::2]
    changes = [level for before, level in pairwise(levels) if level != before]
    return levels[-1] if not changes or (len(changes) == 1 and levels[0] == 0.0) else None


@dataclass(frozen=True, slots=True)
class _Shunt:
    resistor: Resistor
    lead: Inductor | None


class _Finder:
    """Looks at one cell. A private node joins exactly two elements of the cell and is no port."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self.at: dict[str, list[Element]] = defaultdict(list)
        for element in circuit.elements:
            for node in dict.fromkeys(nodes_of(element)):
                self.at[node].append(element)
        self.open = {GROUND, *circuit.ports}

    def roles(self) -> dict[str, tuple[str, str]]:
        """Element name -> (role, name of what it belongs to)."""
        found: dict[str, tuple[str, str]] = {}
        leads: dict[tuple[str, str], Inductor] = {}
        for junction in self.circuit.of_kind(Junction):
            for end in (junction.minus, junction.plus):
                lead = self._ground_lead(junction, end)
                if lead is not None and lead.name not in found:
                    found[lead.name] = (GROUND_LEAD, junction.name)
                    leads[junction.name, end] = lead
                    break
        for junction, shunt in self._shunts(leads).items():
            found[shunt.resistor.name] = (SHUNT, junction)
            if shunt.lead is not None:
                found[shunt.lead.name] = (SHUNT_LEAD, junction)
        for source in self.circuit.elements:
            if isinstance(source, CurrentSource | VoltageSource | Bias):
                self._feed(source, found)
        return found

    def private(self, node: str) -> bool:
        return node not in self.open and len(self.at[node]) == 2

    def _ground_lead(self, junction: Junction, end: str) -> Inductor | None:
        """The inductor from a junction's end to ground, if nothing but the junction and its shunt is there."""
        if end in self.open:
            return None
        others = [element for element in self.at[end] if element is not junction]
        leads = [element for element in others if isinstance(element, Inductor) and GROUND in nodes_of(element)
                 and element.l_ph <= MAX_GROUND_LEAD_PH]  # fmt: skip
        if len(leads) != 1:
            return None
        far = _other_end(junction, end)
        rest = [element for element in others if element is not leads[0]]
        inside = {part.name for shunt in self._paths(far, {end}) for part in (shunt.resistor, shunt.lead) if part}
        return leads[0] if all(element.name in inside for element in rest) else None

    def _shunts(self, leads: dict[tuple[str, str], Inductor]) -> dict[str, _Shunt]:
        """Each junction with its shunt; where several fit, the one named after the junction, then one with a lead."""
        choices: list[tuple[tuple, str, _Shunt]] = []
        for junction in self.circuit.of_kind(Junction):
            ends = []
            for end in (junction.plus, junction.minus):
                ends.append({end, GROUND} if (junction.name, end) in leads else {end})
            for start in ends[0]:
                for shunt in self._paths(start, ends[1]):
                    named = junction.name.lower() in shunt.resistor.name.lower()
                    rank = (not named, shunt.lead is None, shunt.resistor.r_ohm)
                    choices.append((rank, junction.name, shunt))
        taken: set[str] = set()
        shunts: dict[str, _Shunt] = {}
        for _, junction, shunt in sorted(choices, key=lambda choice: choice[0]):
            parts = {shunt.resistor.name, shunt.lead.name if shunt.lead else shunt.resistor.name}
            if junction not in shunts and not parts & taken:
                shunts[junction] = shunt
                taken |= parts
        return shunts

    def _paths(self, start: str, targets: set[str]) -> list[_Shunt]:
        """Resistors, alone or with one inductor in series, from a node to one of the targets. Not from ground."""
        if start == GROUND:
            return [path for target in targets - {GROUND} for path in self._paths(target, {GROUND})]
        paths = []
        for first in self.at[start]:
            if not isinstance(first, Resistor | Inductor):
                continue
            middle = _other_end(first, start)
            if isinstance(first, Resistor) and middle in targets:
                paths.append(_Shunt(first, None))
            if not self.private(middle):
                continue
            second = next(element for element in self.at[middle] if element is not first)
            if {type(first), type(second)} == {Resistor, Inductor} and _other_end(second, middle) in targets:
                pair = (first, second) if isinstance(first, Resistor) else (second, first)
                paths.append(_Shunt(*pair))
        return paths

    def _feed(self, source: CurrentSource | VoltageSource | Bias, found: dict[str, tuple[str, str]]) -> None:
        """The lead of a bias, through a bias resistor or not; a source that is not steady is stimulus."""
        if not isinstance(source, Bias) and steady_level(source.wave) is None:
            found[source.name] = (STIMULUS, "")
            return
        ends = [node for node in nodes_of(source) if node != GROUND]
        if len(ends) != 1 or not self.private(ends[0]):
            return
        node, owner = ends[0], source.name
        (part,) = (element for element in self.at[node] if element is not source)
        if isinstance(part, Resistor) and isinstance(source, VoltageSource) and part.name not in found:
            found[part.name] = ("", source.name)
            node, owner = _other_end(part, node), part.name
            if not self.private(node):
                return
            (part,) = (element for element in self.at[node] if element.name != owner)
        if isinstance(part, Inductor) and part.name not in found:
            found[part.name] = (BIAS_LEAD, owner)


def _other_end(element: Element, node: str) -> str:
    plus, minus = nodes_of(element)[:2]
    return minus if plus == node else plus


def _with_role(element: Element, found: dict[str, tuple[str, str]]) -> Element:
    if element.name not in found or getattr(element, "role", None) or getattr(element, "of", ""):
        return element
    role, of = found[element.name]
    if isinstance(element, Inductor | Resistor):
        return replace(element, role=role, of=of)
    return replace(element, role=role)
