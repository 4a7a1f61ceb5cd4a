"""`sfqgen tables`: recompute the sizing table of line inductances from the film stack."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sfqgen.cli.app import app, say


@app.command()
def tables(
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write; the data file of the PDK if left out.")
    ] = None,
    workers: Annotated[int | None, typer.Option("--workers", help="Threads; all processors if left out.")] = None,
) -> None:
    """Recompute the sizing table (pH per um over line width, mutuals) with the field solvers; a few minutes.

    A run that is cut short goes on where it ended.
    """
    import time
    from importlib.resources import files

    from sfqgen.extract.sizing import as_yaml, compute
    from sfqgen.files import write_text

    path = output or Path(str(files("pdk_sfq5ee").joinpath("data", "line_inductance.yaml")))

    def progress(done: int, total: int, what: str) -> None:
        if done % 50 == 0 or done == total:
            say(f"{done} of {total}: {what}")

    start = time.perf_counter()
    write_text(path, as_yaml(compute(progress=progress, workers=workers)))
    say(f"wrote {path} in {time.perf_counter() - start:.0f} s")
