"""`sfqgen extract`: inductances from drawn metal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sfqgen.cli.app import Json, app, emit, say

if TYPE_CHECKING:
    from sfqgen.extract.measure import Measured


@app.command()
def extract(
    gds: Annotated[Path, typer.Argument(help="GDS file.")],
    netlist: Annotated[
        Path | None,
        typer.Option("--netlist", help="Netlist that names the inductors: *_idx.cir, or a deck with a subcircuit."),
    ] = None,
    cell: Annotated[
        str | None, typer.Option("--cell", help="Layout cell; else the only top cell, or that named like the file.")
    ] = None,
    subckt: Annotated[str | None, typer.Option("--subckt", help="Subcircuit of a deck.")] = None,
    grid: Annotated[float, typer.Option("--grid", help="Cell of the field solver in um.")] = 0.25,
    sign_off: Annotated[
        bool, typer.Option("--sign-off", help="Solve on half the grid too, extrapolate, and print error bars.")
    ] = False,
    label_returns: Annotated[
        bool, typer.Option("--label-returns", help="Collect the return of border pins in the labelled metal only.")
    ] = False,
    resistors: Annotated[
        bool, typer.Option("--resistors", help="Solve the branches of shunts and series resistors too.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write the netlist with the measured values to this deck.")
    ] = None,
    workers: Annotated[int | None, typer.Option("--workers", help="Threads; all processors if left out.")] = None,
    moats: Annotated[bool, typer.Option("--moats", help="List the moats of the layout, and nothing else.")] = False,
    flux: Annotated[
        str | None,
        typer.Option("--flux", help="Put a flux quantum into this moat, by number or by a point x,y in um inside, and"
                     " print the current that it drives into every inductor."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Inductance of every inductor of a layout, from its polygons (SFQ5ee nominal process, 3-D solver)."""
    if moats or flux is not None:
        _flux(gds, netlist, cell, subckt, grid, flux, as_json)
        return
    import time

    from sfqgen.extract.measure import measure
    from sfqgen.extract.report import as_dict, as_text, resistors_text

    def progress(done: int, total: int) -> None:
        if total > 1:
            say(f"window {done} of {total}")

    start = time.perf_counter()
    measured = measure(gds, netlist, cell=cell, subckt=subckt, grid_um=grid, sign_off=sign_off,
                       label_returns=label_returns, resistors=resistors, workers=workers,
                       progress=progress)  # fmt: skip
    if output is not None:
        _write(output, measured)
    seconds = round(time.perf_counter() - start, 3)
    if as_json:
        result = as_dict(measured.extraction, measured.rows, measured.couplings)
        if resistors:
            result["resistors"] = [branch.as_dict() for branch in measured.resistors]
            result["branches"] = [row.as_dict() for row in measured.branches]
        emit({"file": str(gds), "cell": measured.cell, "extraction": result,
              "notes": list(measured.notes), "seconds": seconds})  # fmt: skip
    else:
        print(as_text(measured.extraction, measured.rows, measured.couplings))
        if resistors:
            print(resistors_text(measured.resistors, measured.branches))
        for note in measured.notes:
            print(f"note: {note}")
        say(f"{seconds:.1f} s")


def _write(path: Path, measured: Measured) -> None:
    """The back-annotated netlist, whole or not at all."""
    from sfqgen.errors import SfqgenError
    from sfqgen.files import write_text
    from sfqgen.netlist.josim_write import write_josim

    if measured.circuit is None:
        raise SfqgenError("there is no netlist to annotate", where=str(path),
                          remedy="give the schematic that the layout matches with --netlist")  # fmt: skip
    write_text(path, write_josim(measured.circuit))
    say(f"wrote {path}")


def _flux(gds: Path, netlist: Path | None, cell: str | None, subckt: str | None, grid: float, flux: str | None,
          as_json: bool) -> None:  # fmt: skip
    """Moats of a layout, or the currents of a flux quantum in one of them."""
    from sfqgen.extract.measure import read
    from sfqgen.extract.moats import chosen_moat, find_moats
    from sfqgen.extract.trapped import trapped

    drawn = read(gds, netlist, cell=cell, subckt=subckt)
    moats = find_moats(drawn.found)
    head = {"file": str(gds), "cell": drawn.found.name}
    if flux is None:
        if as_json:
            emit({**head, "moats": [moat.as_dict() for moat in moats]})
        else:
            print("\n".join(["moat     x um     y um  area um2  planes", *(moat.line() for moat in moats)]))
        return
    moat = chosen_moat(moats, flux, f"cell {drawn.found.name}")
    currents = trapped(drawn.found, moat, drawn.idx, grid_um=grid).current_ua
    named = drawn.named(currents)
    if as_json:
        emit({**head, "flux": {"moat": moat.as_dict(), "quanta": 1, "current_ua": named}})
    else:
        print(f"one flux quantum in moat {moat.name} at ({moat.x_um:.2f}, {moat.y_um:.2f}) um drives")
        print("\n".join(f"  {name:<10} {value:+9.3f} uA" for name, value in named.items()))
