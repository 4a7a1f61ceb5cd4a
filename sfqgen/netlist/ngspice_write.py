"""Write a deck for ngspice, which has no Josephson junction: a subcircuit with a phase node stands for one.

The phase node carries 1 V per rad: a unit transconductance of the junction's voltage charges a capacitor of
Phi0 / 2 pi. The supercurrent is a behavioural source Ic sin(V(phase)); the quasiparticle branch is the subgap
resistor and, beyond the gap, a piecewise-linear source. JoSIM's branch jumps at the upper edge of the gap ramp; here
the jump is a steep ramp of a fiftieth of the gap's width, since a behavioural source must be continuous.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import (
    GROUND,
    PHI0_UV_PS,
    Capacitor,
    Circuit,
    CurrentSource,
    Element,
    Inductor,
    Junction,
    JunctionModel,
    Line,
    Mutual,
    PhaseSource,
    Resistor,
    VoltageSource,
    Waveform,
    nodes_of,
)  # fmt: skip
from sfqgen.netlist.deck import Deck, Probe
from sfqgen.netlist.flatten import flatten
from sfqgen.netlist.legal_names import LegalNames
from sfqgen.netlist.views import sim_view

PHASE_FARAD = PHI0_UV_PS * 1e-18 / (2 * math.pi)
BLEED_OHM = 1e15  # a DC path for the phase node; its time constant of a third of a second is longer than any run
OPTIONS = "reltol=1e-4 abstol=1e-9 vntol=1e-9 chgtol=1e-21"
"""ngspice's own tolerances are far too coarse for charges of one flux quantum: 3.4 % of a JTL's delay."""

EDGE = 1e-3  # ps; ngspice has no vertical edges
MAX_LINE = 200


@dataclass(frozen=True, slots=True)
class Signal:
    """How an output is read from ngspice's vectors: (first - second) * scale; `second` may be empty."""

    label: str
    first: str
    second: str
    scale: float


@dataclass(frozen=True, slots=True)
class SpiceDeck:
    """The text for ngspice, and which of its vectors make which output."""

    text: str
    signals: tuple[Signal, ...]


def write_ngspice(deck: Deck, *, noise: Literal["refuse", "leave out"] = "refuse") -> str:
    """The text of the deck for ngspice, flat. Without probes in the deck, the phase of every junction is saved.

    Thermal noise is not written: a deck with `.temp`, or a resistor with `temp=`, is refused unless `noise` says to
    leave it out; noise sources are always refused. Raises SfqgenError.
    """
    return spice_deck(deck, noise=noise).text


def spice_deck(deck: Deck, *, noise: Literal["refuse", "leave out"] = "refuse") -> SpiceDeck:
    """The deck for ngspice together with the meaning of its vectors; see `write_ngspice`."""
    tran = deck.need_tran()
    noisy = bool(deck.temperature_k) or any(setting.key == "temp" for setting in deck.settings)
    if noisy and noise == "refuse":
        raise SfqgenError("thermal noise is not available with ngspice", where=deck.name,
                          remedy="use the built-in engine, or delete .temp")  # fmt: skip
    circuit = flatten(sim_view(deck.circuit))
    probes = deck.probes or tuple(Probe("p", "device", (b.name,)) for b in circuit.of_kind(Junction))
    if not probes:
        raise SfqgenError("nothing to save: no junction and no .print line", where=deck.name,
                          remedy="add a line such as .print v(1)")  # fmt: skip
    writer = _Writer(circuit)
    signals = tuple(writer.signal(probe) for probe in probes)
    vectors = dict.fromkeys(name for s in signals for name in (s.first, s.second) if name)
    lines = [
        f"* {deck.name}, for ngspice; a phase node carries 1 V per rad",
        *writer.models(), *writer.lines(),
        f".options {OPTIONS}",
        f".tran {_si(tran.spacing_ps, 1e-12)} {_si(tran.stop_ps, 1e-12)} 0 {_si(tran.step_ps, 1e-12)} uic",
        *(f".save {name}" for name in vectors),
        *(f".print tran {name}" for name in vectors),
        ".end", "",
    ]  # fmt: skip
    return SpiceDeck("\n".join(_folded(line) for line in lines), signals)


