"""Lay a licensee's figures over the public ones; a wrong entry is one line naming file and field.

    name: lab run 7                        # optional
    constants: {jc: 98, rsheet: 2.1}       # any of data/process.yaml: electrical
    jj_sizing: {area_law: {slope: 1.0, offset_um2: 0.05}}
    resistor_sizing: {width_um: 1.2}
    layers: {M5: {thickness_nm: 150}, M6: {lambda_nm: 92}}

A value has the form of the one that it replaces (a number, or the same named numbers). A new thickness moves every
film above it; `constants.lambda_nb` holds for every niobium film that `layers` does not name. GDS numbers cannot
change: what is drawn and what is checked must be the same layer.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from pdk_sfq5ee.errors import PdkError

if TYPE_CHECKING:
    from pdk_sfq5ee.process import Process

MAX_BYTES = 1_000_000
SECTIONS = {"constants": "electrical", "jj_sizing": "jj_sizing", "resistor_sizing": "resistor_sizing"}
FILM_FIELDS = {"thickness_nm": (5.0, 5000.0), "thickness_tol_nm": (0.0, 1000.0), "lambda_nm": (10.0, 1000.0)}
MAY_BE_ZERO_OR_LESS = ("library_shunt_bias", "area_law", "diameter_law")
LARGEST = 1e9


def read_overlay(path: Path) -> dict[str, Any]:
    """The sections of an overlay file, checked for their form only. Raises PdkError."""
    where = str(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise PdkError("the process overlay is too large", where=where, allowed=f"{MAX_BYTES:,} bytes")
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PdkError("no such process overlay", where=where, remedy="check the path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise PdkError(f"cannot read the process overlay ({type(error).__name__})", where=where) from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" (line {mark.line + 1})" if mark else ""
        raise PdkError(f"the process overlay is not YAML{line}", where=where) from None
    if not isinstance(data, dict) or not data:
        raise PdkError("not a process overlay", where=where, allowed=_allowed_sections())
    for section, entries in data.items():
        _check_section(section, entries, where)
    return data


def overlaid_tables(base: Process, data: dict[str, Any], where: str) -> dict[str, Any]:
    """The tables that the overlay changes, as copies. Raises PdkError."""
    changed: dict[str, Any] = {}
    sections = {section: data[section] for section in SECTIONS if section in data}
    if sections:
        process = dict(base.table("process"))
        for section, entries in sections.items():
            target = SECTIONS[section]
            process[target] = _section_with(process[target], entries, f"{where}: {section}")
        changed["process"] = process
    everywhere = data.get("constants", {}).get("lambda_nb")
    if "layers" in data or everywhere is not None:
        films = [dict(entry) for entry in base.table("layers")["layers"]]
        if everywhere is not None:
            niobium = {film["name"]: {"lambda_nm": everywhere} for film in films if "lambda_nm" in film}
            _change_films(films, niobium, f"{where}: constants.lambda_nb")
        _change_films(films, data.get("layers", {}), f"{where}: layers")
        changed["layers"] = {**base.table("layers"), "layers": films}
    return changed


def _allowed_sections() -> str:
    return "the keys name, " + ", ".join((*SECTIONS, "layers"))


def _check_section(section: object, entries: object, where: str) -> None:
    if section == "name":
        if not (isinstance(entries, str) and 0 < len(entries) <= 80 and entries.isprintable()):
            raise PdkError("not a line of text", where=f"{where}: name", allowed="1 to 80 printable characters")
        return
    if section not in SECTIONS and section != "layers":
        raise PdkError(f"unknown key {section!r}"[:80], where=where, allowed=_allowed_sections())
    if not isinstance(entries, dict) or not entries or not all(isinstance(key, str) for key in entries):
        raise PdkError("not a list of names with values", where=f"{where}: {section}", allowed="name: value")


def _section_with(known: dict[str, Any], entries: dict[str, Any], where: str) -> dict[str, Any]:
    section = dict(known)
    for name, value in entries.items():
        if name not in known:
            raise PdkError(f"unknown name {name!r}"[:80], where=where, allowed=", ".join(sorted(known)))
        old = known[name]
        checked = _like(value, old["value"], old["unit"], f"{where}.{name}", name in MAY_BE_ZERO_OR_LESS)
        section[name] = {**old, "value": checked, "source": "overlay", "confidence": "overlay"}
    return section


def _like(value: Any, old: Any, unit: str, where: str, any_sign: bool) -> Any:
    """`value`, if it has the form of `old`. Named numbers may be given in part."""
    if isinstance(old, dict):
        if not isinstance(value, dict) or not value:
            raise PdkError("not a set of named numbers", where=where, allowed=", ".join(map(str, old)))
        for key in value:
            if key not in old:
                raise PdkError(f"unknown name {key!r}"[:80], where=where, allowed=", ".join(map(str, old)))
        return {**old, **{k: _like(v, old[k], unit, f"{where}.{k}", any_sign) for k, v in value.items()}}
    if isinstance(old, list):
        if not isinstance(value, list) or not 0 < len(value) <= 1000:
            raise PdkError("not a list", where=where, allowed=f"a list in {unit}")
        return [_like(item, old[0], unit, f"{where}[{i}]", any_sign) for i, item in enumerate(value)]
    return _number(value, where, -LARGEST if any_sign else 0.0, LARGEST, unit, open_below=not any_sign)


def _number(value: Any, where: str, low: float, high: float, unit: str, open_below: bool = False) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise PdkError(f"not a number: {value!r}"[:80], where=where, allowed=f"a number in {unit}")
    if value > high or value < low or (open_below and value == low):
        raise PdkError(f"out of range: {value:g}", where=where,
                       allowed=f"{'over ' if open_below else ''}{low:g} to {high:g} {unit}")  # fmt: skip
    return value


def _change_films(films: list[dict[str, Any]], entries: dict[str, Any], where: str) -> None:
    by_name = {film["name"]: film for film in films}
    for name, fields in entries.items():
        if name not in by_name:
            raise PdkError(f"unknown layer {name!r}"[:80], where=where, allowed=", ".join(by_name))
        if not isinstance(fields, dict) or not fields:
            raise PdkError("not a set of named numbers", where=f"{where}.{name}", allowed=", ".join(FILM_FIELDS))
        for key, value in fields.items():
            place = f"{where}.{name}.{key}"
            if key not in FILM_FIELDS:
                raise PdkError(f"{name} cannot change {key!r}"[:80], where=place, allowed=", ".join(FILM_FIELDS))
            if key == "lambda_nm" and key not in by_name[name]:
                raise PdkError(f"{name} has no London depth in this kit", where=place,
                               allowed=", ".join(n for n, f in by_name.items() if "lambda_nm" in f))  # fmt: skip
            by_name[name][key] = _number(value, place, *FILM_FIELDS[key], "nm")
            given = {key: {"source": "overlay", "confidence": "overlay"}}
            by_name[name]["provenance"] = by_name[name]["provenance"] | given
    for name, z0 in stacked_z0_nm(films).items():
        by_name[name]["z0_nm"] = z0


def stacked_z0_nm(films: list[dict[str, Any]]) -> dict[str, float]:
    """Bottom of every film from the thicknesses alone, M0 at zero.

    Metals and the vias between them stand on one another. A junction stands on its base electrode M5, a contact hangs
    from the metal above it, a resistor lies at the foot of its contact.
    """
    t = {film["name"]: film["thickness_nm"] for film in films}
    z0 = {"C0": -t["C0"], "L0": -t["C0"] - t["L0"]}
    height = 0.0
    for film in films:
        name = film["name"]
        if name not in ("L0", "C0") and film["kind"] in ("metal", "via"):
            z0[name] = height
            height += t[name]
    z0["J5"] = z0["M5"] + t["M5"]
    z0["C5J"], z0["C5R"] = z0["M6"] - t["C5J"], z0["M6"] - t["C5R"]
    z0["R5"] = z0["C5R"]
    return z0
