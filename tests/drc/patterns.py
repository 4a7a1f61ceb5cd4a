"""Three patterns for each design rule, made in code: one that passes, one exactly at the limit, one grid step beyond.

Everything around the tested feature is drawn generously, so that no other rule fires.
"""

from __future__ import annotations

from collections.abc import Callable

from pdk_sfq5ee.rules import Rule, load_rules
from tests.drc import line_patterns, via_patterns
from tests.drc.drawing import Drawing

VARIANTS = ("pass", "limit", "fail")

# What a pattern cannot avoid breaking as well: the larger rule follows from two smaller ones.
COMPANIONS = {
    "J5.D": {"C5J.J5.E"},  # 0.5 of contact and 0.1 of surround on both sides are 0.7 already
    "C5J.M6.C": {"J5.M6.C"},  # a contact lies inside its junction
    "C5J.M6.E": {"J5.M6.E"},  # 0.1 of J5 round the contact and 0.25 of M6 round J5 are 0.35 already
}


def drawing(rule: Rule, variant: str) -> Drawing:
    """The pattern of a rule; KeyError when its kind has none."""
    return BY_KIND[rule.kind](rule, VARIANTS.index(variant) - 1)


def expected(rule: Rule, variant: str) -> set[str]:
    """The rules that fire on a pattern."""
    if variant == "fail":
        return {rule.id} | COMPANIONS.get(rule.id, set())
    if variant == "limit" and rule.kind == "covered":  # flush edges: covered, but no surround
        surround_id = rule.id.removesuffix(".C") + ".E"
        return {surround_id} & {other.id for other in load_rules()} | COMPANIONS.get(rule.id, set())
    return set()


BY_KIND: dict[str, Callable[[Rule, int], Drawing]] = {
    "min_width": line_patterns.width,
    "min_space": line_patterns.space,
    "max_width": line_patterns.wide,
    "min_size": via_patterns.small,
    "max_size": via_patterns.large,
    "min_diameter": via_patterns.small,
    "max_diameter": via_patterns.large,
    "enclosure": via_patterns.surround,
    "separation": via_patterns.apart,
    "covered": via_patterns.cover,
    "holds": via_patterns.count,
    "rectangle": via_patterns.right_angled,
    "moat": line_patterns.beside_moat,
    "floating_plane": line_patterns.loose_plane,
    "floating_signal": line_patterns.loose_signal,
    "grid": line_patterns.off_grid,
    "acute": line_patterns.sharp,
    "self_crossing": line_patterns.crossing,
    "zero_area": line_patterns.no_area,
    "unknown_layer": line_patterns.foreign,
    "min_density": line_patterns.density,
}
