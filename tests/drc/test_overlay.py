"""A licensee's rule values: laid over ours, checked, one line for each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from pdk_sfq5ee import rules as pdk
from pdk_sfq5ee.process import nominal
from pdk_sfq5ee.rules import load_rules as pdk_load
from sfqgen.errors import SfqgenError
from sfqgen.verify.deck import deck
from sfqgen.verify.drc import load_rules, run_drc
from tests.drc.drawing import Drawing


@pytest.fixture
def overlay(tmp_path):
    def write(text: str):
        path = tmp_path / "ours.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def strip(width: int) -> Drawing:
    pattern = Drawing()
    pattern.box("M6", 0, 0, 5000, width)
    return pattern


def test_value_changes_the_check_the_message_and_the_deck(overlay):
    rules = load_rules(overlay("rules: [{id: M6.W, process: 0.9, source: rule manual 4.2}]"))
    pattern = strip(800)
    assert run_drc(pattern.layout, pattern.cell).clean
    report = run_drc(pattern.layout, pattern.cell, rules)
    assert report.by_rule == {"M6.W": 1}
    assert report.violations[0].message == "M6 is narrower than 0.9 um"
    assert rules["M6.W"].source == "rule manual 4.2"
    assert rules["M6.W"].confidence == "overlay"
    assert ".width(0.9, projection" in deck(rules)


def test_cells_never_draw_what_the_overlay_forbids(overlay):
    """A process value over our safe value raises the safe value with it; one below leaves it."""
    process = pdk.overlay_process(nominal(), overlay(
        "rules: [{id: M6.W, process: 0.9}, {id: M6.S, process: 0.25}, {id: I5.WMAX, process: 1.0}]"))  # fmt: skip
    assert pdk.width("M6", process) == 0.9
    assert pdk.space("M6", process) == 0.7
    assert pdk.limit("M6.S", process) == 0.25
    assert pdk.safe("I5.WMAX", process) == 1.0
    assert pdk.width("M6") == 0.8


def test_rule_switched_off_does_not_run(overlay):
    rules = load_rules(overlay("rules: [{id: M6.W, enabled: false}]"))
    pattern = strip(300)
    report = run_drc(pattern.layout, pattern.cell, rules)
    assert report.clean
    assert report.rules_run == len(pdk_load()) - 1
    assert "'M6.W'" not in deck(rules)


def test_error_can_become_a_warning(overlay):
    rules = load_rules(overlay("rules: [{id: M6.W, severity: warning}]"))
    pattern = strip(300)
    report = run_drc(pattern.layout, pattern.cell, rules)
    assert report.clean
    assert report.warnings_by_rule == {"M6.W": 1}


def test_rule_can_be_added(overlay):
    rules = load_rules(overlay("rules: [{id: FAB.7, kind: separation, layers: [M6, R5], process: 0.3, message: far}]"))
    pattern = Drawing()
    pattern.box("M6", 0, 0, 2000, 2000)
    pattern.box("R5", 2200, 0, 2000, 2000)
    report = run_drc(pattern.layout, pattern.cell, rules)
    assert report.by_rule["FAB.7"] == 1
    assert "call('FAB.7', 'far'" in deck(rules)


def test_text_of_an_overlay_cannot_run_in_the_deck(overlay):
    rules = load_rules(overlay("""rules: [{id: M6.W, message: "a'); system('x'); ('#{1}\\\\"}]"""))
    assert r"""found.call('M6.W', 'a\'); system(\'x\'); (\'#{1}\\', """ in deck(rules)


def test_the_overlay_of_the_documentation_works(overlay):
    page = (Path(__file__).parents[2] / "docs" / "drc.md").read_text(encoding="utf-8")
    block = page.split("    rules:\n")[1].split("\n\n")[0]
    rules = load_rules(overlay("rules:\n" + block))
    assert rules["M6.W"].process == 0.25
    assert not rules["I4.J5.S"].enabled
    assert rules["FAB.12"].kind == "separation"
    assert f"all {len(pdk_load())} rules" in page


MISTAKES = {
    "not YAML": (
        "rules: [",
        "the rule overlay is not YAML (line 1)",
    ),
    "not a list": (
        "M6.W: 0.5",
        "not a rule overlay; allowed: one key `rules`, a list of {id: ..., process: ...}",
    ),
    "unknown id": (
        "rules: [{id: M6.WW, process: 0.5}]",
        "M6.WW: no such rule, nearest: M6.W; remedy: correct the id, or give kind, layers and process to "
        "add a rule",
    ),
    "no id": (
        "rules: [{process: 0.5}]",
        "rule without a usable id (None); allowed: letters, digits, ._",
    ),
    "twice": (
        "rules: [{id: M6.W, process: 0.5}, {id: M6.W, process: 0.6}]",
        "M6.W: the rule stands twice; remedy: one entry for each id",
    ),
    "text": (
        "rules: [{id: M6.W, process: wide}]",
        "M6.W.process: not a number: 'wide'; allowed: a number in um",
    ),
    "boolean": (
        "rules: [{id: M6.W, process: true}]",
        "M6.W.process: not a number: True; allowed: a number in um",
    ),
    "negative": (
        "rules: [{id: M6.W, process: -1}]",
        "M6.W.process: out of range: -1; allowed: over 0 to 10000 um",
    ),
    "not finite": (
        "rules: [{id: M6.W, process: .inf}]",
        "M6.W.process: not a number: inf; allowed: a number in um",
    ),
    "too fine": (
        "rules: [{id: M6.W, process: 0.35005}]",
        "M6.W.process: finer than the database unit: 0.35005; allowed: whole nanometres, in um",
    ),
    "valueless": (
        "rules: [{id: I4.M4.C, process: 1}]",
        "I4.M4.C.process: a rule of kind covered carries no value; remedy: switch it with enabled: false",
    ),
    "field": (
        "rules: [{id: M6.W, value: 1}]",
        "M6.W: unknown field 'value'; allowed: id, kind, layers, unit, metric, outline, process, safe, "
        "severity, message, source, confidence, note, enabled",
    ),
    "fixed": (
        "rules: [{id: M6.W, layers: [M5]}]",
        "M6.W: layers of an existing rule cannot change; remedy: add a rule of another id and switch "
        "this one off with enabled: false",
    ),
    "severity": (
        "rules: [{id: M6.W, severity: fatal}]",
        "M6.W.severity: unknown word 'fatal'; allowed: error, warning",
    ),
    "enabled": (
        "rules: [{id: M6.W, enabled: 0}]",
        "M6.W.enabled: not true or false: 0",
    ),
    "message": (
        'rules: [{id: M6.W, message: "two\\nlines"}]',
        "M6.W.message: not a line of text; allowed: 1 to 300 printable characters",
    ),
    "kind": (
        "rules: [{id: X, kind: minwidth, layers: [M6], process: 1}]",
        "X.kind: unknown kind 'minwidth'; allowed: covered, enclosure, floating_plane, floating_signal, "
        "holds, max_diameter, max_size, max_width, min_density, min_diameter, min_size, min_space, "
        "min_width, rectangle, separation",
    ),
    "layers": (
        "rules: [{id: X, kind: enclosure, layers: [M6], process: 1}]",
        "X.layers: enclosure needs 2 layer names",
    ),
    "layer": (
        "rules: [{id: X, kind: min_width, layers: [M9], process: 1}]",
        "X.layers: unknown layer 'M9'; allowed: C0, C5J, C5R, I0, I1, I2, I3, I4, I5, I6, I7, J5, L0, "
        "M0, M1, M2, M3, M4, M5, M6, M7, M8, R5",
    ),
    "no value": (
        "rules: [{id: X, kind: min_width, layers: [M6]}]",
        "X.process: a new rule of this kind needs a value",
    ),
    "code": (
        "rules: !!python/object/apply:os.system [ls]",
        "the rule overlay is not YAML (line 1)",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_one_line(overlay, mistake, monkeypatch, tmp_path):
    text, message = MISTAKES[mistake]
    overlay(text)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SfqgenError) as caught:
        load_rules("ours.yaml")
    assert str(caught.value) == f"ours.yaml: {message}"


def test_missing_and_oversized_overlay(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SfqgenError, match=r"^none.yaml: no such rule overlay; remedy: check the path$"):
        load_rules("none.yaml")
    (tmp_path / "big.yaml").write_text("#" * 1_000_001)
    with pytest.raises(SfqgenError, match=r"^big.yaml: the rule overlay is too large; allowed: 1,000,000 bytes$"):
        load_rules("big.yaml")


def test_every_rule_names_its_source_and_is_drawn_at_least_as_large_as_checked():
    for rule in pdk_load():
        assert rule.source
        assert rule.message
        assert rule.confidence in ("published", "tool", "measured", "inferred")
        if rule.process is not None:
            largest = rule.kind.startswith("max")
            assert rule.safe <= rule.process if largest else rule.safe >= rule.process, rule.id
