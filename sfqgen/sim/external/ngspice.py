"""ngspice as an engine: the deck in its dialect, run in batch mode, its raw file read."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sfqgen.errors import SfqgenError
from sfqgen.netlist.deck import Deck
from sfqgen.netlist.ngspice_write import Signal, spice_deck
from sfqgen.sim.external.program import Program, reason
from sfqgen.sim.waveforms import Waveforms

PROGRAM = Program("ngspice", "--version", r"ngspice-(\d+)", (30,), "apt-get install ngspice")


@dataclass(frozen=True, slots=True)
class Ngspice:
    """Runs decks with ngspice. Points lie where its step control put them, never further apart than the deck's step."""

    timeout_s: float = 600.0
    noise: str = "refuse"
    name: str = "ngspice"

    def available(self) -> bool:
        return PROGRAM.path() is not None

    def version(self) -> str:
        return f"ngspice {'.'.join(map(str, PROGRAM.version()))}"

    def run(self, deck: Deck) -> Waveforms:
        """Signals of the deck's probes, or the phase of every junction; see `write_ngspice` for what is refused."""
        spice = spice_deck(deck, noise=self.noise)
        with tempfile.TemporaryDirectory(prefix="sfqgen-") as name:
            folder = Path(name)
            (folder / "deck.cir").write_text(spice.text, encoding="ascii")
            text = PROGRAM.run(["-b", "-n", "-r", "out.raw", "deck.cir"], folder, self.timeout_s)
            if not (folder / "out.raw").is_file():
                raise SfqgenError(f"ngspice wrote no result: {reason(text)}", where=deck.name)
            table = read_raw((folder / "out.raw").read_bytes())
        return _waveforms(table, spice.signals, deck, text)


def run_ngspice(deck: Deck, *, timeout_s: float = 600.0) -> Waveforms:
    """Run a deck with the ngspice on PATH. Raises SfqgenError when it is missing, too old, or fails."""
    return Ngspice(timeout_s=timeout_s).run(deck)


def _waveforms(table: dict[str, np.ndarray], signals: tuple[Signal, ...], deck: Deck, text: str) -> Waveforms:
    t_ps = table["time"] * 1e12
    tran = deck.need_tran()
    if len(t_ps) == 0 or t_ps[-1] < tran.stop_ps * (1 - 1e-9):
        raise SfqgenError(f"ngspice stopped at {t_ps[-1] if len(t_ps) else 0:.4g} ps: {reason(text)}", where=deck.name,
                          remedy="use a smaller step, or the built-in engine")  # fmt: skip
    shown = t_ps >= tran.start_ps * (1 - 1e-12)
    values = {}
    for signal in signals:
        total = table[signal.first] - (table[signal.second] if signal.second else 0.0)
        values[signal.label] = signal.scale * total[shown]
    return Waveforms(t_ps[shown], values)


def read_raw(data: bytes) -> dict[str, np.ndarray]:
    """Vectors by name of a binary raw file (real numbers). Raises SfqgenError when it is none."""
    head, mark, body = data.partition(b"Binary:\n")
    lines = head.decode("latin-1").splitlines()
    fields = dict(line.split(":", 1) for line in lines if ":" in line and not line.startswith("\t"))
    try:
        count, points = int(fields["No. Variables"]), int(fields["No. Points"])
        names = [line.split("\t")[2].lower() for line in lines if line.startswith("\t")]
        table = np.frombuffer(body, dtype="<f8", count=count * points).reshape(points, count)
    except (KeyError, ValueError, IndexError):
        raise SfqgenError("ngspice's result is no binary raw file") from None
    if not mark or len(names) != count or "real" not in fields.get("Flags", "real"):
        raise SfqgenError("ngspice's result is no binary raw file of real numbers")
    return {name: table[:, index] for index, name in enumerate(names)}
