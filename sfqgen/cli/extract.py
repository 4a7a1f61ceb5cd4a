"""`sfqgen extract`: inductances from drawn metal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sfqgen.cli.app import Json, app, emit, say


@app.command()
def extract(
    gds: Annotated[Path, typer.Argument(help="GDS file.")],
    netlist: Annotated[
        Path | None,
        typer.Option("--netlist", help="Netlist that names the inductors: *_idx.cir, or a deck with a subcircuit."),
    ] = None,
    cell: Annotated[str | None, typer.Option("--cell", help="Layout cell; the only top cell if left out.")] = None,
    subckt: Annotated[str | None, typer.Option("--subckt", help="Subcircuit of a deck.")] = None,
    grid: Annotated[float, typer.Option("--grid", help="Cell of the field solver in um.")] = 0.25,
    sign_off: Annotated[
        bool, typer.Option("--sign-off", help="Solve on half the grid too, extrapolate, and print error bars.")
    ] = False,
    label_returns: Annotated[
        bool, typer.Option("--label-returns", help="Collect the return of border pins in the labelled metal only.")
    ] = False,
    workers: Annotated[int | None, typer.Option("--workers", help="Threads; all processors if left out.")] = None,
    as_json: Json = False,
) -> None:
    """Inductance of every inductor of a layout, from its polygons (SFQ5ee nominal process, 3-D solver)."""
    import time

    from sfqgen.extract.measure import measure
    from sfqgen.extract.report import as_dict, as_text

    def progress(done: int, total: int) -> None:
        if total > 1:
            say(f"window {done} of {total}")

    start = time.perf_counter()
    measured = measure(gds, netlist, cell=cell, subckt=subckt, grid_um=grid, sign_off=sign_off,
                       label_returns=label_returns, workers=workers, progress=progress)  # fmt: skip
    seconds = round(time.perf_counter() - start, 3)
    if as_json:
        result = as_dict(measured.extraction, measured.rows, measured.couplings)
        emit({"file": str(gds), "cell": measured.cell, "extraction": result,
              "notes": list(measured.notes), "seconds": seconds})  # fmt: skip
    else:
        print(as_text(measured.extraction, measured.rows, measured.couplings))
        for note in measured.notes:
            print(f"note: {note}")
        say(f"{seconds:.1f} s")
