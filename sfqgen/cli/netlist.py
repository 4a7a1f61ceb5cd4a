"""`sfqgen netlist`: the neuron's deck, with test bench, stimulus and expected counts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sfqgen.cli.app import Converters, Json, app, emit, say


@app.command()
def netlist(
    spec: Annotated[Path, typer.Argument(help="Specification of a neuron (YAML).")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File; stdout if left out.")] = None,
    dialect: Annotated[str, typer.Option("--dialect", help="josim or ngspice.")] = "josim",
    current_bias: Annotated[
        bool, typer.Option("--current-bias", help="Ideal current sources instead of resistors from the rail.")
    ] = False,
    converters: Converters = False,
    as_json: Json = False,
) -> None:
    """Write the neuron's netlist: self-contained, with stimulus and expected counts in its header."""
    from cells.neuron import neuron
    from sfqgen.errors import SfqgenError
    from sfqgen.files import write_text
    from sfqgen.spec import load_spec
    from sfqgen.timing.deck import walk_deck
    from sfqgen.timing.use import Use

    if dialect not in ("josim", "ngspice"):
        raise SfqgenError(f"no dialect {dialect}", where="--dialect", allowed="josim or ngspice")
    wanted = load_spec(spec)
    circuit = neuron(**wanted.circuit_kwargs())
    bias = "current" if current_bias else "resistor"
    text = walk_deck(circuit, Use.of(wanted), wanted.name, bias=bias, dialect=dialect, converters=converters)
    if output is not None:
        write_text(output, text)
        say(f"wrote {output}")
    if as_json:
        emit({"spec": wanted.name, "dialect": dialect, "bias": bias, "converters": converters,
              "file": str(output) if output else None, "lines": text.count("\n"),
              **({} if output else {"text": text})})  # fmt: skip
    elif output is None:
        typer.echo(text, nl=False)
