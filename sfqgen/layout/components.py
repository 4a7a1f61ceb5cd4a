"""The circuit cells and the neuron as gdsfactory components, for anybody's layout.

    from sfqgen.layout.components import activate
    activate()                                        # the SFQ5ee kit with the cells of sfqgen among its own
    top = gf.Component("mine")
    one = top << gf.get_component("merger")           # ports a, b, q on M6, 2 um wide
    two = top << gf.get_component("merger", ic_scale=1.1)

A cell is named after its content, so two values are two cells, and neither meets a name of yours. `component.show()`
sends any of them to an open KLayout with the klive plugin.
"""

from __future__ import annotations

from functools import lru_cache, partial

import gdsfactory as gf

from sfqgen.errors import SfqgenError
from sfqgen.layout.corrections import corrections_of, nominal_cells
from sfqgen.layout.library import drawn
from sfqgen.layout.neuron import draw_neuron
from sfqgen.netlist.circuit import Circuit
from sfqgen.spec.neuron import NeuronSpec


def draw(spec: NeuronSpec) -> gf.Component:
    """The layout of a specified neuron. Raises SfqgenError when a cell does not fit its place."""
    from cells.neuron import neuron

    corrections, _ = corrections_of(neuron(**spec.circuit_kwargs()))
    return draw_neuron(fill=spec.layout.fill, corrections=corrections, **spec.circuit_kwargs())


def cell(name: str, *, ic_scale: float = 1.0, fill: bool = True) -> gf.Component:
    """One cell on its planes, with a port per pin; `info` holds sizes, junctions, bias_ua and its inductors.

    `ic_scale` 0.9 to 1.2 on all currents. Raises SfqgenError for a cell that does not exist.
    """
    circuits, corrections = _circuits(float(ic_scale))
    if name not in circuits:
        raise SfqgenError(f"no cell {name}", where="layout", allowed=", ".join(sorted(circuits)))
    return drawn(circuits[name], corrections.get(name), fill=fill)


def cell_names() -> tuple[str, ...]:
    return tuple(sorted(_circuits(1.0)[0]))


@lru_cache(maxsize=16)
def _circuits(ic_scale: float) -> tuple[dict[str, Circuit], dict[str, dict[str, float]]]:
    circuits = nominal_cells(ic_scale)
    found, _ = corrections_of(Circuit("cells", (), (), circuits))
    return circuits, {name: dict(values) for name, values in found}


def activate() -> gf.Pdk:
    """Activate the SFQ5ee kit of this process, with every cell and the neuron (keywords of `draw_neuron`) in it."""
    from pdk_sfq5ee import get_pdk

    pdk = get_pdk()
    ours = {name: partial(cell, name) for name in cell_names()} | {"neuron": draw_neuron}
    pdk.register_cells(**{name: make for name, make in ours.items() if name not in pdk.cells})
    pdk.activate()
    return pdk
