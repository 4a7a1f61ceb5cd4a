"""A deck: a circuit together with the analysis that its text asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import Circuit


@dataclass(frozen=True, slots=True)
class Tran:
    """The transient analysis: largest step, stop, and the window and spacing of what is printed, all in ps."""

    step_ps: float
    stop_ps: float
    start_ps: float = 0.0
    print_step_ps: float = 0.0  # 0: every step

    @property
    def spacing_ps(self) -> float:
        """Distance of printed points."""
        return self.print_step_ps or self.step_ps


@dataclass(frozen=True, slots=True)
class Probe:
    """One requested output: voltage "v", current "i" or phase "p" of a device or of a node.

    `names` are flat names in the circuit's own spelling (`B1|XDUT`, node `14|XDUT`). With two names the output is
    the first minus the second. `label` is the column title, in capitals as JoSIM prints it: `P(B1|XDUT)`.
    """

    kind: Literal["v", "i", "p"]
    of: Literal["device", "node"]
    names: tuple[str, ...]

    @property
    def label(self) -> str:
        return f"{self.kind}({','.join(self.names)})".upper()


@dataclass(frozen=True, slots=True)
class Spread:
    """Relative spread of element values, as `.spread` gives it: for all, and per class where it differs."""

    every: float | None = None
    inductors: float | None = None
    junctions: float | None = None
    capacitors: float | None = None
    resistors: float | None = None


@dataclass(frozen=True, slots=True)
class ElementSetting:
    """`temp=` (K), `neb=` (Hz) or `spread=` written on one element; `cell` is "" for the top level."""

    cell: str
    element: str
    key: Literal["temp", "neb", "spread"]
    value: float


@dataclass(frozen=True)
class Deck:
    """What a netlist file says. `circuit` is the top level; every subcircuit of the file is in `circuit.cells`.

    A library file has no top level: `circuit.elements` is empty and `cell("name")` gives its subcircuits.
    `tran` is None when the file asks for no analysis, `probes` is empty when it prints nothing. `notes` names the
    lines that were read and have no effect here, such as `.file`.
    """

    name: str
    circuit: Circuit
    tran: Tran | None = None
    probes: tuple[Probe, ...] = ()
    temperature_k: float | None = None
    noise_bandwidth_hz: float | None = None
    spread: Spread = Spread()
    settings: tuple[ElementSetting, ...] = ()
    header: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def cell(self, name: str) -> Circuit:
        """The subcircuit of that name, without case. Raises SfqgenError when there is none."""
        for key, cell in self.circuit.cells.items():
            if key.lower() == name.lower():
                return cell
        raise SfqgenError(
            f"no subcircuit {name}", where=self.name, allowed=", ".join(self.circuit.cells) or "the file has none"
        )

    def need_tran(self) -> Tran:
        """The transient analysis. Raises SfqgenError when the deck has none."""
        if self.tran is None:
            raise SfqgenError("no transient analysis", where=self.name, remedy="add a line such as .tran 0.1p 200p")
        return self.tran
