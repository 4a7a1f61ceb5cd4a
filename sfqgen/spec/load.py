"""Read a specification from YAML; every mistake becomes one line with file, line, field, range and remedy."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from sfqgen.errors import SfqgenError
from sfqgen.spec.neuron import NeuronSpec
from sfqgen.spec.schema import fields_at, range_of

MOST_BYTES = 200_000


def load_spec(path: str | Path) -> NeuronSpec:
    """The specification in a YAML file. Raises SfqgenError naming file, line and field."""
    path = Path(path)
    text = _read(path)
    data, lines = parse_yaml(text, path.name)
    if not isinstance(data, Mapping):
        raise SfqgenError("the file holds no fields", where=path.name, remedy="start from `sfqgen new -o neuron.yaml`")
    try:
        spec = NeuronSpec.model_validate(data)
    except ValidationError as error:
        raise _as_one_line_each(error, path.name, lines) from None
    return _overlays_beside(spec, path)


def _read(path: Path) -> str:
    if not path.exists():
        raise SfqgenError("no such file", where=str(path), remedy="`sfqgen new -o neuron.yaml` writes a template")
    if path.is_dir():
        raise SfqgenError("this is a folder", where=str(path), remedy="name the YAML file in it")
    if path.stat().st_size > MOST_BYTES:
        raise SfqgenError(f"{path.stat().st_size} bytes are too many for a specification", where=path.name,
                          allowed=f"at most {MOST_BYTES} bytes")  # fmt: skip
    try:
        return path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, PermissionError) as error:
        what = "not a text file in UTF-8" if isinstance(error, UnicodeDecodeError) else "no permission to read"
        raise SfqgenError(what, where=path.name, remedy="a YAML text; `sfqgen new` writes one") from None


def parse_yaml(text: str, name: str) -> tuple[Any, dict[tuple[str, ...], int]]:
    """Plain data and the line (from 1) of each key path. Aliases and duplicate keys are refused."""
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.CSafeLoader)):
            raise SfqgenError("YAML aliases (*name) are not allowed", where=name, remedy="write the value out")
        root = yaml.compose(text, yaml.CSafeLoader)
        lines: dict[tuple[str, ...], int] = {}
        if root is not None:
            _collect_lines(root, (), lines, name)
        return yaml.load(text, yaml.CSafeLoader), lines
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name}:{mark.line + 1}" if mark else name
        raise SfqgenError(f"not valid YAML ({getattr(error, 'problem', None) or 'unreadable'})", where=where,
                          remedy="`field: value` lines; `sfqgen new` writes a template") from None  # fmt: skip
    except RecursionError:
        raise SfqgenError("nested too deeply", where=name, remedy="`field: value` lines") from None


def _collect_lines(node: yaml.Node, path: tuple[str, ...], lines: dict[tuple[str, ...], int], name: str) -> None:
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        here = (*path, str(key.value))
        if here in lines:
            raise SfqgenError("the field is given twice", where=f"{name}:{key.start_mark.line + 1}: {'.'.join(here)}",
                              remedy="keep one of them")  # fmt: skip
        lines[here] = key.start_mark.line + 1
        _collect_lines(value, here, lines, name)


def _as_one_line_each(error: ValidationError, name: str, lines: dict[tuple[str, ...], int]) -> SfqgenError:
    """The first mistake as the error, the others attached, each a line of its own."""
    found = [_one_line(item, name, lines) for item in error.errors()]
    found[0].others = found[1:]
    return found[0]


def _one_line(item: Mapping[str, Any], name: str, lines: dict[tuple[str, ...], int]) -> SfqgenError:
    context = item.get("ctx") or {}
    location = tuple(str(part) for part in item["loc"])
    kind = item["type"]
    if kind == "clash":
        return SfqgenError(context["what"], where=_place(name, (context["field"],), lines),
                           allowed=context["allowed"], remedy=context["remedy"])  # fmt: skip
    if kind == "extra_forbidden":
        close = difflib.get_close_matches(location[-1], fields_at(location[:-1]), n=1)
        remedy = f"did you mean {close[0]}?" if close else "`sfqgen schema` lists all fields"
        return SfqgenError("unknown field", where=_place(name, location, lines), remedy=remedy)
    if kind == "missing":
        return SfqgenError("the field is missing", where=_place(name, location, lines),
                           remedy=f"add `{location[-1]}: ...`; `sfqgen new` shows how")  # fmt: skip
    if kind in ("quantity", "unit"):
        what = item["msg"]
    elif kind.startswith(("greater_than", "less_than")):
        what = f"{_short(item['input'])} is out of range"
    else:
        what = f"{_short(item['input'])} does not fit here"
    return SfqgenError(what, where=_place(name, location, lines), allowed=range_of(location))


def _short(value: Any) -> str:
    shown = str(value)
    return shown if len(shown) <= 40 else shown[:37] + "..."


def _place(name: str, location: tuple[str, ...], lines: dict[tuple[str, ...], int]) -> str:
    line = lines.get(location) or (lines.get(location[:-1]) if len(location) > 1 else None)
    return f"{name}{f':{line}' if line else ''}: {'.'.join(location)}"


def _overlays_beside(spec: NeuronSpec, path: Path) -> NeuronSpec:
    """Overlay paths are relative to the specification's folder; a missing one is an error here, not later."""
    update = {}
    for field in ("rules_overlay", "constants_overlay"):
        overlay = getattr(spec.process, field)
        if overlay is None:
            continue
        full = overlay if overlay.is_absolute() else path.parent / overlay
        if not full.is_file():
            raise SfqgenError(f"no such file: {overlay}", where=f"{path.name}: process.{field}",
                              remedy="a path relative to the specification")  # fmt: skip
        update[field] = full
    if not update:
        return spec
    _check_overlays(**update)
    return spec.model_copy(update={"process": spec.process.model_copy(update=update)})


def _check_overlays(rules_overlay: Path | None = None, constants_overlay: Path | None = None) -> None:
    """Both read once, so that a wrong entry is one line before anything is drawn."""
    from pdk_sfq5ee import process, rules
    from pdk_sfq5ee.errors import PdkError

    try:
        if rules_overlay:
            rules.load_rules(rules_overlay)
        if constants_overlay:
            process.overlay(constants_overlay)
    except (PdkError, rules.RuleError) as error:
        raise SfqgenError(error.what, where=error.where, allowed=error.allowed, remedy=error.remedy) from None
