"""The superconducting films as both solvers see them: height, thickness, penetration depth, from the process data."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from pdk_sfq5ee import layers
from pdk_sfq5ee.process import Process, nominal

MU0_PH_PER_UM = 1.25663706
"""Vacuum permeability in pH/um."""


@dataclass(frozen=True)
class Slab:
    """A film between the heights `z0_um` and `z1_um` whose current obeys London's law with depth `lambda_um`."""

    name: str
    z0_um: float
    z1_um: float
    lambda_um: float

    @property
    def thickness_um(self) -> float:
        return self.z1_um - self.z0_um

    @property
    def kinetic_ph_um(self) -> float:
        """mu0 lambda^2: the kinetic inductance of a bar is this times its length over its cross-section."""
        return MU0_PH_PER_UM * self.lambda_um**2


@lru_cache(maxsize=32)
def slabs(process: Process | None = None) -> dict[str, Slab]:
    """The niobium films by name, from the bottom up."""
    process = process or nominal()
    return {
        f.name: Slab(f.name, f.z0_um, f.z1_um, f.lambda_um) for f in layers.films(process)
        if f.kind == "metal" and f.lambda_um
    }  # fmt: skip


def stack_hash(process: Process | None = None) -> str:
    """Twelve hex digits that change when the height, thickness or depth of any niobium film changes."""
    text = ";".join(f"{s.name} {s.z0_um:.6f} {s.z1_um:.6f} {s.lambda_um:.6f}" for s in slabs(process).values())
    return hashlib.sha256(text.encode()).hexdigest()[:12]
