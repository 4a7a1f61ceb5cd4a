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
    ic_scale: Annotated[float, typer.Option(min=0.5, max=2.0, help="Scale of all critical currents.")] = 1.0,
    passes: Annotated[int, typer.Option(min=1, max=20, help="Most passes per cell.")] = 4,
    as_json: Json = False,
) -> None:
    """Draw, extract and correct cells until every inductor is on target; a few minutes for all, seconds when cached."""
    from sfqgen.layout.adjust import adjust_cells
    from sfqgen.layout.corrections import FILE, nominal_cells, write_corrections
    from sfqgen.layout.library import floor_plan

    if write and ic_scale != 1.0:
        raise SfqgenError("stored corrections are those of the nominal cells", where="adjust --write",
                          remedy="leave --ic-scale out; a build caches those of other scales")
    cells = nominal_cells(ic_scale)
    wanted = list(cell or cells)
    for name in wanted:
        if name not in cells:
            raise SfqgenError(f"no cell {name}", where="adjust", allowed=", ".join(cells))
    progress = (lambda text: None) if as_json else say
    results = adjust_cells([floor_plan(cells[name]) for name in wanted], grid_um=grid_um, passes=passes,
                           progress=progress)  # fmt: skip
    if not as_json:
        for result in results:
            say(result.text())
    if write:
        write_corrections(results)
    if as_json:
        emit({"cells": [result.as_dict() for result in results]})
    elif write:
        say(f"wrote {FILE.name}")
