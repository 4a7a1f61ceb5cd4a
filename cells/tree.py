"""The input tree: a balanced tree of mergers, planned once for the circuit and for the layout.

    in0 --+                             Neighbours of the first level stand 60 um apart and meet the next level without
          m0_0 --+                      a JTL: what the line between them needs in inductance is shared out between
    in1 --+      |                      output of one merger and input of the other. From there on the lines have
                m1_0 -- u1_0_0 --+      farther to go: a JTL covers at most 40 um across, and every line of a level gets
    in2 --+      |               |      the same number of JTLs, so that all inputs have the same delay.
          m0_1 --+              m2_0
    in3 --+                      |      A line without a partner goes straight on, through a JTL that is as wide and as
                 ...   u1_1_0 ---+      slow as a merger (m<level>_odd).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cells import jtl, merger
from cells.jtl import JtlValues
from cells.merger import MergerValues
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Circuit

PITCH_UM = 60
SPREAD_UM = 30
"""Height of the inputs of a merger beyond the first level above and below its output."""
SHARE_OUT, SHARE_IN, SHARE_LINK = 0.65, 1.35, 0.82
"""Of the inductance at an output of the first level, at an input beyond it, and at the end of a JTL in the tree: the
inputs beyond the first level are longer lines, and the sum of each pair stays near that of two plain cells."""
DROPS_UM = (0, 20, 30, 40)
"""What one JTL of a link can cover across."""


@dataclass(frozen=True)
class Node:
    """A merger of two lines of the level before, or (`lines` has one) a JTL; `y_um` is its axis, 0 for the first."""

    lines: tuple[int, ...]
    y_um: int


@dataclass(frozen=True)
class Tree:
    """Nodes by level, and `links[level][line]`: what each JTL between `level` and the next covers, down positive."""

    levels: tuple[tuple[Node, ...], ...]
    links: tuple[tuple[tuple[int, ...], ...], ...]


def plan(inputs: int) -> Tree:
    """Where the nodes of a tree stand and how its lines run."""
    levels, links = [], []
    lines = [-PITCH_UM * k // 2 for k in range(inputs)]
    while len(lines) > 1:
        pairs = [(k, k + 1) if k + 1 < len(lines) else (k,) for k in range(0, len(lines), 2)]
        if levels:
            nodes, parts = _joined(lines, pairs)
            links.append(parts)
        else:
            nodes = tuple(Node(pair, -PITCH_UM * number) for number, pair in enumerate(pairs))
        levels.append(nodes)
        lines = [node.y_um for node in nodes]
    return Tree(tuple(levels), tuple(links))


def _joined(lines: list[int], pairs: list[tuple[int, ...]]) -> tuple[tuple[Node, ...], tuple[tuple[int, ...], ...]]:
    """The next level and the links to it, with as few JTLs as the longest one needs."""
    ways = [_way(lines, pair) for pair in pairs]
    count = max(_fewest(abs(across)) for _, pair in ways for across in pair)
    nodes = tuple(Node(pair, y) for pair, (y, _) in zip(pairs, ways, strict=True))
    return nodes, tuple(_parts(across, count) for _, pair in ways for across in pair)


def _way(lines: list[int], pair: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    """Axis of the node that joins these lines, and how far down each of them has to go."""
    if len(pair) == 1:
        return lines[pair[0]], (0,)
    upper, lower = (lines[k] for k in pair)
    mean = (upper + lower) // 20 * 10
    for y in (mean, mean + 10, mean - 10, mean + 20, mean - 20):
        across = upper - y - SPREAD_UM, lower - y + SPREAD_UM
        if 10 not in (abs(across[0]), abs(across[1])) and across[0] >= 0 >= across[1]:
            return y, across
    raise AssertionError("lines stand too close")


def _fewest(across: int) -> int:
    return -(-across // DROPS_UM[-1])


def _parts(across: int, count: int) -> tuple[int, ...]:
    """`across` in exactly `count` steps that a JTL can cover, the long ones first."""
    sign, left, parts = (1 if across >= 0 else -1), abs(across) // 10, []
    for k in range(count):
        steps = min(4, left)
        if left - steps == 1:  # 10 um cannot be covered alone
            steps -= 1
        if k == count - 1:
            steps = left
        parts.append(sign * 10 * steps)
        left -= steps
    return tuple(parts)


@dataclass(frozen=True)
class TreeCells:
    """The cells of a tree: a merger alone, those of first, later and last level, the JTLs of odd lines and links."""

    merger: Circuit
    leaf: Circuit
    wide: Circuit
    root: Circuit
    long: Circuit
    drop: dict[int, Circuit]


def cells(values: MergerValues, line: JtlValues) -> TreeCells:
    """Cells with the shares of SHARE_OUT, SHARE_IN and SHARE_LINK of the inductances at their ends."""
    leaf = replace(values, q_l_ph=round(SHARE_OUT * values.q_l_ph, 2))
    wide = replace(values, in_l_ph=round(SHARE_IN * values.in_l_ph, 2))
    link = replace(line, l4_l_ph=round(SHARE_LINK * line.l4_l_ph, 2))
    return TreeCells(
        merger=merger.circuit(values),
        leaf=merger.circuit(leaf, "merger_leaf"),
        wide=merger.circuit(wide, "merger_wide"),
        root=merger.circuit(wide, "merger_root"),
        long=jtl.circuit(link, "jtl_long"),
        drop={um: jtl.circuit(link, f"jtl_drop{um}") for um in DROPS_UM},
    )


def build(top: CellBuilder, parts: TreeCells, inputs: int) -> str:
    """Adds the tree to `top` and returns its output node. Instances m<level>_<number>, u<level>_<line>_<k>."""
    tree = plan(inputs)
    lines = [f"in{i}" for i in range(inputs)]
    for level, nodes in enumerate(tree.levels):
        if level:
            lines = _linked(top, parts, lines, tree.links[level - 1], level - 1)
        two = _merger(parts, inputs, level, len(tree.levels))
        merged = []
        for number, node in enumerate(nodes):
            name = f"{level}_{number}" if len(node.lines) == 2 else f"{level}_odd"
            cell = two if len(node.lines) == 2 else parts.long
            merged.append(f"x{name}")
            top.inst(f"m{name}", cell, *(lines[k] for k in node.lines), merged[-1])
        lines = merged
    return lines[0]


def _merger(parts: TreeCells, inputs: int, level: int, levels: int) -> Circuit:
    if inputs == 2:
        return parts.merger
    if level == 0:
        return parts.leaf
    return parts.root if level == levels - 1 else parts.wide


def _linked(top: CellBuilder, parts: TreeCells, lines: list[str], links: tuple[tuple[int, ...], ...],
            level: int) -> list[str]:  # fmt: skip
    """The lines of a level after the JTLs that bring them to the next one."""
    ends = []
    for number, (line, link) in enumerate(zip(lines, links, strict=True)):
        for k, across in enumerate(link):
            end = f"l{level}_{number}_{k}"
            top.inst(f"u{level}_{number}_{k}", parts.drop[abs(across)], line, end)
            line = end
        ends.append(line)
    return ends


def junctions(inputs: int) -> int:
    """Junctions of the tree."""
    tree = plan(inputs)
    mergers = sum(len(node.lines) == 2 for nodes in tree.levels for node in nodes)
    jtls = sum(len(node.lines) == 1 for nodes in tree.levels for node in nodes)
    return 5 * mergers + 2 * jtls + 2 * sum(len(link) for links in tree.links for link in links)
