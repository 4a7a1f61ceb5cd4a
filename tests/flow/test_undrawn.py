"""A neuron without a floor plan is built as far as it goes: netlist and timing, no PASS, and the reason in words."""

from __future__ import annotations

from sfqgen.flow import build
from sfqgen.spec import NeuronSpec


def test_a_sampled_neuron_gets_a_netlist_and_timing_and_no_verdict_without_its_layout(tmp_path):
    spec = NeuronSpec(name="n", sampled=True, rate_ghz=3)
    report = build(spec, tmp_path / "n")
    assert sorted(path.name for path in (tmp_path / "n").iterdir()) == [
        "n.cir", "report.html", "report.json", "waveforms.png"]  # fmt: skip
    assert report["verdict"] == "FAIL"
    assert report["reason"] == "design rules were not checked"
    assert report["not_run"][0] == (
        "layout, design rules, LVS and extraction: a neuron with sampled inputs has no floor plan yet, only a netlist"
    )
    assert all(c["pass"] for c in report["timing"]["criteria"])
