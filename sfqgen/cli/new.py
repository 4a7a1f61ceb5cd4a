"""`sfqgen new` and `sfqgen schema`: a template to start from, and the JSON schema for editors."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from sfqgen.cli.app import app, say


@app.command()
def new(
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write; stdout if left out.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Write a commented template specification."""
    from sfqgen.errors import SfqgenError
    from sfqgen.files import write_text
    from sfqgen.spec.template import template

    if output is None:
        typer.echo(template(), nl=False)
        return
    if output.exists() and not force:
        raise SfqgenError("the file exists already", where=str(output), remedy="another name, or --force")
    name = re.sub(r"[^a-z0-9_]", "_", output.stem.lower()).lstrip("_0123456789")[:32] or "neuron"
    write_text(output, template(name, output.name))
    say(f"wrote {output}; next: sfqgen build {output}")


@app.command()
def schema() -> None:
    """Print the JSON schema of a specification."""
    from sfqgen.cli.app import emit
    from sfqgen.spec.schema import json_schema

    emit(json_schema())
