"""`sfqgen klayout install`: technology, colours and design-rule check for the KLayout application."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sfqgen.cli.app import Json, app, emit, say

klayout = typer.Typer(no_args_is_help=True, help="Set up the KLayout application for SFQ5ee.")
app.add_typer(klayout, name="klayout")


@klayout.callback()
def _group() -> None:
    """Set up the KLayout application for SFQ5ee."""


@klayout.command()
def install(
    home: Annotated[
        Path | None, typer.Option("--home", help="KLayout home; $KLAYOUT_HOME or ~/.klayout if left out.")
    ] = None,
    json: Json = False,
) -> None:
    """Copy technology, layer colours and DRC menu entry into a KLayout home. Running it again changes nothing."""
    from pdk_sfq5ee.klayout_install import install as copy_files

    done = copy_files(home)
    if json:
        emit({"installed": [{"file": str(path), "changed": changed} for path, changed in done]})
        return
    for path, changed in done:
        say(f"{'wrote' if changed else 'up to date'}: {path}")
    say("restart KLayout; choose the technology sfq5ee when you open a layout, run Tools > DRC > SFQ5ee design rules")
