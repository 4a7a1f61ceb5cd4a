"""DC/SFQ converter: each rising edge of a current at the pad gives one pulse; the falling edge re-arms it.

      a --L_a--+--L_g-- gnd
               +--L_1--[B_1]--+--L_2--+--L_3--+--L_q-- q
                          I_1 ->     B_2     B_3 <- I_3

The input current divides between L_g and the series junction B_1. Rising, it switches B_2 (a pulse leaves through B_3);
falling, it switches B_1 back, so that the loop is as before. An input of 600 uA is nominal.
"""

from __future__ import annotations

from dataclasses import dataclass

from sfqgen.layout.free import free
from sfqgen.layout.plan import Change, FloorPlan, Part, Pin, Route, Strap
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import GROUND, STIMULUS, Circuit, CurrentSource, Waveform
from sfqgen.netlist.views import lvs_view
from sfqgen.timing.bench import CellBench, line, load_junction


@dataclass(frozen=True)
class DcsfqValues:
    """Figures of the public ColdFlux converter."""

    j1_ic_ua: float = 225.0
    j2_ic_ua: float = 225.0
    j3_ic_ua: float = 250.0
    i1_ib_ua: float = 275.0
    i3_ib_ua: float = 175.0
    a_l_ph: float = 1.0
    g_l_ph: float = 3.9
    l1_l_ph: float = 0.6
    l2_l_ph: float = 1.1
    l3_l_ph: float = 4.5
    q_l_ph: float = 2.07


def circuit(values: DcsfqValues = DcsfqValues(), name: str = "dcsfq") -> Circuit:
    """Ports a (current from the pad), q."""
    cell, v = CellBuilder(name, ("a", "q")), values
    cell.l("a", "a", "ng", v.a_l_ph)
    cell.l("g", "ng", GROUND, v.g_l_ph)
    cell.l("1", "ng", "n1", v.l1_l_ph)
    cell.jj("1", "n1", "nm", ic_ua=v.j1_ic_ua)
    cell.bias("1", "nm", v.i1_ib_ua)
    cell.l("2", "nm", "n2", v.l2_l_ph)
    cell.jj("2", "n2", ic_ua=v.j2_ic_ua)
    cell.l("3", "n2", "n3", v.l3_l_ph)
    cell.jj("3", "n3", ic_ua=v.j3_ic_ua)
    cell.bias("3", "n3", v.i3_ib_ua)
    cell.l("q", "n3", "q", v.q_l_ph)
    return cell.done()


def bench(values: DcsfqValues = DcsfqValues(), amplitude_ua: float = 600.0) -> CellBench:
    """Three trapezoids of 20 ps edges give three pulses."""
    top, jtl = CellBuilder("tb_dcsfq", ()), line()
    points = [0.0, 0.0]
    for start in (60.0, 200.0, 340.0):
        points += [start, 0.0, start + 20, amplitude_ua, start + 60, amplitude_ua, start + 80, 0.0]
    top.add(CurrentSource("I_a", GROUND, "a", Waveform("pwl", tuple(points)), STIMULUS))
    top.inst("dut", circuit(values), "a", "q")
    top.inst("load_q", jtl, "q", "e_q")
    top.load("end_q", "e_q")
    return CellBench(top.done(), 480.0, {"q": 3}, {load_junction("q"): 3})


def floor_plan(cell: Circuit, q_row: int = 1) -> FloorPlan:
    """Three tiles wide and high, the converter in the middle row; the output leaves in tile row `q_row`, 1 or 0.

    With one of each on one another the outputs lie 20 um apart, as the inputs of a merger do.
    """
    axis = 15.0
    return FloorPlan(
        circuit=lvs_view(cell),
        tiles=(3, 3),
        rail_row=2,
        pins=(Pin("a", "left", 1), Pin("q", "right", q_row)),
        pillars=((1, 2),),
        nodes={"ng": (5.45, axis)},
        parts=(
            Part("B_1", 8.7, axis, "up"), Part("B_2", 15.2, axis, "down"), _output_junction(q_row),
            Part("RI_1", 11.2, 25.0, "left"), Part("RI_3", 18.2, 25.0, "right"),
        ),
        routes=(
            Route("L_a", free("L_a"), ("pin a", "ng"), (0.8, 3.5)),
            Route("L_g", free("L_g"), ("ng", (None, 7.2), ("B_2", 0, -7.8), "B_2.far"), (0.8, 3.0)),
            Route("L_1", free("L_1"), ("ng", "B_1"), (0.8, 4.4)),
            Route("L_2", free("L_2"), ("B_1.base", (11.95, None), Change("M6"), "B_2"), (0.9, 3.0), "M5"),
            Route("LB_1", free("LB_1"), ("RI_1.end", (None, 18.4), Change("M5"), (None, 16.0), ("B_1.base", 0, 1.0)),
                  (0.85, 3.0)),
            *_output_routes(q_row),
        ),
        straps=(Strap("vdd", 1.25, ("pillar 0", "RI_1.start")), Strap("vdd", 1.25, ("pillar 0", "RI_3.start"))),
    )  # fmt: skip


OUT_X, RISE = 21.6, 2.0
"""Place of B_3, and how far it stands above the axis, out of the way of a tile corner's vias."""


def _output_junction(q_row: int) -> Part:
    return Part("B_3", OUT_X, 15.0 + RISE, "down") if q_row else Part("B_3", OUT_X, 15.0, "up")


def _output_routes(q_row: int) -> tuple[Route, ...]:
    """From B_2 to the pin, and the bias of B_3."""
    if q_row:
        lead, out, y = ("RI_3.end", (None, 20.0), (OUT_X, None), "B_3"), ((26.0, None), (None, 15.0)), 15.0 + RISE
    else:
        lead, out, y = ("RI_3.end", (None, 15.0), "B_3"), ((None, 5.0),), 15.0
    way = ("B_2", (17.6, None), (None, 11.0 - free("L_3")), (19.2, None), (None, y), "B_3")
    return (
        Route("L_3", 0.8, way, (-3.0, 5.0)),
        Route("L_q", free("L_q"), ("B_3", *out, "pin q"), (0.8, 4.0)),
        Route("LB_3", free("LB_3"), lead, (0.8, 4.0)),
    )
