"""`sfqgen build`: the whole flow."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from sfqgen.cli.app import Engine, Json, app, check_engine, emit, finish, say


@app.command()
def build(
    spec: Annotated[Path, typer.Argument(help="Specification (YAML); `sfqgen new` writes one.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Folder; out/NAME if left out.")] = None,
    extract: Annotated[
        bool | None, typer.Option("--extract/--no-extract", help="Solve the drawn metal, and judge that circuit.")
    ] = None,
    margins: Annotated[bool, typer.Option("--margins", help="Measure the margins of every parameter too.")] = False,
    recentre: Annotated[
        bool, typer.Option("--recentre", help="Move biases to the middle of their margins as extracted; draw again.")
    ] = False,
    engine: Engine = "builtin",
    as_json: Json = False,
) -> None:
    """Specification to netlist, layout, DRC, LVS, extraction, simulation and verdict; exit 0 PASS, 1 FAIL."""
    from sfqgen.flow import build as run_flow
    from sfqgen.spec import load_spec

    check_engine(engine)
    wanted = load_spec(spec)
    folder = output or Path("out") / wanted.name
    with _progress() as progress:
        report = run_flow(wanted, folder, engine=engine, extract=extract, margins=margins,
                          recentre=recentre, progress=progress)  # fmt: skip
    if as_json:
        emit(report)
    else:
        _print(report, folder)
    finish(report["verdict"] == "PASS")


def _progress():
    """A spinner with the stage's name on a terminal, a line per stage elsewhere; on stderr either way."""
    from contextlib import contextmanager

    @contextmanager
    def shown():
        from rich.console import Console

        console = Console(stderr=True)
        if not console.is_terminal:
            yield lambda stage: say(f"  {stage} ...")
            return
        with console.status("starting") as status:
            yield lambda stage: status.update(stage)

    return shown()


def _print(report: dict[str, Any], folder: Path) -> None:
    from rich.console import Console
    from rich.text import Text

    from sfqgen.verdict import basis

    console = Console(highlight=False, markup=False, soft_wrap=True)
    style = "bold green" if report["verdict"] == "PASS" else "bold red"
    console.print(Text.assemble((f"{report['spec']['name']}: "), (report["verdict"], style)))
    if report["failed"]:
        for failure in report["failed"]:
            console.print(f"  {failure['what']}\n    -> {failure['remedy']}")
    else:
        console.print(basis(report))
    for note in report["notes"]:
        console.print(f"note: {note}")
    for what in report["not_run"]:
        console.print(f"not run: {what}")
    console.print(f"report: {folder / 'report.html'}")
