"""`sfqgen drc`: check a GDS file against the design rules, or write the rules as a KLayout deck."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sfqgen.cli.app import Json, app, emit, finish, say

if TYPE_CHECKING:
    from sfqgen.verify.drc import DrcReport

NOTE = "Rules from public sources; the foundry's rule manual is not public, so this is no sign-off."


@app.command()
def drc(
    gds: Annotated[Path | None, typer.Argument(help="GDS file to check.")] = None,
    cell: Annotated[str | None, typer.Option("--cell", help="Cell to check; the only top cell if left out.")] = None,
    rules: Annotated[
        Path | None, typer.Option("--rules", help="YAML with rule values that replace or add to ours.")
    ] = None,
    lyrdb: Annotated[
        Path | None, typer.Option("--lyrdb", help="Write the findings for KLayout's marker browser.")
    ] = None,
    chip: Annotated[
        bool, typer.Option("--chip", help="Nothing abuts the cell: half webs along its outline need full width.")
    ] = False,
    write_deck: Annotated[
        Path | None, typer.Option("--write-deck", help="Write the rules as a KLayout deck, .drc or .lydrc.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a layout against the design rules; exit 0 clean, 1 violations, 2 bad input."""
    from sfqgen.errors import SfqgenError
    from sfqgen.verify.drc import load_rules, run_drc
    from sfqgen.verify.gds import read_layout

    rule_set = load_rules(rules)
    if write_deck is not None:
        from sfqgen.verify.deck import write

        write(write_deck, rule_set)
        say(f"wrote {write_deck}: {len(rule_set.enabled)} rules")
    if gds is None:
        if write_deck is None:
            raise SfqgenError("no GDS file named", remedy="sfqgen drc X.gds, or sfqgen drc --write-deck FILE")
        return
    layout, chosen = read_layout(gds, cell)
    report = run_drc(layout, chosen, rule_set, chip=chip)
    if lyrdb is not None:
        report.write_lyrdb(lyrdb)
    if as_json:
        emit({"file": str(gds), "cell": report.cell, "drc": report.as_dict(), "findings": report.findings(),
              "seconds": round(report.seconds, 3)})  # fmt: skip
    else:
        _print(report, gds, lyrdb)
    finish(report.clean)


def _print(report: DrcReport, gds: Path, lyrdb: Path | None) -> None:
    from rich.console import Console

    console = Console(highlight=False, markup=False, soft_wrap=True)
    if report.counts:
        console.print(_table(report), soft_wrap=False)
    verdict = "clean" if report.clean else f"{report.errors} violations of {len(report.by_rule)} rules"
    warnings = sum(report.warnings_by_rule.values())
    console.print(f"{report.cell}: {verdict}, {warnings} warnings; {report.rules_run} rules in {report.seconds:.2f} s")
    console.print(NOTE, style="dim")
    if lyrdb is not None:
        console.print(f"see them: klayout {shlex.quote(str(gds))} -m {shlex.quote(str(lyrdb))}")
    elif report.counts:
        console.print("see them: add --lyrdb drc.lyrdb")


def _table(report: DrcReport):
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(f"Findings in {report.cell}"), title_justify="left")
    for heading in ("rule", "", "count", "what", "first at (um)"):
        table.add_column(heading, justify="right" if heading == "count" else "left")
    first = {}
    for violation in report.violations:
        first.setdefault(violation.rule, violation)
    for rule_id, count in report.counts.items():
        place = first[rule_id]
        severity = Text(place.severity, style="yellow" if place.severity == "warning" else "red")
        at = f"{place.at_um[0]:g}, {place.at_um[1]:g}"
        table.add_row(Text(rule_id), severity, str(count), Text(place.message), at)
    return table
