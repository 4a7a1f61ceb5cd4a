"""Signals by JoSIM's names, computed after a run from the recorded phases of nodes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import (
    GROUND,
    Bias,
    Capacitor,
    Circuit,
    CurrentSource,
    Element,
    Inductor,
    Junction,
    Line,
    Mutual,
    Resistor,
    nodes_of,
)  # fmt: skip
from sfqgen.netlist.deck import Probe
from sfqgen.netlist.flatten import flatten
from sfqgen.sim.feeds import Feeds
from sfqgen.sim.integrator import Rule
from sfqgen.sim.network import Network, Samples
from sfqgen.sim.stimulus import KAPPA
from sfqgen.sim.waveforms import Waveforms

_NAME = re.compile(r"^([vip])\(([^(),\s]+)(?:,([^(),\s]+))?\)$", re.IGNORECASE)


@dataclass(frozen=True)
class Signal:
    """What to compute: `kind` p, v or i; of an element, or between two nodes (the second may be ground)."""

    label: str
    kind: str
    element: str = ""
    nodes: tuple[str, str] = (GROUND, GROUND)


class ProbeSet:
    """Signals `P(x)`, `V(x)`, `I(x)` of elements or nodes x, or `V(a,b)` between nodes, and the nodes they need.

    A deck's own `Probe` stands for itself. SfqgenError for a signal that the circuit does not have.
    """

    def __init__(self, circuit: Circuit, names: Sequence[str | Probe]) -> None:
        self.flat = flatten(circuit)
        self.elements = {element.name.lower(): element for element in self.flat.elements}
        self.known_nodes = {node.lower() for node in self.flat.nodes()} | {GROUND}
        self.signals = [self._signal(n) if isinstance(n, str) else self._of_deck(n) for n in names]
        self.nodes = tuple(dict.fromkeys(n for s in self.signals for n in self._needed(s) if n != GROUND))

    def _signal(self, name: str) -> Signal:
        match = _NAME.match(name.strip())
        if not match:
            raise SfqgenError(f"{name} is no signal", allowed="P(x), V(x) or I(x) of an element or node x, V(a,b)")
        kind, one, two = match[1].lower(), match[2].lower(), (match[3] or "").lower()
        if not two and one in self.elements and not isinstance(self.elements[one], Mutual):
            return Signal(name, kind, one, _ends(self.elements[one]))
        missing = [n for n in (one, two or GROUND) if n not in self.known_nodes]
        if kind == "i" or missing:
            raise SfqgenError(f"no element{'' if kind == 'i' else ' or node'} {(missing or [one])[0]}",
                              where=f"signal {name}")  # fmt: skip
        return Signal(name, kind, "", (one, two or GROUND))

    def _of_deck(self, probe: Probe) -> Signal:
        first, second = [*(name.lower() for name in probe.names), GROUND][:2]
        if probe.of == "device":
            return Signal(probe.label, probe.kind, first, _ends(self.elements[first]))
        return Signal(probe.label, probe.kind, "", (first, second))

    def _needed(self, signal: Signal) -> Iterable[str]:
        yield from signal.nodes
        if signal.kind == "i":
            for element in self._involved(self.elements[signal.element]):
                yield from (node.lower() for node in nodes_of(element))

    def _involved(self, element: Element) -> list[Element]:
        """Elements whose phases give the current of this one: its coupled partners, or those on a source's node."""
        if isinstance(element, Inductor):
            return [element, *(self.elements[name] for name in self._partners(element.name.lower()))]
        if hasattr(element, "wave") and not isinstance(element, CurrentSource):
            around = self._around(element)
            return [element, *around, *(e for one in around for e in self._involved(one))]
        return [element]

    def _partners(self, name: str) -> list[str]:
        """Inductors that mutuals link to this one, directly or over others."""
        found, stack = [name], [name]
        while stack:
            here = stack.pop()
            for element in self.flat.elements:
                if isinstance(element, Mutual):
                    pair = (element.first.lower(), element.second.lower())
                    for a, b in (pair, pair[::-1]):
                        if a == here and b not in found:
                            found.append(b)
                            stack.append(b)
        return found[1:]

    def _around(self, source: Element) -> list[Element]:
        """Other elements on the plus node of a voltage or phase source (minus, if plus is ground)."""
        node = source.plus.lower() if source.plus != GROUND else source.minus.lower()
        touching = [e for e in self.flat.elements if e is not source and node in (n.lower() for n in nodes_of(e))]
        for element in touching:
            shorted = isinstance(element, Inductor | Resistor) and 0.0 in (getattr(element, "l_ph", 1.0),
                                                                           getattr(element, "r_ohm", 1.0))  # fmt: skip
            if shorted or (hasattr(element, "wave") and not isinstance(element, CurrentSource)):
                raise SfqgenError(f"its current is shared with {element.name}", where=f"signal I({source.name})",
                                  remedy="put an inductor or resistor in series and ask for its current")  # fmt: skip
        return touching

    def waveforms(self, network: Network, batch: Samples, sample: int, phases: np.ndarray, rule: Rule,
                  feeds: Feeds) -> Waveforms:  # fmt: skip
        """All signals of one sample; `phases` (T + 1, nodes) at multiples of the step."""
        reading = _Reading(self, network, batch, sample, phases, rule, feeds)
        return Waveforms(reading.t_ps, {signal.label: reading.signal(signal) for signal in self.signals})


