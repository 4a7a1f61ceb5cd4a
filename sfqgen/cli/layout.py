"""`sfqgen layout`: the neuron's GDS and a picture of it, without the checks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sfqgen.cli.app import Json, app, emit, say


@app.command()
def layout(
    spec: Annotated[Path, typer.Argument(help="Specification of a neuron (YAML).")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="GDS file; NAME.gds if left out.")] = None,
    picture: Annotated[Path | None, typer.Option("--png", help="Picture of the layout.")] = None,
    as_json: Json = False,
) -> None:
    """Draw the neuron: GDS without metadata, one top cell. `sfqgen build` also checks it."""
    from sfqgen.spec import load_spec

    wanted = load_spec(spec)
    from sfqgen.layout.components import draw
    from sfqgen.layout.tapeout import write_gds

    component = draw(wanted)  # with the stored corrections, as a build draws it
    gds = output or Path(f"{wanted.name}.gds")
    write_gds(component, gds, top=wanted.name)
    if picture is not None:
        from pdk_sfq5ee.render import save_png

        save_png(gds, picture, width_px=2400)
    if as_json:
        emit({"spec": wanted.name, "file": str(gds), "size": dict(component.info),
              "picture": str(picture) if picture else None})  # fmt: skip
    else:
        say(f"wrote {gds}" + (f" and {picture}" if picture else ""))
