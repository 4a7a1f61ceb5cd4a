"""KLayout's marker database of a check: one category for each rule that ran, one item for each finding."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sfqgen.files import whole

if TYPE_CHECKING:
    from sfqgen.verify.drc import DrcReport

TITLE = "SFQ5ee design rules (public-derived)"


def write(report: DrcReport, path: Path) -> None:
    """Write the `.lyrdb`, whole or not at all. Raises SfqgenError when the folder cannot be written."""
    import klayout.rdb as rdb

    database = rdb.ReportDatabase(TITLE)
    database.top_cell_name = report.cell
    database.generator = "sfqgen drc"
    cell = database.create_cell(report.cell)
    categories = {}
    for rule in report.rules.enabled:
        category = categories[rule.id] = database.create_category(rule.id)
        prefix = "warning: " if rule.severity == "warning" else ""
        category.description = f"{prefix}{rule.message} ({rule.confidence}: {rule.source})"
    for violation in report.violations:
        item = database.create_item(cell, categories[violation.rule])
        item.add_value(_polygon(violation.points_um))
    with whole(path) as partial:
        database.save(str(partial))


def _polygon(points_um: tuple[tuple[float, float], ...]):
    import klayout.db as db

    return db.DPolygon([db.DPoint(x, y) for x, y in points_um])