class _Writer:
    """Lines of a flat circuit with ngspice's names; probes add phase integrators and ammeters."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self.elements = {element.name.lower(): element for element in circuit.elements}
        self.across = {(b.plus, b.minus): b for b in circuit.of_kind(Junction)}
        self.names = LegalNames((element.name for element in circuit.elements), _legal)
        self.nodes = LegalNames((node for node in circuit.nodes() if node != GROUND), _legal)
        self.metered: dict[str, str] = {}  # element -> ammeter
        self.extra: list[str] = []
        self.integrators: dict[tuple[str, str], str] = {}

    def node(self, name: str) -> str:
        return GROUND if name == GROUND else f"n_{self.nodes[name]}"

    def signal(self, probe: Probe) -> Signal:
        """The vectors of a probe; what ngspice does not offer by itself is added to the circuit."""
        if probe.kind == "p":
            vectors = [self._phase(*ends) for ends in self._ends(probe)]
            return Signal(probe.label, *[f"v({name})" for name in vectors], *[""] * (2 - len(vectors)), 1.0)
        if probe.kind == "i":
            vectors = [self._current(self.elements[name.lower()]) for name in probe.names]
            return Signal(probe.label, *vectors, *[""] * (2 - len(vectors)), 1e6)
        if probe.of == "device" and len(probe.names) == 2:
            raise SfqgenError("the difference of two device voltages is not available with ngspice",
                              where=probe.label, remedy="print the two voltages")  # fmt: skip
        (plus, minus) = self._ends(probe)[0] if probe.of == "device" else (*probe.names, GROUND)[:2]
        first, second = ("" if node == GROUND else f"v({self.node(node)})" for node in (plus, minus))
        return Signal(probe.label, first, second, 1e6) if first else Signal(probe.label, second, "", -1e6)

    def _ends(self, probe: Probe) -> list[tuple[str, str]]:
        if probe.of == "node":
            return [(*probe.names, GROUND)[:2]]
        return [nodes_of(self.elements[name.lower()])[:2] for name in probe.names]

    def _phase(self, plus: str, minus: str) -> str:
        """The node whose voltage is the phase between two nodes: a junction's own, or that of an added integrator."""
        if (plus, minus) in self.across:
            return self.phase_node(self.across[plus, minus])
        if (plus, minus) not in self.integrators:
            name = f"integral_{len(self.integrators) + 1}"
            self.integrators[plus, minus] = name
            self.extra += _integrator(name, name, self.node(plus), self.node(minus))
        return self.integrators[plus, minus]

    def phase_node(self, junction: Junction) -> str:
        return f"phase_{self.names[junction.name]}"

    def _current(self, element: Element) -> str:
        if isinstance(element, Inductor):
            return f"i(l_{self.names[element.name]})"
        meter = f"v_meter_{self.names[element.name]}"
        self.metered[element.name.lower()] = meter
        return f"i({meter})"

    def models(self) -> Iterator[str]:
        """One subcircuit for each junction model in use, per ampere of critical current."""
        for model in self.circuit.models.values():
            yield from _junction_subcircuit(f"jj_{_legal(model.name)}", model)

    def lines(self) -> Iterator[str]:
        for element in self.circuit.elements:
            meter = self.metered.get(element.name.lower())
            if meter:
                first, *others = [self.node(node) for node in nodes_of(element)]
                yield f"{meter} {first} {meter}_in 0"
                yield from self._element(element, [f"{meter}_in", *others])
            else:
                yield from self._element(element, [self.node(node) for node in nodes_of(element)])
        yield from self.extra

    def _element(self, element: Element, nodes: list[str]) -> Iterator[str]:
        name, ends = self.names[element.name], " ".join(nodes)
        match element:
            case Junction():
                model = f"jj_{_legal(element.model)}"
                yield f"x_{name} {ends} {self.phase_node(element)} {model} ic={_si(element.ic_ua, 1e-6)}"
            case Inductor():
                yield f"l_{name} {ends} {_si(element.l_ph, 1e-12)}"
            case Capacitor():
                yield f"c_{name} {ends} {_si(element.c_pf, 1e-12)}"
            case Resistor():  # ngspice would take 1 mohm for a resistor of zero
                yield f"r_{name} {ends} {element.r_ohm:.15g}" if element.r_ohm else f"v_r_{name} {ends} 0"
            case Mutual():
                yield f"k_{name} l_{self.names[element.first]} l_{self.names[element.second]} {element.k:.15g}"
            case Line():
                yield f"t_{name} {ends} z0={element.z0_ohm:.15g} td={_si(element.td_ps, 1e-12)}"
            case CurrentSource():
                yield f"i_{name} {ends} {_shape(element.wave, 1e-6, element.name)}"
            case VoltageSource():
                yield f"v_{name} {ends} {_shape(element.wave, 1e-6, element.name)}"
            case PhaseSource():  # a voltage of Phi0/2pi times the rate of the phase: the current of a capacitor
                yield f"v_rad_{name} rad_{name} 0 {_shape(element.wave, 1.0, element.name)}"
                yield f"c_rad_{name} rad_{name} rate_{name} {PHASE_FARAD:.15g}"
                yield f"v_rate_{name} rate_{name} 0 0"
                yield f"h_{name} {ends} v_rate_{name} 1"
            case _:
                raise SfqgenError(f"{type(element).__name__} is not available with ngspice", where=element.name)


