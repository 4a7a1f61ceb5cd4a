"""`sfqgen adjust`: the extract-and-adjust loop on the cells of the nominal neuron."""

from __future__ import annotations

from typing import Annotated

import typer

from sfqgen.cli.app import Json, app, emit, say
from sfqgen.errors import SfqgenError


@app.command()
def adjust(
    cell: Annotated[list[str] | None, typer.Argument(help="Cells such as jtl or merger; all if left out.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Write the results to cells/corrections.yaml.")] = False,
    grid_um: Annotated[float, typer.Option("--grid", help="Grid of the field solver in um.")] = 0.25,
    passes: Annotated[int, typer.Option(min=1, max=20, help="Most passes per cell.")] = 4,
    as_json: Json = False,
) -> None:
    """Draw, extract and correct cells until every inductor is on target; a few minutes for all, seconds when cached."""
    from sfqgen.layout.adjust import adjust_cell
    from sfqgen.layout.corrections import FILE, nominal_cells, write_corrections
    from sfqgen.layout.library import floor_plan

    cells = nominal_cells()
    results = []
    for name in cell or cells:
        if name not in cells:
            raise SfqgenError(f"no cell {name}", where="adjust", allowed=", ".join(cells))
        progress = (lambda text: None) if as_json else say
        results.append(adjust_cell(floor_plan(cells[name]), grid_um=grid_um, passes=passes, progress=progress))
        if not as_json:
            say(results[-1].text())
    if write:
        write_corrections(results)
    if as_json:
        emit({"cells": [result.as_dict() for result in results]})
    elif write:
        say(f"wrote {FILE.name}")
