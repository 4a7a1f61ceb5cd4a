"""Layer colours from `data/views.yaml`: the KLayout layer file, and plain records for anything else that draws."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from functools import lru_cache

from pdk_sfq5ee import layers
from pdk_sfq5ee.process import table

# KLayout's built-in fills that this kit uses, by their place in its list.
BUILT_IN = {
    "solid": 0, "hollow": 1, "dotted": 2, "coarsely dotted": 3, "left-hatched": 4, "lightly left-hatched": 5,
    "right-hatched": 8, "lightly right-hatched": 9, "cross-hatched": 12, "lightly cross-hatched": 13,
}  # fmt: skip


@dataclass(frozen=True)
class View:
    """How one layer is shown. `fill` and `frame` are `#rrggbb`, `pattern` a name of BUILT_IN or of `patterns()`."""

    name: str
    gds: tuple[int, int]
    group: str
    fill: str
    frame: str
    pattern: str
    visible: bool
    transparent: bool
    holds: str


@lru_cache
def views() -> tuple[View, ...]:
    """Every layer in painting order: later ones are painted over earlier ones."""
    holds = {row["name"]: row["holds"] for key in ("layers", "aux_layers") for row in table("layers")[key]}
    return tuple(
        View(
            name, layers.gds(name), group, style["colour"], style.get("outline", style["colour"]), style["pattern"],
            style.get("visible", True), style.get("transparent", False), holds[name],
        )
        for group, members in table("views")["groups"].items()
        for name, style in members.items()
    )  # fmt: skip


def patterns() -> dict[str, tuple[str, ...]]:
    """The kit's own fills: rows of `*` and `.`, top row first."""
    return {name: tuple(rows) for name, rows in table("views")["patterns"].items()}


def lyp_text() -> str:
    """The KLayout layer properties file."""
    root = ET.Element("layer-properties")
    for group in table("views")["groups"]:
        members = [view for view in views() if view.group == group]
        entry = ET.SubElement(root, "properties")
        _properties(entry, {"visible": _yes(any(m.visible for m in members)), "expanded": "false"}, group, "*/*@*")
        for view in members:
            member = ET.SubElement(entry, "group-members")
            _properties(member, _style(view), f"{view.name}  {view.holds}", _source(view))
    for order, (name, rows) in enumerate(patterns().items(), start=1):
        custom = ET.SubElement(root, "custom-dither-pattern")
        drawn = ET.SubElement(custom, "pattern")
        for row in rows:
            ET.SubElement(drawn, "line").text = row
        ET.SubElement(custom, "order").text = str(order)
        ET.SubElement(custom, "name").text = name
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _style(view: View) -> dict[str, str]:
    own = list(patterns())
    dither = f"C{own.index(view.pattern)}" if view.pattern in own else f"I{BUILT_IN[view.pattern]}"
    return {
        "frame-color": view.frame, "fill-color": view.fill, "frame-brightness": "0", "fill-brightness": "0",
        "dither-pattern": dither, "valid": "true", "visible": _yes(view.visible),
        "transparent": _yes(view.transparent), "width": "1",
    }  # fmt: skip


def _properties(entry: ET.Element, style: dict[str, str], name: str, source: str) -> None:
    for key, value in style.items():
        ET.SubElement(entry, key).text = value
    ET.SubElement(entry, "name").text = name
    ET.SubElement(entry, "source").text = source


def _source(view: View) -> str:
    return f"{view.gds[0]}/{view.gds[1]}@1"


def _yes(flag: bool) -> str:
    return "true" if flag else "false"
