"""Normal form of a graph: what means the same electrically looks the same, on both sides of the comparison.

Series inductors through a plain node become one, as do parallel ones; a line behind a resistor becomes its lead, and so
does the inductance that takes a junction to ground; dead ends and loops onto one node vanish.
"""

from __future__ import annotations

from dataclasses import replace

from sfqgen.netlist.circuit import GROUND
from sfqgen.verify.lvs.graph import Device, Graph


def reduced(graph: Graph) -> Graph:
    """A reduced copy; ground, rail and ports stay."""
    result = graph.copy()
    todo = list(result.at)
    for number in list(result.devices):
        _drop_loop(result, number)
    for net in list(result.at):
        todo += _merge_parallel(result, net)
    fixed = result.fixed
    while todo:
        net = todo.pop()
        if net not in fixed and result.at.get(net):
            todo += _at_net(result, net)
    return result


def _drop_loop(graph: Graph, number: int) -> bool:
    device = graph.devices.get(number)
    if device is None or device.kind != "L" or device.a != device.b:
        return False
    graph.gone.append(graph.remove(number))
    return True


def _merge_parallel(graph: Graph, net: str) -> list[str]:
    """Join inductors with inductors and resistors with resistors that lie between the same two nets."""
    seen: dict[tuple[str, str], int] = {}
    touched: list[str] = []
    for number in sorted(graph.at[net]):
        device = graph.devices[number]
        if device.kind == "J" or device.apart or device.a == device.b:
            continue
        key = (device.kind, device.other(net))
        if key not in seen:
            seen[key] = number
            continue
        first, second = graph.remove(seen[key]), graph.remove(number)
        total = first.value + second.value
        value = first.value * second.value / total if total else 0.0
        loop = max(total if device.kind == "L" else 0.0, first.loop_ph, second.loop_ph)
        seen[key] = graph.add(replace(_joined(first, second, first.a, first.b, value), loop_ph=loop))
        touched += [first.a, first.b]
    return touched


def _joined(first: Device, second: Device, a: str, b: str, value: float) -> Device:
    return Device(first.kind, a, b, value, first.names + second.names, first.leads + second.leads,
                  first.members + second.members, first.apart or second.apart,
                  max(first.loop_ph, second.loop_ph))  # fmt: skip


def _at_net(graph: Graph, net: str) -> list[str]:
    """Apply the rule that fits a plain net; the nets that deserve another look."""
    numbers = sorted(graph.at[net])
    if len(numbers) == 1:
        device = graph.devices[numbers[0]]
        if device.kind != "L":
            return []
        graph.gone.append(graph.remove(numbers[0]))
        return [device.other(net)]
    if len(numbers) != 2:
        return []
    first, second = (graph.devices[n] for n in numbers)
    if first.a == first.b or second.a == second.b:
        return []
    ends = first.other(net), second.other(net)
    kinds = first.kind + second.kind
    if kinds in ("LL", "RR"):
        new = _joined(first, second, *ends, first.value + second.value)
    elif kinds in ("RL", "LR"):
        resistor, line = (first, second) if kinds == "RL" else (second, first)
        new = _with_lead(resistor, line, net)
    elif kinds in ("JL", "LJ"):
        junction, line = (first, second) if kinds == "JL" else (second, first)
        if line.other(net) != GROUND:
            return []
        new = _with_lead(junction, line, net)
    else:
        return []
    for number in numbers:
        graph.remove(number)
    number = graph.add(new)
    if _drop_loop(graph, number):
        return list(ends)
    return [*ends, *_merge_parallel(graph, new.a)]


def _with_lead(device: Device, line: Device, net: str) -> Device:
    """The device with the line behind its end at `net` drawn into it."""
    moved = replace(device, **{"a" if device.a == net else "b": line.other(net)})
    return replace(moved, leads=device.leads + line.leads + line.names, members=device.members + line.members,
                   loop_ph=max(device.loop_ph, line.loop_ph))  # fmt: skip


def without_short_lines(graph: Graph, below_ph: float) -> tuple[Graph, list[int]]:
    """A reduced copy in which inductors below the limit are wires, and the numbers (in `graph`) of those inductors."""
    short = [n for n in graph.of_kind("L") if graph.devices[n].value < below_ph]
    joined, _ = graph.merged((graph.devices[n].a, graph.devices[n].b) for n in short)
    return reduced(joined), short
