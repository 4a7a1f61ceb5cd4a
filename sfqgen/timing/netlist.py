"""A neuron out of a netlist file, so that its criteria can be measured on an extracted circuit, ours or anyone's.

The file holds a subcircuit `neuron` with the ports in0 .. tick, inc, dec, out and perhaps vdd, flat or hierarchical.
Flat names join a leaf and its instances by underscores (`B_s_X_si`); they become those of the hierarchy
(`B_s|X_si`), by which the ends of the store are found.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path

from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import RAIL, Circuit, Element, Instance, Junction, Mutual
from sfqgen.netlist.flatten import flatten
from sfqgen.timing.bench import DUT
from sfqgen.timing.count import STORE_IN, STORE_OUT

PORTS = ("tick", "inc", "dec", "out")


def neuron_of(file: Path, inputs: int) -> Circuit:
    """The subcircuit `neuron` of a deck, ready for a bench. Raises SfqgenError when ports or store are not there."""
    from sfqgen.netlist.josim_read import read_deck

    cell = read_deck(file).cell("neuron")
    _check_ports(cell, inputs, file)
    ports = tuple(port.lower() for port in cell.ports if port.lower() != RAIL)
    flat = not cell.of_kind(Instance)
    dut = replace(cell, ports=ports, elements=tuple(map(_with_bars, cell.elements)) if flat else cell.elements)
    _check_store(dut, file)
    return dut


def _check_ports(cell: Circuit, inputs: int, file: Path) -> None:
    wanted = [*(f"in{i}" for i in range(inputs)), *PORTS]
    there = {port.lower() for port in cell.ports} - {RAIL}
    if there != set(wanted):
        raise SfqgenError(f"subcircuit {cell.name} has the ports {' '.join(cell.ports)}", where=str(file),
                          allowed=f"{' '.join(wanted)} and perhaps {RAIL}",
                          remedy="measure it with the specification that it was made from")  # fmt: skip


def _with_bars(element: Element) -> Element:
    """The element with its names as in a hierarchy, and the rail spelt as everywhere."""
    nodes = {f.name: RAIL for f in fields(element) if str(getattr(element, f.name)).lower() == RAIL}
    renamed = replace(element, name=_barred(element.name), **nodes)
    if isinstance(element, Mutual):
        return replace(renamed, first=_barred(element.first), second=_barred(element.second))
    of = getattr(element, "of", "")
    return replace(renamed, of=_barred(of)) if of else renamed


def _barred(name: str) -> str:
    """
    >>> _barred("B_s_X_si")
    'B_s|X_si'
    """
    return re.sub(r"_X_", "|X_", name, flags=re.IGNORECASE)


def _check_store(dut: Circuit, file: Path) -> None:
    junctions = {element.name.lower() for element in flatten(dut).of_kind(Junction)}
    for full in (STORE_IN, STORE_OUT):
        name = full.removesuffix(f"|X_{DUT}")
        if name.lower() not in junctions:
            raise SfqgenError(f"no junction {name}, so the content of the threshold store cannot be counted",
                              where=str(file), remedy=f"name it {name.replace('|', '_')} in a flat netlist, or keep "
                              "the instances that `sfqgen netlist` writes")  # fmt: skip
