"""SFQ/DC converter: each pulse toggles the output between zero and a voltage that room-temperature equipment reads.

      a --L_a--+--L_s-- m --+--L_t1--[B_t1]--+-- t --L_u--+
              B_a <- I_a    |                B_t <- I_t   |
                            |                             h --L_r--R_r-- gnd
                            +--L_b1--[B_b1]--+-- b --L_v--+
                                             B_b          |
                                                          +--L_h--[B_h]-- o --L_o1--+--L_o2--+--L_o3--+--L_q-- q
                                                                          ^        B_c       ^       B_q
                                                                         I_o                I_q

B_t, L_u, L_v, B_b is a toggle (T flip-flop): one quantum or none. An input pulse switches the junction that the loop
current does not oppose, B_t or B_b in turn; B_t1 and B_b1 let out what the other arm must not keep. With the quantum
on its way through L_u, node h draws current from B_h and B_c; these then switch again and again, each time through
R_r, and the output line B_c, B_q repeats the stream. Its mean voltage at the pin is the DC level; without the quantum
the output is quiet. So n pulses toggle n times: an even count reads 0, an odd count reads "high".

The level is a frequency, Phi0 times the rate of B_q: 0.21 mV (100 GHz) into the 50 ohm of an amplifier, 0.19 mV into
10 ohm, 0.14 mV into 2 ohm (simulated, biased by resistors from 2.6 mV; bias resistors lose some of it). The ripple is
a full SFQ pulse and has to be filtered. After a pulse the output takes at most 50 ps to settle.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sfqgen.layout.free import free
from sfqgen.layout.plan import Change, FloorPlan, Part, Pin, Route, Strap, escape_um
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import GROUND, PHI0_UV_PS, Circuit
from sfqgen.netlist.views import lvs_view
from sfqgen.timing.bench import CellBench, driver_junction, line

LOAD_OHM = 50.0
"""Input of the amplifier that the swing is stated for."""
PULSES_PS = (200.0, 500.0, 800.0, 1100.0)
START_PS = 50.0
"""From an input pulse to a settled output."""


@dataclass(frozen=True)
class SfqdcValues:
    """Started from the figures of the public ColdFlux converter (RSFQlib, SFQDC v2p1), whose output bias is 220 uA and
    whose all-bias margin here is -14 %; centred by simulation into 50 ohm: singles +-30 %, globals +-20 %."""

    a_ic_ua: float = 325.0
    t1_ic_ua: float = 150.0
    b1_ic_ua: float = 200.0
    t_ic_ua: float = 175.0
    b_ic_ua: float = 300.0
    h_ic_ua: float = 158.0
    c_ic_ua: float = 150.0
    q_ic_ua: float = 200.0
    a_ib_ua: float = 280.0
    t_ib_ua: float = 150.0
    o_ib_ua: float = 245.0
    q_ib_ua: float = 80.0
    a_l_ph: float = 1.52
    s_l_ph: float = 0.83
    t1_l_ph: float = 1.21
    b1_l_ph: float = 1.21
    u_l_ph: float = 4.66
    v_l_ph: float = 3.08
    h_l_ph: float = 0.44
    o1_l_ph: float = 1.2
    o2_l_ph: float = 3.83
    o3_l_ph: float = 1.84
    q_l_ph: float = 1.51
    r_l_ph: float = 0.91
    r_r_ohm: float = 0.5


def circuit(values: SfqdcValues = SfqdcValues(), name: str = "sfqdc") -> Circuit:
    """Ports a, q (to the pad)."""
    cell, v = CellBuilder(name, ("a", "q")), values
    cell.l("a", "a", "na", v.a_l_ph)
    cell.jj("a", "na", ic_ua=v.a_ic_ua)
    cell.bias("a", "na", v.a_ib_ua)
    cell.l("s", "na", "m", v.s_l_ph)
    cell.l("t1", "m", "nt1", v.t1_l_ph)
    cell.jj("t1", "nt1", "t", ic_ua=v.t1_ic_ua)
    cell.jj("t", "t", ic_ua=v.t_ic_ua)
    cell.bias("t", "t", v.t_ib_ua)
    cell.l("b1", "m", "nb1", v.b1_l_ph)
    cell.jj("b1", "nb1", "b", ic_ua=v.b1_ic_ua)
    cell.jj("b", "b", ic_ua=v.b_ic_ua)
    cell.l("u", "t", "h", v.u_l_ph)
    cell.l("v", "b", "h", v.v_l_ph)
    cell.l("r", "h", "nr", v.r_l_ph)
    for strip in "12":  # of R5, which is not to be wider than 5 um
        cell.r(f"r{strip}", "nr", GROUND, 2 * v.r_r_ohm)
    cell.l("h", "h", "nh", v.h_l_ph)
    cell.jj("h", "nh", "o", ic_ua=v.h_ic_ua)
    cell.bias("o", "o", v.o_ib_ua)
    cell.l("o1", "o", "nc", v.o1_l_ph)
    cell.jj("c", "nc", ic_ua=v.c_ic_ua)
    cell.l("o2", "nc", "no", v.o2_l_ph)
    cell.bias("q", "no", v.q_ib_ua)
    cell.l("o3", "no", "nq", v.o3_l_ph)
    cell.jj("q", "nq", ic_ua=v.q_ic_ua)
    cell.l("q", "nq", "q", v.q_l_ph)
    return cell.done()


M_X, T_X, H_X = 13.6, 17.5, 29.6
"""Where both arms of the toggle part, where their grounded junctions stand, and where they meet again."""
ARM_UM = 7.2
"""Height of an arm above or below the axis."""
LEAK_UM = 2.25
"""Height of a strip of the leak above or below the axis."""


def floor_plan(cell: Circuit) -> FloorPlan:
    """Seven tiles wide, six high: both arms of the toggle mirror each other, with the leak to ground between them."""
    axis, rail, o_x = 25.0, 52.1, 53.5
    out = H_X + 2.8
    via_x = out + escape_um(cell["B_h"].ic_ua)
    lead_y = axis + escape_um(cell["B_h"].ic_ua) + 0.55  # a via clear of the base, whose lead comes in below it on M5
    to_c = ("B_h.base", (via_x, None), Change("M6"), "B_c")
    return FloorPlan(
        circuit=lvs_view(cell),
        tiles=(7, 6),
        rail_row=5,
        pins=(Pin("a", "left", 2), Pin("q", "right", 2)),
        pillars=((0, 5), (1, 5), (2, 5), (5, 5)),
        grounds=((22.2, axis),),
        nodes={"m": (M_X, axis), "h": (H_X, axis), "no": (o_x, axis)},
        parts=(
            Part("B_a", 8.2, axis, "down"),
            Part("B_t1", M_X, axis + ARM_UM, "up", flipped=True), Part("B_t", T_X, axis + ARM_UM, "down"),
            Part("B_b1", M_X, axis - ARM_UM, "down", flipped=True), Part("B_b", T_X, axis - ARM_UM, "up"),
            Part("R_r1", 25.5, axis + LEAK_UM, "left"), Part("R_r2", 25.5, axis - LEAK_UM, "left"),
            Part("B_h", out, axis, "down"), Part("B_c", via_x + escape_um(cell["B_c"].ic_ua), axis, "down"),
            Part("B_q", 62.5, axis, "down"),
            Part("RI_a", 8.2, 39.6 - free("LB_a")), Part("RI_t", T_X, rail - free("LB_t")),
            Part("RI_o", out, 42.0 - free("LB_o")), Part("RI_q", o_x + 2.8, 31.2 + free("LB_q"), "up", flipped=True),
        ),
        routes=(
            Route("L_a", free("L_a"), ("pin a", "B_a"), (0.7, 2.0)),
            Route("L_s", free("L_s"), ("B_a", "m"), (0.8, 3.0)),
            *_arm_routes(cell, "t", "u", axis, 1), *_arm_routes(cell, "b", "v", axis, -1),
            Route("L_r", free("L_r"), ("h", ("R_r1.start", 1.2, -LEAK_UM)), (0.8, 3.4)),
            Route("L_h", free("L_h"), ("h", "B_h"), (0.8, 2.4)),
            Route("L_o1", free("L_o1"), to_c, (0.75, 4.8), "M5"),
            Route("L_o2", free("L_o2"), ("B_c", "no"), (0.75, 2.0)),
            Route("L_o3", free("L_o3"), ("no", "B_q"), (0.8, 2.0)),
            Route("L_q", free("L_q"), ("B_q", "pin q"), (0.75, 3.0)),
            Route("LB_a", 0.9, ("RI_a.end", "B_a"), (-6.0, 6.0)),
            Route("LB_t", 0.8, ("RI_t.end", "B_t"), (0.0, 6.0)),
            Route("LB_o", 0.9, ("RI_o.end", (None, lead_y), Change("M5"), "B_h.base"), (-6.0, 6.0)),
            Route("LB_q", 0.8, ("RI_q.start", (None, axis + 3.2), (o_x, None), "no"), (-1.0, 4.0)),
        ),
        straps=(
            Strap("t", 2.0, ("B_t1", "B_t")), Strap("b", 2.0, ("B_b1", "B_b")),
            Strap("nr", 2.4, (("R_r1.start", 0.6, 0), ("R_r2.start", 0.6, 0))),
            Strap(GROUND, 1.25, ("R_r1.end", "R_r2.end")),
            Strap(GROUND, 2.0, (("R_r1.end", 0, -LEAK_UM), "ground 0")),
            Strap("vdd", 1.25, (("pillar 0", 0, -1.575), (8.2, None), "RI_a.start")),
            Strap("vdd", 1.25, ("pillar 1", (T_X, None), "RI_t.start")),
            Strap("vdd", 1.25, ("pillar 2", (out, None), "RI_o.start")),
            Strap("vdd", 1.25, (("pillar 3", 1.3, 0), "RI_q.end")),
        ),
    )  # fmt: skip


def _arm_routes(cell: Circuit, arm: str, loop: str, axis: float, side: int) -> tuple[Route, ...]:
    """From the parting point under the series junction, and from the grounded one to where the arms meet."""
    via_y = axis + side * (ARM_UM - escape_um(cell[f"B_{arm}1"].ic_ua))
    into = ("m", (None, via_y), Change("M5"), f"B_{arm}1.base")
    return (
        Route(f"L_{arm}1", free(f"L_{arm}1"), into, (1.4, 3.8)),
        Route(f"L_{loop}", free(f"L_{loop}"), (f"B_{arm}", (H_X, None), "h"), (0.75, 2.4)),
    )


def bench(values: SfqdcValues = SfqdcValues(), times_ps: Sequence[float] = PULSES_PS,
          load_ohm: float = LOAD_OHM) -> CellBench:  # fmt: skip
    """Pulses 300 ps apart toggle the level; counted are the two sides of the toggle, B_t and B_b in turn."""
    top = CellBuilder("tb_sfqdc", ())
    top.pulses("a", "s_a", list(times_ps))
    top.inst("drive_a", line(), "s_a", "a")
    top.inst("dut", circuit(values), "a", "q")
    top.load("q", "q", load_ohm)
    n = len(times_ps)
    inside = {"B_t|X_dut": (n + 1) // 2, "B_b|X_dut": n // 2, driver_junction("a"): n}
    return CellBench(top.done(), times_ps[-1] + 300.0, {}, inside)


def levels_uv(output_ps: np.ndarray, times_ps: Sequence[float], stop_ps: float) -> list[float]:
    """Mean voltage at the pin before the first input pulse, between pulses, and after the last.

    `output_ps`: times (ps) at which B_q stepped by 2 pi. Each interval begins START_PS after its input pulse.
    """
    edges = [0.0, *times_ps, stop_ps]
    spans = [(low + START_PS, high) for low, high in itertools.pairwise(edges)]
    return [PHI0_UV_PS * int(np.sum((output_ps > low) & (output_ps < high))) / (high - low) for low, high in spans]
