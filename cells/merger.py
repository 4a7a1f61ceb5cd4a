"""Merger (confluence buffer): a pulse at either input gives one pulse at the output.

      a --L_a1--+--[B_a2]--L_a2--+
               B_a1              |
               gnd               m --L_m--+--L_q-- q
                          I_m -> |       B_q <- I_q
      b --L_b1--+--[B_b2]--L_b2--+       gnd
               B_b1
               gnd

A pulse from `a` switches B_a1, goes through the series junction B_a2 and switches B_q. It cannot run back into `b`:
there B_b2 gives way before B_b1. The bias I_m feeds all of B_a1, B_b1 and, through L_m, B_q. Two pulses closer than the
dead time (docs/neuron.md) leave as one, because B_q is still on its way: this is the loss that the spacing of a
specification must respect.

Five junctions: the input junctions do without a JTL of their own, because a tree drives each merger from the output
junction of another one.
"""

from __future__ import annotations

from dataclasses import dataclass

from sfqgen.layout.free import free
from sfqgen.layout.plan import Change, FloorPlan, Part, Pin, Route, Strap
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Circuit
from sfqgen.netlist.views import lvs_view
from sfqgen.timing.bench import CellBench, cell_bench, driver_junction


@dataclass(frozen=True)
class MergerValues:
    """Own design, centred in a tree of four inputs with spikes down to 8 ps apart (docs/neuron.md)."""

    in_ic_ua: float = 175.0
    ser_ic_ua: float = 125.0
    q_ic_ua: float = 140.0
    m_ib_ua: float = 240.0
    q_ib_ua: float = 90.0
    in_l_ph: float = 2.0
    ser_l_ph: float = 1.3
    m_l_ph: float = 6.3
    q_l_ph: float = 2.0


def circuit(values: MergerValues = MergerValues(), name: str = "merger") -> Circuit:
    """Ports a, b, q."""
    cell, v = CellBuilder(name, ("a", "b", "q")), values
    for p in "ab":
        cell.l(f"{p}1", p, f"n{p}1", v.in_l_ph)
        cell.jj(f"{p}1", f"n{p}1", ic_ua=v.in_ic_ua)
        cell.jj(f"{p}2", f"n{p}1", f"n{p}2", ic_ua=v.ser_ic_ua)
        cell.l(f"{p}2", f"n{p}2", "m", v.ser_l_ph)
    cell.bias("m", "m", v.m_ib_ua)
    cell.l("m", "m", "nq", v.m_l_ph)
    cell.jj("q", "nq", ic_ua=v.q_ic_ua)
    cell.bias("q", "nq", v.q_ib_ua)
    cell.l("q", "nq", "q", v.q_l_ph)
    return cell.done()


def bench(values: MergerValues = MergerValues(), second_ps: float = 10.0) -> CellBench:
    """Pulses at a, at b, then at both `second_ps` apart: four leave, none runs back."""
    drive = {"a": [50.0, 150.0], "b": [100.0, 150.0 + second_ps]}
    return cell_bench(circuit(values), drive, {"q": 4}, {driver_junction("a"): 2, driver_junction("b"): 2})


def floor_plan(cell: Circuit, rows: int = 7) -> FloorPlan:
    """Five tiles wide, both inputs mirror images about the axis on which the output runs.

    `rows` 7 stands in a 70 um library row; 6 is the same cell without its lowest tiles.
    """
    middle = rows - 4
    axis = 10.0 * middle + 5.0
    return FloorPlan(
        circuit=lvs_view(cell),
        tiles=(5, rows),
        rail_row=rows - 1,
        pins=(Pin("a", "left", middle + 1), Pin("b", "left", middle - 1), Pin("q", "right", middle)),
        pillars=((3, rows - 1), (0, middle)),
        nodes={"m": (15.0, axis)},
        parts=(
            *_input_parts("a", axis, 1, "up"), *_input_parts("b", axis, -1, "down"),
            Part("B_q", 40.6, axis + 0.8),
            Part("RI_m", 4.0, axis + 3.2 + free("LB_m"), "right"),
            Part("RI_q", 45.0, axis + 5.0 + free("LB_q"), "up", flipped=True),
        ),
        routes=(
            *_input_routes("a", axis, 1), *_input_routes("b", axis, -1),
            Route("L_m", free("L_m"), ("m", ("B_q", 0, -0.8)), (0.8, 1.6)),
            Route("L_q", free("L_q"), (("B_q", 0, -0.8), "pin q"), (0.8, 3.0)),
            Route("LB_m", 0.8, ("RI_m.end", (None, axis), "m"), (-0.3, 4.0)),
            Route("LB_q", 0.8, ("RI_q.start", (None, axis + 1.7), ("B_q", 0, 0.9)), (-2.0, 6.0)),
        ),
        straps=(
            Strap("na1", 2.0, ("B_a2", "B_a1")), Strap("nb1", 2.0, ("B_b2", "B_b1")),
            Strap("vdd", 1.25, (("pillar 1", -1.0, 0), "RI_m.start")),
            Strap("vdd", 1.25, (("pillar 0", 0, 1.4), (45.0, None), "RI_q.end")),
        ),
    )  # fmt: skip


def _input_parts(p: str, axis: float, side: int, outward: str) -> tuple[Part, ...]:
    """Junctions of one input; `side` is 1 above the axis and -1 below it."""
    y = axis + side * 8.7
    return Part(f"B_{p}1", 18.9, y, "right"), Part(f"B_{p}2", 15.0, y, outward)


def _input_routes(p: str, axis: float, side: int) -> tuple[Route, ...]:
    way = (f"pin {p}", (f"B_{p}2", 0, side * 1.3))
    escape = (f"B_{p}2.base", (None, axis + side * 5.6), Change("M6"), "m")
    return (
        Route(f"L_{p}1", free(f"L_{p}1"), way, (1.2, 4.4)),
        Route(f"L_{p}2", free(f"L_{p}2"), escape, (1.4, 3.8), "M5"),
    )
