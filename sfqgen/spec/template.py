"""The commented template that `sfqgen new` writes; made from the model, so it never lags behind it."""

from __future__ import annotations

from typing import Any

from sfqgen.spec.neuron import NeuronSpec
from sfqgen.spec.schema import field_schema, in_words

HEAD = """\
# A trainable SFQ neuron. Build it with: sfqgen build {file}
# A number may carry its unit ("0.3 ns"); without one it is in the unit of the field's name.
"""


def template(name: str = "neuron", file: str = "neuron.yaml") -> str:
    """YAML text with every field, its default, its range and its meaning."""
    lines = [HEAD.format(file=file)]
    for field in NeuronSpec.model_fields:
        lines += _entry((field,), {"name": name}.get(field))
    return "\n".join(lines) + "\n"


def _entry(location: tuple[str, ...], value: Any = None) -> list[str]:
    node = field_schema(location)
    indent = "  " * (len(location) - 1)
    if properties := node.get("properties"):
        inner = [line for name in properties for line in _entry((*location, name))]
        return [f"# {node.get('description', '')}", f"{location[-1]}:", *inner, ""]
    words = in_words(node) if "pattern" not in node else ""
    comment = f"{indent}# {node.get('description', '')}{f' ({words})' if words else ''}"
    value = node.get("default") if value is None else value
    return [comment, f"{indent}{location[-1]}: {_yaml(value)}", *([""] if len(location) == 1 else [])]


def _yaml(value: Any) -> str:
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
