"""Speed of the built-in engine beside ngspice, on the same circuits and step, in the same run.

    python tests/benchmarks/engine_speed.py            all of it (about two minutes on two free cores)
    python tests/benchmarks/engine_speed.py --quick    small circuits only

Times are CPU time per step of 0.1 ps and per sample, through the public interface, the least of three runs; a table of
what one core does, then what two cores do (wall time), start-up, and the step that a wanted accuracy needs.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from sfqgen.netlist.builder import CellBuilder
from sfqgen.netlist.circuit import Circuit
from sfqgen.netlist.deck import Deck, Tran
from sfqgen.netlist.josim_read import read_deck
from sfqgen.netlist.ngspice_write import write_ngspice
from sfqgen.sim.transient import Engine

STEP_PS = 0.1
STOP_PS = 400.0
BATCHES = (1, 8, 32, 128)
REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference"


def jtl(junctions: int) -> Circuit:
    """A line of two-junction cells with ground leads, shunt leads and bias leads, as the library's JTL has them."""
    cell = CellBuilder("jtl", ("a", "q"))
    cell.jj("1", "n1", ic_ua=250)
    cell.jj("2", "n2", ic_ua=250)
    for name, plus, minus in (("1", "a", "n1"), ("2", "n1", "m"), ("3", "m", "n2"), ("4", "n2", "q")):
        cell.l(name, plus, minus, 2.07)
    cell.bias("b", "m", 350)
    done, top = cell.done(), CellBuilder(f"jtl{junctions}", ())
    top.pulses("in", "p0", [50.0, 100.0, 180.0, 260.0])
    for k in range(junctions // 2):
        top.inst(f"s{k}", done, f"p{k}", f"p{k + 1}")
    top.load("out", f"p{junctions // 2}")
    return top.done()


def own_us(engine: Engine, batch: int, repeats: int = 3) -> float:
    """CPU us per step and sample with one thread."""
    best = np.inf
    for _ in range(repeats):
        start = time.process_time()
        engine.run(stop_ps=STOP_PS, step_ps=STEP_PS, samples=batch, threads=1, estimate_error=False)
        best = min(best, time.process_time() - start)
    return best / (STOP_PS / STEP_PS) / batch * 1e6


def ngspice_us(deck: Deck) -> float:
    """CPU us of ngspice per step of the deck (its own step control may take more)."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "deck.cir").write_text(write_ngspice(deck))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = ["ngspice", "-b", "-n", "-r", "out.raw", "deck.cir"]
        subprocess.run(command, cwd=folder, capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) / (deck.tran.stop_ps / deck.tran.step_ps) * 1e6


def speed_table(decks: dict[str, Deck]) -> None:
    with_ngspice = shutil.which("ngspice") is not None
    print(f"us of CPU per step of {STEP_PS} ps and sample, one thread; in brackets how many times ngspice's speed")
    print(f"{'circuit':14}{'nodes':>7}{'ngspice':>10}" + "".join(f"{f'batch {n}':>18}" for n in BATCHES))
    for name, deck in decks.items():
        engine = Engine(deck.circuit)
        engine.run(stop_ps=5, step_ps=STEP_PS, samples=1, estimate_error=False)
        engine.run(stop_ps=5, step_ps=STEP_PS, samples=8, estimate_error=False)
        own = {n: own_us(engine, n) for n in BATCHES}
        other = ngspice_us(deck) if with_ngspice else np.nan
        row = "".join(f"{own[n]:10.3f} ({other / own[n]:4.0f}x)" for n in BATCHES)
        print(f"{name:14}{engine.network.n:7d}{other:10.1f}{row}")


def two_cores(engine: Engine, batch: int = 128) -> None:
    seconds = {}
    for threads in (1, 2):
        runs = []
        for _ in range(3):
            start = time.perf_counter()
            engine.run(stop_ps=STOP_PS, step_ps=STEP_PS, samples=batch, threads=threads, estimate_error=False)
            runs.append(time.perf_counter() - start)
        seconds[threads] = min(runs)
    print(f"two threads on {len(os.sched_getaffinity(0))} cores: {seconds[1] / seconds[2]:.2f} times one (wall time)")


def start_up() -> None:
    """Wall time of a fresh process that simulates a small deck: with empty and with filled cache."""
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from engine_speed import jtl;"
        "from sfqgen.sim.transient import Engine;"
        "Engine(jtl(10)).run(stop_ps=50, step_ps=0.1); Engine(jtl(10)).run(stop_ps=50, step_ps=0.1, samples=8)"
    )
    with tempfile.TemporaryDirectory() as cache:
        for label in ("first start, compiling", "cached start"):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", program, str(Path(__file__).parent)], check=True,
                           env={**os.environ, "NUMBA_CACHE_DIR": cache})  # fmt: skip
            print(f"{label}: {time.perf_counter() - start:.2f} s")


def accuracy_table() -> None:
    """Largest error of any pulse over the step, for the engine's rule and for plain backward differences (RHO = 0)."""
    from sfqgen.sim import plan
    from sfqgen.sim.integrator import RHO, rule

    paths = sorted(REFERENCE.glob("rsfqlib/*/*_testbench.cir"))
    circuits = {p.parent.name: read_deck(p) for p in paths} or {"JTL": Deck("jtl", jtl(20), Tran(0.1, STOP_PS))}
    steps = (0.2, 0.1414, 0.1, 0.0707, 0.05, 0.025)
    print("largest timing error in ps over the step in ps")
    print(f"{'cell':10}{'rule':>12}" + "".join(f"{h:>10}" for h in steps))
    original = plan.rule
    for name, deck in circuits.items():
        engine = Engine(deck.circuit)
        stop = deck.tran.stop_ps
        two = [engine.run(stop_ps=stop, step_ps=h, estimate_error=False).pulses.t_ps for h in (0.00625, 0.0125)]
        exact = (4 * two[0] - two[1]) / 3
        for label, rho in (("engine", RHO), ("backward", 0.0)):
            plan.rule = lambda h, rho=rho: rule(h, rho)
            errors = []
            for h in steps:
                times = engine.run(stop_ps=stop, step_ps=h, estimate_error=False).pulses.t_ps
                errors.append(np.max(np.abs(times - exact)) if len(times) == len(exact) else np.nan)
            print(f"{name:10}{label:>12}" + "".join(f"{e:10.4f}" for e in errors))
            plan.rule = original


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    sizes = (10, 40) if quick else (10, 40, 100, 400)
    decks = {f"JTL {n}": Deck("jtl", jtl(n), Tran(STEP_PS, STOP_PS)) for n in sizes}
    neuron = REFERENCE / "neuron_n16.cir"
    if neuron.is_file() and not quick:
        deck = read_deck(neuron)
        decks["neuron n16"] = replace(deck, tran=Tran(STEP_PS, STOP_PS), probes=())
    speed_table(decks)
    two_cores(Engine(jtl(40 if quick else 100)))
    start_up()
    if not quick:
        accuracy_table()


if __name__ == "__main__":
    main()
