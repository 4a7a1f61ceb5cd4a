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
