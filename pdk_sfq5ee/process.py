"""Process figures by name, read from the data files; no gdsfactory here.

A licensee's own figures come as an overlay file and travel as an explicit `Process` object:

>>> constant("jc"), figure("geometry", "frame", "tile")
(100, 10.0)
>>> lab = overlay("lab.yaml")                        # doctest: +SKIP
>>> lab.constant("jc"), constant("jc")               # doctest: +SKIP
(98, 100)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from pdk_sfq5ee.errors import PdkError

__all__ = ["PdkError", "Process", "constant", "figure", "nominal", "overlay", "table"]


@dataclass(frozen=True, eq=False)
class Process:
    """The tables of one process. Two are equal only when they are the same object (hashable, cacheable)."""

    name: str
    tables: dict[str, Any] = field(repr=False)

    def table(self, name: str) -> Any:
        """A data file, parsed: `process`, `layers`, `rules`, `geometry`, `views`. Treat it as read-only."""
        return self.tables[name] if name in self.tables else table(name)

    def constant(self, name: str) -> Any:
        """The value of an electrical constant; KeyError when there is none."""
        return self.figure("process", "electrical", name)

    def figure(self, file: str, section: str, name: str) -> Any:
        """The value of `name` in `section` of a data file; KeyError when there is none."""
        return self.table(file)[section][name]["value"]


@lru_cache
def table(name: str) -> dict[str, Any]:
    """A data file of this package (`process`, `layers`, `rules`, `geometry`, `views`), parsed once."""
    return yaml.load(files("pdk_sfq5ee").joinpath("data", f"{name}.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)


@lru_cache
def nominal() -> Process:
    """The published nominal process."""
    return Process("nominal", {})


def overlay(path: Path | str, base: Process | None = None) -> Process:
    """A process with the figures of an overlay file laid over those of `base` (nominal if None).

    Raises PdkError: one line naming the file and the field that is wrong.
    """
    from pdk_sfq5ee.process_overlay import overlaid_tables, read_overlay

    base = base or nominal()
    entries = read_overlay(Path(path))
    changed = overlaid_tables(base, entries, str(path))
    return Process(entries.get("name", Path(path).stem), {**base.tables, **changed})


def constant(name: str) -> Any:
    """The nominal value of an electrical constant; its unit, source and confidence stand beside it in the file."""
    return nominal().constant(name)


def figure(file: str, section: str, name: str) -> Any:
    """The nominal value of any figure of a data file, e.g. `figure("geometry", "frame", "tile")`."""
    return nominal().figure(file, section, name)
