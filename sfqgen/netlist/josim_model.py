"""`.model NAME jj(...)`: junction models with JoSIM's own defaults."""

from __future__ import annotations

import math
import re
from decimal import Decimal

from sfqgen.netlist.circuit import JunctionModel
from sfqgen.netlist.lexer import Statement, Token, check_name
from sfqgen.netlist.params import Scope
from sfqgen.netlist.quantity import as_float

# name in a deck -> (field, power of ten from SI, JoSIM's default in SI)
_FIELDS: dict[str, tuple[str, int, str]] = {
    "rtype": ("rtype", 0, "1"),
    "vg": ("vg_uv", 6, "2.8e-3"),
    "delv": ("delv_uv", 6, "0.1e-3"),
    "icrit": ("icrit_ua", 6, "1e-3"),
    "r0": ("r0_ohm", 0, "30"),
    "rn": ("rn_ohm", 0, "5"),
    "cap": ("cap_pf", 12, "2.5e-12"),
    "icfct": ("ic_factor", 0, repr(math.pi / 4)),
}
_OTHER_NAMES = {"vgap": "vg", "ic": "icrit", "c": "cap", "icfact": "icfct"}
# Accepted at the value that changes nothing; any other is an effect that the circuit model does not have.
_NEUTRAL = {"d": Decimal(0), "phi": Decimal(0), "cpr": Decimal(1)}
_THERMAL = {"t": Decimal("4.2"), "tc": Decimal("9.1")}

_BOLTZMANN = 1.380649e-23  # J/K, SI 2019
_ELEMENTARY_CHARGE = 1.602176634e-19  # C, SI 2019

_ENTRY = re.compile(r"([A-Za-z]\w*)\s*=\s*(\{[^{}]*\}|[^\s,()=]+(?:\([^()]*\)[^\s,()=]*)*|\([^()]*\))")
_FORM = ".model NAME jj(rtype=1, vg=2.8m, icrit=0.1m, r0=160, rn=16, cap=0.07p)"


def read_model(statement: Statement, scope: Scope) -> JunctionModel:
    """The junction model of a `.model` line. Raises SfqgenError that names the offending entry."""
    head, *words = statement.tokens
    if len(words) < 2:
        head.fail("needs a name and a kind", allowed=_FORM)
    check_name(words[0], "model name")
    kind = words[1]
    if not kind.text.lower().startswith("jj"):
        kind.fail("only Josephson junction models are supported", allowed=_FORM)
    values = {name: Decimal(default) for name, (_, _, default) in _FIELDS.items()}
    thermal: dict[str, Decimal] = {}
    for name, value in _entries(words[1:]):
        key = _OTHER_NAMES.get(name.text.lower(), name.text.lower())
        if key in _FIELDS:
            values[key] = scope.decimal(value)
        elif key in _THERMAL:
            thermal[key] = scope.decimal(value)
        elif key not in _NEUTRAL:
            name.fail("unknown junction model parameter", allowed=", ".join([*_FIELDS, *_THERMAL, *_NEUTRAL]))
        elif scope.decimal(value) != _NEUTRAL[key]:
            name.fail(f"'{key}={value.text}' is not supported", allowed=f"{key}={_NEUTRAL[key]}",
                      remedy="run this deck with josim-cli itself")  # fmt: skip
    return _checked(words[0], values, thermal)


def _entries(words: list[Token]) -> list[tuple[Token, Token]]:
    """`name=value` pairs of the model, wherever commas and spaces stand."""
    text = " ".join(word.text for word in words)[2:].strip()
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    left = _ENTRY.sub(" ", text).replace(",", " ").strip()
    if left:
        words[0].part(left.split()[0]).fail("is no name=value of a junction model", allowed=_FORM)
    return [(words[0].part(name), words[0].part(value)) for name, value in _ENTRY.findall(text)]


def _checked(name: Token, values: dict[str, Decimal], thermal: dict[str, Decimal]) -> JunctionModel:
    fields = {field: as_float(values[key], exponent) for key, (field, exponent, _) in _FIELDS.items()}
    if None in fields.values():
        name.fail("a value of this model is beyond the range of a number", allowed="up to 1e308")
    if fields["rtype"] not in (0.0, 1.0):
        name.fail(f"rtype is {values['rtype']}", allowed="0 (rn at every voltage) or 1 (piecewise linear)")
    for key in ("icrit_ua", "r0_ohm", "rn_ohm", "ic_factor"):
        if fields[key] <= 0.0:
            name.fail(f"{key} of this model is {fields[key]:g}", allowed="> 0")
    for key in ("vg_uv", "delv_uv", "cap_pf"):
        if fields[key] < 0.0:
            name.fail(f"{key} of this model is {fields[key]:g}", allowed=">= 0")
    if thermal:
        temperatures = {key: float(thermal.get(key, default)) for key, default in _THERMAL.items()}
        fields["rn_ohm"] = _thermal_rn(name, fields["icrit_ua"], temperatures["t"], temperatures["tc"])
    return JunctionModel(name.text, **{**fields, "rtype": int(fields["rtype"])})


def _thermal_rn(name: Token, icrit_ua: float, t_k: float, tc_k: float) -> float:
    """Normal resistance of a model with `t` or `tc`, from the gap at that temperature (Ambegaokar-Baratoff)."""
    if not 0.0 < t_k < tc_k:
        name.fail(f"t is {t_k:g} K and tc {tc_k:g} K", allowed="0 < t < tc")
    gap = 1.76 * _BOLTZMANN * tc_k * math.sqrt(math.cos(math.pi / 2 * (t_k / tc_k) ** 2))
    return (math.pi * gap / (2 * _ELEMENTARY_CHARGE * icrit_ua * 1e-6)) * math.tanh(gap / (2 * _BOLTZMANN * t_k))
