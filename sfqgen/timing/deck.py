"""The neuron's own deck: test bench, stimulus of the walk, and what each frame must give, as comments at its head."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Literal

from sfqgen.netlist.circuit import Circuit, Element, Instance
from sfqgen.netlist.deck import Deck, Probe, Tran
from sfqgen.netlist.views import sim_view
from sfqgen.timing.bench import bench
from sfqgen.timing.count import junctions
from sfqgen.timing.exercise import Exercise, exercises
from sfqgen.timing.record import STEP_PS, Bias
from sfqgen.timing.use import Use

PRINT_PS = 0.5
CONVERTED = (
    "Each rising edge of a current into a DC/SFQ converter (X_drive_...) is one pulse at its pin.",
    "Each output pulse toggles the mean voltage across R_end_out (50 ohm), behind an SFQ/DC converter (X_load_out).",
)


def walk_deck(dut: Circuit, use: Use, name: str, *, bias: Bias = "resistor",
              dialect: Literal["josim", "ngspice"] = "josim", converters: bool = False) -> str:  # fmt: skip
    """`dut` (schematic or extracted) walked through its levels; self-contained text for a simulator.

    `converters`: driven and read through DC/SFQ and SFQ/DC converters, as a chip is.
    """
    from sfqgen.netlist.josim_write import write_josim
    from sfqgen.netlist.ngspice_write import write_ngspice
    from sfqgen.timing.converters import converter_bench

    walk = exercises(use)[0]
    stimulus = walk.stimulus
    drive = {port: stimulus.times(port) for port in stimulus.ports()}
    circuit = (converter_bench if converters else bench)(without_bars(dut), drive)
    flat = not any(isinstance(element, Instance) for element in dut)
    probes = tuple(Probe("p", "device", (flat_name(name) if flat else name,)) for name in junctions())
    deck = Deck(name, circuit, Tran(STEP_PS, stimulus.stop_ps, 0.0, PRINT_PS), probes,
                header=tuple(_header(name, use, walk, probes, converters)))  # fmt: skip
    if dialect == "ngspice":
        title, rest = write_ngspice(replace(deck, circuit=sim_view(circuit, bias))).split("\n", 1)
        return "\n".join([title, *(f"* {line}" for line in deck.header), rest])
    return write_josim(deck, bias=bias)


def without_bars(dut: Circuit) -> Circuit:
    """An extracted circuit is flat, its names hold bars (`B_s|X_si`); a deck reads bars as hierarchy."""

    def plain(text: str) -> str:
        return text.replace("|", "_")

    def renamed(element: Element) -> Element:
        texts = {f.name: getattr(element, f.name) for f in fields(element) if f.name != "role"}
        return replace(element, **{key: plain(value) for key, value in texts.items() if isinstance(value, str)})

    return replace(dut, elements=tuple(e if isinstance(e, Instance) else renamed(e) for e in dut.elements))


def flat_name(junction: str) -> str:
    """`B_s|X_si|X_dut` of the hierarchy is `B_s_X_si|X_dut` of the flat circuit; bench junctions keep their names."""
    *inner, last = junction.split("|")
    return f"{'_'.join(inner)}|{last}"


def _header(name: str, use: Use, walk, probes, converters: bool) -> list[str]:
    output, *store = (probe.label for probe in probes)
    lines = [
        f"{name}: trainable SFQ neuron, {use.inputs} inputs, {use.levels} threshold levels, {use.reset} reset.",
        f"Walk through the levels. Output pulses of a frame: 2 pi steps of {output}.",
        f"Threshold k = 1 + quanta in the store: ({store[0]} - {store[1]}) / 2 pi.",
        *(CONVERTED if converters else ()),
    ]
    return lines + frame_lines(walk)


def frame_lines(walk: Exercise) -> list[str]:
    """What is sent in each frame and what the law says, as a table with a head line."""
    head = "frame_start_ps threshold_k spikes expected_output_pulses INC(+1)/DEC(-1)_after"
    return [head, *(f"{frame.start_ps:.1f} {law.k} {law.n} {law.pulses} {frame.train:+d}"
                    for frame, law in zip(walk.stimulus.frames, walk.expected, strict=True))]  # fmt: skip
