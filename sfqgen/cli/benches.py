"""What `margins`, `yield` and `noise` share: from a file to a bench and its parameters, options, a progress bar."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from sfqgen.cli.app import say
from sfqgen.errors import SfqgenError

File = Annotated[Path, typer.Argument(help="Deck in JoSIM's dialect, or a neuron's specification.")]
Criteria = Annotated[
    Path | None, typer.Option("--criteria", help="YAML with frames and expected pulses; else the nominal pulses.")
]
Count = Annotated[
    list[str] | None, typer.Option("--count", help="Junction to count, may be repeated; else those next to the loads.")
]
Step = Annotated[float | None, typer.Option("--step", help="Time step in ps; else the deck's, within 0.1 and 0.2.")]
Seed = Annotated[int, typer.Option("--seed", help="Same seed, same digits.")]
Threads = Annotated[int | None, typer.Option("--threads", help="Threads; one per core if left out.")]
Scheduler = Annotated[str | None, typer.Option("--scheduler", help="Address of a dask scheduler, tcp://host:8786.")]

DECKS = (".cir", ".sp", ".js", ".net", ".ckt", ".inp")
SPECS = (".yaml", ".yml")


def load_bench(path: Path, **options: Any):
    """The bench of a deck, or of a neuron's specification: then the law over the walk is the criterion."""
    if path.suffix.lower() in SPECS:
        return _neuron_bench(path, **options)
    if path.suffix.lower() not in DECKS:
        raise SfqgenError(f"{path.suffix or 'no suffix'} is no kind of file that can be run", where=str(path),
                          allowed=", ".join((*DECKS, *SPECS)))  # fmt: skip
    from sfqgen.netlist.josim_read import read_deck
    from sfqgen.sim.deck_bench import deck_bench

    tell_first_use()
    return deck_bench(read_deck(path), **options)


def _neuron_bench(path: Path, *, criteria=None, count=(), step_ps: float | None = None, **options: Any):
    from cells.neuron import neuron
    from sfqgen.spec import load_spec
    from sfqgen.timing.neuron_bench import neuron_bench
    from sfqgen.timing.use import Use

    if criteria or count:
        raise SfqgenError("a neuron is judged by its law at the pins", where="--criteria, --count",
                          remedy="leave them out, or run `sfqgen netlist` and judge the deck")  # fmt: skip
    spec = load_spec(path)
    tell_first_use()
    if step_ps is not None:
        options["step_ps"] = step_ps
    return neuron_bench(neuron(**spec.circuit_kwargs()), Use.of(spec), **options)


def tell_first_use() -> None:
    """Why the first run takes longer."""
    from sfqgen.sim.warm import is_compiled

    if not is_compiled():
        say("compiling the engine for this machine, once: some 10 s")


@contextmanager
def progress_bar(title: str, quiet: bool):
    """A bar on stderr; yields a function that takes the finished fraction, or None when quiet."""
    if quiet:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda fraction: bar.update(task, completed=fraction)
