"""Sampled inputs: spikes may come at any time, together or not; the frame tick reads them out one after the other.

           in(N-1)                        in0
             |                             |
          X_id(N-1) (token)             X_id0 (token)                        tick
         read|  | spike             read |  | spike                           |
             |  |                        |  |                                 |
         X_il .. X_ix(N-1) ------- X_iq0 .. X_ix0 -- X_iw(D-1) .. X_iw0 -- X_ia -- X_io0 -- X_io1 -- "on"
       (lift) | (cross)       (splitter) | (cross)       (JTLs)        (splitter)    (JTLs)
              |                          |
             X_if ------------------- X_im0 -------- X_xa0 .. X_xaD ------- X_xj
            (JTL)                   (merger)            (JTLs)

A merger loses one of two spikes that meet in it. Here no two meet: each input holds its spike in a token cell until
the tick, running away from the neuron, reads it. What is read crosses the chain and runs back, joining what comes from
farther away. The reads are a cross and a splitter apart, and a merger more where they join: STEP_PS, more than the
dead time of a merger, and both follow the process alike. X_iw and X_xa hold the first read back until the stages are
armed.

A spike counts in the frame whose tick reads it; so the output comes one frame later than without a sampler. An input
counts once per frame, however often it spikes. A spike within SAMPLE_BAND_PS of the moment at which its input is read
counts in this frame or in the next, never in both and never in none.

The tick enters X_ia at one of its outputs: the three arms of a splitter are alike within a percent, and a pulse at any
of them leaves at the other two. Its floor plan is that of a stage of the neuron (`sfqgen/layout/sampled.py`).

Junctions: 19 N + 4 D + 5, with the mergers and JTLs that stand in the place of a tree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from cells import cross, jtl, loop, merger, splitter, token_cell
from cells.jtl import JtlValues
from cells.merger import MergerValues
from cells.splitter import SplitterValues
from cells.token_cell import TokenValues
from cells.tree import JTL_PS, MERGE_PS, ended
from sfqgen.layout.free import free
from sfqgen.layout.plan import TILE_UM, FloorPlan, Part, Pin, Route, Strap
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Circuit
from sfqgen.netlist.views import lvs_view

SPLIT_PS, CROSS_PS, TOKEN_PS = 5.1, 4.6, 5.1
"""Delay of a splitter, a line of a crossing, and from read to output of a token cell (simulated, bias through
resistors)."""
ON_JTLS = 2
"""JTLs between X_ia and the first stage: room for drivers of tick and INC."""
CHAIN_PS = CROSS_PS + SPLIT_PS
"""From one read to the next."""
STEP_PS = CHAIN_PS + MERGE_PS
"""From one spike to the next, where they meet the neuron."""
CHAIN_BIAS = 1.1
"""Of a JTL's bias, where the chain crosses: splitters make it slow at high Ic, and with the published bias of a JTL it
is not (measured for eight inputs, all Ic +20 %: the last read after 209 instead of 235 ps)."""
JOIN_IN_L_PH, JOIN_OUT_L_PH, JOIN_OUT_X = 2.84, 1.3, 53.2
"""Of the merger of the way back: its input is a longer line and its output a shorter one, their sum that of two plain
ones; where its output junction stands."""
ARM_L_PH = 1.98
"""At the input of a token that no JTL stands in front of: as published."""


@dataclass(frozen=True)
class SamplerCells:
    """The cells of sampled inputs by their place."""

    row: Circuit
    splitter: Circuit
    cross: Circuit
    token: Circuit
    merger: Circuit
    lift: Circuit
    fall: Circuit
    jtl: Circuit


def cells(line: JtlValues, tick: JtlValues, joined: MergerValues, split: SplitterValues,
          held: TokenValues) -> SamplerCells:  # fmt: skip
    joined = replace(joined, in_l_ph=JOIN_IN_L_PH, q_l_ph=JOIN_OUT_L_PH)
    return SamplerCells(
        row=jtl.circuit(line, "jtl_row"),
        splitter=splitter.circuit(split),
        cross=cross.circuit(replace(tick, s_ib_ua=CHAIN_BIAS * line.s_ib_ua), line, "cross_read"),
        token=token_cell.circuit(replace(held, a_l_ph=ARM_L_PH), "token_read"),
        merger=merger.circuit(joined, "merger_join"),
        lift=jtl.circuit(line, "jtl_lift"),
        fall=jtl.circuit(ended(line), "jtl_return"),
        jtl=jtl.circuit(line),
    )


def delay_jtls(armed_ps: float) -> int:
    """JTLs of the chain before the first input, which bring the first read to the first stage `armed_ps` after the
    tick there: those on the way back, one more, delay it as well."""
    fixed = 2 * CROSS_PS + SPLIT_PS + TOKEN_PS + MERGE_PS + (1 - ON_JTLS) * JTL_PS
    return max(1, math.ceil(round((armed_ps - fixed) / (2 * JTL_PS), 3)))


def read_ps(inputs: int, delays: int) -> tuple[float, float]:
    """From the tick to the reads of the first and of the last input."""
    first = SPLIT_PS * 2 + CROSS_PS + JTL_PS * delays
    return round(first, 1), round(first + CHAIN_PS * (inputs - 1), 1)


def back_ps(inputs: int, delays: int) -> float:
    """From the output of the token of the last input to X_xj."""
    return round(JTL_PS * (delays + 1) + CROSS_PS + MERGE_PS * inputs, 1)


def passed_ps(inputs: int, delays: int) -> float:
    """From the tick at the neuron, behind X_io, to the last spike at X_xj."""
    on = SPLIT_PS + JTL_PS * ON_JTLS
    return round(read_ps(inputs, delays)[1] + TOKEN_PS + back_ps(inputs, delays) - on, 1)


def build(top: CellBuilder, parts: SamplerCells, inputs: int, delays: int) -> tuple[str, str]:
    """Adds the sampler to `top`; returns the line that leads to X_xj, and the tick of the neuron."""
    top.inst("ia", parts.splitter, "iw0", "tick", "io0")
    for i in range(ON_JTLS):
        top.inst(f"io{i}", parts.row, f"io{i}", f"io{i + 1}")
    line = "iw0"
    for i in range(delays):
        top.inst(f"iw{i}", parts.row, line, f"iw{i + 1}")
        line = f"iw{i + 1}"
    for i in range(inputs):
        line = _read(top, parts, i, line, last=i == inputs - 1)
    return _way_back(top, parts, inputs, delays), f"io{ON_JTLS}"


def _read(top: CellBuilder, parts: SamplerCells, i: int, line: str, last: bool) -> str:
    """Token cell of one input, and the chain past it."""
    top.inst(f"ix{i}", parts.cross, line, f"ic{i}", f"is{i}", f"ir{i}")
    top.inst(f"id{i}", parts.token, f"in{i}", f"iq{i}", f"is{i}")
    if last:
        top.inst("il", parts.lift, f"ic{i}", f"iq{i}")
    else:
        top.inst(f"iq{i}", parts.splitter, f"ic{i}", f"iq{i}", f"in{i}_on")
    return f"in{i}_on"


def _way_back(top: CellBuilder, parts: SamplerCells, inputs: int, delays: int) -> str:
    top.inst("if", parts.fall, f"ir{inputs - 1}", f"ib{inputs - 1}")
    for i in reversed(range(inputs - 1)):
        top.inst(f"im{i}", parts.merger, f"ib{i + 1}", f"ir{i}", f"ib{i}")
    return jtl.chain(top, "xa", [parts.jtl] * (delays + 1), "ib0")


def join_plan(cell: Circuit) -> FloorPlan:
    """The merger of the way back, to stand upside down: straight on from left to right, the other input from below.

    The common merger with a column of tiles more on the left, in which the line rises to its input.
    """
    plan = merger.floor_plan(cell, rows=6)
    ends = {
        "L_a1": ("pin a", (5.0, None), (None, 35.0), ("B_a2", -0.5, 1.3)), "L_b1": ("pin b", ("B_b2", 0, -1.3)),
    }  # fmt: skip
    feed = ("pillar 0", 0, 1.4), (55.0, None), "RI_q.end"
    parts = tuple(replace(p, x=JOIN_OUT_X if p.name == "B_q" else p.x + TILE_UM) for p in plan.parts)
    return replace(
        plan, tiles=(6, 6), rail_row=0, bus=((2, "down"),), nodes={"m": (25.0, 25.0)},
        pins=(Pin("a", "left", 2), Pin("b", "bottom", 2), Pin("q", "right", 2)),
        pillars=tuple((column + 1, row) for column, row in plan.pillars),
        parts=tuple(replace(p, points="left") if p.name == "B_b2" else p for p in parts),
        routes=tuple(replace(r, path=ends[r.name], limits=(0.9, 4.4)) if r.name in ends else r for r in plan.routes),
        straps=tuple(replace(s, path=feed) if "RI_q.end" in s.path else s for s in plan.straps),
    )  # fmt: skip


def lift_plan(cell: Circuit) -> FloorPlan:
    """Three tiles wide: in from the right, out above; the splitter of the last input without its left arm."""
    axis, street = 25.0, 36.0
    return FloorPlan(
        circuit=lvs_view(cell),
        tiles=(3, 6),
        rail_row=5,
        rail_open=(False, True),
        pins=(Pin("a", "right", 2), Pin("q", "top", 1)),
        pillars=((0, 5),),
        nodes={"m": (15.0, street)},
        parts=(
            Part("B_a", 24.25, axis + 2.8 + free("L_1")), Part("B_b", 15.0, axis + 20.6, "right"),
            Part("RI_s", 6.5, street + 1.4 + free("LB_s"), "up", flipped=True),
        ),
        routes=(
            Route("L_1", 1.0, ("pin a", (26.7, None), ("B_a", 2.45, -2.2), ("B_a", 0, -2.2)), (-2.0, 7.0)),
            Route("L_2", free("L_2"), ("B_a", (None, street), "m"), (0.8, 2.8)),
            Route("L_3", free("L_3"), ("m", "B_b"), (0.8, 2.4)),
            Route("L_4", free("L_4"), ("B_b", "pin q"), (1.2, 3.4)),
            Route("LB_s", 1.4, ("RI_s.start", (None, street), "m"), (-1.0, 8.0)),
        ),
        straps=(Strap("vdd", 1.25, (("pillar 0", 1.5, -1.6), "RI_s.end")),),
    )  # fmt: skip


def return_plan(cell: Circuit) -> FloorPlan:
    """In from above, out to the right; its rail comes from the right, and from the crossing above."""
    return replace(loop.fall_plan(cell), bus=((1, "up"),))


PLANS = {
    "token_read": token_cell.read_plan, "cross_read": cross.stage_plan, "merger_join": join_plan, "jtl_lift": lift_plan,
    "jtl_return": return_plan,
}  # fmt: skip
