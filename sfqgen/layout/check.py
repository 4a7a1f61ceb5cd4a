"""What must hold of a placed floor plan before it is drawn: every element once, every end on its own node."""

from __future__ import annotations

from collections import Counter

from sfqgen.errors import SfqgenError
from sfqgen.layout.place import Placement, Terminal, Wire
from sfqgen.layout.plan import FloorPlan
from sfqgen.netlist.circuit import SHUNT, Inductor, Junction, Resistor, nodes_of


def check_elements(plan: FloorPlan) -> None:
    """Raises SfqgenError for an element that is missing, doubled or foreign, and for a port without a pin.

    A shunt comes with its junction and is not planned by itself.
    """
    where = f"cell {plan.name}, element"
    wanted = [e.name for e in plan.circuit if isinstance(e, Junction | Inductor)]
    wanted += [r.name for r in plan.circuit.of_kind(Resistor) if r.role != SHUNT]
    planned = Counter([part.name for part in plan.parts] + [route.name for route in plan.routes])
    for name, times in planned.items():
        if name not in wanted:
            raise SfqgenError("is in the floor plan, but not in the circuit", where=f"{where} {name}")
        if times > 1:
            raise SfqgenError(f"planned {times} times", where=f"{where} {name}")
    for name in wanted:
        if name not in planned:
            raise SfqgenError("is in the circuit, but not in the floor plan", where=f"{where} {name}")
    ports, pins = set(plan.circuit.ports), {pin.name for pin in plan.pins}
    if ports != pins:
        raise SfqgenError(f"pins {', '.join(sorted(pins))} do not match ports {', '.join(sorted(ports))}",
                          where=f"cell {plan.name}")  # fmt: skip


def check_nodes(placement: Placement) -> None:
    """Raises SfqgenError for a line or strap that ends on a node which is not its own."""
    for wire in (*placement.wires.values(), *placement.straps):
        _on_its_nodes(placement, wire)


def _on_its_nodes(placement: Placement, wire: Wire) -> None:
    plan = placement.plan
    ends = [wire.start.node, wire.end.node]
    if wire.name in placement.wires:
        nodes = list(nodes_of(plan.circuit[wire.name]))
        fits = sorted(ends) == sorted(nodes)
    else:
        nodes = [wire.name.removeprefix("strap of ")]
        fits = {*ends} == {*nodes}
    if not fits:
        raise SfqgenError(f"runs from {_say(wire.start)} to {_say(wire.end)}, its nodes are {' and '.join(nodes)}",
                          where=f"cell {plan.name}, {wire.name}")  # fmt: skip


def _say(terminal: Terminal) -> str:
    return f"{terminal.node} at ({terminal.x:g}, {terminal.y:g})"
