"""Values of matched devices against the schematic, and the tolerances that decide."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite, nan

from pdk_sfq5ee.process import table
from sfqgen.extract.recognise import RecognisedLayout
from sfqgen.netlist.circuit import GROUND, RAIL
from sfqgen.verify.lvs.graph import Device
from sfqgen.verify.lvs.result import Compared, Mismatch

_UNITS = {"J": ("junction", "Ic", "uA"), "L": ("inductor", "L", "pH"), "R": ("resistor", "R", "ohm")}


@dataclass(frozen=True)
class Tolerances:
    """Allowed deviations; the defaults stand in `pdk_sfq5ee/data/lvs.yaml`, the one place for them."""

    junction_pct: float
    shunt_pct: float
    bias_pct: float
    resistor_pct: float
    inductor_pct: float
    inductor_estimate_pct: float
    pin_estimate_pct: float
    least_inductor_ph: float
    least_inductor_estimate_ph: float
    least_pin_estimate_ph: float
    least_junction_ua: float
    short_lead_ph: float
    noted_lead_ph: float
    unseen_ph: float
    loop_ph: float
    stitch_reach_um: float


def tolerances() -> Tolerances:
    data = table("lvs")
    pct = {f"{name}_pct": entry["value"] for name, entry in data["tolerance_pct"].items()}
    least = {f"least_{name}": entry["value"] for name, entry in data["least"].items()}
    others = {name: entry["value"] for name, entry in data.items() if "value" in entry}
    return Tolerances(**pct, **least, **others)


@dataclass(frozen=True)
class Extracted:
    """Inductances of the layout's own inductors (`L3`) by a field solver: pH and their error bar in pH.

    NaN, or no entry, where the solver could not tell.
    """

    l_ph: Mapping[str, float]
    error_ph: Mapping[str, float] = field(default_factory=dict)

    def covers(self, names: Sequence[str]) -> bool:
        return bool(names) and all(isfinite(self.l_ph.get(name, nan)) for name in names)

    def total(self, names: Sequence[str]) -> float:
        return sum(self.l_ph[name] for name in names)

    def error(self, names: Sequence[str]) -> float:
        errors = [self.error_ph.get(name, 0.0) for name in names]
        return sum(e for e in errors if isfinite(e))


def compare_values(pairs: Sequence[tuple[Device, Device]], found: RecognisedLayout, limits: Tolerances,
                   extracted: Extracted | None,
                   pins: Collection[str]) -> tuple[list[Compared], list[Mismatch]]:  # fmt: skip
    """Every pair with its values, in the netlist's order of names, and those that are off.

    `pins` are the layout's nets with a port of the cell.
    """
    across = {frozenset((ours.a, ours.b)) for ours, _ in pairs if ours.kind == "J"}
    compared, mismatches = [], []
    for ours, theirs in sorted(pairs, key=lambda p: ("JLR".index(p[0].kind), p[1].names)):
        if extracted and _has_value(ours, extracted):
            ours = replace(ours, value=extracted.total(ours.names))
        judge = _tolerance(ours, theirs, across, limits, extracted, pins)
        one = _compared(ours, theirs, found, judge[0])
        compared.append(one)
        if one.wanted is None or judge[0] is None:
            continue
        allowed = max(judge[0] / 100 * abs(one.wanted), judge[1])
        if abs(one.drawn - one.wanted) > allowed:
            mismatches.append(_off(ours.kind, one, judge[2]))
    return compared, mismatches


def _has_value(ours: Device, extracted: Extracted) -> bool:
    """Inductors in parallel have no sum; they keep the estimate."""
    return ours.kind == "L" and not ours.loop_ph and extracted.covers(ours.names)


def _tolerance(ours: Device, theirs: Device, across: set[frozenset], limits: Tolerances,
               extracted: Extracted | None, pins: Collection[str]) -> tuple[float | None, float, str]:  # fmt: skip
    """Per cent, least absolute deviation, and what the drawn value is called."""
    if ours.kind == "J":
        return limits.junction_pct, limits.least_junction_ua, "drawn"
    if ours.kind == "L":
        if extracted and _has_value(ours, extracted):
            return limits.inductor_pct, limits.least_inductor_ph + extracted.error(ours.names), "extracted"
        if ours.a in pins or ours.b in pins or _crosses_border(theirs):
            return limits.pin_estimate_pct, limits.least_pin_estimate_ph, "estimated"
        return limits.inductor_estimate_pct, limits.least_inductor_estimate_ph, "estimated"
    if RAIL in (ours.a, ours.b):
        return limits.bias_pct, 0.0, "drawn"
    shunt = frozenset((ours.a, ours.b)) in across
    return limits.shunt_pct if shunt else limits.resistor_pct, 0.0, "drawn"


def _crosses_border(theirs: Device) -> bool:
    """Whether a line is made of inductors of several instances; scopes stand behind a bar (`L_q|X1`)."""
    return len({name.partition("|")[2] for name in theirs.names}) > 1


def _compared(ours: Device, theirs: Device, found: RecognisedLayout, tolerance: float | None) -> Compared:
    kind = _UNITS[ours.kind][0]
    wanted = theirs.value if theirs.value == theirs.value else None
    x, y = next(found.places[name] for name in ours.names if name in found.places)
    return Compared(kind, ours.name, theirs.name, ours.value, wanted, tolerance if wanted is not None else None, x, y)


def _off(kind: str, one: Compared, how: str) -> Mismatch:
    _, symbol, unit = _UNITS[kind]
    text = f"{symbol} {how} {one.drawn:.4g} {unit}, wanted {one.wanted:.4g} {unit} "
    text += f"({one.error_pct:+.1f} %, tolerance {one.tolerance_pct:g} %)"
    return Mismatch("value", one.netlist, text, one.x_um, one.y_um)


def flipped(pairs: Sequence[tuple[Device, Device]], nets: Mapping[str, str], found: RecognisedLayout) -> list[Mismatch]:
    """Junctions whose positive electrode (top, unless the label says otherwise) is on the netlist's negative node."""
    mismatches = []
    for ours, theirs in pairs:
        if ours.kind != "J" or nets.get(ours.a) == theirs.a or nets.get(ours.a) != theirs.b:
            continue
        junction = found.junctions[ours.names[0]]
        if junction.label is None and GROUND not in (ours.a, ours.b):
            continue  # nothing says which side is which
        plus = "base (M5)" if junction.plus_is_base else "counter-electrode (M6)"
        text = f"flipped: its positive side, the {plus}, is on the node that the netlist calls negative"
        mismatches.append(Mismatch("flipped", theirs.name, text, junction.x_um, junction.y_um))
    return mismatches
