"""Disk cache of computed tables, keyed by what went into them: `SFQGEN_CACHE`, else the user's cache folder.

A cache that cannot be read or written is no error: the table is computed again.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sfqgen.extract.kernel import Profile, coupling_table

VERSION = 1
"""Raise when the meaning of a cached table changes."""
STEP = 32
"""Tables are computed for extents in steps of so many cells, so that cells of similar size share one."""


def cache_folder() -> Path:
    if folder := os.environ.get("SFQGEN_CACHE"):
        return Path(folder)
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or Path.home() / ".cache"
    return Path(base) / "sfqgen"


def cached_coupling_table(pairs: Sequence[tuple[Profile, Profile]], h_um: float, nx: int, ny: int) -> np.ndarray:
    """`coupling_table`, kept on disk for the next run."""
    extent = tuple(-(-n // STEP) * STEP for n in (nx, ny))
    low, high = min(extent), max(extent)  # the coupling is symmetric in x and y
    text = f"coupling {VERSION} {h_um!r} {low} {high} {[tuple(p) for p in pairs]!r}"
    path = cache_folder() / f"coupling-{hashlib.sha256(text.encode()).hexdigest()[:24]}.npy"
    table = _load(path, (len(pairs), low, high))
    if table is None:
        table = coupling_table(pairs, h_um, low, high)
        _store(path, table)
    if nx > ny:
        table = table.transpose(0, 2, 1)
    return np.ascontiguousarray(table[:, :nx, :ny])


def _load(path: Path, shape: tuple[int, ...]) -> np.ndarray | None:
    try:
        table = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError):
        return None
    return table if table.shape == shape and table.dtype == np.float32 else None


def _store(path: Path, table: np.ndarray) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".partial", delete=False) as file:
            np.save(file, table)
        Path(file.name).replace(path)
    except OSError:
        return
