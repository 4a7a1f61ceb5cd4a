"""`sfqgen yield`: the share of circuits that work under the spread of the process, by seeded Monte Carlo."""

from __future__ import annotations

from typing import Annotated

import typer

from sfqgen.cli.app import Json, app, emit, say
from sfqgen.cli.benches import Count, Criteria, File, Scheduler, Seed, Step, Threads, load_bench, progress_bar

Sigma = typer.Option(help="Relative standard deviation in per cent.")


@app.command("yield")
def yield_(
    file: File,
    samples: Annotated[int, typer.Option("-n", "--samples", help="Circuits drawn.")] = 1000,
    ic_local: Annotated[float, Sigma] = 2.0,
    ic_global: Annotated[float, Sigma] = 0.0,
    l_local: Annotated[float, Sigma] = 0.0,
    l_global: Annotated[float, Sigma] = 0.0,
    r_local: Annotated[float, Sigma] = 0.0,
    r_global: Annotated[float, Sigma] = 0.0,
    bias_local: Annotated[float, Sigma] = 0.0,
    bias_global: Annotated[float, Sigma] = 0.0,
    criteria: Criteria = None,
    count: Count = None,
    step_ps: Step = None,
    seed: Seed = 0,
    threads: Threads = None,
    scheduler: Scheduler = None,
    as_json: Json = False,
) -> None:
    """Yield of a deck with its 95 % confidence interval; local spreads differ per element, global ones per circuit."""
    import time

    from sfqgen.sim.monte_carlo import Spreads, monte_carlo

    start = time.perf_counter()
    percent = {
        "ic_local": ic_local, "ic_global": ic_global, "l_local": l_local, "l_global": l_global, "r_local": r_local,
        "r_global": r_global, "bias_local": bias_local, "bias_global": bias_global,
    }  # fmt: skip
    spreads = Spreads(**{name: value / 100.0 for name, value in percent.items()})
    bench = load_bench(file, criteria=criteria, count=count or (), step_ps=step_ps, seed=seed, threads=threads,
                       scheduler=scheduler)  # fmt: skip
    with progress_bar("yield", as_json) as told:
        found = monte_carlo(bench, spreads, samples, progress=told)
    seconds = round(time.perf_counter() - start, 3)
    if as_json:
        judged = getattr(bench.criterion, "junctions", [])
        emit({"file": str(file), "counted": judged, **found.as_dict(), "seconds": seconds})
        return
    print(f"yield {100 * found.fraction:.2f} % ({int(found.right.sum())} of {samples}), "
          f"95 %: {100 * found.low:.2f} to {100 * found.high:.2f} %")  # fmt: skip
    for name, shift in found.suspects:
        print(f"  wrong ones have {name} shifted by {shift:+.2f} sigma")
    say(f"seed {seed}, step {found.step_ps:g} ps, {seconds:.1f} s")
