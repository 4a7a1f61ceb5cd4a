"""SFQ5ee process design kit from public sources: layers, stack, rules, devices. Not the foundry's own kit.

`import pdk_sfq5ee` is cheap. The gdsfactory objects (PDK, LAYER, LAYER_STACK, LAYER_VIEWS, CONNECTIVITY,
CROSS_SECTIONS, cell functions in `pdk_sfq5ee.cells`) import gdsfactory when first asked for:

    import gdsfactory as gf
    from pdk_sfq5ee import PDK
    PDK.activate()
    gf.get_component("moat_tile")

`pdk_sfq5ee.layers`, `.process`, `.rules` and `.sizing` give the same figures without gdsfactory.
"""

from typing import Any

__version__ = "0.1.0"

_FROM_TECH = ("LAYER", "LAYER_STACK", "LAYER_VIEWS", "CONNECTIVITY", "CROSS_SECTIONS")

__all__ = ["CONNECTIVITY", "CROSS_SECTIONS", "LAYER", "LAYER_STACK", "LAYER_VIEWS", "PDK", "__version__", "get_pdk"]


def get_pdk() -> Any:
    """The gdsfactory PDK; the caller activates it."""
    from pdk_sfq5ee.pdk import get_pdk as build

    return build()


def __getattr__(name: str) -> Any:
    if name == "PDK":
        return get_pdk()
    if name in _FROM_TECH:
        from pdk_sfq5ee import tech

        return getattr(tech, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
