"""sfqgen: one specification of a trainable SFQ neuron to netlist, layout and verdict.

    from sfqgen import NeuronSpec, build, draw
    spec = NeuronSpec(name="mine", inputs=4, levels=3)
    component = draw(spec)                     # gdsfactory component; component.show() sends it to KLayout
    report = build(spec, "out/mine")           # GDS, netlists, checks and verdict, as `sfqgen build`

Names are loaded when first asked for: `import sfqgen` is cheap.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_FROM = {
    "NeuronSpec": "sfqgen.spec", "load_spec": "sfqgen.spec", "build": "sfqgen.flow",
    "activate": "sfqgen.layout.components", "cell": "sfqgen.layout.components", "draw": "sfqgen.layout.components",
    "write_gds": "sfqgen.layout.tapeout",
}  # fmt: skip

__all__ = ["NeuronSpec", "__version__", "activate", "build", "cell", "draw", "load_spec", "write_gds"]


def __getattr__(name: str) -> Any:
    if name in _FROM:
        return getattr(import_module(_FROM[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
