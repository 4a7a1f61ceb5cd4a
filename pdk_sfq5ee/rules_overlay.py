"""Lay a licensee's rule values over the public ones; a wrong entry is one line naming file, rule and field.

An overlay is YAML with a list `rules`. An entry whose id exists changes that rule (`process`, `safe`, `severity`,
`message`, `source`, `enabled`); an entry with a new id adds a rule and needs `kind`, `layers` and, for kinds that
measure something, `process`.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

MAX_BYTES = 1_000_000
VALUED = {
    "min_width": "um", "min_space": "um", "max_width": "um", "min_size": "um", "max_size": "um", "min_diameter": "um",
    "max_diameter": "um", "enclosure": "um", "separation": "um", "holds": "count", "floating_signal": "um",
    "floating_plane": "um", "moat": "um", "grid": "um", "acute": "deg", "min_density": "fraction",
}  # fmt: skip
LARGEST = {"um": 10_000.0, "deg": 90.0, "count": 1000.0, "fraction": 1.0}
LAYER_COUNT = {"enclosure": 2, "separation": 2, "covered": 2, "holds": 2, "moat": 3}  # one for every other kind
MEASURED_BY_METRIC = ("min_width", "min_space", "enclosure", "separation")
CHANGES = ("process", "safe", "severity", "message", "source", "confidence", "note", "enabled")
FIELDS = ("id", "kind", "layers", "unit", "metric", "outline", *CHANGES)


class RuleError(ValueError):
    """A wrong overlay: `what` is wrong, `where` (file: rule.field), `allowed`, `remedy`."""

    def __init__(self, what: str, *, where: str, allowed: str = "", remedy: str = "") -> None:
        self.what, self.where, self.allowed, self.remedy = what, where, allowed, remedy
        super().__init__(f"{where}: {what}")


def nearest(word: str, words: Iterable[str]) -> str:
    """`, nearest: X` when a known word is close, else nothing."""
    close = difflib.get_close_matches(word, list(words), n=1, cutoff=0.4)
    return f", nearest: {close[0]}" if close else ""


def read_overlay(path: Path) -> list[dict[str, Any]]:
    """The entries of an overlay file, unchecked but for their form. Raises RuleError."""
    where = str(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise RuleError("the rule overlay is too large", where=where, allowed=f"{MAX_BYTES:,} bytes")
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RuleError("no such rule overlay", where=where, remedy="check the path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"cannot read the rule overlay ({type(error).__name__})", where=where) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1})" if mark else ""
        raise RuleError(f"the rule overlay is not YAML{line}", where=where) from None
    entries = data.get("rules") if isinstance(data, dict) and set(data) == {"rules"} else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise RuleError("not a rule overlay", where=where, allowed="one key `rules`, a list of {id: ..., process: ...}")
    return entries


def overlaid(table: dict[str, Any], entries: list[dict[str, Any]], where: str) -> dict[str, Any]:
    """A copy of the rules table with the entries laid over it, all checked. Raises RuleError."""
    rules = {entry["id"]: dict(entry) for entry in table["rules"]}
    layers = {layer for entry in table["rules"] for layer in entry["layers"]}
    seen = set()
    for entry in entries:
        rule_id = _id(entry, where)
        if rule_id in seen:
            raise RuleError("the rule stands twice", where=f"{where}: {rule_id}", remedy="one entry for each id")
        seen.add(rule_id)
        change = _checked(entry, rules, layers, f"{where}: {rule_id}")
        rules[rule_id] = rules.get(rule_id, {}) | change
        _keep_safe(rules[rule_id], change)
    return {**table, "rules": list(rules.values())}


def _id(entry: dict, where: str) -> str:
    rule_id = entry.get("id")
    if not isinstance(rule_id, str) or not rule_id.replace(".", "").replace("_", "").isalnum() or len(rule_id) > 40:
        raise RuleError(f"rule without a usable id ({rule_id!r})"[:120], where=where, allowed="letters, digits, ._")
    return rule_id


def _checked(entry: dict, rules: dict, layers: set[str], where: str) -> dict[str, Any]:
    new = entry["id"] not in rules
    for key in entry:
        if key not in FIELDS:
            raise RuleError(f"unknown field {key!r}"[:80], where=where, allowed=", ".join(FIELDS))
    if new and "kind" not in entry:
        raise RuleError(f"no such rule{nearest(entry['id'], rules)}", where=where,
                        remedy="correct the id, or give kind, layers and process to add a rule")  # fmt: skip
    if not new and (fixed := [key for key in entry if key not in CHANGES and key != "id"]):
        raise RuleError(f"{fixed[0]} of an existing rule cannot change", where=where,
                        remedy="add a rule of another id and switch this one off with enabled: false")  # fmt: skip
    known = _shape_of_new(entry, layers, where) if new else rules[entry["id"]]
    change = {key: entry[key] for key in entry if key in CHANGES} | (known if new else {})
    for key in ("process", "safe"):
        if key in entry:
            change[key] = _number(entry[key], known["kind"], f"{where}.{key}")
    if new and known["kind"] in VALUED and "process" not in entry:
        raise RuleError("a new rule of this kind needs a value", where=f"{where}.process")
    _words(entry, where)
    return {"source": "overlay", "confidence": "overlay", **change}


def _shape_of_new(entry: dict, layers: set[str], where: str) -> dict[str, Any]:
    """Kind, layers and metric of an added rule."""
    kind, names = entry["kind"], entry.get("layers")
    kinds = sorted({*VALUED, *LAYER_COUNT, "rectangle"} - {"grid", "acute", "moat"})
    if kind not in kinds:
        raise RuleError(f"unknown kind {kind!r}"[:80], where=f"{where}.kind", allowed=", ".join(kinds))
    count = LAYER_COUNT.get(kind, 1)
    if not isinstance(names, list) or len(names) != count or not all(isinstance(name, str) for name in names):
        raise RuleError(f"{kind} needs {count} layer name{'s' * (count > 1)}", where=f"{where}.layers")
    masks = sorted(layers - {"all"})
    for name in names:
        if name not in masks:
            raise RuleError(f"unknown layer {name!r}"[:60], where=f"{where}.layers", allowed=", ".join(masks))
    shape = {"id": entry["id"], "kind": kind, "layers": names, "unit": VALUED.get(kind, "")}
    if kind in MEASURED_BY_METRIC:
        shape["metric"] = _choice(entry.get("metric", "projection"), ("projection", "euclidian"), f"{where}.metric")
    if "outline" in entry:
        shape["outline"] = _choice(entry["outline"], ("half_web",), f"{where}.outline")
    return shape


def _number(value: object, kind: str, where: str) -> float:
    if kind not in VALUED:
        raise RuleError(f"a rule of kind {kind} carries no value", where=where, remedy="switch it with enabled: false")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RuleError(f"not a number: {value!r}"[:80], where=where, allowed=f"a number in {VALUED[kind]}")
    largest = LARGEST[VALUED[kind]]
    if not 0 < value <= largest:
        raise RuleError(f"out of range: {value:g}", where=where, allowed=f"over 0 to {largest:g} {VALUED[kind]}")
    if VALUED[kind] == "um" and abs(value * 1000 - round(value * 1000)) > 1e-6:
        raise RuleError(f"finer than the database unit: {value:g}", where=where, allowed="whole nanometres, in um")
    return value


def _words(entry: dict, where: str) -> None:
    if "enabled" in entry and not isinstance(entry["enabled"], bool):
        raise RuleError(f"not true or false: {entry['enabled']!r}"[:80], where=f"{where}.enabled")
    if "severity" in entry:
        _choice(entry["severity"], ("error", "warning"), f"{where}.severity")
    for key in ("message", "source", "confidence", "note"):
        text = entry.get(key, "-")
        if not (isinstance(text, str) and 0 < len(text) <= 300 and text.isprintable()):
            raise RuleError("not a line of text", where=f"{where}.{key}", allowed="1 to 300 printable characters")


def _choice(value: object, choices: tuple[str, ...], where: str) -> str:
    if value not in choices:
        raise RuleError(f"unknown word {value!r}"[:80], where=where, allowed=", ".join(choices))
    return value


def _keep_safe(rule: dict, change: dict) -> None:
    """Cells must not draw what the overlay forbids: without a safe value of its own, take the stricter of the two."""
    if "process" in change and "safe" not in change:
        stricter = min if rule["kind"] in ("max_width", "max_size", "max_diameter") else max
        rule["safe"] = stricter(rule.get("safe", rule["process"]), rule["process"])
