"""`sfqgen simulate`: run a deck, write JoSIM's csv, list the pulses."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from sfqgen.cli.app import Engine, Json, app, emit, say


@app.command()
def simulate(
    deck: Annotated[Path, typer.Argument(help="Deck in JoSIM's dialect.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Waveforms as csv, in JoSIM's form.")] = None,
    step_ps: Annotated[
        float | None, typer.Option("--step", help="Time step in ps; else the deck's, at most 0.1.")
    ] = None,
    accuracy_ps: Annotated[
        float | None, typer.Option("--accuracy", help="Halve the step until the timing error in ps is below this.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the noise, where the deck asks for noise.")] = 0,
    engine: Engine = "builtin",
    as_json: Json = False,
) -> None:
    """Run a deck: pulses of its junctions, their timing error, waveforms of its probes."""
    import time

    from sfqgen.netlist.josim_read import read_deck

    start = time.perf_counter()
    read = read_deck(deck)
    waveforms, pulses, about = _run(read, engine, step_ps, accuracy_ps, seed)
    if out is not None:
        waveforms.write_csv(out)
    report = {
        "file": str(deck), "engine": engine, **about, "pulses": pulses, "csv": str(out) if out else None,
        "notes": list(read.notes), "seconds": round(time.perf_counter() - start, 3),
    }  # fmt: skip
    if as_json:
        emit(report)
    else:
        _show(report)


def _run(deck, engine: str, step_ps: float | None, accuracy_ps: float | None, seed: int):
    """Waveforms, signed pulse times by junction, and what else the engine says of its run."""
    from sfqgen.netlist.circuit import Junction
    from sfqgen.netlist.flatten import flatten

    if engine == "builtin":
        from sfqgen.cli.benches import tell_first_use
        from sfqgen.sim.deck_run import run_deck

        tell_first_use()
        run = run_deck(deck, step_ps=step_ps, accuracy_ps=accuracy_ps, seed=seed)
        error = run.result.timing_error_ps
        about = {
            "step_ps": run.result.step_ps, "stop_ps": run.result.stop_ps, "pulses_converged": error != math.inf,
            "timing_error_ps": None if error is None or math.isinf(error) else error,
        }  # fmt: skip
        pulses = {name: [round(float(t), 4) for t in times[0]] for name, times in run.result.pulses.items()}
        return run.waveforms, pulses, about
    from dataclasses import replace

    from sfqgen.sim.crossings import crossings
    from sfqgen.sim.external.engine import external_engine

    program = external_engine(engine)
    tran = deck.need_tran()
    deck = replace(deck, tran=replace(tran, step_ps=step_ps)) if step_ps else deck
    waveforms = program.run(deck)
    names = {f"P({e.name})".lower(): e.name for e in flatten(deck.circuit).elements if isinstance(e, Junction)}
    pulses = {names[label.lower()]: [round(float(t), 4) for t in crossings(waveforms.t_ps, values)]
              for label, values in waveforms.signals.items() if label.lower() in names}  # fmt: skip
    return waveforms, pulses, {"step_ps": deck.need_tran().step_ps, "stop_ps": tran.stop_ps,
                               "pulses_converged": None, "timing_error_ps": None}  # fmt: skip


def _show(report: dict) -> None:
    width = max((len(name) for name in report["pulses"]), default=8)
    for name, times in report["pulses"].items():
        shown = " ".join(f"{t:.2f}" for t in times[:8]) + (" ..." if len(times) > 8 else "")
        print(f"{name:{width}}  {len(times):4d}  {shown}")
    if report["pulses_converged"] is False:
        say("a run at another step has other pulses: take a smaller --step before you trust these")
    elif report["timing_error_ps"] is not None:
        say(f"timing error below {report['timing_error_ps']:.2g} ps at a step of {report['step_ps']:g} ps")
    for note in report["notes"]:
        say(note)
    if report["csv"]:
        say(f"wrote {report['csv']}")
