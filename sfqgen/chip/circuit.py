"""The circuit of a chip: the neuron with a DC/SFQ converter on every input pin and an SFQ/DC converter on the output.

    in0 --- X_c_in0 --- s_in0 ---+
    ...                          +-- X_neuron --- s_out --- X_j_out --- t_out --- X_c_out --- out
    tick -- X_c_tick -- s_tick --+

Ports are called like those of the neuron; they carry direct currents and voltages instead of pulses. X_j_out is a JTL.
"""

from __future__ import annotations

from cells import dcsfq, jtl, sfqdc
from cells.neuron import neuron
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import RAIL, Circuit, Resistor
from sfqgen.netlist.flatten import flatten
from sfqgen.netlist.views import RAIL_UV, lvs_view

OUTPUT = "out"


def converter_cells() -> dict[str, Circuit]:
    """The circuits beside the pins, one for each way to draw them, under the names of their floor plans."""
    entries = {name: dcsfq.circuit(name=name) for name in ("dcsfq", "dcsfq_low")}
    return {**entries, "jtl": jtl.circuit(), "sfqdc": sfqdc.circuit()}


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
    top.inst(f"c_{OUTPUT}", sfqdc.circuit(), f"t_{OUTPUT}", OUTPUT)
    return top.done()


def output_line() -> Circuit:
    """The JTL between neuron and SFQ/DC converter."""
    return jtl.circuit(name="jtl_out")


def bias_ua(circuit: Circuit) -> float:
    """Current of all bias resistors at the rail's voltage."""
    flat = lvs_view(flatten(circuit))
    return sum(RAIL_UV / float(r.r_ohm) for r in flat.of_kind(Resistor) if r.plus == RAIL)
