"""What makes a report PASS or FAIL, and in which words."""

import pytest

from sfqgen.verdict import judge

CRITERION = {"name": "walk", "limit": 0, "measured": 0, "unit": "frames wrong", "pass": True}


def report(*elements, **changes):
    good = {
        "spec": {"extract": {"tolerance_pct": 2.0}, "margin_pct": 25.0}, "drc": {"violations": 0},
        "lvs": {"match": True}, "extraction": {"elements": list(elements)} if elements else None,
        "timing": {"view": "extracted" if elements else "schematic", "criteria": [CRITERION], "levels": []},
        "margins": None, "not_run": [],
    }  # fmt: skip
    return good | changes


def element(name, error_pct, role="inductor"):
    return {"name": name, "target_ph": 1.0, "extracted_ph": 1.0, "error_pct": error_pct, "role": role}


def test_extracted_circuit_on_target_passes():
    verdict, reason = judge(report(element("L_1|X_a", 1.99), element("LP_1|X_a", 230.0, "lead")))
    assert verdict == "PASS"
    assert reason == "Every check that ran is met; the simulated inductances are those extracted from the drawn metal."


def test_inductors_off_target_fail_and_the_worst_are_named_first():
    verdict, reason = judge(report(element("L_1|X_a", 2.5), element("L_2|X_a", -70.1), element("L_3|X_a", 0.0)))
    assert verdict == "FAIL"
    assert reason == "2 of 3 inductors are more than 2 % off target (L_2|X_a -70.1 %, L_1|X_a +2.5 %)"


def test_inductor_without_a_value_fails():
    verdict, reason = judge(report(element("L_1|X_a", None), element("LP_1|X_a", None, "lead")))
    assert (verdict, reason) == ("FAIL", "1 inductors could not be extracted (L_1|X_a)")


@pytest.mark.parametrize(("change", "reason"), [
    ({"drc": {"violations": 3}}, "3 design-rule violations"),
    ({"drc": None}, "design rules were not checked"),
    ({"lvs": {"match": False}}, "layout and schematic do not match"),
    ({"timing": None}, "timing was not simulated"),
])  # fmt: skip
def test_each_check_alone_fails_the_build(change, reason):
    assert judge(report(element("L_1|X_a", 0.0), **change)) == ("FAIL", reason)


def test_schematic_alone_passes_and_says_what_it_rests_on():
    verdict, reason = judge(report(not_run=["margins (ask with --margins)"]))
    assert verdict == "PASS"
    assert "of the schematic, not of the drawn metal. Not run: margins (ask with --margins)." in reason
