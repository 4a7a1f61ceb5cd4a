"""Write the rules as a KLayout DRC deck (Ruby), for the application's menu and for batch runs.

The deck states the operations of `sfqgen.verify.drc_checks` in KLayout's own language and counts markers the same way.
It keeps to functions that KLayout 0.28 has. The foundry's rule manual is not public, and the deck says so in its head.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from xml.sax.saxutils import escape

from pdk_sfq5ee.layers import connectivity, films
from pdk_sfq5ee.process import Process
from pdk_sfq5ee.rules import Rule, RuleSet
from sfqgen.files import write_text
from sfqgen.verify.drc_checks import ROUND
from sfqgen.verify.ground import JUNCTION
from sfqgen.verify.masks import marks

HEAD = """\
# SFQ5ee design rules for KLayout, public-derived. This is not the foundry's sign-off deck: the rule manual is not
# public, and the values come from publications, public tool files and measured layouts, each named in
# pdk_sfq5ee/data/rules.yaml.
#
# Generated; do not edit. To use the foundry's own values, lay them over ours in a file and write the deck again:
#     sfqgen drc --write-deck my.drc --rules overlay.yaml
#
# In the application: run it on the open layout. Without a window:
#     klayout -b -r sfq5ee.drc -rd input=x.gds -rd report=x.lyrdb        also: -rd cell=NAME, -rd chip=1
# chip=1: nothing will abut the cell, so that the half webs along its outline must have the full width.

$cell ? source($input, $cell) : source($input) if $input
$report ? report("SFQ5ee design rules (public-derived)", $report) : report("SFQ5ee design rules (public-derived)")
raise("database unit is not 1 nm") if (dbu - 0.001).abs > 1e-9
"""

CALLS = {
    "min_space": "{film}.edges.space({value}, {metric}, angle_limit(80)).extents(1.dbu)",
    "max_width": "{film}.sized(-{reach}).sized({reach})",
    "min_size": "{film}.with_bbox_min(0, {value})",
    "min_diameter": "{film}.with_bbox_min(0, {value})",
    "max_size": "{film}.with_bbox_max({value} + 1.dbu, nil)",
    "max_diameter": "{film}.with_bbox_max({value} + 1.dbu, nil)",
    "enclosure": "enclosed_short.call({film}, {other}, {value}, {metric})",
    "separation": "{film}.separation({other}, {value}, {metric}, angle_limit(80)).extents(1.dbu) + ({film} & {other})",
    "covered": "sticking_out.call({film}, {other})",
    "holds": "{film}.not_interacting({other}, {count})",
    "rectangle": "{film}.non_rectangles",
    "floating_plane": "floating_plane.call({name}, {value})",
    "floating_signal": "floating_signal.call({name}, {value})",
    "min_density": "sparse.call({film}, {value})",
}
ON_ALL = {
    "grid": "off_grid.call(name, {value})",
    "acute": "sharp_corners.call(mask[name], {value})",
    "self_crossing": "layer_of.call(layer.raw.data.strange_polygon_check)",
    "zero_area": "layer.raw.with_area(0.0).extents(1.dbu)",
}


def deck(rules: RuleSet, process: Process | None = None) -> str:
    """The text of the `.drc` file for the enabled rules."""
    helpers = files("sfqgen.verify").joinpath("deck_helpers.rb").read_text(encoding="utf-8")
    return "\n".join([HEAD, _layers(process), helpers + "\n".join(_call(rule, process) for rule in rules.enabled), ""])


def write(path: Path, rules: RuleSet, process: Process | None = None) -> None:
    """Write the deck, in its menu wrapper when the name ends in `.lydrc`. Raises SfqgenError when it cannot."""
    text = deck(rules, process)
    write_text(path, macro(text) if path.suffix == ".lydrc" else text)


def macro(text: str) -> str:
    """The deck in the XML wrapper that puts it into KLayout's Tools > DRC menu (`.lydrc`)."""
    return f"""\
<?xml version="1.0" encoding="utf-8"?>
<klayout-macro>
 <description>SFQ5ee design rules (public-derived)</description>
 <version/>
 <category>drc</category>
 <prolog/>
 <epilog/>
 <doc/>
 <autorun>false</autorun>
 <autorun-early>false</autorun-early>
 <shortcut/>
 <show-in-menu>true</show-in-menu>
 <group-name>drc_scripts</group-name>
 <menu-path>tools_menu.drc.end</menu-path>
 <interpreter>dsl</interpreter>
 <dsl-interpreter-name>drc-dsl-xml</dsl-interpreter-name>
 <text>{escape(text)}</text>
</klayout-macro>
"""


