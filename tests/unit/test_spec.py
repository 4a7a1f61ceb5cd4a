"""The specification: units as text, ranges, cross-field checks, and one pinned line for every mistake."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sfqgen.errors import SfqgenError
from sfqgen.spec import NeuronSpec, load_spec
from sfqgen.spec.schema import json_schema
from sfqgen.spec.template import template


def lines_for(tmp_path, text: str | bytes) -> list[str]:
    path = tmp_path / "s.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(SfqgenError) as caught:
        load_spec(path)
    return [str(e) for e in (caught.value, *caught.value.others)]


def test_units_as_text_and_plain_numbers_agree(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text("name: n\nrate_ghz: 3000 MHz\nspacing_ps: 0.02 ns\ntemperature_k: 4200 mK\n")
    spec = load_spec(path)
    assert (spec.rate_ghz, spec.spacing_ps, spec.temperature_k) == pytest.approx((3.0, 20.0, 4.2))
    assert spec == NeuronSpec(name="n", rate_ghz=3.0, spacing_ps=20.0, temperature_k=4.2)


@given(st.floats(0.05, 4.0))
def test_a_rate_means_the_same_in_every_unit(rate):
    specs = [NeuronSpec(name="n", rate_ghz=r) for r in (rate, f"{rate!r} GHz", f"{rate * 1e-3!r} THz")]
    assert specs[0].frame_ps == specs[1].frame_ps == pytest.approx(specs[2].frame_ps, abs=0.11)


@pytest.mark.parametrize("field", [name for name, field in NeuronSpec.model_fields.items()
                                   if field.annotation in (int, float, int | None, float | None)])
@pytest.mark.parametrize("switch", [True, False])
def test_no_number_is_given_as_a_switch(field, switch):
    with pytest.raises(ValidationError, match="is not a number"):
        NeuronSpec(**({"name": "n"} | {field: switch}))


PINNED = {
    "unknown field": (
        "name: n\nrest: frame\n",
        "s.yaml:2: rest: unknown field; remedy: did you mean reset?",
    ),
    "unknown field, nothing close": (
        "name: n\nqqq: 1\n",
        "s.yaml:2: qqq: unknown field; remedy: `sfqgen schema` lists all fields",
    ),
    "nested unknown field": (
        "name: n\nlayout:\n  fil: true\n",
        "s.yaml:3: layout.fil: unknown field; remedy: did you mean fill?",
    ),
    "missing name": (
        "inputs: 2\n",
        "s.yaml: name: the field is missing; remedy: add `name: ...`; `sfqgen new` shows how",
    ),
    "bad name": (
        "name: My Neuron\n",
        "s.yaml:1: name: My Neuron does not fit here; allowed: Name of files and of the top cell: lower case, digits "
        "and underscores, at most 32 characters.",
    ),
    "inputs out of range": (
        "name: n\ninputs: 65\n",
        "s.yaml:2: inputs: 65 is out of range; allowed: whole number 1 to 64",
    ),
    "inputs not whole": (
        "name: n\ninputs: 2.5\n",
        "s.yaml:2: inputs: 2.5 does not fit here; allowed: whole number 1 to 64",
    ),
    "switch for a whole number": (
        "name: n\ninputs: true\n",
        "s.yaml:2: inputs: True is not a number; allowed: whole number 1 to 64",
    ),
    "switch for a number": (
        "name: n\nextract: {tolerance_pct: yes}\n",
        "s.yaml:2: extract.tolerance_pct: True is not a number; allowed: 0.1 to 20",
    ),
    "wrong unit": (
        "name: n\nspacing_ps: 15 um\n",
        "s.yaml:2: spacing_ps: um is not a unit of the same kind as ps; allowed: 8 to 100 ps",
    ),
    "no such unit": (
        "name: n\nspacing_ps: 15 furlong_ps\n",
        "s.yaml:2: spacing_ps: furlong_ps is not a known unit; this field is in ps; allowed: 8 to 100 ps",
    ),
    "not a number": (
        "name: n\nrate_ghz: fast\n",
        "s.yaml:2: rate_ghz: 'fast' is not a number in GHz; allowed: 0.05 to 10 GHz",
    ),
    "a list": (
        "name: n\nrate_ghz: [3]\n",
        "s.yaml:2: rate_ghz: [3] is not a number in GHz; allowed: 0.05 to 10 GHz",
    ),
    "infinite": (
        "name: n\nrate_ghz: .inf\n",
        "s.yaml:2: rate_ghz: inf is not a finite number; allowed: 0.05 to 10 GHz",
    ),
    "negative latency": (
        "name: n\nlatency_ps: -3\n",
        "s.yaml:2: latency_ps: -3 is out of range; allowed: more than 0, up to 1000 ps",
    ),
    "unknown reset": (
        "name: n\nreset: hard\n",
        "s.yaml:2: reset: hard does not fit here; allowed: frame or self",
    ),
    "group is a number": (
        "name: n\nlayout: 3\n",
        "s.yaml:2: layout: 3 does not fit here; allowed: fields fill, coldflux_labels",
    ),
    "grid": (
        "name: n\nextract: {grid_um: 10 nm}\n",
        "s.yaml:2: extract.grid_um: 10 nm is out of range; allowed: 0.1 to 0.5 um",
    ),
    "more levels than spikes": (
        "name: n\nlevels: 4\n",
        "s.yaml:2: levels: 4 levels, but a frame brings at most 2 spikes; allowed: 2 to 2; remedy: fewer levels, more "
        "inputs, or max_spikes >= levels if an input may spike more than once per frame",
    ),
    "frame too short": (
        "name: n\nrate_ghz: 9\n",
        "s.yaml:2: rate_ghz: 2 spikes 15 ps apart do not fit a 111.1 ps frame; allowed: at most 8.69 GHz; remedy: a "
        "lower rate_ghz, a smaller spacing_ps or a smaller max_spikes",
    ),
    "leak shorter than its arming": (
        "name: n\nleak_tau_ps: 20 ps\n",
        "s.yaml:2: leak_tau_ps: a window of 20 ps is less than its arming takes; allowed: 68 to 489 ps; remedy: a "
        "leak_tau_ps in this range; a longer window is had without a leak, by ticks from outside",
    ),
    "leak longer than its delay line": (
        "name: n\nreset: self\nrate_ghz: 0.1\nleak_tau_ps: 3 ns\n",
        "s.yaml:4: leak_tau_ps: a window of 3000 ps is more than 100 JTLs delay; allowed: 72 to 493 ps; remedy: a "
        "leak_tau_ps in this range; a longer window is had without a leak, by ticks from outside",
    ),
    "leak too slow for the frame": (
        "name: n\nleak_tau_ps: 300 ps\n",
        "s.yaml:2: leak_tau_ps: a window of 300 ps lasts up to 1.6 times as long over a 20 % spread, beyond the 333.3 "
        "ps frame, so a spike would count again in the next one; allowed: 68 to 208.3 ps; remedy: a shorter "
        "leak_tau_ps, a lower rate_ghz, or no leak (the frame tick forgets)",
    ),
    "leak too fast for the levels": (
        "name: n\ninputs: 4\nlevels: 4\nleak_tau_ps: 70 ps\n",
        "s.yaml:4: leak_tau_ps: 4 spikes 15 ps apart do not fit a window of 70 ps, which may be 0.6 times as long over "
        "a 20 % spread; allowed: at least 75 ps; remedy: a longer leak_tau_ps, a smaller spacing_ps, fewer levels or "
        "a smaller max_spikes",
    ),
    "sampled inputs without a tick": (
        "name: n\nreset: self\nsampled: true\n",
        "s.yaml:3: sampled: sampled inputs are read by the frame tick, which a neuron with self reset or with a leak "
        "does without; allowed: false; remedy: reset: frame and leak_tau_ps: none, or sampled: false",
    ),
    "more spikes than sampled inputs": (
        "name: n\nsampled: true\nmax_spikes: 3\n",
        "s.yaml:2: sampled: 3 spikes per frame, but each of 2 sampled inputs counts once; allowed: false; remedy: more "
        "inputs, fewer levels or a smaller max_spikes",
    ),
    "sampled inputs too many for the frame": (
        "name: n\ninputs: 32\nsampled: true\nrate_ghz: 2\n",
        "s.yaml:4: rate_ghz: reading 32 sampled inputs takes up to 985.1 ps over a 20 % spread, a frame 500 ps; "
        "allowed: at most 1.01 GHz; remedy: a lower rate_ghz, fewer inputs, or sampled: false",
    ),
    "sampled inputs too many for the latency": (
        "name: n\ninputs: 4\nlevels: 4\nsampled: true\n",
        "s.yaml: latency_ps: the last of 4 sampled inputs reaches the output 157.0 ps after the tick or later; "
        "allowed: at least 157.0 ps; remedy: a larger latency_ps, fewer inputs, or sampled: false",
    ),
    "alias": (
        "name: &a n\nreset: *a\n",
        "s.yaml: YAML aliases (*name) are not allowed; remedy: write the value out",
    ),
    "duplicate": (
        "name: n\nname: m\n",
        "s.yaml:2: name: the field is given twice; remedy: keep one of them",
    ),
    "broken YAML": (
        "name: [n\n",
        "s.yaml:2: not valid YAML (did not find expected ',' or ']'); remedy: `field: value` lines; `sfqgen new` "
        "writes a template",
    ),
    "python tag": (
        "name: !!python/object/apply:os.system [ls]\n",
        "s.yaml:1: not valid YAML (could not determine a constructor for the tag "
        "'tag:yaml.org,2002:python/object/apply:os.system'); remedy: `field: value` lines; `sfqgen new` writes a "
        "template",
    ),
    "a list at the top": (
        "- 1\n",
        "s.yaml: the file holds no fields; remedy: start from `sfqgen new -o neuron.yaml`",
    ),
    "empty": ("", "s.yaml: the file holds no fields; remedy: start from `sfqgen new -o neuron.yaml`"),
    "not text": (b"\xff\xfe\x00", "s.yaml: not a text file in UTF-8; remedy: a YAML text; `sfqgen new` writes one"),
    "too large": (
        "#" * 200_001,
        "s.yaml: 200001 bytes are too many for a specification; allowed: at most 200000 bytes",
    ),
    "overlay missing": (
        "name: n\nprocess: {rules_overlay: x.yaml}\n",
        "s.yaml: process.rules_overlay: no such file: x.yaml; remedy: a path relative to the specification",
    ),
}  # fmt: skip


OVERLAYS = {
    "rules_overlay": ("a: 1\n", "not a rule overlay; allowed: one key `rules`, a list of {id: ..., process: ...}"),
    "constants_overlay": ("- 1\n", "not a process overlay; allowed: the keys name, constants, jj_sizing, "
                                   "resistor_sizing, layers"),
}  # fmt: skip


@pytest.mark.parametrize("field", OVERLAYS)
def test_an_overlay_is_checked_when_the_specification_is_read(tmp_path, field):
    text, told = OVERLAYS[field]
    (tmp_path / "lab.yaml").write_text(text)
    assert lines_for(tmp_path, f"name: n\nprocess: {{{field}: lab.yaml}}\n") == [f"{tmp_path / 'lab.yaml'}: {told}"]


@pytest.mark.parametrize("case", PINNED)
def test_each_mistake_is_one_clear_line(tmp_path, case):
    text, expected = PINNED[case]
    assert lines_for(tmp_path, text) == [expected]


def test_several_mistakes_are_reported_together(tmp_path):
    assert len(lines_for(tmp_path, "name: n\ninputs: 0\nreset: x\nfoo: 1\n")) == 3


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(SfqgenError, match=r"no such file; remedy: `sfqgen new -o neuron\.yaml` writes a template"):
        load_spec(tmp_path / "none.yaml")
    with pytest.raises(SfqgenError, match="this is a folder; remedy: name the YAML file in it"):
        load_spec(tmp_path)


def test_the_template_is_a_valid_specification_with_every_field(tmp_path):
    path = tmp_path / "t.yaml"
    path.write_text(template("fresh", "t.yaml"))
    assert load_spec(path) == NeuronSpec(name="fresh")
    assert set(yaml.safe_load(path.read_text())) == set(NeuronSpec.model_fields)


def test_every_field_has_a_description_and_the_schema_carries_units():
    schema = json_schema()
    json.dumps(schema, allow_nan=False)
    for model in (schema, *schema["$defs"].values()):
        assert all(node.get("description") for node in model["properties"].values())
    assert schema["properties"]["rate_ghz"]["x-unit"] == "GHz"
    assert {"minimum": 0.05, "maximum": 10.0}.items() <= schema["properties"]["rate_ghz"]["anyOf"][0].items()


def test_a_spec_is_frozen_and_lowers_to_plain_values():
    spec = NeuronSpec(name="n")
    with pytest.raises(ValidationError):
        spec.inputs = 3
    assert all(type(v) in (int, float, str, bool) for v in spec.circuit_kwargs().values())
    assert "leak_ps" not in spec.circuit_kwargs()


def test_a_spec_with_a_leak_tells_circuit_and_layout_its_window():
    spec = NeuronSpec(name="n", leak_tau_ps="0.1 ns")
    assert spec.circuit_kwargs()["leak_ps"] == 100.0


def test_a_spec_with_sampled_inputs_tells_circuit_and_layout():
    spec = NeuronSpec(name="n", sampled=True)
    assert spec.circuit_kwargs()["sampled"] is True


def test_spikes_default_to_what_a_frame_holds():
    assert NeuronSpec(name="n", inputs=16, levels=4).spikes == 16
    assert NeuronSpec(name="n", inputs=64, levels=4).spikes == 16  # 70 + 15 * 15 + 30 ps of 333.3 ps
    assert NeuronSpec(name="n", inputs=64, levels=4, rate_ghz=0.5).spikes == 64
