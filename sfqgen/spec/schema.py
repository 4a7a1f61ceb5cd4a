"""The specification's JSON schema, and its ranges in words for error lines and the template."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sfqgen.spec.neuron import NeuronSpec


@lru_cache
def json_schema() -> dict[str, Any]:
    """JSON schema (draft 2020-12) of `NeuronSpec`; a field with a unit takes a number or a text such as "3 GHz"."""
    schema = _raw_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    for model in (schema, *schema.get("$defs", {}).values()):
        for name, node in model["properties"].items():
            model["properties"][name] = _with_text_form(node)
    return schema


def _raw_schema() -> dict[str, Any]:
    """pydantic's schema with the bounds of converted fields under their JSON-schema names."""
    names = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}

    def renamed(node: Any) -> Any:
        if isinstance(node, list):
            return [renamed(item) for item in node]
        if isinstance(node, dict):
            return {names.get(key, key): renamed(value) for key, value in node.items()}
        return node

    return renamed(NeuronSpec.model_json_schema())


def _with_text_form(node: dict[str, Any]) -> dict[str, Any]:
    unit = next((o["x-unit"] for o in (node, *node.get("anyOf", ())) if "x-unit" in o), None)
    if unit is None:
        return node
    text = {"type": "string", "pattern": r"^\s*[-+0-9.eE]+\s*[a-zA-Zµ]*\s*$"}
    notes = {key: node[key] for key in ("title", "description", "default") if key in node}
    rest = {key: value for key, value in node.items() if key not in notes}
    options = rest.pop("anyOf", None) or [rest]
    return {**notes, "x-unit": unit, "anyOf": [*options, text]}


def field_schema(location: tuple[str, ...]) -> dict[str, Any]:
    """The schema node of a dotted field; empty for an unknown one."""
    schema = _raw_schema()
    node: dict[str, Any] = schema
    for part in location:
        node = node.get("properties", {}).get(part, {})
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    return node


def fields_at(location: tuple[str, ...]) -> list[str]:
    """Names of the fields below a dotted location."""
    return list(field_schema(location).get("properties", {}))


def range_of(location: tuple[str, ...]) -> str:
    """What a field accepts, in words: `1 to 64`, `0.05 to 10 GHz`, `frame or self`, `true or false`."""
    return in_words(field_schema(location))


def in_words(node: Mapping[str, Any]) -> str:
    """A JSON-schema node in words; empty when it says nothing that helps."""
    options = (node, *node.get("anyOf", ()))

    def first(*keys: str) -> Any:
        return next((option[key] for option in options for key in keys if key in option), None)

    if choices := first("enum"):
        return " or ".join(map(str, choices))
    if node.get("properties"):
        return "fields " + ", ".join(node["properties"])
    if node.get("type") == "boolean":
        return "true or false"
    if first("pattern"):
        return str(node.get("description", ""))
    low, high, unit = first("minimum", "exclusiveMinimum"), first("maximum", "exclusiveMaximum"), first("x-unit")
    kind = "whole number " if first("type") == "integer" or any(o.get("type") == "integer" for o in options) else ""
    none = "none, or " if any(o.get("type") == "null" for o in options) else ""
    if low is None or high is None:
        return (none + kind).removesuffix(", or ").strip()
    more = "more than 0, up to" if first("exclusiveMinimum") == 0 else f"{low:.10g} to"
    return f"{none}{kind}{more} {high:.10g}{f' {unit}' if unit else ''}"
