"""PASS or FAIL from a build report: every requirement that was checked, none taken on trust."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

NOT_RUN = " Not run: "


@dataclass(frozen=True)
class Failure:
    """`what` is not met and by how much; `remedy`: where to look, or what to change."""

    what: str
    remedy: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


def judge(report: Mapping[str, Any]) -> tuple[str, str]:
    """`("PASS" | "FAIL", reason)`. A check that was not run cannot fail, but the reason says that it is missing.

    The design rules and the timing criteria must have run; without them there is no PASS.
    """
    failed = failures(report)
    if failed:
        return "FAIL", "; ".join(failure.what for failure in failed)
    view = report["timing"]["view"]
    basis = "extracted from the drawn metal" if view == "extracted" else "of the schematic, not of the drawn metal"
    missing = f"{NOT_RUN}{'; '.join(report['not_run'])}." if report.get("not_run") else ""
    return "PASS", f"Every check that ran is met; the simulated inductances are those {basis}.{missing}"


def basis(report: Mapping[str, Any]) -> str:
    """The reason of a judged report without what was not run, for readers who list that themselves."""
    return report["reason"].partition(NOT_RUN)[0]


def failures(report: Mapping[str, Any]) -> list[Failure]:
    """Everything that keeps a report from PASS, in the order of the flow."""
    return [failure for check in (_drc, _lvs, _extraction, _timing, _margins) for failure in check(report)]


def _drc(report: Mapping[str, Any]) -> list[Failure]:
    drc = report.get("drc")
    if not drc:
        return [Failure("design rules were not checked", "see what was not run")]
    if not drc["violations"]:
        return []
    rules = ", ".join(rule for rule, count in drc.get("by_rule", {}).items() if count)
    return [Failure(f"{drc['violations']} design-rule violations{f' ({rules})' if rules else ''}",
                    f"look at them: klayout {report['spec']['name']}.gds -m drc.lyrdb")]  # fmt: skip


def _lvs(report: Mapping[str, Any]) -> list[Failure]:
    lvs = report.get("lvs")
    if not lvs or lvs["match"]:
        return []
    remedy = "the differences are listed below; KLayout shows lvs.lvsdb (Tools > Netlist Browser)"
    return [Failure("layout and schematic do not match", remedy)]


def _extraction(report: Mapping[str, Any]) -> list[Failure]:
    extraction = report.get("extraction")
    if not extraction:
        return []
    tolerance = report["spec"]["extract"]["tolerance_pct"]
    judged = [e for e in extraction["elements"] if e["role"] != "lead"]
    unknown = [e["name"] for e in judged if e["error_pct"] is None]
    off = [e for e in judged if e["error_pct"] is not None and abs(e["error_pct"]) > tolerance]
    off.sort(key=lambda e: -abs(e["error_pct"]))
    told = ", ".join(f"{e['name']} {e['error_pct']:+.1f} %" for e in off[:3])
    failed = []
    if off:
        what = f"{len(off)} of {len(judged)} inductors are more than {tolerance:g} % off target ({told})"
        failed.append(Failure(what,
                              "`sfqgen adjust CELL` solves a cell anew and tells what does not fit; "
                              "or a larger extract.tolerance_pct"))  # fmt: skip
    if unknown:
        failed.append(Failure(f"{len(unknown)} inductors could not be extracted ({', '.join(unknown[:3])})",
                              "the notes of the extraction say why"))  # fmt: skip
    return failed


def _timing(report: Mapping[str, Any]) -> list[Failure]:
    timing = report.get("timing")
    if not timing:
        return [Failure("timing was not simulated", "see what was not run")]
    failed = [Failure(_missed(c), _way_out(c, report["spec"])) for c in timing["criteria"] if not c["pass"]]
    wrong = {level["k"]: level["errors"] for level in timing["levels"] if level["errors"]}
    if wrong:
        told = ", ".join(f"{count} at k = {k}" for k, count in wrong.items())
        failed.append(Failure(f"{sum(wrong.values())} frames break the law ({told})",
                              "`sfqgen timing SPEC -o walk.png` shows the walk; more time (a lower rate_ghz, a larger "
                              "spacing_ps) or fewer inputs"))  # fmt: skip
    return failed


def _missed(criterion: Mapping[str, Any]) -> str:
    limit, measured, unit = criterion["limit"], criterion["measured"], criterion["unit"]
    if measured is None:
        return f"timing: {criterion['name']} has no value (limit {limit:g} {unit})"
    missed = f"limit {limit:g} (missed by {abs(measured - limit):.4g})"
    return f"timing: {criterion['name']} is {measured:g} {unit}, {missed}"


def _way_out(criterion: Mapping[str, Any], spec: Mapping[str, Any]) -> str:
    """The field of the specification that decides a criterion, and a value that the circuit meets."""
    name, measured = criterion["name"], criterion["measured"]
    if name.startswith("latency"):
        worth = f" to {measured * 1.02:.0f} ps or more" if measured else ""
        return f"raise latency_ps{worth}, or fewer inputs or levels (now {spec['inputs']} and {spec['levels']})"
    if name.startswith("frames per second"):
        return f"lower rate_ghz{f' to {measured:g}' if measured else ''}, or fewer levels or spikes (max_spikes)"
    if name.startswith("spacing"):
        return f"raise spacing_ps{f' to {measured:g}' if measured else ''}"
    return "`sfqgen timing SPEC -o walk.png` shows the pulses at the pins"


def _margins(report: Mapping[str, Any]) -> list[Failure]:
    margins = report.get("margins")
    if not margins:
        return []
    required = report["spec"]["margin_pct"]
    narrow = [(min(-p["low_pct"], p["high_pct"]), p) for p in margins["parameters"]
              if not p["name"].startswith("g_") and min(-p["low_pct"], p["high_pct"]) < required]  # fmt: skip
    narrow.sort(key=lambda pair: pair[0])
    told = ", ".join(f"{p['name']} {p['low_pct']:g}/{p['high_pct']:+g}" for _, p in narrow[:5])
    more = f" and {len(narrow) - 5} others" if len(narrow) > 5 else ""
    return [Failure(f"margins under {required:g} %: {told}{more}",
                    "`--recentre` moves the biases to the middle of theirs; or a lower margin_pct")] if narrow else []
