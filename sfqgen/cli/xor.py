"""`sfqgen xor`: what differs between two layouts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sfqgen.cli.app import Json, app, emit, finish


@app.command()
def xor(
    one: Annotated[Path, typer.Argument(help="GDS file.")],
    other: Annotated[Path, typer.Argument(help="GDS file to compare with, for example of the previous release.")],
    cell: Annotated[str | None, typer.Option("--cell", help="Cell; the only top cell if left out.")] = None,
    cell_other: Annotated[
        str | None, typer.Option("--cell-other", help="Cell of the second file, if it is called otherwise.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare two layouts mask by mask; exit 0 the same, 1 different, 2 bad input."""
    from sfqgen.chip.xor import differences

    found = differences(one, other, cell=cell, cell_other=cell_other)
    if as_json:
        emit({"files": [str(one), str(other)], "same": not found, "layers": [layer.as_dict() for layer in found]})
    elif not found:
        print("no difference")
    else:
        for layer in found:
            number, texts = "/".join(map(str, layer.gds)), f", {layer.texts} texts" if layer.texts else ""
            print(f"{layer.layer} ({number}): {layer.area_um2:g} um2 in {layer.polygons} polygons{texts}")
    finish(not found)
