"""The core of a chip on the bench: a current into the pad of each input, an amplifier of 50 ohm at the output's pad.

`core` is the circuit of `sfqgen.chip.circuit`, hierarchical, or flat as extracted. Whatever judges a neuron at its pins
can judge it here: converters fire into the input pins and take the output as the drivers and the load of
`sfqgen.timing.bench` do, and `record_core` gives their junctions those names. Beside them it counts B_q, the last
junction before the output's pad, whose rate is the voltage that the user reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from cells.sfqdc import LOAD_OHM
from sfqgen.chip.circuit import OUTPUT
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import GROUND, STIMULUS, Circuit, CurrentSource
from sfqgen.timing.bench import DUT, driver_junction, load_junction
from sfqgen.timing.converters import level_trains
from sfqgen.timing.count import STORE_IN, STORE_OUT, Recording
from sfqgen.timing.exercise import Exercise
from sfqgen.timing.record import record_levels

PAD_JUNCTION = f"B_q|X_c_{OUTPUT}|X_{DUT}"
Times: TypeAlias = np.ndarray


def pad_bench(core: Circuit, drive: Mapping[str, Sequence[float]]) -> Circuit:
    """`core` as instance X_dut; `drive` maps input ports to the times in ps at which the current at the pad rises."""
    top = CellBuilder(f"tb_{core.name}", ())
    for port, wave in level_trains(drive).items():
        top.add(CurrentSource(f"I_{port}", GROUND, port, wave, STIMULUS))
    top.inst(DUT, core, *core.ports)
    top.load(f"end_{OUTPUT}", OUTPUT, LOAD_OHM)
    return top.done()


def at_the_pins(ports: Sequence[str]) -> dict[str, str]:
    """Junctions of the core by the names that the neuron's own bench has for them."""
    inner = {name: name.replace(f"X_{DUT}", f"X_neuron|X_{DUT}") for name in (STORE_IN, STORE_OUT)}
    drivers = {driver_junction(port): f"B_3|X_c_{port}|X_{DUT}" for port in ports}
    return {load_junction(OUTPUT): f"B_a|X_j_{OUTPUT}|X_{DUT}", **inner, **drivers}


def record_core(core: Circuit, todo: Sequence[Exercise]) -> list[tuple[Recording, Times]]:
    """For each exercise the pulses at the neuron's pins, and the times in ps at which the output's pad gets a pulse."""
    ports = todo[0].stimulus.ports()
    watched = at_the_pins(ports) | {PAD_JUNCTION: PAD_JUNCTION}
    recorded = record_levels(pad_bench(core, {port: [] for port in ports}), watched, todo)
    return [(pins, pins[PAD_JUNCTION][0]) for pins in recorded]
