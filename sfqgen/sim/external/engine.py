"""The protocol of an external engine, and the engines by name."""

from __future__ import annotations

from typing import Protocol

from sfqgen.errors import SfqgenError
from sfqgen.netlist.deck import Deck
from sfqgen.sim.external.josim import Josim
from sfqgen.sim.external.ngspice import Ngspice
from sfqgen.sim.waveforms import Waveforms


class ExternalEngine(Protocol):
    """An engine that runs a deck as it stands: its analysis, its probes (without any: the phase of every junction)."""

    name: str

    def available(self) -> bool:
        """Whether the program is on PATH."""

    def version(self) -> str:
        """Name and version of the program. Raises SfqgenError when it is missing or too old."""

    def run(self, deck: Deck) -> Waveforms:
        """Signals under JoSIM's names, times in ps. Raises SfqgenError with the program's own reason."""


def external_engine(name: str) -> ExternalEngine:
    """The engine called `josim` or `ngspice`. Raises SfqgenError for any other name."""
    engines: dict[str, ExternalEngine] = {"josim": Josim(), "ngspice": Ngspice()}
    if name not in engines:
        raise SfqgenError(f"no engine {name}", allowed=", ".join(engines))
    return engines[name]
