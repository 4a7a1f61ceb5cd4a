"""josim-cli as an engine: the deck in JoSIM's own dialect, its csv read back."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import Junction
from sfqgen.netlist.deck import Deck, Probe
from sfqgen.netlist.flatten import flatten
from sfqgen.netlist.josim_write import probe_labels, write_josim
from sfqgen.sim.external.program import Program, reason
from sfqgen.sim.waveforms import Waveforms, read_csv

PROGRAM = Program("josim-cli", "-v", r"v(\d+\.\d+)", (2, 6), "build JoSIM 2.6 or later and put josim-cli on PATH")


@dataclass(frozen=True, slots=True)
class Josim:
    """Runs decks with josim-cli 2.6 or later."""

    timeout_s: float = 600.0
    name: str = "josim"

    def available(self) -> bool:
        return PROGRAM.path() is not None

    def version(self) -> str:
        return f"JoSIM {'.'.join(map(str, PROGRAM.version()))}"

    def run(self, deck: Deck) -> Waveforms:
        """Signals of the deck's probes, or the phase of every junction, on JoSIM's print grid."""
        deck.need_tran()
        if not deck.probes:
            junctions = flatten(deck.circuit).of_kind(Junction)
            deck = replace(deck, probes=tuple(Probe("p", "device", (b.name,)) for b in junctions))
        with tempfile.TemporaryDirectory(prefix="sfqgen-") as name:
            folder = Path(name)
            (folder / "deck.cir").write_text(write_josim(deck), encoding="utf-8")
            text = PROGRAM.run(["-m", "-o", "out.csv", "deck.cir"], folder, self.timeout_s)
            if not (folder / "out.csv").is_file():
                raise SfqgenError(f"josim-cli wrote no result: {reason(text)}", where=deck.name)
            found = read_csv(folder / "out.csv")
        return under_own_names(found, deck)


def run_josim(deck: Deck, *, timeout_s: float = 600.0) -> Waveforms:
    """Run a deck with the josim-cli on PATH. Raises SfqgenError when it is missing, too old, or fails."""
    return Josim(timeout_s=timeout_s).run(deck)


def under_own_names(found: Waveforms, deck: Deck) -> Waveforms:
    """JoSIM's columns under the names of the deck, whose illegal names were changed on the way."""
    columns = {name.upper(): values for name, values in found.signals.items()}
    signals = {}
    for probe, label in zip(deck.probes, probe_labels(deck), strict=True):
        if label not in columns:
            raise SfqgenError(f"josim-cli gave no column {label}", where=deck.name, allowed=", ".join(columns))
        signals[probe.label] = columns[label]
    return Waveforms(found.t_ps, signals)
