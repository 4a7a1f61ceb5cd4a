"""Design-rule check of a layout with `klayout.db`, from the rules as data.

The rules are public-derived (`pdk_sfq5ee/data/rules.yaml`): a clean result is not the foundry's sign-off.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pdk_sfq5ee import rules as pdk_rules
from pdk_sfq5ee.process import Process
from pdk_sfq5ee.rules import Rule, RuleError, RuleSet
from sfqgen.errors import SfqgenError

if TYPE_CHECKING:
    import klayout.db as db

MAX_LISTED = 2000  # findings of one rule that are kept one by one; all are counted


@dataclass(frozen=True)
class Violation:
    """One place where a rule is broken. `points_um` is the hull of its marker, `at_um` the middle of its box."""

    rule: str
    severity: str  # error or warning
    message: str
    layer: str
    cell: str
    at_um: tuple[float, float]
    points_um: tuple[tuple[float, float], ...] = field(repr=False)


@dataclass(frozen=True)
class DrcReport:
    """The result of a check. `violations` holds errors and warnings, at most MAX_LISTED of a rule; counts are whole."""

    cell: str
    rules: RuleSet = field(repr=False)
    violations: tuple[Violation, ...]
    counts: dict[str, int]  # rule id to number of findings, rules without a finding left out
    rules_run: int
    seconds: float

    @property
    def by_rule(self) -> dict[str, int]:
        """Rule id to number of errors, in the order of the rules."""
        return {rule: n for rule, n in self.counts.items() if self.rules[rule].severity == "error"}

    @property
    def warnings_by_rule(self) -> dict[str, int]:
        return {rule: n for rule, n in self.counts.items() if self.rules[rule].severity == "warning"}

    @property
    def errors(self) -> int:
        return sum(self.by_rule.values())

    @property
    def clean(self) -> bool:
        """No error; warnings do not count."""
        return not self.by_rule

    def as_dict(self) -> dict[str, Any]:
        """The `drc` object of report.json, without the single places."""
        return {"violations": self.errors, "rules_run": self.rules_run, "by_rule": self.by_rule,
                "warnings": sum(self.warnings_by_rule.values()), "warnings_by_rule": self.warnings_by_rule}  # fmt: skip

    def findings(self) -> list[dict[str, Any]]:
        """Every kept finding as plain data, in the order of the rules and then of their places."""
        return [{"rule": v.rule, "severity": v.severity, "message": v.message, "layer": v.layer, "cell": v.cell,
                 "x_um": v.at_um[0], "y_um": v.at_um[1]} for v in self.violations]  # fmt: skip

    def write_lyrdb(self, path: Path | str) -> None:
        """Write KLayout's marker database. Raises SfqgenError when the folder cannot be written."""
        from sfqgen.verify.lyrdb import write

        write(self, Path(path))


def load_rules(overlay: Path | str | None = None, process: Process | None = None) -> RuleSet:
    """The rules, with an overlay file laid over them. Raises SfqgenError: one line with file, rule and field."""
    try:
        return pdk_rules.load_rules(overlay, process)
    except RuleError as error:
        raise SfqgenError(error.what, where=error.where, allowed=error.allowed, remedy=error.remedy) from None


def run_drc(
    layout: db.Layout, cell: db.Cell, rules: RuleSet | None = None, *,
    process: Process | None = None, chip: bool = False,
) -> DrcReport:  # fmt: skip
    """Check `cell` and all below it against the enabled rules (the public-derived ones if None).

    Works on a file (`sfqgen.verify.gds.read_layout`) and on a gdsfactory component (`c.kcl.layout`, `c.kdb_cell`).
    `chip`: nothing will abut the cell, so the half webs along its outline are held to the full width.
    """
    from sfqgen.verify.drc_checks import CHECKS, Scene
    from sfqgen.verify.ground import Ground
    from sfqgen.verify.masks import Masks

    start = time.perf_counter()
    rules = rules or load_rules(None, process)
    masks = Masks(layout, cell, process)
    scene = Scene(masks, Ground(masks), chip)
    violations: list[Violation] = []
    counts: Counter[str] = Counter()
    for rule in rules.enabled:
        kept = 0
        for layer, markers in CHECKS[rule.kind](scene, rule):
            found = markers.merged()
            counts[rule.id] += found.count()
            new = list(_violations(rule, layer, cell.name, found, layout.dbu, MAX_LISTED - kept))
            kept += len(new)
            violations += new
    return DrcReport(
        cell=cell.name, rules=rules, violations=tuple(violations), counts={k: n for k, n in counts.items() if n},
        rules_run=len(rules.enabled), seconds=time.perf_counter() - start,
    )  # fmt: skip


def _violations(
    rule: Rule, layer: str, cell: str, found: db.Region, dbu: float, room: int
) -> Iterator[Violation]:
    """The findings from lower left to upper right, at most `room` of them."""
    order = sorted(found.each(), key=lambda p: (p.bbox().bottom, p.bbox().left, p.bbox().top, p.bbox().right))
    for polygon in order[: max(room, 0)]:
        middle = polygon.bbox().center()
        yield Violation(
            rule=rule.id, severity=rule.severity, message=rule.message, layer=layer, cell=cell,
            at_um=(round(middle.x * dbu, 4), round(middle.y * dbu, 4)),
            points_um=tuple((round(p.x * dbu, 4), round(p.y * dbu, 4)) for p in polygon.each_point_hull()),
        )  # fmt: skip
