"""`sfqgen held-out`: random trains that nothing was tuned on, at nominal and with every parameter off."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sfqgen.cli.app import Json, app, emit, finish, say
from sfqgen.cli.benches import progress_bar, tell_first_use


@app.command("held-out")
def held_out(
    spec: Annotated[Path, typer.Argument(help="Specification of a neuron (YAML); its seed draws the trains.")],
    netlist: Annotated[
        Path | None, typer.Option("--netlist", help="Extracted netlist instead of the schematic; nominal only.")
    ] = None,
    count: Annotated[int, typer.Option("-n", "--trains", min=2, max=100000, help="Trains of 20 frames.")] = 200,
    deviation: Annotated[
        float, typer.Option("--corners", min=0.0, max=90.0, help="Every parameter off by so many per cent; 0: none.")
    ] = 0.0,
    per_corner: Annotated[int, typer.Option(min=1, max=1000, help="Trains in each corner.")] = 2,
    as_json: Json = False,
) -> None:
    """Frames that break the law in random trains; exit code 1 if there is one."""
    from sfqgen.errors import SfqgenError
    from sfqgen.spec import load_spec
    from sfqgen.timing.held_out import at_corners, at_nominal
    from sfqgen.timing.use import Use

    if netlist is not None and deviation:
        raise SfqgenError("an extracted netlist has no cells whose parameters could be moved", where="--corners",
                          remedy="leave out --corners or --netlist")  # fmt: skip
    wanted = load_spec(spec)
    use, dut = Use.of(wanted), _circuit(wanted, netlist)
    tell_first_use()
    tallies = at_nominal(dut, use, count)
    corners = []
    if deviation:
        with progress_bar("corners", as_json) as told:
            corners = at_corners(dut, use, deviation, per_corner, progress=told)
    if as_json:
        emit({"spec": wanted.name, "view": "extracted" if netlist else "schematic", "seed": wanted.seed,
              "nominal": [t.as_dict() for t in tallies], "corners": [c.as_dict() for c in corners]})  # fmt: skip
    else:
        _print(tallies, corners, wanted.seed)
    finish(not any(row.wrong for row in (*tallies, *corners)))


def _circuit(spec, netlist: Path | None):
    if netlist is not None:
        from sfqgen.timing.netlist import neuron_of

        return neuron_of(netlist, spec.inputs)
    from cells.neuron import neuron

    return neuron(**spec.circuit_kwargs())


def _print(tallies, corners, seed: int) -> None:
    for t in tallies:
        print(f"nominal, gaps from {t.least_ps:g} ps: {t.wrong} of {t.frames} frames wrong ({t.trains} trains)")
    if corners:
        bad = [c for c in corners if c.wrong]
        print(f"corners: {len(bad)} of {len(corners)} have wrong frames, {corners[0].frames} frames each")
        for c in bad:
            print(f"  {c.name} {c.deviation_pct:+g} %: {c.wrong} of {c.frames} frames wrong")
    say(f"seed {seed}")
