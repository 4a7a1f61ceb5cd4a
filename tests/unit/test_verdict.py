"""What makes a report PASS or FAIL, and in which words."""

import pytest

from sfqgen.verdict import failures, judge

CRITERION = {"name": "walk", "limit": 0, "measured": 0, "unit": "frames wrong", "pass": True}


def report(*elements, **changes):
    good = {
        "spec": {"name": "n", "inputs": 4, "levels": 4, "extract": {"tolerance_pct": 2.0}, "margin_pct": 25.0},
        "drc": {"violations": 0},
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
    ({"drc": {"violations": 3, "by_rule": {"M6.W": 3, "M5.W": 0}}}, "3 design-rule violations (M6.W)"),
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


def missed(name, limit, measured, unit):
    return {"name": name, "limit": limit, "measured": measured, "unit": unit, "pass": False}


TIMING = {
    "latency": (missed("latency, deciding spike to output", 20.0, 33.27, "ps"),
                "timing: latency, deciding spike to output is 33.27 ps, limit 20 (missed by 13.27)",
                "raise latency_ps to 34 ps or more, or fewer inputs or levels (now 4 and 4)"),
    "rate": (missed("frames per second", 8.0, 7.5, "GHz"),
             "timing: frames per second is 7.5 GHz, limit 8 (missed by 0.5)",
             "lower rate_ghz to 7.5, or fewer levels or spikes (max_spikes)"),
    "no rate": (missed("frames per second", 8.0, None, "GHz"),
                "timing: frames per second has no value (limit 8 GHz)",
                "lower rate_ghz, or fewer levels or spikes (max_spikes)"),
    "spacing": (missed("spacing of spikes", 8.0, 9.0, "ps"), "timing: spacing of spikes is 9 ps, limit 8 (missed by 1)",
                "raise spacing_ps to 9"),
    "counted": (missed("fullest frames, 9 frames", 0, 2, "frames wrong"),
                "timing: fullest frames, 9 frames is 2 frames wrong, limit 0 (missed by 2)",
                "`sfqgen timing SPEC -o walk.png` shows the pulses at the pins"),
}  # fmt: skip


@pytest.mark.parametrize("case", TIMING)
def test_a_missed_criterion_tells_by_how_much_and_what_to_change(case):
    criterion, what, remedy = TIMING[case]
    found = failures(report(timing={"view": "schematic", "criteria": [CRITERION, criterion], "levels": []}))
    assert [(f.what, f.remedy) for f in found] == [(what, remedy)]


def test_frames_that_break_the_law_are_told_by_threshold():
    levels = [{"k": 1, "errors": 0}, {"k": 2, "errors": 3}, {"k": 3, "errors": 1}]
    _, reason = judge(report(timing={"view": "schematic", "criteria": [CRITERION], "levels": levels}))
    assert reason == "4 frames break the law (3 at k = 2, 1 at k = 3)"


def test_narrow_margins_are_told_worst_first_and_globals_are_not_judged():
    limits = {"g_ic": (-5.0, 5.0), "B_a|jtl": (-24.0, 40.0), "B_b|jtl": (-40.0, 10.0)}
    rows = [{"name": name, "low_pct": low, "high_pct": high} for name, (low, high) in limits.items()]
    _, reason = judge(report(margins={"parameters": rows}))
    assert reason == "margins under 25 %: B_b|jtl -40/+10, B_a|jtl -24/+40"
