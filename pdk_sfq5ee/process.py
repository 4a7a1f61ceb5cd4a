"""Process constants by name, read from the data files; no gdsfactory here.

>>> constant("jc")
100
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml


@dataclass(frozen=True, eq=False)
class Process:
    """The tables of one process. Two processes are the same only when they are the same object (hashable, cacheable)."""

    name: str
    tables: dict[str, Any] = field(repr=False)

    def table(self, name: str) -> Any:
        """A data file, parsed: `process`, `layers`, `views` ... Treat it as read-only."""
        return self.tables[name] if name in self.tables else table(name)

    def constant(self, name: str) -> Any:
        """The value of an electrical constant; KeyError when there is none."""
        return self.table("process")["electrical"][name]["value"]


@lru_cache
def table(name: str) -> dict[str, Any]:
    """A data file of this package (`process`, `layers`, `rules`), parsed once."""
    return yaml.load(files("pdk_sfq5ee").joinpath("data", f"{name}.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)


@lru_cache
def nominal() -> Process:
    """The published nominal process."""
    return Process("nominal", {})


def constant(name: str) -> Any:
    """The nominal value of an electrical constant; its unit, source and confidence stand beside it in the file."""
    return nominal().constant(name)
