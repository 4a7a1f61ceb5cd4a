"""The typer application and what every command shares: JSON output, progress, exit codes.

Exit codes: 0 done or PASS, 1 the check ran and says FAIL, 2 bad input or a missing program.
"""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

app = typer.Typer(
    name="sfqgen", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="From one specification of a trainable SFQ neuron to netlist, layout, checks and verdict (SFQ5ee).",
)  # fmt: skip

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else there.")]
Engine = Annotated[str, typer.Option("--engine", help="Simulator: builtin, josim or ngspice.")]
Converters = Annotated[
    bool, typer.Option("--converters", help="Drive through DC/SFQ and read through SFQ/DC converters, as on a chip.")
]


ENGINES = ("builtin", "josim", "ngspice")


def check_engine(name: str) -> None:
    """Refuses a simulator that does not exist before any work is done."""
    from sfqgen.errors import SfqgenError

    if name not in ENGINES:
        raise SfqgenError(f"no engine {name}", where="--engine", allowed=", ".join(ENGINES))


def emit(result: dict[str, Any]) -> None:
    """The one JSON object of a `--json` run."""
    typer.echo(json.dumps(result, indent=2, sort_keys=False, allow_nan=False))


def say(text: str) -> None:
    """A line for a person; goes to stderr so that stdout stays clean for pipes and `--json`."""
    print(text, file=sys.stderr)


def finish(passed: bool) -> None:
    """Leave with 0 when the check passed, 1 when it ran and failed."""
    raise typer.Exit(0 if passed else 1)
