"""`sfqgen lvs`: compare a layout with a netlist."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sfqgen.cli.app import Json, app, emit, finish, say


@app.command()
def lvs(
    gds: Annotated[Path, typer.Argument(help="GDS file.")],
    deck: Annotated[Path, typer.Argument(help="Netlist: a deck with a subcircuit, or an extraction netlist.")],
    cell: Annotated[
        str | None, typer.Option("--cell", help="Layout cell; else the only top cell, or that named like the file.")
    ] = None,
    subckt: Annotated[
        str | None, typer.Option("--subckt", help="Subcircuit of the deck; the one named like the cell if left out.")
    ] = None,
    topology: Annotated[
        bool, typer.Option("--topology", help="Judge connections and ground only, not values.")
    ] = False,
    lvsdb: Annotated[Path | None, typer.Option("--lvsdb", help="Write the comparison for KLayout's browser.")] = None,
    as_json: Json = False,
) -> None:
    """Compare a layout with a netlist; exit 0 match, 1 mismatch, 2 bad input."""
    import time

    from sfqgen.extract.recognise import recognise
    from sfqgen.verify.gds import read_layout
    from sfqgen.verify.lvs import compare, load_reference, write_lvsdb

    start = time.perf_counter()
    found = recognise(*read_layout(gds, cell, any_unit=True))
    result = compare(found, load_reference(deck, found, subckt))
    if topology:
        result = result.without_values()
    if lvsdb is not None:
        write_lvsdb(lvsdb, found, result)
    if as_json:
        emit({"file": str(gds), "lvs": result.as_dict(), "seconds": round(time.perf_counter() - start, 3)})
    else:
        print(result.text())
        if lvsdb is not None:
            say(f"wrote {lvsdb}")
    finish(result.match)
