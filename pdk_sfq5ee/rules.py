"""Design-rule values by id, in um: what cells draw (`safe`) and what a check allows (`limit`).

The numbers stand in `data/rules.yaml`. A cell draws the safe value, which no public layout goes below; the check
allows the process value, which may be smaller.

>>> limit("M6.W"), width("M6"), enclosure("I6", "M7")
(0.35, 0.8, 0.35)
"""

from __future__ import annotations

from functools import lru_cache

from pdk_sfq5ee.process import Process, nominal


def limit(rule_id: str, process: Process | None = None) -> float:
    """The value that a design-rule check allows; KeyError when there is no such rule."""
    return _rules(process or nominal())[rule_id]["value"]


def safe(rule_id: str, process: Process | None = None) -> float:
    """The value that cells draw; KeyError when there is no such rule."""
    rule = _rules(process or nominal())[rule_id]
    value = rule.get("safe", rule.get("rsfqlib_min"))
    return rule["value"] if value is None else value


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
    rules = _rules(process or nominal())
    rule_id = f"{one}.{other}.S"
    return safe(rule_id if rule_id in rules else f"{other}.{one}.S", process)


@lru_cache(maxsize=32)
def _rules(process: Process) -> dict[str, dict]:
    return {rule["id"]: rule for rule in process.table("rules")["rules"]}
