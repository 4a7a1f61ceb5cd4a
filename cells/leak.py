"""Leak: the first spike opens a window; when it closes, whatever was counted is forgotten.

    x -- X_ls (splitter) -- X_la0 - X_la1 (JTLs) -- y                                 spikes, on to the first stage
            |
          X_ll (JTL) -- X_ld (token) -- X_lw0 ... (JTLs) -- X_lm (merger) -- X_lv0 ... (JTLs) -- X_lr (splitter)
                          |                                  |                                    |         |
                          +-- X_lt -- X_lp ... (JTLs) <------|------------------------------------+    X_lq0 ... (JTLs)
                                                            tick                                            |
                                                                                                          reset
The pulse that leaves the delay line X_lw does what a tick does: it arms the stages that the store enables, loads the
token of the output, and loads X_ld. The first spike after it takes the token of X_ld into the delay line, later ones
find none. So after one tick at power-up a neuron with a leak runs by itself: each window is opened by a spike.

Window, from its opening spike to the spike that is no longer counted with it, both at the pins:
    W = LEAK_FIXED_PS[reset] + LEAK_JTL_PS N,        N the JTLs in X_lw, X_lv and X_lq beyond FEWEST_JTLS
The closing wave runs beside the spikes, so that a spike is before it in every stage or behind it in every stage. The
JTLs X_lp hold X_ld back until the stages are about to be armed.

The delay line is folded between the input tree and the first stage, in rows of 60 um above the spike line:

    row t   tick - X_lm - X_lv ... ---------------- X_lr - X_lq     t = 2, 4, 6 or 8: row 1, then pairs of rows that
                    |                                |      |       go to the right and back again. With `columns` 0
        3         X_lw  <---- ... ---- +             |      |       row 1 has no JTL and each further one six; every
        2          + ---- ... -------> +             |      |       column more is one JTL more in each row. What is
        1          + <---- X_lw    X_lt - X_lp ... - +      |       too many by then is left out: two by a shorter
        0               X_lw - X_ld - X_ll                X_lq -    pair of rows, up to four by longer JTLs in X_lv.
            x --------------------- X_ls - X_la0 - X_la1 ---- y
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from cells import branch, jtl, loop, merger, splitter
from cells.jtl import JtlValues
from cells.merger import MergerValues
from cells.scaling import nearer_um
from cells.splitter import SplitterValues
from sfqgen.layout.free import free
from sfqgen.layout.plan import FloorPlan, Part, Pin, Route, Strap
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Circuit
from sfqgen.netlist.views import lvs_view
from sfqgen.timing.bounds import LEAK_FIXED_PS, LEAK_JTL_PS

FEWEST_JTLS = 8
ROW_JTLS, LOAD_JTLS = 6, 3
"""JTLs of a row beside those of its columns; JTLs in a row in front of X_lt."""
SHORT_COLUMNS = 1
"""Columns up to which two rows do."""
RAIL = 4
"""Tile row of the rail in the rows of a leak, 60 um high."""


@dataclass(frozen=True)
class Shape:
    """How the delay line is folded: the number of its highest row, JTLs of row 1, by how many JTLs each pair of rows
    is shorter than the longest, and how many JTLs X_lv does without."""

    top: int
    columns: int
    shorter: tuple[int, ...]
    fewer: int

    @property
    def rows(self) -> tuple[int, ...]:
        """JTLs in a row from left to right, by pair of rows."""
        return tuple(ROW_JTLS + self.columns - short for short in self.shorter)


@dataclass(frozen=True)
class LeakCells:
    """The cells of a leak by their form: a JTL of 20, 30 and 60 um, round corners, up and down, back over two rows."""

    jtl: Circuit
    start: Circuit
    reach: Circuit
    row: Circuit
    row_reach: Circuit
    elbow: Circuit
    knee: Circuit
    knee_load: Circuit
    knee_land: Circuit
    land: Circuit
    fold: Circuit
    drop: Circuit
    turn: Circuit
    splitter: Circuit
    close: Circuit
    merger: Circuit
    token: Circuit


def cells(line: JtlValues, joined: MergerValues, split: SplitterValues, turn: Circuit, token: Circuit,
          of_loop: loop.LoopCells) -> LeakCells:  # fmt: skip
    forms = {name: jtl.circuit(line, f"jtl_{name}") for name in (
        "row_reach", "elbow", "knee", "knee_load", "knee_land", "land", "fold", "drop")}  # fmt: skip
    return LeakCells(
        jtl=jtl.circuit(line), start=of_loop.start, reach=of_loop.reach, row=of_loop.row, turn=turn, token=token,
        splitter=splitter.circuit(split, "splitter_leak"), close=of_loop.splitter,
        merger=merger.circuit(joined, "merger_leak"), **forms,
    )  # fmt: skip


def delay_jtls(window_ps: float, reset: str) -> int:
    """JTLs beyond the fewest for the window nearest to `window_ps`; below the least window: 0."""
    return max(0, round((window_ps - LEAK_FIXED_PS[reset]) / LEAK_JTL_PS))


def shape(delays: int) -> Shape:
    """The fold that has `delays` JTLs beyond the fewest; about as wide as high."""
    count = FEWEST_JTLS + delays
    top = 2
    while count > _most(top, SHORT_COLUMNS if top == 2 else top):
        top += 2
    columns = max(0, -(-(count - _most(top, 0)) // top))
    left = _most(top, columns) - count
    pairs = (top - 2) // 2
    if not pairs:
        return Shape(top, columns, (), left)
    shorter, fewer = divmod(left, 2)
    return Shape(top, columns, tuple((shorter + i) // pairs for i in range(pairs)), fewer)


def tick_jtls(fold: Shape) -> int:
    """JTLs between X_lm and the tick line: X_lv and X_lq."""
    return ROW_JTLS + fold.columns - fold.fewer + fold.top + 1


def _most(top: int, columns: int) -> int:
    """JTLs of X_lw, X_lv and X_lq with full rows: four in corners, those of rows, of folds, and of the way down."""
    rows = columns + (top - 1) * (ROW_JTLS + columns)
    return 4 + rows + (top - 2) + top


def run(length_um: int, fewer: int) -> tuple[str, ...]:
    """JTLs in a line of this length: as many of 20 um as there is room for, and `fewer` (0 to 4) of them less."""
    longer = {0: (), 1: ("start",) * 2, 2: ("start",) * 4, 3: ("reach", *("start",) * 2), 4: ("reach",) * 2}[fewer]
    left = length_um - sum(WIDTH_UM[kind] for kind in longer)
    return (*longer, *("jtl",) * (left // WIDTH_UM["jtl"]))


WIDTH_UM = {"jtl": 20, "start": 30, "reach": loop.REACH_UM}
"""Of the JTLs that a row or the way to the leak is made of."""


def tree_below(inputs: int, columns: int) -> bool:
    """Whether a tree with columns stands below the rows of the delay line: it reaches no higher than row 0."""
    return 2 < inputs <= 4 and not columns


def approach(inputs: int, columns: int) -> tuple[str, ...]:
    """JTLs between the input tree and X_ls: none for one merger, which stands below the token. A larger tree stands
    left of the rows and of the driver of the tick, or below."""
    if inputs <= 2:
        return ()
    clear = 0 if tree_below(inputs, columns) else -(-(60 + WIDTH_UM["jtl"] * columns) // WIDTH_UM["reach"])
    return (*("reach",) * (clear + 1), "start")


def build(top: CellBuilder, parts: LeakCells, fold: Shape, reset: str, line: str, tick: str) -> tuple[str, str]:
    """Adds a leak to `top`, spikes on node `line`; returns the spikes behind it and the tick as it opens and closes."""
    top.inst("ls", parts.splitter, line, "lup", "la")
    spikes = jtl.chain(top, "la", [parts.reach, parts.jtl], "la")
    top.inst("ll", parts.elbow, "lfirst", "lup")
    top.inst("ld", parts.token, "lload", "lfirst", "lw")
    delayed = _delay_line(top, parts, fold)
    top.inst("lm", parts.merger, tick, delayed, "lv")
    length = WIDTH_UM["jtl"] * (ROW_JTLS + fold.columns)
    close = jtl.chain(top, "lv", [getattr(parts, kind) for kind in run(length, fold.fewer)], "lv")
    top.inst("lr", parts.close, close, "lp", "lq")
    load = jtl.chain(top, "lp", [*[parts.drop] * (fold.top - 2), parts.knee_load, *[parts.row] * LOAD_JTLS], "lp",
                 backwards=fold.top - 2)  # fmt: skip
    top.inst("lt", parts.turn, load, "lload")
    down = [parts.elbow, *[parts.drop] * (fold.top - 1)]
    if reset == "self":
        return spikes, jtl.chain(top, "lq", [*down, parts.knee_land], "lq", backwards=fold.top)
    return spikes, jtl.chain(top, "lq", [*down, parts.land, parts.row_reach], "lq")


def _delay_line(top: CellBuilder, parts: LeakCells, fold: Shape) -> str:
    kinds = [parts.knee, parts.elbow, *[parts.jtl] * fold.columns]
    for count in fold.rows:
        kinds += [parts.fold, *[parts.jtl] * count] * 2
    return jtl.chain(top, "lw", [*kinds, parts.knee], "lw", backwards=1)


def splitter_plan(cell: Circuit) -> FloorPlan:
    """In the spike row, one output above."""
    return replace(splitter.floor_plan(cell, rows=6), rail_row=RAIL, bus=((0, "up"),))


def merger_plan(cell: Circuit) -> FloorPlan:
    """In the highest row: tick from the left, the delay line from below."""
    return replace(loop.merger_plan(cell), rail_row=RAIL, bus=((0, "down"),))


def row_reach_plan(cell: Circuit) -> FloorPlan:
    """Six tiles wide, in the tick row."""
    return replace(loop.reach_plan(cell), tiles=(6, 6), rail_row=5)


def elbow_plan(cell: Circuit) -> FloorPlan:
    """Left and below."""
    plan = jtl.round_the_corner(cell, (3, 5), pillar=0, bridge=27.2, most=(2.4, 3.4, 3.6),
                                feed=("pillar 0", (15.0, None), "RI_s.start"))  # fmt: skip
    return replace(plan, rail_row=RAIL, pillars=((0, RAIL),), bus=((0, "down"),))


def knee_plan(cell: Circuit) -> FloorPlan:
    """Right and above."""
    bridge = 26.6 + nearer_um(cell["L_2"].l_ph, JtlValues.l2_l_ph, 1.5)
    return FloorPlan(
        circuit=lvs_view(cell),
        tiles=(3, 6),
        rail_row=RAIL,
        bus=((0, "up"),),
        pins=(Pin("a", "right", 2), Pin("q", "top", 1)),
        pillars=((0, RAIL),),
        nodes={"m": (15.0, bridge)},
        parts=(
            Part("B_a", 24.25, 25.6 - free("L_1")), Part("B_b", 15.0, 44.5, "right"),
            Part("RI_s", 5.0, 28.5 + free("LB_s"), "up", flipped=True),
        ),
        routes=(
            Route("L_1", 1.0, ("pin a", (26.7, None), ("B_a", 2.45, -2.2), ("B_a", 0, -2.2)), (-1.0, 6.0)),
            Route("L_2", free("L_2"), ("B_a", (None, bridge), "m"), (0.8, 2.4)),
            Route("L_3", free("L_3"), ("m", "B_b"), (0.8, 3.4)),
            Route("L_4", free("L_4"), ("B_b", "pin q"), (0.8, 5.0)),
            Route("LB_s", 1.6, ("RI_s.start", (None, bridge), "m"), (-1.0, 6.0)),
        ),
        straps=(Strap("vdd", 1.25, ("pillar 0", "RI_s.end")),),
    )  # fmt: skip


def knee_load_plan(cell: Circuit) -> FloorPlan:
    """Right and above, to stand mirrored beside the JTLs that load the token."""
    return replace(knee_plan(cell), rail_row=5, rail_open=(False, True), bus=((2, "up"),))


def knee_land_plan(cell: Circuit) -> FloorPlan:
    """In from above, out to the right into the merger of the loop, whose rail begins there."""
    return replace(knee_plan(cell), rail_open=(True, False))


def land_plan(cell: Circuit) -> FloorPlan:
    """In from above, out to the right, down to the tick row."""
    out = 25.0
    return jtl.beside_plan(
        cell, tap=(15.0, 35.0), bias_x=5.0, ends=(1.2, 4.6), middle=(0.8, 4.6), corners={"L_3": ((None, out),)},
        junctions=(Part("B_a", 15.0, 52.0, "right"), Part("B_b", 23.0, out, "down")),
        tiles=(4, 7),
        pins=(Pin("a", "top", 1), Pin("q", "right", 2)),
        rail_row=5, bus=((0, "up"),), pillars=((0, 5),),
    )  # fmt: skip


def fold_plan(cell: Circuit) -> FloorPlan:
    """From a row to the one above it, both at the right; the rails of both are joined."""
    return jtl.beside_plan(
        cell, tap=(15.0, 52.0), bias_x=5.0, ends=(1.2, 4.6), middle=(0.8, 4.6),
        corners={"L_1": ((15.0, None),), "L_4": ((None, 85.0),)},
        junctions=(Part("B_a", 15.0, 36.0, "left"), Part("B_b", 15.0, 69.0, "left")),
        tiles=(2, 12),
        pins=(Pin("a", "right", 2), Pin("q", "right", 8)),
        rail_row=6 + RAIL, rail_open=(False, True), feeds=((RAIL, 0),), pillars=((0, 6),),
    )  # fmt: skip


def drop_plan(cell: Circuit) -> FloorPlan:
    """A riser of the tree, in from above, out below; its rail comes from above and goes on below."""
    plan = branch.riser_plan(cell)
    parts = tuple(replace(p, points="left") if p.name == "B_a" else p for p in plan.parts)
    return replace(plan, parts=parts, rail_row=RAIL, pillars=((2, RAIL),), bus=((0, "up"), (0, "down")))


PLANS = {
    "splitter_leak": splitter_plan, "merger_leak": merger_plan, "jtl_row_reach": row_reach_plan,
    "jtl_elbow": elbow_plan, "jtl_knee": knee_plan, "jtl_knee_load": knee_load_plan,
    "jtl_knee_land": knee_land_plan, "jtl_land": land_plan,
    "jtl_fold": fold_plan, "jtl_drop": drop_plan,
}  # fmt: skip
