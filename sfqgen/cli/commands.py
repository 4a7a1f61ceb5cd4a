"""All commands, in the order in which `sfqgen --help` lists them. Importing a module registers its command."""

from sfqgen.cli import (
    adjust,
    build,
    chip,
    drc,
    extract,
    held_out,
    klayout,
    layout,
    lvs,
    margins,
    netlist,
    new,
    noise,
    optimise,
    simulate,
    sweep,
    tables,
    timing,
    xor,
    yield_,
)
from sfqgen.cli.app import app

__all__ = [
    "adjust", "app", "build", "chip", "drc", "extract", "held_out", "klayout", "layout", "lvs", "margins", "netlist",
    "new", "noise", "optimise", "simulate", "sweep", "tables", "timing", "xor", "yield_",
]  # fmt: skip
