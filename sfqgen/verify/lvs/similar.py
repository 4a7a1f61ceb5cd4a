"""Which net of a layout is which net of a netlist, when the two do not match as a whole.

Outward from ground, rail and ports, whatever can be told from its immediate surroundings alone is settled, then what
can be told from that, and so on up to the fault from all sides. What remains around it is paired by likeness: two nets
are alike when devices of the same kind, or of the same name, lead from them to nets that are settled or alike.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix

from sfqgen.verify.lvs.graph import SPECIAL, Graph
from sfqgen.verify.lvs.match import Side, leaf

ROUNDS = 12
MOST_RINGS = 2_000
MOST_NETS = 1_000
_LEAST = 1e-4
_BY_NAME = 2.0


def similar_nets(layout: Graph, netlist: Graph) -> dict[str, str]:
    """Layout net to netlist net, one to one, for the nets that can be told at all."""
    settled = _settled(layout, netlist)
    ours = sorted(net for net in layout.nets() if net not in settled)
    taken = set(settled.values())
    theirs = sorted(net for net in netlist.nets() if net not in taken)
    if not ours or not theirs or max(len(ours), len(theirs)) > MOST_NETS:
        return settled
    start = _start(layout, netlist, ours, theirs, settled)
    links = [(_links(layout, ours, kind), _links(netlist, theirs, kind)) for kind in "JLR"]
    score = start.copy()
    for _ in range(ROUNDS):
        flow = sum((a @ score) @ b.T for a, b in links)
        score = start + 0.5 * flow / max(flow.max(), 1e-12)
        score /= max(score.max(), 1e-12)
    rows, columns = linear_sum_assignment(-score)
    return settled | {ours[i]: theirs[k] for i, k in zip(rows, columns, strict=True) if score[i, k] > _LEAST}


def _settled(layout: Graph, netlist: Graph) -> dict[str, str]:
    """Nets that two steps from settled ones already tell apart, ring after ring; names help first, then not."""
    pairs = {net: net for net in SPECIAL if net in layout.nets() and net in netlist.nets()}
    shared = [(net, netlist.ports[p]) for p, net in layout.ports.items() if p in netlist.ports]
    pairs |= {ours: theirs for ours, theirs in shared if layout.at.get(ours) and netlist.at.get(theirs)}
    pairs = {a: b for b, a in {b: a for a, b in pairs.items()}.items()}  # ports may share a net on one side only
    for by_name in (True, False):
        names = _names(layout, netlist) if by_name else ({}, {})
        for _ in range(MOST_RINGS):
            new = _ring(layout, netlist, pairs, names)
            if not new:
                break
            pairs |= new
    return pairs


def _ring(layout: Graph, netlist: Graph, pairs: dict[str, str], names: tuple[dict, dict]) -> dict[str, str]:
    marks = {a: ("settled", a) for a in pairs}, {b: ("settled", a) for a, b in pairs.items()}
    sides = [Side(graph, marks[i], names[i]) for i, graph in enumerate((layout, netlist))]
    for steps in (1, 2):
        found: list[dict[int, str]] = []
        for side in sides:
            side.step()
            colours, first, counts = np.unique(side.net, return_index=True, return_counts=True)
            found.append({int(c): side.names[i] for c, i, n in zip(colours, first, counts, strict=True) if n == 1})
        taken = set(pairs.values())
        new = {net: found[1][c] for c, net in found[0].items()
               if c in found[1] and net not in pairs and found[1][c] not in taken}  # fmt: skip
        if new or steps == 2:
            return new
    return {}


def _names(layout: Graph, netlist: Graph) -> tuple[dict, dict]:
    """Names that occur equally often on both sides, as starting colours of junctions and resistors."""
    keys = [{n: (d.kind, leaf(d.names[0])) for n, d in g.devices.items() if d.kind in "JR"} for g in (layout, netlist)]
    ours, theirs = (Counter(side.values()) for side in keys)
    shared = {key for key in ours if ours[key] == theirs.get(key)}
    return tuple({n: key for n, key in side.items() if key in shared} for side in keys)


def _start(layout: Graph, netlist: Graph, ours: list[str], theirs: list[str], settled: dict[str, str]) -> np.ndarray:
    """Likeness by devices that lead to the same settled nets, and by names that occur once on each side."""
    row, column = {n: i for i, n in enumerate(ours)}, {n: i for i, n in enumerate(theirs)}
    start = np.full((len(ours), len(theirs)), 1e-6)
    towards: dict[tuple, list[str]] = defaultdict(list)
    for device in netlist.devices.values():
        for near, far in ((device.a, device.b), (device.b, device.a)):
            if near in column and far not in column:
                towards[device.kind, far].append(near)
    for device in layout.devices.values():
        for near, far in ((device.a, device.b), (device.b, device.a)):
            if near in row and far in settled:
                weight = 0.1 if far in SPECIAL else 1.0
                for other in towards.get((device.kind, settled[far]), ()):
                    start[row[near], column[other]] += weight
    for mine, other in same_names(layout, netlist).items():
        one, two = layout.devices[mine], netlist.devices[other]
        for x, y, weight in ((one.a, two.a, 1.0), (one.b, two.b, 1.0), (one.a, two.b, 0.5), (one.b, two.a, 0.5)):
            if x in row and y in column and (weight == 1.0 or one.kind == "R"):
                start[row[x], column[y]] += _BY_NAME * weight
    return start


def same_names(layout: Graph, netlist: Graph) -> dict[int, int]:
    """Junctions and resistors whose name occurs once on each side."""
    keys = [{n: (d.kind, leaf(d.names[0])) for n, d in g.devices.items() if d.kind in "JR"} for g in (layout, netlist)]
    counts = [Counter(side.values()) for side in keys]
    theirs = {key: n for n, key in keys[1].items() if counts[1][key] == 1}
    return {n: theirs[key] for n, key in keys[0].items() if counts[0][key] == 1 and key in theirs}


def _links(graph: Graph, nets: list[str], kind: str) -> csr_matrix:
    """Adjacency of the given nets by devices of one kind, each row scaled by its sum."""
    index = {net: i for i, net in enumerate(nets)}
    rows, columns = [], []
    for device in graph.devices.values():
        if device.kind == kind and device.a != device.b and device.a in index and device.b in index:
            rows += [index[device.a], index[device.b]]
            columns += [index[device.b], index[device.a]]
    matrix = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(nets), len(nets)))
    sums = np.asarray(matrix.sum(axis=1)).ravel()
    scale = csr_matrix((1 / np.sqrt(np.maximum(sums, 1)), (range(len(nets)), range(len(nets)))))
    return csr_matrix(scale @ matrix @ scale)