class _Reading:
    def __init__(self, probes: ProbeSet, network: Network, batch: Samples, sample: int, phases: np.ndarray,
                 rule: Rule, feeds: Feeds) -> None:  # fmt: skip
        self.probes, self.network, self.rule, self.phases = probes, network, rule, phases
        self.place = {node: k for k, node in enumerate(probes.nodes)}
        self.t_ps = rule.step_ps * np.arange(len(phases))
        part = slice(sample, sample + 1)
        self.number = lambda element: float(batch.of([network.index[element.name.lower()]], part)[0, 0])
        self.feeds, self.sample = feeds, sample

    def phase(self, plus: str, minus: str) -> np.ndarray:
        zero = np.zeros(len(self.phases))
        first, second = (self.phases[:, self.place[n.lower()]] if n != GROUND else zero for n in (plus, minus))
        return first - second

    def signal(self, signal: Signal) -> np.ndarray:
        if signal.kind == "i":
            return self.current(self.probes.elements[signal.element])
        phase = self.phase(*signal.nodes)
        return phase if signal.kind == "p" else KAPPA * derivative(phase, self.rule)

    def current(self, element: Element) -> np.ndarray:
        """uA from plus through the element to minus; of a line, into the plus node of its first port."""
        match element:
            case Inductor():
                return self._inductor(element)
            case Bias() | CurrentSource():
                k = self.network.index[element.name.lower()]
                return self.number(element) * self.feeds.points(k, self.sample, self.t_ps)
            case Line():
                return self._line(element)[0]
            case Resistor() | Capacitor() | Junction():
                voltage = KAPPA * derivative(self.phase(element.plus, element.minus), self.rule)
                if isinstance(element, Resistor):
                    return voltage / self.number(element)
                charging = derivative(voltage, self.rule)
                if isinstance(element, Capacitor):
                    return self.number(element) * charging
                return self._junction(element, voltage, charging)
            case _:
                return self._source(element)

    def _junction(self, element: Junction, voltage: np.ndarray, charging: np.ndarray) -> np.ndarray:
        model, ic = self.network.circuit.models[element.model], self.number(element)
        area = ic / model.icrit_ua
        supercurrent = ic * np.sin(self.phase(element.plus, element.minus))
        return supercurrent + area * model.cap_pf * charging + area * quasiparticle_current(model, voltage)

    def _inductor(self, element: Inductor) -> np.ndarray:
        names = [element.name.lower(), *self.probes._partners(element.name.lower())]
        group = [self.probes.elements[name] for name in names]
        matrix = np.diag([self.number(one) for one in group])
        for mutual in self.probes.flat.elements:
            if isinstance(mutual, Mutual) and mutual.first.lower() in names:
                i, j = names.index(mutual.first.lower()), names.index(mutual.second.lower())
                matrix[i, j] += self.number(mutual) * np.sqrt(matrix[i, i] * matrix[j, j])
                matrix[j, i] = matrix[i, j]
        fluxes = KAPPA * np.array([self.phase(one.plus, one.minus) for one in group])
        return np.linalg.solve(matrix, fluxes)[0]

    def _source(self, element: Element) -> np.ndarray:
        """Kirchhoff's law at its plus node (or minus, if plus is ground)."""
        node, sign = (element.plus, 1.0) if element.plus != GROUND else (element.minus, -1.0)
        leaving = np.zeros(len(self.t_ps))
        for other in self.probes._around(element):
            if isinstance(other, Line):
                currents = self._line(other)
                for k, (plus, minus) in enumerate(((other.plus1, other.minus1), (other.plus2, other.minus2))):
                    leaving += ((plus.lower() == node.lower()) - 1.0 * (minus.lower() == node.lower())) * currents[k]
            elif isinstance(other, Bias):
                leaving -= self.current(other)
            else:
                direction = 1.0 * (other.plus.lower() == node.lower()) - (other.minus.lower() == node.lower())
                leaving += direction * self.current(other)
        return -sign * leaving

    def _line(self, element: Line) -> tuple[np.ndarray, np.ndarray]:
        """Currents into both ports, from v - Z i = (v + Z i of the other port, one delay ago)."""
        z = self.number(element)
        v = [KAPPA * derivative(self.phase(p, m), self.rule)
             for p, m in ((element.plus1, element.minus1), (element.plus2, element.minus2))]  # fmt: skip
        out = [np.zeros(len(self.t_ps)) for _ in v]
        delay = element.td_ps / self.rule.step_ps
        chunk = max(int(delay) - 1, 1)
        arrived = [np.zeros(len(self.t_ps)) for _ in v]
        for start in range(0, len(self.t_ps), chunk):
            index = np.arange(start, min(start + chunk, len(self.t_ps)))
            for port in (0, 1):
                arrived[port][index] = np.interp(index - delay, np.arange(len(self.t_ps)), out[1 - port], left=0.0)
            for port in (0, 1):
                out[port][index] = 2 * v[port][index] - arrived[port][index]
        return tuple((v[k] - arrived[k]) / z for k in (0, 1))


def quasiparticle_current(model, voltage_uv: np.ndarray) -> np.ndarray:
    """Current (uA) of a junction of the model's own Ic: r0, the ramp at the gap, rn; rn alone for rtype 0."""
    if model.rtype != 1:
        return voltage_uv / model.rn_ohm
    size, low = np.abs(voltage_uv), model.vg_uv - model.delv_uv / 2
    ramp = low / model.r0_ohm + (size - low) * model.icrit_ua / (model.ic_factor * model.delv_uv)
    current = np.where(size < low, size / model.r0_ohm, np.where(size < low + model.delv_uv, ramp,
                                                                 size / model.rn_ohm))  # fmt: skip
    return np.sign(voltage_uv) * current


def derivative(x: np.ndarray, rule: Rule) -> np.ndarray:
    """Rate of change by the rule of the integration, from rest."""
    from scipy.signal import lfilter

    return lfilter([rule.c, rule.c1, rule.c0], [1.0, rule.r1, rule.r0], x)


def _ends(element: Element) -> tuple[str, str]:
    if isinstance(element, Bias):
        return (element.node.lower(), GROUND)
    first, second = nodes_of(element)[:2]
    return (first.lower(), second.lower())
