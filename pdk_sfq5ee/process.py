"""Process constants by name, read from `data/process.yaml`; no gdsfactory here.

>>> constant("jc")
100
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml


@lru_cache
def table(name: str) -> dict[str, Any]:
    """A data file of this package (`process`, `layers`, `rules`), parsed once."""
    return yaml.load(files("pdk_sfq5ee").joinpath("data", f"{name}.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)


def constant(name: str) -> Any:
    """The value of an electrical constant; its unit, source and confidence stand beside it in the file."""
    return table("process")["electrical"][name]["value"]
