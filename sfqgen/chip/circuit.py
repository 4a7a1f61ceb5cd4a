"""The circuit of a chip: the neuron with a DC/SFQ converter on every input pin and an SFQ/DC converter on the output.

    in0 --- X_c_in0 --- s_in0 ---+
    ...                          +-- X_neuron --- s_out --- X_j_out --- t_out --- X_c_out --- out
    tick -- X_c_tick -- s_tick --+

Ports are called like those of the neuron; they carry direct currents and voltages instead of pulses. X_j_out is a JTL.
"""

from __future__ import annotations

from dataclasses import replace

from cells import dcsfq, jtl, sfqdc
from cells.neuron import neuron
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import RAIL, Circuit, Inductor, Resistor
from sfqgen.netlist.flatten import flatten
from sfqgen.netlist.views import RAIL_UV, lvs_view

OUTPUT = "out"
BAR_PH = 0.9
"""Of the bar under the shunt of B_h in the SFQ/DC converter, at whose far end its bias enters: too short for the
cell's own circuit, but a line in the metal that LVS of a whole core has to find."""


def output_converter() -> Circuit:
    """The SFQ/DC converter with the bias of B_h where it is drawn."""
    drawn = lvs_view(sfqdc.circuit())
    moved = [replace(e, minus="of") if e.name in ("RB_h", "LB_o") else e for e in drawn.elements]
    return replace(drawn, elements=(*moved, Inductor("L_of", "of", "o", BAR_PH)))


def chip_circuit(**kwargs) -> Circuit:
    """Neuron and converters; keyword arguments as of `cells.neuron.neuron`."""
    inner = neuron(**kwargs)
    top = CellBuilder("chip", inner.ports)
    top.inst("neuron", inner, *(f"s_{p}" for p in inner.ports))
    entry = dcsfq.circuit()
    for port in inner.ports:
        if port != OUTPUT:
            top.inst(f"c_{port}", entry, port, f"s_{port}")
    top.inst(f"j_{OUTPUT}", output_line(), f"s_{OUTPUT}", f"t_{OUTPUT}")
    top.inst(f"c_{OUTPUT}", output_converter(), f"t_{OUTPUT}", OUTPUT)
    return top.done()


def output_line() -> Circuit:
    """The JTL between neuron and SFQ/DC converter."""
    return jtl.circuit(name="jtl_out")


def bias_ua(circuit: Circuit) -> float:
    """Current of all bias resistors at the rail's voltage."""
    flat = lvs_view(flatten(circuit))
    return sum(RAIL_UV / float(r.r_ohm) for r in flat.of_kind(Resistor) if r.plus == RAIL)
