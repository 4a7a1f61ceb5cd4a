"""`sfqgen sweep`: where a deck works on a line or a map of parameter values."""

from __future__ import annotations

from typing import Annotated

import typer

from sfqgen.cli.app import Json, app, emit, say
from sfqgen.cli.benches import Count, Criteria, File, Scheduler, Step, Threads, load_bench, progress_bar
from sfqgen.errors import SfqgenError


@app.command()
def sweep(
    file: File,
    axis: Annotated[
        list[str], typer.Option("--axis", help="PARAMETER=FROM:TO:POINTS in per cent, such as g_ic=-30:30:13.")
    ],
    criteria: Criteria = None,
    count: Count = None,
    step_ps: Step = None,
    threads: Threads = None,
    scheduler: Scheduler = None,
    as_json: Json = False,
) -> None:
    """Map of working points over one or more parameters (shmoo plot)."""
    import numpy as np

    from sfqgen.sim.parameters import chosen, parameters_of
    from sfqgen.sim.sweep import sweep as run

    bench = load_bench(file, criteria=criteria, count=count or (), step_ps=step_ps, threads=threads,
                       scheduler=scheduler)  # fmt: skip
    known = parameters_of(bench.circuit)
    axes = []
    for text in axis:
        name, low, high, points = _axis(text)
        axes.append((chosen(known, [name])[0], 1.0 + np.linspace(low, high, points) / 100.0))
    with progress_bar("sweep", as_json) as told:
        found = run(bench, axes, progress=told)
    percent = {name: [round(100.0 * (f - 1.0), 6) for f in factors] for name, factors in found.axes.items()}
    if as_json:
        emit({"file": str(file), "axes_pct": percent, "right": found.values.tolist()})
        return
    _draw(percent, found.values.reshape(len(axes[0][1]), -1))
    say(f"{found.values.size} runs at a step of {bench.step_ps:g} ps; # works, . does not")


def _axis(text: str) -> tuple[str, float, float, int]:
    name, _, rest = text.partition("=")
    parts = rest.split(":")
    try:
        low, high, points = float(parts[0]), float(parts[1]), int(parts[2])
        if len(parts) != 3 or not (-100.0 < low <= high) or not 0 < points <= 1000:
            raise ValueError
    except (ValueError, IndexError) as error:
        raise SfqgenError(f"{text} is no axis", allowed="PARAMETER=FROM:TO:POINTS, such as g_ic=-30:30:13") from error
    return name, low, high, points


def _draw(percent: dict[str, list[float]], right) -> None:
    first, *others = percent
    if others:
        print(f"{first} down, {', '.join(others)} across (last one fastest): "
              + "; ".join(f"{percent[name][0]:g} to {percent[name][-1]:g} %" for name in others))  # fmt: skip
    for value, row in zip(percent[first], right, strict=True):
        print(f"{value:+8.2f} %  " + "".join("#" if one else "." for one in row))
