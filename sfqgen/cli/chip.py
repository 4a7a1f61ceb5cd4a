"""`sfqgen chip`: the neuron on a die with converters, bias, pads and fill."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from sfqgen.cli.app import Json, app, emit, finish, say


@app.command()
def chip(
    spec: Annotated[Path, typer.Argument(help="Specification of a neuron (YAML).")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Folder; out/NAME_chip if left out.")] = None,
    die: Annotated[float | None, typer.Option("--die", help="Side of the die in mm; 5 if left out.")] = None,
    pad: Annotated[float | None, typer.Option("--pad", help="Side of a pad in um; not public, 100 stands in.")] = None,
    pitch: Annotated[float | None, typer.Option("--pitch", help="Pad pitch in um; not public, 200 stands in.")] = None,
    extract: Annotated[bool, typer.Option("--extract/--no-extract", help="Solve the fields of the core as drawn, and "
                                          "simulate that.")] = True,
    as_json: Json = False,
) -> None:
    """Test chip: GDS of the die, pad table, bonding picture, checks; exit 0 PASS, 1 FAIL, 2 bad input."""
    from sfqgen.chip.build import build_chip
    from sfqgen.chip.frame import load_frame
    from sfqgen.spec import load_spec

    wanted = load_spec(spec)
    frame = load_frame(die_mm=die, pad_um=pad, pitch_um=pitch)
    folder = output or Path("out") / f"{wanted.name}_chip"
    report = build_chip(wanted, folder, frame=frame, extract=extract, progress=lambda stage: say(f"  {stage} ..."))
    if as_json:
        emit(report)
    else:
        _print(report, folder)
    finish(report["verdict"] == "PASS")


def _print(report: dict[str, Any], folder: Path) -> None:
    bias, pads, drc, lvs = (report[key] for key in ("bias", "pads", "drc", "lvs"))
    print(f"{report['spec']['name']}_chip: {report['verdict']}")
    print(report["reason"])
    print(f"pads: {pads['count']} ({', '.join(f'{n} {role}' for role, n in pads['by_role'].items())})")
    print(f"bias: {bias['total_ma']:g} mA, {bias['ma_per_pad']:g} mA on each of {bias['pads']} pad"
          f"{'s' if bias['pads'] > 1 else ''} (limit {bias['limit_ma_per_pad']:g} mA)")  # fmt: skip
    print(f"drc: {drc['violations']} violations, {drc['warnings']} warnings of {drc['rules_run']} rules")
    print(f"lvs: {lvs['junctions']} junctions, {'match' if lvs['match'] else 'MISMATCH'}")
    _print_confirmed(report)
    for line in (*report["connections"]["wrong"], *report["not_public"]):
        print(line)
    for line in report["not_run"]:
        print(f"not run: {line}")
    for line in report["notes"]:
        print(f"note: {line}")
    print(f"report: {folder / 'report.json'}")


def _print_confirmed(report: dict[str, Any]) -> None:
    """The core at its pads: how far inductors are off, what was measured, each threshold level."""
    extraction, timing = report["extraction"], report["timing"]
    if extraction:
        error, limit = extraction["max_abs_error_pct"], extraction["tolerance_pct"]
        print(f"extraction: largest error {error:.2f} % (limit {limit:g} %)")
    print(f"at the pads, {timing['view']} core:")
    for row in timing["criteria"]:
        told = f"{row['measured']} {row['unit']} (limit {row['limit']:g})"
        print(f"  {'pass' if row['pass'] else 'FAIL'}  {row['name']}: {told}")
    for level in timing["levels"]:
        print(f"  level {level['k']}: {level['law']}; {level['volleys']} volleys, {level['errors']} wrong")
