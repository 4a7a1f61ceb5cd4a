"""PASS or FAIL from a build report: every requirement that was checked, none taken on trust."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def judge(report: Mapping[str, Any]) -> tuple[str, str]:
    """`("PASS" | "FAIL", reason)`. A check that was not run cannot fail, but the reason says that it is missing.

    The design rules and the timing criteria must have run; without them there is no PASS.
    """
    failed = [text for check in (_drc, _lvs, _extraction, _timing, _margins) for text in check(report)]
    if failed:
        return "FAIL", "; ".join(failed)
    view = report["timing"]["view"]
    basis = "extracted from the drawn metal" if view == "extracted" else "of the schematic, not of the drawn metal"
    missing = f" Not run: {'; '.join(report['not_run'])}." if report.get("not_run") else ""
    return "PASS", f"Every check that ran is met; the simulated inductances are those {basis}.{missing}"


def _drc(report: Mapping[str, Any]) -> list[str]:
    drc = report.get("drc")
    if not drc:
        return ["design rules were not checked"]
    return [f"{drc['violations']} design-rule violations"] if drc["violations"] else []


def _lvs(report: Mapping[str, Any]) -> list[str]:
    lvs = report.get("lvs")
    return ["layout and schematic do not match"] if lvs and not lvs["match"] else []


def _extraction(report: Mapping[str, Any]) -> list[str]:
    extraction = report.get("extraction")
    if not extraction:
        return []
    tolerance = report["spec"]["extract"]["tolerance_pct"]
    judged = [e for e in extraction["elements"] if e["role"] != "lead"]
    unknown = [e["name"] for e in judged if e["error_pct"] is None]
    off = [e for e in judged if e["error_pct"] is not None and abs(e["error_pct"]) > tolerance]
    off.sort(key=lambda e: -abs(e["error_pct"]))
    told = ", ".join(f"{e['name']} {e['error_pct']:+.1f} %" for e in off[:3])
    failed = [f"{len(off)} of {len(judged)} inductors are more than {tolerance:g} % off target ({told})"] if off else []
    return failed + ([f"{len(unknown)} inductors could not be extracted ({', '.join(unknown[:3])})"] if unknown else [])


def _timing(report: Mapping[str, Any]) -> list[str]:
    timing = report.get("timing")
    if not timing:
        return ["timing was not simulated"]
    failed = [c["name"] for c in timing["criteria"] if not c["pass"]]
    wrong = sum(level["errors"] for level in timing["levels"])
    return [f"timing: {name}" for name in failed] + ([f"{wrong} frames break the law"] if wrong else [])


def _margins(report: Mapping[str, Any]) -> list[str]:
    margins = report.get("margins")
    if not margins:
        return []
    required = report["spec"]["margin_pct"]
    narrow = [p["name"] for p in margins["parameters"]
              if not p["name"].startswith("g_") and min(-p["low_pct"], p["high_pct"]) < required]  # fmt: skip
    return [f"margins under {required:g} %: {', '.join(narrow[:5])}"] if narrow else []
