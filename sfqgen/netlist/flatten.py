"""Hierarchy away: one level of elements, names with the leaf first (`B1|XSTAGE`), ground kept as ground."""

from __future__ import annotations

from dataclasses import replace

from sfqgen.netlist.circuit import (
    GROUND,
    RAIL,
    Bias,
    Circuit,
    Element,
    Instance,
    Junction,
    JunctionModel,
    Line,
    Mutual,
)  # fmt: skip

GLOBAL_NODES = frozenset({GROUND, RAIL})


def flatten(circuit: Circuit) -> Circuit:
    """A circuit without instances that simulates the same; ports and top-level names are unchanged."""
    elements: list[Element] = []
    models: dict[str, JunctionModel] = {}
    _collect(circuit, "", {}, elements, models)
    return Circuit(circuit.name, circuit.ports, tuple(elements), {}, models or dict(circuit.models))


def _collect(cell: Circuit, path: str, outer: dict[str, str], into: list[Element],
             models: dict[str, JunctionModel]) -> None:  # fmt: skip
    def node(name: str) -> str:
        # A port is the node outside even when it bears the name of a global node.
        return outer.get(name.lower()) or (name if name.lower() in GLOBAL_NODES or not path else f"{name}{path}")

    model_names = {name: _register(model, models) for name, model in cell.models.items()}
    for element in cell.elements:
        match element:
            case Instance():
                inner = cell.cells[element.cell]
                ports = {port.lower(): node(net) for port, net in zip(inner.ports, element.nodes, strict=True)}
                # A cell sees the cells and models of its parent, as a SPICE subcircuit does.
                scope = replace_scope(inner, cell)
                _collect(scope, f"|{element.name}{path}", ports, into, models)
            case Mutual():
                into.append(replace(element, name=element.name + path, first=element.first + path,
                                    second=element.second + path))  # fmt: skip
            case Bias():
                into.append(replace(element, name=element.name + path, node=node(element.node)))
            case Line():
                into.append(replace(element, name=element.name + path, plus1=node(element.plus1),
                                    minus1=node(element.minus1), plus2=node(element.plus2),
                                    minus2=node(element.minus2)))  # fmt: skip
            case Junction():
                into.append(replace(element, name=element.name + path, plus=node(element.plus),
                                    minus=node(element.minus), model=model_names[element.model]))  # fmt: skip
            case _:
                into.append(_moved(element, path, node))


def _moved(element: Element, path: str, node) -> Element:
    moved = replace(element, name=element.name + path, plus=node(element.plus), minus=node(element.minus))
    of = getattr(element, "of", "")
    return replace(moved, of=of + path) if of else moved


def replace_scope(inner: Circuit, outer: Circuit) -> Circuit:
    """`inner` with the cells and models of `outer` visible where it does not define its own."""
    return replace(inner, cells={**outer.cells, **inner.cells}, models={**outer.models, **inner.models})


def _register(model: JunctionModel, models: dict[str, JunctionModel]) -> str:
    """The flat name of a model: its own, or a numbered one when another subcircuit means something else by it."""
    name, count = model.name, 1
    while name in models and replace(models[name], name=model.name) != model:
        count += 1
        name = f"{model.name}_{count}"
    models.setdefault(name, replace(model, name=name))
    return name
