"""The input tree: a balanced binary tree of mergers in upright columns, planned once for circuit and layout.

    in0 --+
          m0_0 --+                 Nodes stand where those of a full tree would: node n of level L in the middle of its
    in1 --+      |                 2^(L+1) inputs. Neighbours of the first level stand 60 um apart and meet the next
                m1_0 -- corner     level without a JTL: what the line between them needs in inductance is shared out
    in2 --+      |         |       between output of one merger and input of the other. From level 2 on a line turns
          m0_1 --+         |       the corner and goes up or down a column in risers of 60 um: none at level 2, then
    in3 --+               m2_0 --  1, 3 and 7, the same for every line of a level, so that all inputs have the same
                           |       delay.
                 ... -- corner
                                   A line without a partner takes the same way, with a JTL in the place of the merger
                                   (m<level>_odd).

Junctions and area grow like N log N with a small factor: each level beyond the second adds a column of 50 um.
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
SHARE_OUT, SHARE_IN, SHARE_LINK = 0.65, 1.42, 0.82
"""Of the inductance at an output of the first level, at an input beyond it, and at the end of a JTL in the tree: the
inputs beyond the first level are longer lines, and the sum of each pair stays near that of two plain cells."""
UPRIGHT_LEVEL = 2
"""The first level whose lines come from above and below; before it they come from the left."""


@dataclass(frozen=True)
class Node:
    """A merger of two lines of the level before, or (`lines` has one) a JTL; `y_um` is its axis, 0 for the first."""

    lines: tuple[int, ...]
    y_um: int


@dataclass(frozen=True)
class Tree:
    """Nodes by level, and `links[level][line]`: the JTLs between `level` and the next, "corner" or "riser"."""

    levels: tuple[tuple[Node, ...], ...]
    links: tuple[tuple[tuple[str, ...], ...], ...]


def plan(inputs: int) -> Tree:
    """Where the nodes of a tree stand and how its lines run."""
    levels, links, lines = [], [], inputs
    while lines > 1:
        level = len(levels)
        if level:
            links.append((link(level),) * lines)
        pairs = [(k, k + 1) if k + 1 < lines else (k,) for k in range(0, lines, 2)]
        levels.append(tuple(Node(pair, axis_um(level, number)) for number, pair in enumerate(pairs)))
        lines = len(pairs)
    if len(levels) > 1 and len(levels[0]) % 2:  # the last one goes straight through level 1
        last = Node(levels[0][-1].lines, levels[1][-1].y_um)
        levels[0] = (*levels[0][:-1], last)
    return Tree(tuple(levels), tuple(links))


def axis_um(level: int, number: int) -> int:
    """Height of a node of the full tree."""
    return -PITCH_UM * number * 2**level - PITCH_UM * (2**level - 1) // 2


def link(level: int) -> tuple[str, ...]:
    """The JTLs that bring a line to `level`."""
    if level < UPRIGHT_LEVEL:
        return ()
    return ("corner", *["riser"] * (PITCH_UM * (2 ** (level - UPRIGHT_LEVEL) - 1) // RISER_UM))


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
    tee_jtl: Circuit
    link: dict[str, Circuit]


def ended(line: JtlValues) -> JtlValues:
    """A JTL between cells of the tree: the next one begins with a longer line."""
    return replace(line, l4_l_ph=round(SHARE_LINK * line.l4_l_ph, 2))


def cells(values: MergerValues, line: JtlValues) -> TreeCells:
    """Cells with the shares of SHARE_OUT, SHARE_IN and SHARE_LINK of the inductances at their ends."""
    leaf = replace(values, q_l_ph=round(SHARE_OUT * values.q_l_ph, 2))
    wide = replace(values, in_l_ph=round(SHARE_IN * values.in_l_ph, 2))
    line = ended(line)
    return TreeCells(
        merger=merger.circuit(values),
        leaf=merger.circuit(leaf, "merger_leaf"),
        wide=merger.circuit(wide, "merger_wide"),
        root=merger.circuit(wide, "merger_root"),
        tee=merger.circuit(wide, "merger_tee"),
        tee_root=merger.circuit(wide, "merger_tee_root"),
        long=jtl.circuit(line, "jtl_long"),
        tee_jtl=jtl.circuit(line, "jtl_tee"),
        link={name: jtl.circuit(line, f"jtl_{name}") for name in ("corner", "riser")},
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
        two, one = _merger(parts, inputs, level, len(tree.levels)), parts.long
        if level >= UPRIGHT_LEVEL:
            one = parts.tee_jtl
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
