"""Delay, dead time and margins of our standard cells beside those of the ColdFlux library, all by the same engine.

    python -m tests.conformance.cell_figures        prints the table of docs/cells.md (needs ../shared/reference)

Both are run on the same bench: a JTL in front, a JTL behind, ideal current sources for every bias (the library's
decks know no others). Delay is what the cell adds between the two JTLs; of a DC/SFQ converter it runs from half height
of a 20 ps edge. Least gap is the least time between two pulses at the pins from which on none is lost. Margins are per
side, one parameter alone, 2 % grid, 40 % cap. The SFQ/DC converter is biased through resistors, into 50 ohm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cells import dcsfq, jtl, merger, sfqdc, splitter, token_cell
from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import GROUND, STIMULUS, Bias, Circuit, CurrentSource, Junction
from sfqgen.netlist.josim_read import read_deck
from sfqgen.netlist.views import sim_view
from sfqgen.sim.farm import Bench
from sfqgen.sim.margins import Margin, Margins, margins
from sfqgen.sim.transient import simulate
from sfqgen.timing.bench import bench, driver_junction, line, load_junction
from sfqgen.timing.converters import level_trains
from sfqgen.timing.neuron_bench import neuron_parameters
from tests.physics.test_ports import Toggles

LIBRARY = Path(__file__).parents[3] / "shared" / "reference" / "rsfqlib"
SETTLE_PS = 60.0
GAPS_PS = [1.0 + 0.5 * i for i in range(39)]


@dataclass(frozen=True)
class Case:
    """How one kind of cell is exercised: `order` gives input ports in turn, 40 ps apart; each must give `pulses`."""

    title: str
    ours: Circuit
    order: Sequence[str]
    outputs: Mapping[str, int]
    second: str | None = None
    library: str | None = None
    ports: Mapping[str, str] | None = None


CASES = [
    Case("JTL", jtl.circuit(), ("a", "a", "a"), {"q": 3}, "a", "JTL"),
    Case("splitter", splitter.circuit(), ("a", "a", "a"), {"q0": 3, "q1": 3}, "a", "SPLIT"),
    Case("merger, same input", merger.circuit(), ("a", "b", "a"), {"q": 3}, "a"),
    Case("merger, other input", merger.circuit(), ("b", "a", "b"), {"q": 3}, "a"),
    Case("token (D flip-flop)", token_cell.circuit(), ("a", "c", "c", "a", "a", "c"), {"q": 2}, None, "DFF",
         {"c": "clk"}),
]  # fmt: skip


@dataclass(frozen=True)
class Figures:
    junctions: int
    bias_ua: float
    delay_ps: float | None
    gap_ps: float | None
    margins: Margins


def library_cell(name: str, view: str = "extracted") -> Circuit:
    """A cell of the library as its own deck describes it; `view` base or extracted."""
    return read_deck(LIBRARY / name / f"THmitll_{name}_v3p0_{view}.cir").cell(f"THmitll_{name}")


def figures(case: Case, cell: Circuit, called: Mapping[str, str] | None = None) -> Figures:
    """All figures of one cell; `called` maps our port names to its own."""
    named = {port: (called or {}).get(port, port) for port in (*case.order, *case.outputs, case.second or "")}
    order = [named[port] for port in case.order]
    outputs = {named[port]: n for port, n in case.outputs.items()}
    dead = _least_gap_ps(cell, order[0], named[case.second], list(outputs)) if case.second else None
    return Figures(*_size(cell), _delay_ps(cell, order, outputs), dead, _margins(cell, order, outputs))


def _size(cell: Circuit) -> tuple[int, float]:
    """Junctions, and the bias in uA."""
    bias = sum(b.i_ua for b in cell.of_kind(Bias)) + sum(s.wave.values[-1] for s in cell.of_kind(CurrentSource))
    return len(list(cell.of_kind(Junction))), bias


def dcsfq_figures(cell: Circuit) -> Figures:
    """Three rising edges give three pulses."""
    top, rises, segment = CellBuilder("tb_dcsfq", ()), [100.0, 250.0, 400.0], line()
    top.add(CurrentSource("I_a", GROUND, "a", level_trains({"a": rises})["a"], STIMULUS))
    top.inst("dut", cell, "a", "q")
    top.inst("load_q", segment, "q", "e")
    top.load("end", "e")
    circuit, out = sim_view(top.done(), "current"), load_junction("q")
    found = simulate(circuit, stop_ps=520.0, watch=[out], step_ps=0.05, estimate_error=False).pulses[out][0]
    held = margins(Bench(circuit, 520.0, _Counts({out: 3}), 0.1), neuron_parameters(circuit))
    return Figures(*_size(cell), float(found[0]) - rises[0], None, held)


def sfqdc_figures() -> Figures:
    """Ours alone, biased through resistors, into 50 ohm: the toggle counts, quiet when even, 50 uV when odd."""
    made = sfqdc.bench()
    circuit = sim_view(made.circuit, "resistor")
    held = margins(Bench(circuit, made.stop_ps, Toggles(made), 0.1), neuron_parameters(circuit))
    return Figures(*_size(sfqdc.circuit()), None, None, held)


def _pulses(cell: Circuit, drive: Mapping[str, Sequence[float]], outputs: Sequence[str]):
    stop = max(t for times in drive.values() for t in times) + SETTLE_PS
    watch = [*map(driver_junction, drive), *map(load_junction, outputs)]
    circuit = sim_view(bench(cell, drive, outputs), "current")
    return simulate(circuit, stop_ps=stop, watch=watch, step_ps=0.05, estimate_error=False).pulses


def _turns(order: Sequence[str]) -> dict[str, list[float]]:
    drive: dict[str, list[float]] = {port: [] for port in dict.fromkeys(order)}
    for number, port in enumerate(order):
        drive[port].append(SETTLE_PS + 40.0 * number)
    return drive


def _delay_ps(cell: Circuit, order: Sequence[str], outputs: Mapping[str, int]) -> float:
    """Of the first pulse that comes out, from the input pulse before it; less what the two JTLs take by themselves."""
    drive = _turns(order)
    found = _pulses(cell, drive, list(outputs))
    out = found[load_junction(next(iter(outputs)))][0][0]
    sent = max(t for port in drive for t in found[driver_junction(port)][0] if t < out)
    return out - sent - _bare_ps()


def _bare_ps() -> float:
    """Driver junction to load junction when the bench's JTLs meet each other."""
    top, segment = CellBuilder("bare", ()), line()
    top.pulses("a", "s", [SETTLE_PS])
    top.inst("drive_a", segment, "s", "m")
    top.inst("load_q", segment, "m", "e")
    top.load("end", "e")
    watch = [driver_junction("a"), load_junction("q")]
    found = simulate(sim_view(top.done(), "current"), stop_ps=120.0, watch=watch, step_ps=0.05,
                     estimate_error=False).pulses  # fmt: skip
    return float(found[watch[1]][0][0] - found[watch[0]][0][0])


