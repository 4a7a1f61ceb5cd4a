"""`sfqgen noise`: error rate and jitter under thermal noise."""

from __future__ import annotations

from typing import Annotated

import typer

from sfqgen.cli.app import Json, app, emit, say
from sfqgen.cli.benches import Count, Criteria, File, Scheduler, Seed, Step, Threads, load_bench, progress_bar


@app.command()
def noise(
    file: File,
    runs: Annotated[int, typer.Option("-n", "--runs", help="Runs, each with its own noise.")] = 100,
    temperature: Annotated[float, typer.Option("--temperature", help="Kelvin.")] = 4.2,
    criteria: Criteria = None,
    count: Count = None,
    step_ps: Step = None,
    seed: Seed = 0,
    threads: Threads = None,
    scheduler: Scheduler = None,
    as_json: Json = False,
) -> None:
    """Error rate per window with its 95 % confidence interval, and jitter of the counted junctions."""
    import time

    from sfqgen.sim.noise import noise as find

    start = time.perf_counter()
    bench = load_bench(file, criteria=criteria, count=count or (), step_ps=step_ps, seed=seed, threads=threads,
                       scheduler=scheduler, temperature_k=temperature)  # fmt: skip
    with progress_bar("noise", as_json) as told:
        found = find(bench, runs, progress=told)
    seconds = round(time.perf_counter() - start, 3)
    if as_json:
        emit({"file": str(file), **_finite(found.as_dict()), "levels": _levels(bench, found), "seconds": seconds})
        return
    print(f"error rate {found.error_rate:.3g} ({found.errors} of {found.trials} windows), "
          f"95 %: {found.low:.3g} to {found.high:.3g}")  # fmt: skip
    for name, jitter in found.jitter_ps.items():
        if len(jitter):
            print(f"{name}: jitter {jitter[0]:.3f} ps (first pulse), {jitter.max():.3f} ps (worst of {len(jitter)})")
    for level in _levels(bench, found):
        bound = f", error rate of a frame below {level['bound_95']:.2g} (95 %)" if level["bound_95"] else ""
        print(f"k = {level['k']}: {level['frames']} frames{bound}")
    say(f"{found.runs} runs at {temperature:g} K, seed {seed}, step {found.step_ps:g} ps, {seconds:.1f} s")


def _levels(bench, found) -> list[dict]:
    """A neuron's frames by threshold; without any error each bounds the rate by the rule of three, 3 / frames."""
    per_run = getattr(bench.criterion, "frames_per_level", dict)()
    return [{"k": k, "frames": n * found.runs, "bound_95": None if found.errors else 3.0 / (n * found.runs)}
            for k, n in per_run.items()]  # fmt: skip


def _finite(report: dict) -> dict:
    """JSON has no nan: a jitter that could not be measured becomes null."""
    rows = {name: [x if x == x else None for x in row] for name, row in report["jitter_ps"].items()}
    return {**report, "jitter_ps": rows}
