"""Rows, factor pattern and matrix entries of one circuit, and the numbers of its branches for any set of samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import (
    GROUND,
    Circuit,
    Junction,
    JunctionModel,
    Line,
    Mutual,
    value_of,
)  # fmt: skip
from sfqgen.netlist.flatten import flatten
from sfqgen.sim.arrays import Changes
from sfqgen.sim.ordering import Pattern, minimum_degree
from sfqgen.sim.reduction import Branch, Reduced, reduce
from sfqgen.sim.stimulus import KAPPA

KINDS = ("junction", "capacitor", "line", "resistive", "inductor")


@dataclass(frozen=True)
class Samples:
    """Element values of some samples: nominal (E,) and, for the elements that vary, (S,) rows by element index.

    The value of a source that has no single number is a factor on its wave (nominal 1).
    """

    nominal: np.ndarray
    varied: Mapping[int, np.ndarray]
    count: int

    def of(self, elements: Sequence[int], part: slice) -> np.ndarray:
        """(len(elements), samples in `part`)."""
        width = len(range(*part.indices(self.count)))
        table = np.repeat(self.nominal[list(elements), None], width, axis=1)
        for row, element in enumerate(elements):
            if element in self.varied:
                table[row] = self.varied[element][part]
        return table


def nominal_values(circuit: Circuit) -> np.ndarray:
    """One number per element of a flat circuit: its value, 1 for a source, z0 for a line."""
    numbers = []
    for element in circuit.elements:
        if isinstance(element, Line):
            numbers.append(element.z0_ohm)
        else:
            value = value_of(element)
            numbers.append(1.0 if value is None else value)
    return np.array(numbers, dtype=float)


class Network:
    """Topology of a circuit, fixed for all samples and steps.

    `watch`: names of junctions whose pulses are recorded, None for all. `keep`: nodes whose phase can be asked for.
    """

    def __init__(self, circuit: Circuit, watch: Sequence[str] | None = None, keep: Sequence[str] = (),
                 zero: Sequence[bool] = ()) -> None:  # fmt: skip
        self.circuit = flatten(circuit)
        self.elements = self.circuit.elements
        self.index = {element.name.lower(): k for k, element in enumerate(self.elements)}
        self.nominal = nominal_values(self.circuit)
        self.reduced: Reduced = reduce(self.circuit, [node.lower() for node in keep], zero or self.nominal == 0.0)
        self.watched = self._watched(watch)
        self.branches = self._ordered_branches()
        self._of_kind: dict[tuple[str, ...], list[int]] = {}
        self.changes: dict[tuple[float, int], Changes] = {}  # of the sources, by step and number of steps
        self.counts = {kind: sum(b.kind == kind for b in self.branches) for kind in KINDS}
        self._number_rows()
        self._pair_coupled()
        self._assemble()

    def _watched(self, watch: Sequence[str] | None) -> list[int]:
        if watch is None:
            return [k for k, element in enumerate(self.elements) if isinstance(element, Junction)]
        chosen = []
        for name in watch:
            k = self.index.get(name.lower())
            if k is None or not isinstance(self.elements[k], Junction):
                raise SfqgenError(f"no junction {name}", where=f"circuit {self.circuit.name}")
            chosen.append(k)
        return list(dict.fromkeys(chosen))

    def _ordered_branches(self) -> list[Branch]:
        """By kind: junctions (watched first), capacitors, line ports, resistive, inductors; line ports pairwise."""
        place = {k: i for i, k in enumerate(self.watched)}
        old = list(self.reduced.branches)

        def key(i: int) -> tuple[int, ...]:
            first = old[i].parts[0]
            return KINDS.index(old[i].kind), place.get(first, len(place)), first, old[i].port

        rank = sorted(range(len(old)), key=key)
        new_place = {i: k for k, i in enumerate(rank)}
        self.groups = [tuple(new_place[i] for i in group) for group in self.reduced.groups]
        branches = [old[i] for i in rank]
        joined = {b.parts[0] for b in branches if b.kind == "junction"}
        self.watched = [k for k in self.watched if k in joined]
        return branches

    def _number_rows(self) -> None:
        """`x_row` of every node, `b_row` of every node's unknown; ground last in both."""
        reduced = self.reduced
        place = {node: k for k, node in enumerate(reduced.nodes)}
        root_of = {tie.node: tie.base for tie in reduced.ties}
        self.root = lambda node: root_of.get(node, node)
        pairs = [self._ends(k) for k in range(len(self.branches))]
        edges = [(place[a], place[b]) for a, b in pairs if a in place and b in place]
        for group in self.groups:
            ends = sorted({place[n] for i in group for n in self._ends(i) if n in place})
            edges += [(a, b) for i, a in enumerate(ends) for b in ends[i + 1 :]]
        self.pattern: Pattern = minimum_degree(len(place), edges)
        self.n = self.pattern.n
        new = np.empty(self.n, dtype=np.int64)
        new[self.pattern.order] = np.arange(self.n)
        self.row_name = [reduced.nodes[old] for old in self.pattern.order]
        self.x_row = {node: int(new[k]) for node, k in place.items()}
        self.x_row |= {tie.node: self.n + k for k, tie in enumerate(reduced.ties)}
        self.ground_row = self.n + len(reduced.ties)
        self.x_row[GROUND] = self.ground_row
        self.b_row = {node: self.x_row.get(self.root(node), self.ground_row) for node in self.x_row}
        self.b_row = {node: row if row < self.n else self.n for node, row in self.b_row.items()}

    def _ends(self, branch: int) -> tuple[str, str]:
        return self.root(self.branches[branch].plus), self.root(self.branches[branch].minus)

    def _pair_coupled(self) -> None:
        """Pairs of coupled branches, in the order in which their conductances follow those of the branches."""
        self.pairs = [(a, b) for group in self.groups for i, a in enumerate(group) for b in group[i + 1 :]]
        self.mutuals: dict[int, list[int]] = {}
        group_of = {self.elements[self.branches[i].parts[0]].name.lower(): g
                    for g, group in enumerate(self.groups) for i in group}  # fmt: skip
        for k, element in enumerate(self.elements):
            if isinstance(element, Mutual):
                self.mutuals.setdefault(group_of[element.first.lower()], []).append(k)

    def _assemble(self) -> None:
        """Which conductances, with which sign, make up each diagonal and each entry of L."""
        n, parts = self.n, []
        for g, branch in enumerate(self.branches):
            rows = [(self.b_row[branch.plus], 1.0), (self.b_row[branch.minus], -1.0)]
            parts += [(a, b, g, sa * sb) for a, sa in rows for b, sb in rows if b <= a]
        for g, (one, two) in enumerate(self.pairs, len(self.branches)):
            for end_1, sign_1 in zip(self._rows(one), (1.0, -1.0), strict=True):
                for end_2, sign_2 in zip(self._rows(two), (1.0, -1.0), strict=True):
                    twice = 2.0 if end_1 == end_2 else 1.0
                    parts.append((max(end_1, end_2), min(end_1, end_2), g, twice * sign_1 * sign_2))
        where: dict[int, list[tuple[int, float]]] = {}
        for a, b, g, sign in parts:
            if a < n and b < n:
                entry = a if a == b else n + self.pattern.entry(a, b)
                where.setdefault(entry, []).append((g, sign))
        total = n + len(self.pattern.column_row)
        lists = [where.get(entry, []) for entry in range(total)]
        self.entry_start = np.concatenate([[0], np.cumsum([len(one) for one in lists])]).astype(np.int64)
        self.entry_g = np.array([g for one in lists for g, _ in one], dtype=np.int64)
        self.entry_sign = np.array([sign for one in lists for _, sign in one], dtype=float)

    def _rows(self, branch: int) -> tuple[int, int]:
        return self.b_row[self.branches[branch].plus], self.b_row[self.branches[branch].minus]

    @property
    def shortest_line_ps(self) -> float:
        return min((element.td_ps for element in self.elements if isinstance(element, Line)), default=np.inf)

    def of_kind(self, *kinds: str) -> list[int]:
        """Branches of these kinds, in order."""
        if kinds not in self._of_kind:
            self._of_kind[kinds] = [k for k, branch in enumerate(self.branches) if branch.kind in kinds]
        return self._of_kind[kinds]

    def model(self, branch: int) -> JunctionModel:
        return self.circuit.models[self.elements[self.branches[branch].parts[0]].model]

    def total(self, samples: Samples, part: slice, branches: Sequence[int], kind: type) -> np.ndarray:
        """Sum of the parts of each branch that are of `kind` (Inductor or Resistor): (branches, samples)."""
        pairs = [(row, k) for row, i in enumerate(branches) for k in self.branches[i].parts
                 if isinstance(self.elements[k], kind)]  # fmt: skip
        width = len(range(*part.indices(samples.count)))
        result = np.zeros((len(branches), width))
        if pairs:
            np.add.at(result, [row for row, _ in pairs], samples.of([k for _, k in pairs], part))
        return result

    def coupled(self, samples: Samples, part: slice) -> tuple[np.ndarray, np.ndarray]:
        """Phase conductances of coupled inductors: own ones by branch in group order, then those of the pairs."""
        own, cross = [], []
        for g, group in enumerate(self.groups):
            names = {self.elements[self.branches[i].parts[0]].name.lower(): row for row, i in enumerate(group)}
            self_l = samples.of([self.branches[i].parts[0] for i in group], part).T
            matrix = np.einsum("si,ij->sij", self_l, np.eye(len(group)))
            mutuals = self.mutuals[g]
            for k, factor in zip(mutuals, samples.of(mutuals, part), strict=True):
                i, j = (names[n.lower()] for n in (self.elements[k].first, self.elements[k].second))
                matrix[:, i, j] += factor * np.sqrt(self_l[:, i] * self_l[:, j])
                matrix[:, j, i] = matrix[:, i, j]
            if not np.all(np.linalg.eigvalsh(matrix) > 0.0):
                raise SfqgenError(
                    "the coupling of these inductors stores negative energy for some current",
                    where=f"circuit {self.circuit.name}, elements {', '.join(self.elements[k].name for k in mutuals)}",
                    allowed="coupling factors below 1 that fit together",
                )
            inverse = KAPPA * np.linalg.inv(matrix)
            own += [inverse[:, i, i] for i in range(len(group))]
            cross += [inverse[:, i, j] for i in range(len(group)) for j in range(i + 1, len(group))]
        width = len(range(*part.indices(samples.count)))
        return np.array(own).reshape(-1, width), np.array(cross).reshape(-1, width)