def _least_gap_ps(cell: Circuit, first: str, second: str, outputs: Sequence[str]) -> float | None:
    """Gap at the pins, the least down to which two pulses come out at every output as long as two are sent."""
    least = None
    for gap in reversed(GAPS_PS):
        drive = {first: [SETTLE_PS]}
        drive[second] = [*drive.get(second, []), SETTLE_PS + gap]
        found = _pulses(cell, drive, outputs)
        sent = sorted(float(t) for port in drive for t in found[driver_junction(port)][0])
        if len(sent) != 2 or any(len(found[load_junction(port)][0]) != 2 for port in outputs):
            break
        least = sent[1] - sent[0]
    return least


@dataclass(frozen=True)
class _Counts:
    """Criterion: net pulses at every output and every driver."""

    expected: Mapping[str, int]

    @property
    def junctions(self) -> list[str]:
        return list(self.expected)

    def __call__(self, result) -> np.ndarray:
        return np.all([result.phase_turns[name] == n for name, n in self.expected.items()], axis=0)


def _margins(cell: Circuit, order: Sequence[str], outputs: Mapping[str, int]) -> Margins:
    drive = _turns(order)
    circuit = sim_view(bench(cell, drive, list(outputs)), "current")
    expected = {load_junction(port): n for port, n in outputs.items()}
    expected |= {driver_junction(port): len(times) for port, times in drive.items()}
    stop = max(t for times in drive.values() for t in times) + SETTLE_PS
    return margins(Bench(circuit, stop, _Counts(expected), 0.1), neuron_parameters(circuit))


def rows(view: str = "extracted") -> list[tuple[str, Figures]]:
    """Ours and, where the library has one, its own, in the order of CASES; then the converters."""
    found = []
    for case in CASES:
        found.append((case.title, figures(case, case.ours)))
        if case.library:
            found.append((f"ColdFlux {case.library}", figures(case, library_cell(case.library, view), case.ports)))
    found.append(("DC/SFQ", dcsfq_figures(dcsfq.circuit())))
    found.append(("ColdFlux DCSFQ", dcsfq_figures(library_cell("DCSFQ", view))))
    return [*found, ("SFQ/DC", sfqdc_figures())]


HEAD = ("cell", "junctions", "bias (uA)", "delay (ps)", "least gap (ps)", "all Ic", "all L", "all R", "all bias",
        "critical")  # fmt: skip


def table(found: Sequence[tuple[str, Figures]]) -> list[str]:
    """Lines of a Markdown table."""
    lines = ["| " + " | ".join(HEAD) + " |", "|---" * len(HEAD) + "|"]
    for title, f in found:
        times = ["-" if t is None else f"{t:.1f}" for t in (f.delay_ps, f.gap_ps)]
        sides = [_sides(f.margins[name]) for name in ("g_ic", "g_l", "g_r", "g_bias")]
        worst = f.margins.critical
        critical = f"`{worst.name.split('|')[0]}` {_sides(worst)}"
        lines.append("| " + " | ".join([title, str(f.junctions), f"{f.bias_ua:.0f}", *times, *sides, critical]) + " |")
    return lines


def _sides(margin: Margin) -> str:
    return f"{margin.low_pct:+.0f} / {margin.high_pct:+.0f}"


if __name__ == "__main__":
    print("\n".join(table(rows())))
