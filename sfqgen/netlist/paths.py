"""Names in a hierarchy: `B1.XDUT` in a deck is the flat element `B1|XDUT`, whatever the case; inner name first."""

from __future__ import annotations

from functools import cached_property

from sfqgen.netlist.circuit import GROUND, RAIL, Circuit, Element, Instance
from sfqgen.netlist.flatten import GLOBAL_NODES


class Paths:
    """Finds flat names of elements and nodes of a circuit by path, with points or bars between the names."""

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self._indices: dict[int, _Index] = {}

    def element(self, path: str) -> tuple[str, Element] | None:
        """Flat name and element, or None. Instances are not elements of a flat circuit."""
        walked = self._walk(path)
        if walked is None:
            return None
        cells, instances, leaf = walked
        element = self._index(cells[-1]).elements.get(leaf)
        if element is None or isinstance(element, Instance):
            return None
        return _flat(element.name, instances), element

    def node(self, path: str) -> str | None:
        """Flat name of a node, or None; a port of a subcircuit is the node that its instance connects."""
        walked = self._walk(path)
        if walked is None:
            return None
        cells, instances, leaf = walked
        leaf = GROUND if leaf == "gnd" else leaf
        while instances and leaf in (ports := self._index(cells[-1]).ports):
            leaf = instances[-1].nodes[ports[leaf]].lower()
            cells, instances = cells[:-1], instances[:-1]
        if leaf == GROUND:
            return GROUND
        nodes = self._index(cells[-1]).nodes
        if leaf == RAIL and instances and RAIL not in nodes:
            leaf = f"{RAIL}_local"  # the reader's name of a node `vdd` inside a subcircuit
        if leaf not in nodes:
            return None
        return nodes[leaf] if leaf in GLOBAL_NODES else _flat(nodes[leaf], instances)

    def _walk(self, path: str) -> tuple[list[Circuit], list[Instance], str] | None:
        """Cells and instances from the top down to where the leaf of the path is, and the leaf in lower case."""
        leaf, *outward = path.replace(".", "|").lower().split("|")
        cells, instances = [self.circuit], []
        for name in reversed(outward):
            instance = self._index(cells[-1]).elements.get(name)
            if not isinstance(instance, Instance):
                return None
            instances.append(instance)
            cells.append(cells[-1].cells.get(instance.cell) or self.circuit.cells[instance.cell])
        return cells, instances, leaf

    def _index(self, cell: Circuit) -> _Index:
        return self._indices.setdefault(id(cell), _Index(cell))


class _Index:
    """Look-up tables of one cell, made when first asked for."""

    def __init__(self, cell: Circuit) -> None:
        self.cell = cell

    @cached_property
    def elements(self) -> dict[str, Element]:
        return {element.name.lower(): element for element in self.cell.elements}

    @cached_property
    def nodes(self) -> dict[str, str]:
        return {node.lower(): node for node in (*self.cell.nodes(), *self.cell.ports)}

    @cached_property
    def ports(self) -> dict[str, int]:
        return {port.lower(): index for index, port in enumerate(self.cell.ports)}


def _flat(name: str, instances: list[Instance]) -> str:
    return "|".join([name, *(instance.name for instance in reversed(instances))])
