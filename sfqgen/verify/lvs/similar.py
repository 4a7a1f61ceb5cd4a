"""Which net of a layout is most like which net of a netlist, when the two do not match.

Likeness flows along devices: two nets are alike when devices of the same kind lead from them to nets that are alike.
It starts at ground, rail, ports and at devices with the same name.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix

from sfqgen.verify.lvs.graph import SPECIAL, Graph
from sfqgen.verify.lvs.match import leaf

ROUNDS = 12
MOST_NETS = 1_500
_LEAST = 1e-4


def similar_nets(layout: Graph, netlist: Graph) -> dict[str, str]:
    """Layout net to netlist net, one to one, for the nets that are alike at all."""
    ours, theirs = sorted(layout.nets()), sorted(netlist.nets())
    if max(len(ours), len(theirs)) > MOST_NETS:
        return {net: net for net in SPECIAL if net in ours and net in theirs}
    start = _start(layout, netlist, ours, theirs)
    links = [(_links(layout, ours, kind), _links(netlist, theirs, kind)) for kind in "JLR"]
    score = start.copy()
    for _ in range(ROUNDS):
        flow = sum((a @ score) @ b.T for a, b in links)
        score = start + 0.9 * flow / max(flow.max(), 1e-12)
        score /= score.max()
    rows, columns = linear_sum_assignment(-score)
    return {ours[i]: theirs[k] for i, k in zip(rows, columns, strict=True) if score[i, k] > _LEAST}


def _start(layout: Graph, netlist: Graph, ours: list[str], theirs: list[str]) -> np.ndarray:
    row, column = {n: i for i, n in enumerate(ours)}, {n: i for i, n in enumerate(theirs)}
    start = np.full((len(ours), len(theirs)), 1e-6)
    shared = {port: (layout.ports[port], netlist.ports[port]) for port in layout.ports if port in netlist.ports}
    for a, b in [*shared.values(), *((net, net) for net in SPECIAL)]:
        if a in row and b in column:
            start[row[a], :] *= 1e-3
            start[:, column[b]] *= 1e-3
            start[row[a], column[b]] = 3.0
    for mine, other in same_names(layout, netlist).items():
        one, two = layout.devices[mine], netlist.devices[other]
        for x, y in ((one.a, two.a), (one.b, two.b)):
            if x not in SPECIAL and y not in SPECIAL:
                start[row[x], column[y]] += 1.0
        if one.kind == "R":
            for x, y in ((one.a, two.b), (one.b, two.a)):
                if x not in SPECIAL and y not in SPECIAL:
                    start[row[x], column[y]] += 0.5
    return start


def same_names(layout: Graph, netlist: Graph) -> dict[int, int]:
    """Junctions and resistors whose name occurs once on each side."""
    keys = [{n: (d.kind, leaf(d.names[0])) for n, d in g.devices.items() if d.kind in "JR"} for g in (layout, netlist)]
    counts = [Counter(side.values()) for side in keys]
    theirs = {key: n for n, key in keys[1].items() if counts[1][key] == 1}
    return {n: theirs[key] for n, key in keys[0].items() if counts[0][key] == 1 and key in theirs}


def _links(graph: Graph, nets: list[str], kind: str) -> csr_matrix:
    """Adjacency by devices of one kind, each row scaled by its sum so that ground does not drown the rest."""
    index = {net: i for i, net in enumerate(nets)}
    rows, columns = [], []
    for device in graph.devices.values():
        if device.kind == kind and device.a != device.b:
            rows += [index[device.a], index[device.b]]
            columns += [index[device.b], index[device.a]]
    matrix = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(nets), len(nets)))
    sums = np.asarray(matrix.sum(axis=1)).ravel()
    scale = csr_matrix((1 / np.sqrt(np.maximum(sums, 1)), (range(len(nets)), range(len(nets)))))
    return csr_matrix(scale @ matrix @ scale)
