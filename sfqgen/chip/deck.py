"""The core of a chip with what its pads see, walked through its levels, as text for JoSIM."""

from __future__ import annotations

from sfqgen.chip.bench import PAD_JUNCTION, at_the_pins, pad_bench
from sfqgen.chip.circuit import OUTPUT
from sfqgen.netlist.circuit import Circuit, Instance
from sfqgen.netlist.deck import Deck, Probe, Tran
from sfqgen.netlist.josim_write import write_josim
from sfqgen.timing.bench import load_junction
from sfqgen.timing.count import STORE_IN, STORE_OUT
from sfqgen.timing.deck import PRINT_PS, flat_name, frame_lines, without_bars
from sfqgen.timing.exercise import exercises
from sfqgen.timing.record import STEP_PS
from sfqgen.timing.use import Use


def core_deck(core: Circuit, use: Use, name: str) -> str:
    """`core`, schematic or extracted, biased through its resistors; what each frame must give stands at the head."""
    walk = exercises(use)[0]
    stimulus = walk.stimulus
    drive = {port: stimulus.times(port) for port in stimulus.ports()}
    pins = at_the_pins(())
    inside = [*(pins[one] for one in (load_junction(OUTPUT), STORE_IN, STORE_OUT)), PAD_JUNCTION]
    flat = not any(isinstance(element, Instance) for element in core)
    probes = tuple(Probe("p", "device", (flat_name(one) if flat else one,)) for one in inside)
    output, entered, left, pad = (probe.label for probe in probes)
    header = (
        f"{name}: {use.inputs} inputs, {use.levels} threshold levels, {use.reset} reset.",
        "I_<pin> is the current into a pad; each rising edge is one pulse at the pin of the neuron behind it.",
        f"Output pulses of a frame: 2 pi steps of {output}.",
        f"Each toggles the mean voltage at R_end_{OUTPUT}: the rate of 2 pi steps of {pad} times Phi0.",
        f"Threshold k = 1 + quanta in the store: ({entered} - {left}) / 2 pi.",
        *frame_lines(walk),
    )  # fmt: skip
    deck = Deck(name, pad_bench(without_bars(core), drive), Tran(STEP_PS, stimulus.stop_ps, 0.0, PRINT_PS), probes,
                header=header)  # fmt: skip
    return write_josim(deck, bias="resistor")
