"""The input tree: a binary tree of mergers in upright columns, planned once for circuit and layout.

    in0 --+
          m0_0 --+                 Neighbours of the first level stand 60 um apart and meet the next level without a
    in1 --+      |                 JTL: what the line between them needs in inductance is shared out between output of
                m1_0 -- corner     one merger and input of the other. From level 2 on a line turns the corner and goes
    in2 --+      |         |       up or down a column in risers of 60 um. Two branches of one merger need not be
          m0_1 --+         |       equally long: the line that comes from fewer levels of links has more of them here,
    in3 --+               m2_0 --  so that all inputs have the same delay.
                           |
                 ... -- corner     A line without a partner goes on through a JTL in the place of the merger
                                   (m<level>_odd). So N inputs are the largest power of two below N, then the rest in
                                   the same way, and the rest meets the others after as many JTLs as they have.

Area grows like N log N with a small factor, and so do junctions: each doubling of the inputs adds a column of 30 um
and, per input, half a junction to the 5 of a merger (docs/layout.md).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cells import jtl, merger
from cells.branch import RISER_UM
from cells.jtl import JtlValues
from cells.merger import MergerValues
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Circuit

PITCH_UM = 60
"""Between neighbours of the first level: two inputs."""
SHARE_OUT, SHARE_IN, SHARE_LINK, SHARE_NEXT = 0.72, 1.38, 0.82, 1.22
"""Of the inductance at the output of a merger, at an input of one beyond the first level, at the end of a JTL in the
tree, and at its beginning behind a merger: the inputs beyond the first level are longer lines and the outputs shorter
ones, and the sum of each pair stays near that of two plain cells."""
UPRIGHT_LEVEL = 2
"""The first level whose lines come from above and below; before it they come from the left."""


MERGE_PS, JTL_PS = 4.8, 4.15
"""Delay of a merger and of a JTL of the tree with bias resistors (simulated; 4.1 and 3.6 ps with ideal sources)."""


@dataclass(frozen=True)
class Node:
    """A merger of two lines of the level before, or (`lines` has one) a JTL.

    `y_um` is the height of its axis, 0 for the first node, as if every output left on its axis.
    """

    lines: tuple[int, ...]
    y_um: int


@dataclass(frozen=True)
class Tree:
    """Nodes by level, and `links[level][line]`: the JTLs between `level` and the next, "corner" or "riser"."""

    levels: tuple[tuple[Node, ...], ...]
    links: tuple[tuple[tuple[str, ...], ...], ...]


def plan(inputs: int) -> Tree:
    """Where the nodes of a tree stand and how its lines run."""
    levels: list[tuple[Node, ...]] = []
    links: list[tuple[tuple[str, ...], ...]] = []
    lines = inputs
    while lines > 1:
        level = len(levels)
        pairs = [(k, k + 1) if k + 1 < lines else (k,) for k in range(0, lines, 2)]
        if level == 0:
            levels.append(_first(pairs))
        else:
            links.append(tuple(kinds for pair in pairs for kinds in _links(inputs, level, pair)))
            levels.append(tuple(Node(pair, _axis_um(pair, levels[-1], links[-1])) for pair in pairs))
        lines = len(pairs)
    return Tree(tuple(levels), tuple(links))


def _first(pairs: list[tuple[int, ...]]) -> tuple[Node, ...]:
    """The first level. A last node that goes on alone to level 2 stands as low as the axis of four inputs."""
    nodes = [Node(pair, -PITCH_UM * k) for k, pair in enumerate(pairs)]
    if len(nodes) > 1 and len(nodes) % 2:
        nodes[-1] = Node(nodes[-1].lines, nodes[-1].y_um - PITCH_UM // 2)
    return tuple(nodes)


def _links(inputs: int, level: int, pair: tuple[int, ...]) -> list[tuple[str, ...]]:
    """The JTLs that bring each line of a pair to a node of `level`.

    The lower line may come from fewer inputs than a full node. Its height then lacks as many pitches as its delay
    lacks JTLs, so one count makes both branches end at one height and at one time.
    """
    if level < UPRIGHT_LEVEL or len(pair) == 1:
        return [()] * len(pair)
    lower = min(inputs - 2**level * pair[1], 2**level)
    return [("corner", *["riser"] * (count - 1)) for count in (-(-lower // 4), 2 ** (level - UPRIGHT_LEVEL))]


def _axis_um(pair: tuple[int, ...], before: tuple[Node, ...], links: tuple[tuple[str, ...], ...]) -> int:
    """Height of the axis of a node, from the lines that it gathers."""
    first, last = before[pair[0]], before[pair[-1]]
    if not links[pair[0]]:
        return (first.y_um + last.y_um) // 2
    return first.y_um - RISER_UM * len(links[pair[0]])


@dataclass(frozen=True)
class TreeCells:
    """The cells of a tree: a merger alone, then mergers and JTLs by their place in it."""

    merger: Circuit
    leaf: Circuit
    wide: Circuit
    root: Circuit
    tee: Circuit
    tee_root: Circuit
    long: Circuit
    step: Circuit
    link: dict[str, Circuit]


def ended(line: JtlValues) -> JtlValues:
    """A JTL between cells of the tree: the next one begins with a longer line."""
    return replace(line, l4_l_ph=round(SHARE_LINK * line.l4_l_ph, 2))


def cells(values: MergerValues, line: JtlValues) -> TreeCells:
    """Cells with the shares SHARE_OUT to SHARE_NEXT of the inductances at their ends."""
    leaf = replace(values, q_l_ph=round(SHARE_OUT * values.q_l_ph, 2))
    wide = replace(leaf, in_l_ph=round(SHARE_IN * values.in_l_ph, 2))
    line = ended(line)
    behind = replace(line, l1_l_ph=round(SHARE_NEXT * line.l1_l_ph, 2))
    return TreeCells(
        merger=merger.circuit(values),
        leaf=merger.circuit(leaf, "merger_leaf"),
        wide=merger.circuit(wide, "merger_wide"),
        root=merger.circuit(wide, "merger_root"),
        tee=merger.circuit(wide, "merger_tee"),
        tee_root=merger.circuit(wide, "merger_tee_root"),
        long=jtl.circuit(line, "jtl_long"),
        step=jtl.circuit(behind, "jtl_step"),
        link={"corner": jtl.circuit(behind, "jtl_corner"), "riser": jtl.circuit(line, "jtl_riser")},
    )


def build(top: CellBuilder, parts: TreeCells, inputs: int, pin: str = "in") -> str:
    """Adds the tree to `top` and returns its output node. Instances m<level>_<number>, u<level>_<line>_<k>.

    Its inputs are the nodes <pin>0, <pin>1, ...
    """
    tree = plan(inputs)
    lines = [f"{pin}{i}" for i in range(inputs)]
    for level, nodes in enumerate(tree.levels):
        if level:
            lines = _linked(top, parts, lines, tree.links[level - 1], level - 1)
        two, one = _merger(parts, inputs, level, len(tree.levels)), parts.step if level else parts.long
        merged = []
        for number, node in enumerate(nodes):
            name = node_name(level, number, node)
            merged.append(f"x{name}")
            top.inst(f"m{name}", two if len(node.lines) == 2 else one, *(lines[k] for k in node.lines), merged[-1])
        lines = merged
    return lines[0]


def node_name(level: int, number: int, node: Node) -> str:
    return f"{level}_{number}" if len(node.lines) == 2 else f"{level}_odd"


def _merger(parts: TreeCells, inputs: int, level: int, levels: int) -> Circuit:
    last = level == levels - 1
    if inputs == 2:
        return parts.merger
    if level == 0:
        return parts.leaf
    if level < UPRIGHT_LEVEL:
        return parts.root if last else parts.wide
    return parts.tee_root if last else parts.tee


def _linked(top: CellBuilder, parts: TreeCells, lines: list[str], links: tuple[tuple[str, ...], ...],
            level: int) -> list[str]:  # fmt: skip
    """The lines of a level after the JTLs that bring them to the next one."""
    ends = []
    for number, (line, kinds) in enumerate(zip(lines, links, strict=True)):
        for k, kind in enumerate(kinds):
            end = f"l{level}_{number}_{k}"
            top.inst(f"u{level}_{number}_{k}", parts.link[kind], line, end)
            line = end
        ends.append(line)
    return ends


def junctions(inputs: int) -> int:
    """Junctions of the tree."""
    tree = plan(inputs)
    mergers = sum(len(node.lines) == 2 for nodes in tree.levels for node in nodes)
    jtls = sum(len(node.lines) == 1 for nodes in tree.levels for node in nodes)
    return 5 * mergers + 2 * jtls + 2 * sum(len(kinds) for links in tree.links for kinds in links)
