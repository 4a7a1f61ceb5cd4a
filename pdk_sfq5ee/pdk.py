"""The gdsfactory PDK object. Not activated at import: `get_pdk().activate()` is the user's own step."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from functools import lru_cache

import gdsfactory as gf
from gdsfactory.get_factories import get_cells

import pdk_sfq5ee
from pdk_sfq5ee import cells, tech


@lru_cache
def get_cell_functions() -> dict[str, Callable[..., gf.Component]]:
    """Every device cell by name."""
    names = [found.name for found in pkgutil.iter_modules(cells.__path__)]
    modules = [importlib.import_module(f"{cells.__name__}.{name}") for name in names]
    return dict(sorted(get_cells(modules, ignore_non_decorated=True).items()))


@lru_cache
def get_pdk() -> gf.Pdk:
    """The one PDK object of this process."""
    return gf.Pdk(
        name="pdk_sfq5ee",
        version=pdk_sfq5ee.__version__,
        cells=get_cell_functions(),
        cross_sections=dict(tech.CROSS_SECTIONS),
        layers=tech.LAYER,
        layer_stack=tech.LAYER_STACK,
        layer_views=tech.LAYER_VIEWS,
        connectivity=tech.CONNECTIVITY,
        dbu=0.001,
    )
