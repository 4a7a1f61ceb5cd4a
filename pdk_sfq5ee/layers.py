"""Drawing layers and film stack as plain data, for checkers and extractors; no gdsfactory here.

>>> gds("M6")
(60, 0)
>>> film("M6").z0_um, film("M6").z1_um, film("M6").lambda_um
(2.415, 2.615, 0.09)
>>> connectivity()[:2]
(('L0', 'C0', 'M0'), ('M0', 'I0', 'M1'))

Every function takes an optional `process`; without it the published nominal process answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from pdk_sfq5ee.process import Process, nominal


@dataclass(frozen=True)
class Film:
    """One masked film. `z0_um` is its bottom above the bottom of M0; `lambda_um` is None unless it superconducts.

    A via or contact film is the hole in the oxide: `connects` names the conductor below and the one above.
    """

    name: str
    gds: tuple[int, int]
    kind: str  # metal, via, contact, junction or resistor
    material: str
    z0_um: float
    thickness_um: float
    thickness_tol_um: float | None
    lambda_um: float | None = None
    connects: tuple[str, str] | None = None
    holds: str = ""

    @property
    def z1_um(self) -> float:
        """Top of the film above the bottom of M0."""
        return round(self.z0_um + self.thickness_um, 6)


def films(process: Process | None = None) -> tuple[Film, ...]:
    """All masked films from the bottom up."""
    return _films(process or nominal())


def film(name: str, process: Process | None = None) -> Film:
    """The film called `name`; KeyError when there is none."""
    return _by_name(process or nominal())[name]


def gds(name: str, process: Process | None = None) -> tuple[int, int]:
    """GDS layer and datatype of a film or auxiliary layer (`TERM`, `M6_PIN`, ...); KeyError when there is none."""
    return numbers(process)[name]


def numbers(process: Process | None = None) -> dict[str, tuple[int, int]]:
    """Name to (layer, datatype) of every layer that this kit draws: films first, then auxiliary layers."""
    process = process or nominal()
    return {f.name: f.gds for f in films(process)} | auxiliary(process)


def auxiliary(process: Process | None = None) -> dict[str, tuple[int, int]]:
    """Name to (layer, datatype) of the layers that carry names and marks, not material."""
    entries = (process or nominal()).table("layers")["aux_layers"]
    return {entry["name"]: tuple(entry["gds"]) for entry in entries}


def metals(process: Process | None = None) -> tuple[str, ...]:
    """Names of the metal films from the bottom up, L0 and the pad metal M8 included."""
    return tuple(f.name for f in films(process) if f.kind == "metal")


def connectivity(process: Process | None = None) -> tuple[tuple[str, str, str], ...]:
    """(conductor below, via or contact, conductor above) of every galvanic connection, from the bottom up.

    The junction is a device, not a connection: J5 joins M6 through C5J and nothing joins J5 to M5.
    """
    return tuple((f.connects[0], f.name, f.connects[1]) for f in films(process) if f.connects)


@lru_cache(maxsize=32)
def _films(process: Process) -> tuple[Film, ...]:
    return tuple(_film(entry) for entry in process.table("layers")["layers"])


@lru_cache(maxsize=32)
def _by_name(process: Process) -> dict[str, Film]:
    return {f.name: f for f in _films(process)}


def _film(entry: dict) -> Film:
    def um(field: str) -> float | None:
        return None if entry.get(field) is None else entry[field] / 1000

    return Film(
        name=entry["name"], gds=tuple(entry["gds"]), kind=entry["kind"], material=entry["material"],
        z0_um=um("z0_nm"), thickness_um=um("thickness_nm"), thickness_tol_um=um("thickness_tol_nm"),
        lambda_um=um("lambda_nm"), connects=tuple(entry["connects"]) if "connects" in entry else None,
        holds=entry["holds"],
    )  # fmt: skip