def _integrator(name: str, output: str, plus: str, minus: str) -> list[str]:
    return [f"g_{name} 0 {output} {plus} {minus} 1", f"c_{name} {output} 0 {PHASE_FARAD:.15g}",
            f"r_{name} {output} 0 {BLEED_OHM:g}"]  # fmt: skip


def _junction_subcircuit(name: str, model: JunctionModel) -> list[str]:
    icrit = model.icrit_ua * 1e-6
    linear = model.r0_ohm if model.rtype == 1 else model.rn_ohm
    beyond = _beyond_the_gap(model)
    more = f" + {{ic / {icrit:.15g}}} * pwl(v(plus, minus), {beyond})" if beyond else ""
    return [
        f".subckt {name} plus minus phase ic=1m",
        f"b_super plus minus i = {{ic}} * sin(v(phase)){more}",
        f"r_subgap plus minus {{{linear:.15g} * {icrit:.15g} / ic}}",
        *([f"c_plates plus minus {{{model.cap_pf * 1e-12:.15g} * ic / {icrit:.15g}}}"] if model.cap_pf else []),
        *_integrator("phase", "phase", "plus", "minus"),
        ".ends",
    ]


def _beyond_the_gap(model: JunctionModel) -> str:
    """Corners of the current that the quasiparticle branch draws beyond its subgap resistor, at Ic = icrit."""
    low, high = model.vg_uv - model.delv_uv / 2, model.vg_uv + model.delv_uv / 2
    if model.rtype == 0 or low <= 0.0:
        return ""
    ramp = model.icrit_ua / model.ic_factor - model.delv_uv / model.r0_ohm  # uA gained over the ramp
    jump = model.delv_uv / 50 or high / 1000
    above = 1.0 / model.rn_ohm - 1.0 / model.r0_ohm
    corners = [(low, 0.0)] + ([(high, ramp)] if model.delv_uv else [])
    corners += [(v, above * v) for v in (high + jump, 10.0 * high)]
    both = [(-v, -i) for v, i in reversed(corners)] + corners
    return ", ".join(f"{v * 1e-6:.12g}, {i * 1e-6:.12g}" for v, i in both)


def _shape(wave: Waveform, unit: float, name: str) -> str:
    v = wave.values
    match wave.kind:
        case "dc":
            return f"dc {_si(v[0], unit)}"
        case "pwl":
            return f"pwl({' '.join(_pwl_words(v, unit))})"
        case "pulse":
            low, high, delay, rise, fall, width, period = v
            times = [delay, max(rise, EDGE), max(fall, EDGE), width, period]
            return f"pulse({_si(low, unit)} {_si(high, unit)} {' '.join(_si(t, 1e-12) for t in times)})"
        case "sin":
            scales = [unit, unit, 1e12, 1e-12, 1e12]
        case "exp":
            scales = [unit, unit, 1e-12, 1e-12, 1e-12, 1e-12]
        case _:
            raise SfqgenError(f"a {wave.kind} source is not available with ngspice", where=name,
                              remedy="use the built-in engine")  # fmt: skip
    return f"{wave.kind}({' '.join(_si(x, scale) for x, scale in zip(v, scales, strict=False))})"


def _pwl_words(values: Sequence[float], unit: float) -> Iterator[str]:
    """Points with rising times: a jump becomes an edge of 1 fs, since ngspice refuses two values at one time."""
    before = -math.inf
    for time, value in zip(values[::2], values[1::2], strict=True):
        before = max(time, before + EDGE)
        yield _si(before, 1e-12)
        yield _si(value, unit)


def _si(value: float, scale: float) -> str:
    return f"{value * scale:.15g}"


def _legal(name: str) -> str:
    return "".join(char if char.isascii() and (char.isalnum() or char == "_") else "_" for char in name.lower())


def _folded(line: str) -> str:
    """Long lines continued with `+`."""
    words, rows = line.split(" "), [""]
    for word in words:
        if len(rows[-1]) + len(word) > MAX_LINE:
            rows.append("+")
        rows[-1] += f" {word}" if rows[-1] else word
    return "\n".join(rows)


