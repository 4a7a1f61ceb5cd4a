"""The HTML report: one self-contained page, everything escaped, pictures inside, no network."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from sfqgen.verdict import basis


def render_page(report: Mapping[str, Any], pictures: Mapping[str, Path]) -> str:
    """The page for a report.json dictionary; `pictures` maps a title to a PNG file, missing ones are left out."""
    images = [
        {"title": title, "data": base64.b64encode(path.read_bytes()).decode("ascii")}
        for title, path in pictures.items()
        if path.is_file()
    ]
    return _template().render(r=report, images=images, provenance=provenance())


@lru_cache
def _template():
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("sfqgen.report", "."), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    environment.filters["basis"] = basis
    environment.filters["number"] = number
    environment.filters["slack"] = slack
    return environment.get_template("page.html.j2")


def number(value: Any) -> str:
    """A figure with as many digits as a reader uses; a dash for none."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)


def slack(criterion: Mapping[str, Any]) -> str:
    """Distance from the measured value to the limit, in the criterion's unit; a dash where it has no meaning."""
    limit, measured = criterion.get("limit"), criterion.get("measured")
    numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in (limit, measured))
    return number(abs(float(limit) - float(measured))) if numbers else "–"


def provenance() -> list[str]:
    """What a reader must know before the figures are used for a tapeout."""
    return [
        "The foundry's design-rule manual for SFQ5ee is not public. Layers, rules and constants here come from "
        "publications, public tools and measurements on the public ColdFlux cell library; each figure carries its "
        "source and confidence in pdk_sfq5ee/data. This is not a sign-off.",
        "A licensee lays the foundry's own values over ours with process.rules_overlay and process.constants_overlay "
        "in the specification (or --rules), without touching a file of this project.",
        "Simulated figures are for the RCSJ junction model of the ColdFlux netlists (100 uA/um2, 70 fF/um2, "
        "IcRs = 686 uV).",
    ]
