"""The neuron's own deck: test bench, stimulus of the walk, and what each frame must give, as comments at its head."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from sfqgen.netlist.circuit import Circuit
from sfqgen.netlist.deck import Deck, Probe, Tran
from sfqgen.netlist.views import sim_view
from sfqgen.timing.bench import bench
from sfqgen.timing.count import junctions
from sfqgen.timing.exercise import exercises
from sfqgen.timing.record import STEP_PS, Bias
from sfqgen.timing.use import Use

PRINT_PS = 0.5


def walk_deck(dut: Circuit, use: Use, name: str, *, bias: Bias = "resistor",
              dialect: Literal["josim", "ngspice"] = "josim") -> str:  # fmt: skip
    """`dut` (schematic or extracted) walked through its levels; self-contained text for a simulator."""
    from sfqgen.netlist.josim_write import write_josim
    from sfqgen.netlist.ngspice_write import write_ngspice

    walk = exercises(use)[0]
    stimulus = walk.stimulus
    circuit = bench(dut, {port: stimulus.times(port) for port in stimulus.ports()})
    probes = tuple(Probe("p", "device", (junction,)) for junction in junctions())
    deck = Deck(name, circuit, Tran(STEP_PS, stimulus.stop_ps, 0.0, PRINT_PS), probes,
                header=tuple(_header(name, use, walk)))  # fmt: skip
    if dialect == "ngspice":
        title, rest = write_ngspice(replace(deck, circuit=sim_view(circuit, bias))).split("\n", 1)
        return "\n".join([title, *(f"* {line}" for line in deck.header), rest])
    return write_josim(deck, bias=bias)


def _header(name: str, use: Use, walk) -> list[str]:
    output, *store = (f"P({junction})" for junction in junctions())
    lines = [
        f"{name}: trainable SFQ neuron, {use.inputs} inputs, {use.levels} threshold levels, {use.reset} reset.",
        f"Walk through the levels. Output pulses of a frame: 2 pi steps of {output}.",
        f"Threshold k = 1 + quanta in the store: ({store[0]} - {store[1]}) / 2 pi.",
        "frame_start_ps threshold_k spikes expected_output_pulses INC(+1)/DEC(-1)_after",
    ]
    for frame, law in zip(walk.stimulus.frames, walk.expected, strict=True):
        lines.append(f"{frame.start_ps:.1f} {law.k} {law.n} {law.pulses} {frame.train:+d}")
    return lines
