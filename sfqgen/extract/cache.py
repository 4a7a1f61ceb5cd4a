"""Disk cache of computed tables, keyed by what went into them: `SFQGEN_CACHE`, else the user's cache folder.

A cache that cannot be read or written is no error: the table is computed again.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

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
        _write(path, lambda file: np.save(file, table))
    if nx > ny:
        table = table.transpose(0, 2, 1)
    return np.ascontiguousarray(table[:, :nx, :ny])


def _load(path: Path, shape: tuple[int, ...]) -> np.ndarray | None:
    try:
        table = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError):
        return None
    return table if table.shape == shape and table.dtype == np.float32 else None


def load_json(name: str) -> dict | None:
    """A stored result, or None."""
    try:
        value = json.loads((cache_folder() / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def store_json(name: str, value: dict) -> None:
    _write(cache_folder() / f"{name}.json", lambda file: file.write(json.dumps(value).encode()))


def _write(path: Path, fill: Callable[[BinaryIO], object]) -> None:
    """The file whole or not at all; a cache that cannot be written is left alone."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".partial", delete=False) as file:
            fill(file)
        Path(file.name).replace(path)
    except OSError:
        return
