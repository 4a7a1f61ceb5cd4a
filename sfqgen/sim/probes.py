"""Signals by JoSIM's names, computed after a run from the recorded node phases."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import (
    GROUND,
    Bias,
    Capacitor,
    Circuit,
    CurrentSource,
    Inductor,
    Junction,
    Line,
    Mutual,
    Resistor,
    nodes_of,
)  # fmt: skip
from sfqgen.netlist.flatten import flatten
from sfqgen.sim.integrator import Rule
from sfqgen.sim.stimulus import KAPPA
from sfqgen.sim.waveforms import Waveforms

_NAME = re.compile(r"^([vipVIP])\((.+)\)$")


class ProbeSet:
    """The nodes that must be recorded for signals `P(x)`, `V(x)`, `I(x)` of elements or nodes x."""

    def __init__(self, circuit: Circuit, names: Sequence[str]) -> None:
        self.flat = flatten(circuit)
        self.names = tuple(names)
        self.elements = {element.name.lower(): element for element in self.flat.elements}
        self.known_nodes = {node.lower() for node in self.flat.nodes()}
        self.ends = [self._ends(name) for name in names]
        nodes = dict.fromkeys(node for ends in self.ends for node in ends if node != GROUND)
        self.nodes = tuple(nodes)

    def _ends(self, name: str) -> tuple[str, ...]:
        match = _NAME.match(name)
        if not match:
            raise SfqgenError(f"{name} is no signal", allowed="P(x), V(x) or I(x) of an element or node x")
        target = match[2].lower()
        if target in self.elements:
            return tuple(node.lower() for node in nodes_of(self.elements[target])[:2])
        if match[1].lower() != "i" and (target in self.known_nodes or target == GROUND):
            return (target, GROUND)
        raise SfqgenError(f"no element or node {match[2]}", where=f"signal {name}")

    def waveforms(self, network, batch, sample: int, phases: np.ndarray, rule: Rule) -> Waveforms:
        """`phases`: (T + 1, nodes) at multiples of the step."""
        place = {node: k for k, node in enumerate(self.nodes)}
        zero = np.zeros(len(phases))
        signals = {}
        for name, ends in zip(self.names, self.ends, strict=True):
            first, second = (phases[:, place[n]] if n in place else zero for n in ends)
            signals[name] = self._signal(name, first - second, rule)
        return Waveforms(rule.step_ps * np.arange(len(phases)), signals)

    def _signal(self, name: str, phase: np.ndarray, rule: Rule) -> np.ndarray:
        kind = name[0].lower()
        if kind == "p":
            return phase
        voltage = KAPPA * derivative(phase, rule)
        if kind == "v":
            return voltage
        raise SfqgenError("currents are not yet available", where=f"signal {name}")


def derivative(x: np.ndarray, rule: Rule) -> np.ndarray:
    """Rate of change by the rule of the integration, from rest."""
    from scipy.signal import lfilter

    return lfilter([rule.c, rule.c1, rule.c0], [1.0, rule.r1, rule.r0], x)


__all__ = ["Bias", "Capacitor", "CurrentSource", "Inductor", "Junction", "Line", "Mutual", "Resistor"]
