"""Criteria: from YAML, from a nominal run, and their refusals."""

from __future__ import annotations

import numpy as np
import pytest

from sfqgen.errors import SfqgenError
from sfqgen.sim.criteria import PulseCounts, as_nominal, criteria_from, read_criteria
from sfqgen.sim.result import PulseTable, Result

RULE = {"frames": {"first_ps": 100, "period_ps": 50, "count": 2}, "pulses": {"B1": [1, 0]}}


def result(*samples: list[float]) -> Result:
    rows = [(s, 0, np.sign(t), abs(t)) for s, times in enumerate(samples) for t in times]
    table = PulseTable.of(("B1",), len(samples), np.array(rows, dtype=float).reshape(-1, 4))
    return Result(table, len(samples), 0.1, 300.0, None, np.zeros(len(samples), dtype=bool), {})


def test_counts_per_frame():
    rule = criteria_from(RULE)
    assert rule.windows["B1"] == ((100.0, 150.0), (150.0, 200.0))
    verdict = rule(result([120], [120, 160], [], [120, 130, -140], [20, 120, 250]))
    assert verdict.tolist() == [True, False, False, True, True]


def test_windows_and_starts(tmp_path):
    path = tmp_path / "rule.yaml"
    path.write_text("frames: {starts_ps: [100, 200]}\nwindow_ps: [10, 60]\npulses: {B1: 1}\n")
    rule = read_criteria(path)
    assert rule.windows["B1"] == ((110.0, 160.0), (210.0, 260.0))
    assert rule.expected["B1"] == (1, 1)
    assert rule.end_ps == 260.0


def test_a_sample_is_lost_as_soon_as_a_window_is_over():
    rule = criteria_from(RULE)
    table = result([], [120]).pulses
    assert rule.lost(table, 149.0).tolist() == [False, False]
    assert rule.lost(table, 150.0).tolist() == [True, False]


def test_nominal_pulses_become_the_rule():
    nominal = result([20, 30, 150, 160, 250])
    rule = as_nominal(nominal, ["B1"])
    assert rule == PulseCounts({"B1": ((0.0, 90.0), (90.0, 205.0), (205.0, 300.0))}, {"B1": (2, 2, 1)})
    assert rule(nominal).all()
    with pytest.raises(SfqgenError) as caught:
        as_nominal(result([]), ["B1"])
    assert str(caught.value) == (
        "no pulse of B1 in the nominal run to go by; remedy: name other junctions or give the expected pulses"
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "rule: frames or pulses are missing; allowed: frames: {...}, pulses: {...}"),
        ({**RULE, "extra": 1}, "rule: unknown key extra; allowed: frames, window_ps, pulses"),
        ({**RULE, "frames": {"count": 3}},
         "rule: frames: are not understood; allowed: {first_ps, period_ps, count} or {starts_ps: [...]}"),
        ({**RULE, "frames": {"starts_ps": [3, 1]}}, "rule: frames: starts_ps do not rise"),
        ({**RULE, "window_ps": [5, 5]}, "rule: window_ps: is no window; allowed: [from, to] with from < to"),
        ({**RULE, "window_ps": ["a", 5]}, "rule: window_ps: needs a list of numbers"),
        ({**RULE, "pulses": {"B1": [1]}}, "rule: pulses.B1: needs 2 whole numbers"),
        ({**RULE, "pulses": {"B1": [1, 0.5]}}, "rule: pulses.B1: needs 2 whole numbers"),
        ({**RULE, "pulses": []}, "rule: pulses: names no junction; allowed: junction: [counts]"),
    ],
)  # fmt: skip
def test_mistakes_in_a_rule(data, message):
    with pytest.raises(SfqgenError) as caught:
        criteria_from(data, "rule")
    assert str(caught.value) == message


def test_a_rule_that_is_no_yaml(tmp_path):
    path = tmp_path / "rule.yaml"
    path.write_text("a: [")
    with pytest.raises(SfqgenError, match=r"rule.yaml: is no YAML: while parsing a flow node"):
        read_criteria(path)
    with pytest.raises(SfqgenError, match=r"none.yaml: cannot be read \(No such file or directory\)"):
        read_criteria(tmp_path / "none.yaml")
