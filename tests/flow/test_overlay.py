"""A licensee's constants in a specification reach what measures the drawn metal."""

import pytest

from cells import jtl
from pdk_sfq5ee.process import overlay
from sfqgen.chip.build import ChipBuild, check_core
from sfqgen.chip.frame import load_frame
from sfqgen.extract.recognise import recognise
from sfqgen.extracted import extracted_circuit
from sfqgen.flow import Build, _empty_report, constants_of, note_constants
from sfqgen.layout.draw import draw_cell
from sfqgen.layout.tapeout import write_gds
from sfqgen.netlist.circuit import Junction
from sfqgen.spec import load_spec
from sfqgen.verify.gds import read_layout
from sfqgen.verify.lvs import compare


@pytest.fixture
def lab(tmp_path):
    (tmp_path / "lab.yaml").write_text("name: run 7\nconstants: {lambda_nb: 81, jc: 90}\n")
    return tmp_path / "lab.yaml"


def extracted(gds, circuit, process):
    found = recognise(*read_layout(gds), process)
    result = compare(found, circuit)
    assert result.alignment is not None
    return found, extracted_circuit(found, result, circuit, grid_um=0.5, tolerance_pct=2.0, process=process)


def test_a_shorter_penetration_depth_and_a_lower_jc_are_measured(lab, tmp_path):
    circuit = jtl.circuit(jtl.JtlValues(), "jtl")
    write_gds(draw_cell(jtl.floor_plan(circuit)), tmp_path / "jtl.gds", top="jtl")
    _, public = extracted(tmp_path / "jtl.gds", circuit, None)
    _, measured = extracted(tmp_path / "jtl.gds", circuit, overlay(lab))
    ours = {e["name"]: e["extracted_ph"] for e in public.report["elements"]}
    theirs = {e["name"]: e["extracted_ph"] for e in measured.report["elements"]}
    assert ours.keys() == theirs.keys()
    assert all(0.85 < theirs[name] / ours[name] < 0.99 for name in ours if ours[name])
    assert measured.circuit["B_a"].ic_ua == pytest.approx(0.9 * public.circuit["B_a"].ic_ua, rel=0.01)


def test_the_report_says_what_an_overlay_reaches(lab, tmp_path):
    (tmp_path / "n.yaml").write_text("name: n\nprocess: {constants_overlay: lab.yaml}\n")
    spec = load_spec(tmp_path / "n.yaml")
    run = Build(spec, tmp_path, report=_empty_report(spec))
    note_constants(run)
    assert constants_of(run).constant("jc") == 90
    assert run.report["notes"] == [
        "LVS and extraction measure the metal with the constants of run 7; layout and junction model (capacitance, "
        "subgap resistance, gap) are those of the public constants"
    ]


def test_the_core_of_a_chip_is_measured_with_them_too(lab, tmp_path):
    (tmp_path / "n.yaml").write_text("name: n\nprocess: {constants_overlay: lab.yaml}\n")
    circuit = jtl.circuit(jtl.JtlValues(), "jtl")
    write_gds(draw_cell(jtl.floor_plan(circuit), name="n_chip_core"), tmp_path / "jtl.gds", top="n_chip_core")
    layout, cell = read_layout(tmp_path / "jtl.gds")
    run = ChipBuild(spec=load_spec(tmp_path / "n.yaml"), folder=tmp_path, report={"seconds": {}}, frame=load_frame(),
                    name="n_chip")  # fmt: skip
    public, measured = recognise(layout, cell), check_core(run, layout, circuit)[0]
    ours, theirs = (sorted(e.ic_ua for e in found.circuit.of_kind(Junction)) for found in (public, measured))
    assert len(ours) == 2
    assert theirs == pytest.approx([0.9 * ic for ic in ours], rel=0.01)
