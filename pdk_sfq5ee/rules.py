"""Design rules by id: what a check allows (`limit`) and what cells draw (`safe`), in um unless the rule says otherwise.

The numbers stand in `data/rules.yaml`, each with its source; a licensee lays an overlay file over them. The foundry's
rule manual is not public, so nothing here is a sign-off rule.

>>> limit("M6.W"), width("M6"), enclosure("I6", "M7")
(0.35, 0.8, 0.35)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from pdk_sfq5ee.process import Process, nominal
from pdk_sfq5ee.rules_overlay import RuleError, nearest, overlaid, read_overlay

__all__ = ["Rule", "RuleError", "RuleSet", "enclosure", "limit", "load_rules", "overlay_process", "rule_set", "safe",
           "separation", "size", "space", "width"]  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """One rule. `process` is what a check allows, `safe` what cells draw; both None for kinds that carry no value."""

    id: str
    kind: str
    layers: tuple[str, ...]
    process: float | None
    safe: float | None
    unit: str
    severity: str  # error or warning
    metric: str  # projection or euclidian; empty for kinds that measure no distance
    half_web: bool  # half the width is enough along the cell outline
    message: str
    source: str
    confidence: str  # published, tool, measured, inferred or overlay
    note: str = ""
    enabled: bool = True


@dataclass(frozen=True)
class RuleSet:
    """The rules in the order of the file; look one up by id with `rules["M6.W"]`."""

    rules: tuple[Rule, ...]

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    def __getitem__(self, rule_id: str) -> Rule:
        """The rule, switched on or off; KeyError naming the nearest id when there is none."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(f"no rule {rule_id!r}{nearest(rule_id, [r.id for r in self.rules])}")

    def only(self, *rule_ids: str) -> RuleSet:
        """The named rules alone, in the order of the file; KeyError when one does not exist."""
        wanted = {self[rule_id].id for rule_id in rule_ids}
        return replace(self, rules=tuple(rule for rule in self.rules if rule.id in wanted))

    @property
    def enabled(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.enabled)

    def process_value(self, rule_id: str) -> float:
        """What a check allows; KeyError when there is no such rule or it carries no value."""
        return _value(self[rule_id], "process")

    def safe(self, rule_id: str) -> float:
        """What cells draw; KeyError when there is no such rule or it carries no value."""
        return _value(self[rule_id], "safe")


def load_rules(overlay: Path | str | None = None, process: Process | None = None) -> RuleSet:
    """The rules of `process` (nominal if None) with the values of the overlay file laid over them.

    Raises RuleError: one line naming the file, the rule and the field that is wrong.
    """
    return rule_set(overlay_process(process or nominal(), overlay))


def overlay_process(process: Process, overlay: Path | str | None) -> Process:
    """A process whose rules are overlaid, so that the generators draw by them too. Raises RuleError as `load_rules`."""
    if overlay is None:
        return process
    table = overlaid(process.table("rules"), read_overlay(Path(overlay)), str(overlay))
    return Process(process.name, {**process.tables, "rules": table})


@lru_cache(maxsize=32)
def rule_set(process: Process | None = None) -> RuleSet:
    """The typed rules of `process` (nominal if None)."""
    table = (process or nominal()).table("rules")
    return RuleSet(tuple(_rule(entry, table) for entry in table["rules"]))


def limit(rule_id: str, process: Process | None = None) -> float:
    """The value that a design-rule check allows; KeyError when there is no such rule."""
    return rule_set(process).process_value(rule_id)


def safe(rule_id: str, process: Process | None = None) -> float:
    """The value that cells draw; KeyError when there is no such rule."""
    return rule_set(process).safe(rule_id)


def width(layer: str, process: Process | None = None) -> float:
    """Smallest width that cells draw on a metal or resistor layer."""
    return safe(f"{layer}.W", process)


def space(layer: str, process: Process | None = None) -> float:
    """Smallest space that cells leave on a layer."""
    return safe(f"{layer}.S", process)


def size(via: str, process: Process | None = None) -> float:
    """Smallest side that cells draw of a via or contact."""
    return safe(f"{via}.W", process)


def enclosure(inner: str, outer: str, process: Process | None = None) -> float:
    """Surround of `inner` by `outer` that cells draw at least."""
    return safe(f"{inner}.{outer}.E", process)


def separation(one: str, other: str, process: Process | None = None) -> float:
    """Space between shapes of two layers that cells keep at least; the order of the names does not matter."""
    known = {rule.id for rule in rule_set(process)}
    rule_id = f"{one}.{other}.S"
    return safe(rule_id if rule_id in known else f"{other}.{one}.S", process)


def _value(rule: Rule, which: str) -> float:
    value = getattr(rule, which)
    if value is None:
        raise KeyError(f"rule {rule.id!r} carries no value")
    return value


def _rule(entry: dict, table: dict) -> Rule:
    names = dict(zip("abc", entry["layers"], strict=False))
    value = entry.get("process")
    texts = table["messages"]
    text = texts.get(f"{entry['kind']} {entry.get('metric')}", texts[entry["kind"]])
    sources = entry["source"] if isinstance(entry["source"], list) else [entry["source"]]
    return Rule(
        id=entry["id"], kind=entry["kind"], layers=tuple(entry["layers"]), process=value,
        safe=entry.get("safe", value), unit=entry.get("unit", ""), severity=entry.get("severity", "error"),
        metric=entry.get("metric", ""), half_web=entry.get("outline") == "half_web",
        message=entry.get("message") or text.format(value=f"{value or 0:g}", **names),
        source="; ".join(table["sources"].get(key, key) for key in sources), confidence=entry["confidence"],
        note=entry.get("note", ""), enabled=entry.get("enabled", True),
    )  # fmt: skip