def _layers(process: Process | None) -> str:
    """Film numbers, drawn and merged layers, what touches what, and the marks that are no films."""
    numbers = "\n".join(f'  "{film.name}" => [{film.gds[0]}, {film.gds[1]}],' for film in films(process))
    pairs = [(below, via) for below, via, _ in connectivity(process)]
    pairs += [(via, above) for _, via, above in connectivity(process)] + [JUNCTION]
    touching = ", ".join(f'["{one}", "{other}"]' for one, other in pairs)
    slot = marks(process)["SLOT"]
    known = ", ".join(f"[{layer}, {datatype}]" for layer, datatype in sorted(marks(process).values()))
    return f"""\
number = {{
{numbers}
}}
drawn = {{}}
mask = {{}}
number.each do |name, gds|
  drawn[name] = polygons(*gds)
  mask[name] = drawn[name].merged
end
touching = [{touching}]
vias_of = {{}}
touching.each do |one, other|
  (vias_of[one] ||= []) << other
  (vias_of[other] ||= []) << one
end
slots = polygons({slot[0]}, {slot[1]})
known = number.values + [{known}]
foreign = layers.reject {{ |l| known.include?([l.layer, l.datatype]) }}
"""


def _call(rule: Rule, process: Process | None) -> str:
    """The line or lines of one rule."""
    head = f"found.call({_quoted(rule.id)}, {_quoted(rule.message)}, "
    if rule.kind in ON_ALL:
        check = ON_ALL[rule.kind].format(value=_number(rule.process))
        return f"on_all.call({_quoted(rule.id)}, {_quoted(rule.message)}) {{ |name, layer| {check} }}"
    if rule.kind == "unknown_layer":
        return f"foreign.each {{ |l| {head}polygons(l.layer, l.datatype)) }}"
    if rule.kind == "moat":
        line, *planes = rule.layers
        value = _number(rule.process)
        return "\n".join(f'{head}mask["{line}"] & moats.call({_quoted(plane)}, {value}))' for plane in planes)
    return f"{head}{_markers(rule)})"


def _markers(rule: Rule) -> str:
    film, other = (f'mask["{layer}"]' for layer in (rule.layers[0], rule.layers[-1]))
    value = _number(rule.process)
    if rule.kind == "min_width":
        if rule.half_web:
            return f"narrow_webs.call({film}, {value}, {rule.metric})"
        return f"{film}.width({value}, {rule.metric}, angle_limit(80)).extents(1.dbu)"
    if rule.kind == "min_space" and rule.layers[0] in ROUND:
        return f"{film}.isolated({value}, {rule.metric}, angle_limit(80)).extents(1.dbu)"
    return CALLS[rule.kind].format(
        film=film, other=other, name=_quoted(rule.layers[0]), value=value, metric=rule.metric,
        count=round(rule.process or 0), reach=_number((round((rule.process or 0) * 1000) + 1) // 2 / 1000),
    )  # fmt: skip


def _number(value: float | None) -> str:
    return "nil" if value is None else f"{float(value):.10g}" if float(value) % 1 else f"{float(value):.1f}"


def _quoted(text: str) -> str:
    """A Ruby string without interpolation."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
