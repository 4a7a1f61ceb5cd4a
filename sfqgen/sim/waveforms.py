"""What every engine returns: signals over time under JoSIM's names, and JoSIM's csv form of them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sfqgen.errors import SfqgenError

_SI = {"V": 1e-6, "I": 1e-6, "P": 1.0}


@dataclass(frozen=True)
class Waveforms:
    """Signals of one run: `t_ps` (T,) and, by JoSIM-style name (`P(B1|XDUT)`, `V(OUT)`, `I(L1)`), arrays (T,).

    Units in memory: ps, rad, uV, uA. In csv files: s, rad, V, A, as JoSIM writes them.
    """

    t_ps: np.ndarray
    signals: Mapping[str, np.ndarray]

    def __getitem__(self, name: str) -> np.ndarray:
        """The signal of that name, without case; KeyError lists what there is."""
        for key, values in self.signals.items():
            if key.lower() == name.lower():
                return values
        raise KeyError(f"no signal {name}; there are {', '.join(self.signals)}")

    def write_csv(self, path: str | Path) -> None:
        """JoSIM's csv: a head line `time,"P(B1)",...`, then `%.6e` columns. Written beside, then renamed."""
        target = Path(path)
        partial = target.with_name(target.name + ".part")
        names = list(self.signals)
        columns = [self.t_ps * 1e-12, *(self.signals[name] * _SI.get(name[:1].upper(), 1.0) for name in names)]
        try:
            with partial.open("w", encoding="utf-8", newline="\n") as file:
                file.write(",".join(["time", *(f'"{name}"' for name in names)]) + "\n")
                np.savetxt(file, np.column_stack(columns), fmt="%.6e", delimiter=",")
            partial.replace(target)
        except OSError as error:
            raise SfqgenError(f"cannot be written ({error.strerror})", where=str(target)) from error


def read_csv(path: str | Path) -> Waveforms:
    """A csv file written by JoSIM or by `Waveforms.write_csv`. SfqgenError when it is no such file."""
    source = Path(path)
    try:
        text = source.read_text(encoding="utf-8")
    except OSError as error:
        raise SfqgenError(f"cannot be read ({error.strerror})", where=str(source)) from error
    rows = list(csv.reader(text.splitlines()))
    if not rows or not rows[0] or rows[0][0].strip().lower() != "time":
        raise SfqgenError("is not a JoSIM csv file", where=str(source), allowed="a head line that begins with `time`")
    names = [name.strip().strip('"') for name in rows[0][1:]]
    try:
        table = np.array(rows[1:], dtype=float).reshape(-1, len(names) + 1)
    except ValueError as error:
        raise SfqgenError("has rows that are not numbers or differ in length", where=str(source)) from error
    signals = {name: table[:, k + 1] / _SI.get(name[:1].upper(), 1.0) for k, name in enumerate(names)}
    return Waveforms(table[:, 0] * 1e12, signals)
