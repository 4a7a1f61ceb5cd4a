"""`sfqgen optimise`: move the values of a deck until its least margin is as large as it gets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sfqgen.cli.app import Json, app, emit, say
from sfqgen.cli.benches import SPECS, Count, Criteria, File, Scheduler, Step, Threads, load_bench, progress_bar
from sfqgen.errors import SfqgenError


@app.command()
def optimise(
    file: File,
    variable: Annotated[
        list[str] | None, typer.Option("--variable", help="Parameter that may move; else all but globals.")
    ] = None,
    want: Annotated[
        list[str] | None, typer.Option("--want", help="PARAMETER=PERCENT wanted on both sides, such as g_ic=25.")
    ] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Deck with the new values, flat.")] = None,
    generations: Annotated[int, typer.Option("--generations", help="Generations of CMA-ES.")] = 20,
    population: Annotated[int | None, typer.Option("--population", help="Candidates in a generation.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same digits.")] = 1,
    criteria: Criteria = None,
    count: Count = None,
    step_ps: Step = None,
    threads: Threads = None,
    scheduler: Scheduler = None,
    as_json: Json = False,
) -> None:
    """Optimise margins by CMA-ES on a continuous distance to failure; 25 % of g_ic, g_l and g_bias if not told else."""
    from sfqgen.netlist.josim_write import write_josim
    from sfqgen.sim.optimise import both_sides, with_factors
    from sfqgen.sim.optimise import optimise as run
    from sfqgen.sim.parameters import GLOBALS, chosen, parameters_of

    bench = load_bench(file, criteria=criteria, count=count or (), step_ps=step_ps, threads=threads,
                       scheduler=scheduler)  # fmt: skip
    known = getattr(bench, "parameters", None) or parameters_of(bench.circuit)
    names = variable or [p.name for p in known if p.name not in GLOBALS]
    wanted = [_wish(text) for text in want or ("g_ic=25", "g_l=25", "g_bias=25")]
    directions = [d for name, pct in wanted for d in both_sides(chosen(known, [name]), pct)]
    with progress_bar("optimise", as_json) as told:
        best = run(bench, chosen(known, names), directions, generations=generations, population=population, seed=seed,
                   progress=told)  # fmt: skip
    if out is not None:
        deck = _deck(file, bench)
        partial = out.with_name(out.name + ".part")
        partial.write_text(write_josim(with_factors(deck, chosen(known, names), best.factors)), encoding="utf-8")
        partial.replace(out)
    report = {
        "file": str(file), "factors": best.factors, "distance": best.distance, "start_distance": best.start_distance,
        "margins": [
            {"parameter": d.parameter.name, "target_pct": d.target_pct, "before_pct": a * abs(d.target_pct),
             "after_pct": b * abs(d.target_pct)}
            for d, a, b in zip(best.directions, best.start_reach.tolist(), best.reach.tolist(), strict=True)
        ],
        "evaluations": best.evaluations, "out": str(out) if out else None,
    }  # fmt: skip
    if as_json:
        emit(report)
    else:
        _show(report)


def _deck(file: Path, bench):
    """What the new values are written into: the deck itself, or the bench of a neuron as a deck."""
    if file.suffix.lower() in SPECS:
        from sfqgen.netlist.deck import Deck, Tran

        return Deck(file.stem, bench.circuit, Tran(bench.step_ps, bench.stop_ps, 0.0, 0.5))
    from sfqgen.netlist.josim_read import read_deck

    return read_deck(file)


def _wish(text: str) -> tuple[str, float]:
    name, _, percent = text.partition("=")
    try:
        value = float(percent)
    except ValueError:
        value = 0.0
    if not 0.0 < value <= 75.0:
        raise SfqgenError(f"{text} is no wish", allowed="PARAMETER=PERCENT with 0 < PERCENT <= 75, such as g_ic=25")
    return name, value


def _show(report: dict) -> None:
    for name, factor in report["factors"].items():
        print(f"{name}  x {factor:.4f}")
    for row in report["margins"]:
        side = "low" if row["target_pct"] < 0 else "high"
        print(f"{row['parameter']} {side}: {row['before_pct']:.1f} -> {row['after_pct']:.1f} % "
              f"(wanted {abs(row['target_pct']):g} %)")  # fmt: skip
    say(f"distance {report['start_distance']:.3f} -> {report['distance']:.3f} in {report['evaluations']} candidates")
    if report["out"]:
        say(f"wrote {report['out']}")
