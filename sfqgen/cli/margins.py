"""`sfqgen margins`: how far every parameter may move, both sides, and which one is critical."""

from __future__ import annotations

from typing import Annotated

import typer

from sfqgen.cli.app import Json, app, emit, say
from sfqgen.cli.benches import Count, Criteria, File, Scheduler, Step, Threads, load_bench, progress_bar


@app.command()
def margins(
    file: File,
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", help="Only this parameter, may be repeated; else all.")
    ] = None,
    each: Annotated[bool, typer.Option("--each", help="Every element by itself, not those alike together.")] = False,
    resolution: Annotated[float, typer.Option("--resolution", help="Grid of the search in per cent.")] = 2.0,
    cap: Annotated[float, typer.Option("--cap", help="Largest deviation tried, in per cent.")] = 40.0,
    criteria: Criteria = None,
    count: Count = None,
    step_ps: Step = None,
    threads: Threads = None,
    scheduler: Scheduler = None,
    as_json: Json = False,
) -> None:
    """Margins of all parameters of a deck: values that still work, one at a time, low and high side."""
    import time

    from sfqgen.sim.margins import margins as find
    from sfqgen.sim.parameters import chosen, parameters_of

    start = time.perf_counter()
    bench = load_bench(file, criteria=criteria, count=count or (), step_ps=step_ps, threads=threads,
                       scheduler=scheduler)  # fmt: skip
    everything = getattr(bench, "parameters", None) or parameters_of(bench.circuit, alike=not each)
    wanted = chosen(everything, parameter) if parameter else everything
    with progress_bar("margins", as_json) as told:
        found = find(bench, wanted, resolution_pct=resolution, cap_pct=cap, progress=told)
    seconds = round(time.perf_counter() - start, 3)
    if as_json:
        judged = getattr(bench.criterion, "junctions", [])
        emit({"file": str(file), "counted": judged, "margins": found.as_dict(), "seconds": seconds})
    else:
        _show(found, bench, seconds)


def _show(found, bench, seconds: float) -> None:
    width = max(len(m.name) for m in found.parameters)
    for m in found.parameters:
        low = f"<={m.low_pct:.4g}" if m.low_capped else f"{m.low_pct:.4g}"
        high = f">=+{m.high_pct:.4g}" if m.high_capped else f"+{m.high_pct:.4g}"
        print(f"{m.name:{width}}  {low:>8} {high:>9} %  ({len(m.elements)})")
    for title, one in (("critical", found.critical), ("critical global", found.critical_global)):
        if one is not None:
            print(f"{title}: {one.name} ({one.low_pct:.4g} / +{one.high_pct:.4g} %)")
    from sfqgen.sim.margins import CONVENTION

    say(f"counted: {', '.join(getattr(bench.criterion, 'junctions', []))}")
    say(f"{CONVENTION}; grid {found.resolution_pct:g} %, step {found.step_ps:g} ps")
    say(f"{found.runs} runs, {seconds:.1f} s")
