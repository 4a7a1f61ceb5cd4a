"""`sfqgen timing`: a neuron's criteria, measured on its schematic or on an extracted netlist, and its waveforms."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sfqgen.cli.app import Converters, Engine, Json, app, emit, finish, say


@app.command()
def timing(
    spec: Annotated[Path, typer.Argument(help="Specification of a neuron (YAML).")],
    netlist: Annotated[
        Path | None, typer.Option("--netlist", help="Extracted netlist to measure instead of the schematic.")
    ] = None,
    picture: Annotated[Path | None, typer.Option("-o", "--picture", help="Waveforms of the walk (png, svg).")] = None,
    current_bias: Annotated[
        bool, typer.Option("--current-bias", help="Ideal current sources instead of resistors from the rail.")
    ] = False,
    converters: Converters = False,
    engine: Engine = "builtin",
    as_json: Json = False,
) -> None:
    """Thresholds, latency, rate and spacing of a neuron against its specification; exit code 1 if one is missed."""
    from sfqgen.spec import load_spec
    from sfqgen.timing.criteria import verify
    from sfqgen.timing.figures import figures
    from sfqgen.timing.use import Use

    wanted = load_spec(spec)
    use, dut, bias = Use.of(wanted), _circuit(wanted, netlist), "current" if current_bias else "resistor"
    report = verify(dut, use, view="extracted" if netlist else "schematic", bias=bias, engine=engine,
                    converters=converters)  # fmt: skip
    cost = figures(dut, use)
    if picture is not None:
        _draw(dut, use, bias, picture, wanted.name)
    if as_json:
        emit({"spec": wanted.name, "engine": engine, "bias": bias, "converters": converters, **report.as_dict(),
              "figures": cost.as_dict(), "picture": str(picture) if picture else None})  # fmt: skip
    else:
        _print(report)
        low, high = cost.energy_aj
        print(f"{cost.junctions} junctions, {cost.bias_ma:g} mA, {cost.static_uw:g} uW static; a frame that fires "
              f"switches {low:g} aJ (k = 1) to {high:g} aJ (k = {use.levels})")  # fmt: skip
        if picture is not None:
            say(f"waveforms of the walk: {picture}")
    finish(report.passed)


def _circuit(spec, netlist: Path | None):
    if netlist is None:
        from cells.neuron import neuron

        return neuron(**spec.circuit_kwargs())
    from sfqgen.timing.netlist import neuron_of

    return neuron_of(netlist, spec.inputs)


def _draw(dut, use, bias: str, picture: Path, name: str) -> None:
    from sfqgen.timing.picture import draw, trace

    draw(trace(dut, use, bias=bias), picture, f"{name}: walk through the levels, {use.frame_ps:g} ps per frame")


def _print(report) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("criterion", "limit", "measured", "unit", "", title=f"timing, {report.view}", title_justify="left")
    for c in report.criteria:
        measured = "-" if c.measured is None else f"{c.measured:g}"
        table.add_row(c.name, f"{c.limit:g}", measured, c.unit, "[green]ok[/]" if c.passed else "[red]MISSED[/]")
    levels = Table("k", "law", "frames", "errors", "latency (ps)", title="levels", title_justify="left")
    for level in report.levels:
        latency = "-" if level.latency_ps is None else f"{level.latency_ps[0]:g} to {level.latency_ps[1]:g}"
        levels.add_row(str(level.k), level.law, str(level.volleys), str(level.errors), latency)
    console = Console()
    console.print(table)
    console.print(levels)
