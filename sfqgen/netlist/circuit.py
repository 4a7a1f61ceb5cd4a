"""The circuit model: what the netlists, the layout, LVS and the simulator all read.

Units are those in which Josephson circuits need no prefixes: uA, uV, ps, pH, pF, ohm. They are coherent
(uV = pH uA/ps = ohm uA, uA = pF uV/ps), so no conversion factor appears in any formula; Phi0 = 2067.83 uV ps.

Names follow SPICE: the first letter tells the element (B junction, L, K, R, C, I, V, P, T, X). Names and nodes are
compared without case, because JoSIM folds case and two nodes `d1` and `D1` would be shorted in silence. A flat
name puts the leaf first, `B1|XSTAGE|XNEURON`, the way JoSIM labels its output. Node "0" is ground.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias

from sfqgen.errors import SfqgenError

PHI0_UV_PS = 2067.833848
"""Flux quantum h/2e in uV ps (CODATA 2018)."""

GROUND = "0"
RAIL = "vdd"
"""Node of the 2.6 mV bias rail in the LVS view and in resistor-biased simulation."""

# What a drawn layout shows of an element, and what the simulation view adds to it.
DRAWN = ""
GROUND_LEAD = "ground_lead"  # inductance from a junction's base to ground
SHUNT = "shunt"  # resistor across a junction
SHUNT_LEAD = "shunt_lead"  # inductance in series with a shunt
BIAS_LEAD = "bias_lead"  # drawn line from a bias resistor to its node
STIMULUS = "stimulus"  # test bench only: sources, terminations, loads
ROLES = (DRAWN, GROUND_LEAD, SHUNT, SHUNT_LEAD, BIAS_LEAD, STIMULUS)


@dataclass(frozen=True, slots=True)
class JunctionModel:
    """RCSJ junction with a piecewise-linear quasiparticle branch, per junction of critical current `icrit_ua`.

    `rtype` 0 is `rn_ohm` at every voltage; 1 is `r0_ohm` below the gap, `rn_ohm` above it, and a ramp of width
    `delv_uv` centred on `vg_uv` with the conductance Ic / (`ic_factor` * `delv_uv`), as JoSIM models it.
    """

    name: str = "jjmit"
    rtype: int = 1
    vg_uv: float = 2800.0
    delv_uv: float = 100.0
    icrit_ua: float = 100.0
    r0_ohm: float = 160.0
    rn_ohm: float = 16.0
    cap_pf: float = 0.07
    ic_factor: float = 0.7853981633974483


JJMIT = JunctionModel()
"""The SFQ5ee junction of the public ColdFlux library: vg 2.8 mV, 70 fF, 160 and 16 ohm per 100 uA."""


@dataclass(frozen=True, slots=True)
class Junction:
    name: str
    plus: str
    minus: str
    ic_ua: float
    model: str = "jjmit"
    role: str = field(default=DRAWN, compare=False)


@dataclass(frozen=True, slots=True)
class Inductor:
    name: str
    plus: str
    minus: str
    l_ph: float
    role: str = field(default=DRAWN, compare=False)
    of: str = field(default="", compare=False)  # the junction or bias that this lead belongs to


@dataclass(frozen=True, slots=True)
class Mutual:
    """Coupling factor `k` between two inductors; positive when both currents enter at `plus`."""

    name: str
    first: str
    second: str
    k: float


@dataclass(frozen=True, slots=True)
class Resistor:
    name: str
    plus: str
    minus: str
    r_ohm: float
    role: str = field(default=DRAWN, compare=False)
    of: str = field(default="", compare=False)  # the junction that it shunts, or the bias that it carries


@dataclass(frozen=True, slots=True)
class Capacitor:
    name: str
    plus: str
    minus: str
    c_pf: float
    role: str = field(default=DRAWN, compare=False)


@dataclass(frozen=True, slots=True)
class Waveform:
    """A source's shape: kind "pwl", "pulse", "sin", "exp", "dc" or "noise" with its numbers in ps and uA or uV.

    pwl: t0, v0, t1, v1, ...   pulse: v1, v2, delay, rise, fall, width, period   sin: offset, amplitude, freq_thz,
    delay, damping_per_ps   exp: v1, v2, delay1, tau1, delay2, tau2   dc: v   noise: rms, delay, step. A phase
    source uses rad instead of uA or uV.
    """

    kind: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CurrentSource:
    """Current flows from `plus` through the source to `minus`, so `I1 0 n` pushes current into node n."""

    name: str
    plus: str
    minus: str
    wave: Waveform
    role: str = field(default=DRAWN, compare=False)


@dataclass(frozen=True, slots=True)
class VoltageSource:
    name: str
    plus: str
    minus: str
    wave: Waveform
    role: str = field(default=DRAWN, compare=False)


@dataclass(frozen=True, slots=True)
class PhaseSource:
    name: str
    plus: str
    minus: str
    wave: Waveform
    role: str = field(default=DRAWN, compare=False)


@dataclass(frozen=True, slots=True)
class Line:
    """Lossless transmission line between two ports (SPICE T)."""

    name: str
    plus1: str
    minus1: str
    plus2: str
    minus2: str
    z0_ohm: float
    td_ps: float
    role: str = field(default=DRAWN, compare=False)


@dataclass(frozen=True, slots=True)
class Bias:
    """DC bias of `i_ua` into `node`. A layout draws it as a resistor from the rail; see `sfqgen.netlist.views`."""

    name: str
    node: str
    i_ua: float


@dataclass(frozen=True, slots=True)
class Instance:
    name: str
    cell: str
    nodes: tuple[str, ...]


Element: TypeAlias = (
    Junction | Inductor | Mutual | Resistor | Capacitor | CurrentSource | VoltageSource | PhaseSource | Line | Bias
    | Instance
)

_LETTERS: Mapping[type, str] = MappingProxyType({
    Junction: "b", Inductor: "l", Mutual: "k", Resistor: "r", Capacitor: "c", CurrentSource: "i", VoltageSource: "v",
    PhaseSource: "p", Line: "t", Bias: "i", Instance: "x",
})  # fmt: skip


def nodes_of(element: Element) -> tuple[str, ...]:
    """Nodes that an element touches, in netlist order; none for a mutual."""
    match element:
        case Mutual():
            return ()
        case Bias():
            return (element.node,)
        case Instance():
            return element.nodes
        case Line():
            return (element.plus1, element.minus1, element.plus2, element.minus2)
        case _:
            return (element.plus, element.minus)


def value_of(element: Element) -> float | None:
    """The one number of a two-terminal element, a mutual or a bias, in the unit of its field; None for the rest."""
    for name in ("ic_ua", "l_ph", "k", "r_ohm", "c_pf", "i_ua"):
        if hasattr(element, name):
            return getattr(element, name)
    return None


def with_value(element: Element, value: float) -> Element:
    """A copy of the element with the number that `value_of` reads replaced."""
    for name in ("ic_ua", "l_ph", "k", "r_ohm", "c_pf", "i_ua"):
        if hasattr(element, name):
            return replace(element, **{name: value})
    raise TypeError(f"{element.name} has no single value")


@dataclass(frozen=True)
class Circuit:
    """A named cell: ports, elements, and the subcircuits and junction models that its instances refer to.

    Raises SfqgenError when two elements share a name (without case), an element's first letter does not fit its
    kind, a mutual names no inductor, or an instance has the wrong number of nodes.
    """

    name: str
    ports: tuple[str, ...]
    elements: tuple[Element, ...]
    cells: Mapping[str, Circuit] = field(default_factory=dict)
    models: Mapping[str, JunctionModel] = field(default_factory=lambda: {JJMIT.name: JJMIT})

    def __post_init__(self) -> None:
        seen: dict[str, str] = {}
        spelling: dict[str, str] = {}
        for element in self.elements:
            where = f"circuit {self.name}, element {element.name}"
            if not element.name.lower().startswith(_LETTERS[type(element)]):
                raise SfqgenError(
                    f"the name of a {type(element).__name__} starts with {_LETTERS[type(element)].upper()}", where=where
                )
            key = element.name.lower()
            if key in seen:
                raise SfqgenError(
                    f"the name is taken by {seen[key]}", where=where, remedy="names differ in more than case"
                )
            seen[key] = element.name
            for node in nodes_of(element):
                if spelling.setdefault(node.lower(), node) != node:
                    raise SfqgenError(
                        f"node {node} is spelt {spelling[node.lower()]} elsewhere", where=where,
                        remedy="nodes differ in more than case, or are spelt alike",
                    )  # fmt: skip
        for element in self.elements:
            where = f"circuit {self.name}, element {element.name}"
            if isinstance(element, Mutual):
                for inductor in (element.first, element.second):
                    if inductor.lower() not in seen or not inductor.lower().startswith("l"):
                        raise SfqgenError(f"{inductor} is no inductor of this circuit", where=where)
            elif isinstance(element, Instance):
                cell = self.cells.get(element.cell)
                if cell is None:
                    raise SfqgenError(f"unknown cell {element.cell}", where=where, allowed=", ".join(self.cells))
                if len(cell.ports) != len(element.nodes):
                    raise SfqgenError(
                        f"{len(element.nodes)} nodes for the {len(cell.ports)} ports of {cell.name}", where=where
                    )
            elif isinstance(element, Junction) and element.model not in self.models:
                raise SfqgenError(f"unknown junction model {element.model}", where=where)

    def __iter__(self) -> Iterator[Element]:
        return iter(self.elements)

    def __getitem__(self, name: str) -> Element:
        """The element of that name, without case; KeyError names the circuit."""
        for element in self.elements:
            if element.name.lower() == name.lower():
                return element
        raise KeyError(f"{self.name} has no element {name}")

    def of_kind(self, kind: type) -> list:
        return [element for element in self.elements if isinstance(element, kind)]

    def nodes(self) -> list[str]:
        """All nodes in order of first use, ground included if used."""
        return list(dict.fromkeys(node for element in self.elements for node in nodes_of(element)))
