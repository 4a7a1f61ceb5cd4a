"""The kit's data files: every figure has its provenance, the stack stands, an overlay is explicit and checked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pdk_sfq5ee import layers, process, rules
from pdk_sfq5ee.errors import PdkError
from pdk_sfq5ee.process_overlay import stacked_z0_nm

CONFIDENCES = {"published", "tool", "measured", "computed", "inferred", "unknown", "own"}


def figures(node, path=""):
    """(path, entry) of every dict that holds a value."""
    if isinstance(node, dict):
        if "value" in node:
            yield path, node
        for key, child in node.items():
            yield from figures(child, f"{path}/{key}")
    elif isinstance(node, list):
        for i, child in enumerate(node):
            yield from figures(child, f"{path}/{i}")


@pytest.mark.parametrize("name", ["process", "geometry"])
def test_every_figure_has_unit_source_and_confidence(name):
    found = list(figures(process.table(name)))
    assert len(found) >= 25
    for path, entry in found:
        assert {"value", "unit", "source", "confidence"} <= set(entry), f"{name}{path}"
        assert entry["confidence"] in CONFIDENCES, f"{name}{path}"
        assert str(entry["source"]).strip(), f"{name}{path}"


@pytest.mark.parametrize("name", ["process", "geometry"])
def test_no_number_stands_outside_of_a_figure(name):
    """A section is made of figures, or says once where all of it comes from."""
    for section, entries in process.table(name).items():
        if section == "sources" or {"source", "confidence"} <= set(entries):
            continue
        assert all(isinstance(entry, dict) and "value" in entry for entry in entries.values()), section


def test_every_layer_figure_has_its_provenance():
    for entry in process.table("layers")["layers"]:
        measured = {"gds", "thickness_nm", "z0_nm"} | ({"lambda_nm"} & set(entry))
        assert measured <= set(entry["provenance"]), entry["name"]
        assert {p["confidence"] for p in entry["provenance"].values()} <= CONFIDENCES
    for entry in process.table("layers")["aux_layers"]:
        assert {"name", "gds", "holds", "source", "confidence"} <= set(entry)


def test_the_stack_has_23_films_and_their_published_distances():
    films = layers.films()
    assert len(films) == 23
    assert len({film.gds for film in films}) == 23
    m4, m5, m6, m7 = (layers.film(name) for name in ("M4", "M5", "M6", "M7"))
    # printed by Tolpygo (2023): 615 nm from M4 to M6, 1015 nm from M4 to M7, 280 nm from M5 to M6
    assert round(m6.z0_um - m4.z1_um, 6) == 0.615
    assert round(m7.z0_um - m4.z1_um, 6) == 1.015
    assert round(m6.z0_um - m5.z1_um, 6) == 0.280
    assert (m6.lambda_um, layers.film("R5").lambda_um) == (0.09, None)


def test_listed_heights_follow_from_the_thicknesses():
    entries = process.table("layers")["layers"]
    assert stacked_z0_nm(entries) == {entry["name"]: entry["z0_nm"] for entry in entries}


def test_a_via_reaches_from_the_metal_below_to_the_metal_above():
    for below, via, above in layers.connectivity():
        if via.startswith("I") or via == "C0":
            assert layers.film(via).z0_um == layers.film(below).z1_um, via
            assert layers.film(via).z1_um == layers.film(above).z0_um, via


def test_connectivity_joins_every_metal_and_keeps_the_junction_open():
    joined = layers.connectivity()
    assert [(b, a) for b, _, a in joined if b in layers.metals() and a in layers.metals()] == list(
        zip(layers.metals(), layers.metals()[1:], strict=False)
    )
    assert ("J5", "C5J", "M6") in joined
    assert ("R5", "C5R", "M6") in joined
    assert not any({"M5", "J5"} <= {below, via, above} for below, via, above in joined)


def test_nominal_london_depth_is_the_same_in_both_places():
    depths = {film.lambda_um for film in layers.films() if film.lambda_um is not None}
    assert depths == {process.constant("lambda_nb") / 1000}


def test_gds_numbers_by_name():
    assert layers.gds("M6") == (60, 0)
    assert layers.gds("PORT_TEXT") == (182, 0)
    assert layers.gds("M6_PIN") == (60, 5)
    assert layers.gds("R5_TEXT") == (52, 11)
    assert layers.gds("TERM") == (19, 0)
    with pytest.raises(KeyError):
        layers.gds("M9")


def test_cells_draw_no_less_than_the_check_allows():
    for rule in rules.rule_set():
        if rule.process is not None and rule.kind not in ("max_width", "max_size", "max_diameter"):
            assert rule.safe >= rule.process, rule.id


@pytest.mark.parametrize("module", ["pdk_sfq5ee", "pdk_sfq5ee.layers", "pdk_sfq5ee.rules", "pdk_sfq5ee.sizing",
                                    "pdk_sfq5ee.views", "pdk_sfq5ee.klayout_install", "pdk_sfq5ee.render"])  # fmt: skip
def test_figures_come_without_gdsfactory(module):
    code = f"import sys, {module}; sys.exit('gdsfactory' in sys.modules or 'kfactory' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# ---- overlay ----


def written(tmp_path, text):
    path = tmp_path / "lab.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_overlay_changes_the_named_figures_and_nothing_else(tmp_path):
    lab = process.overlay(written(tmp_path, "name: run 7\nconstants: {jc: 98, jj_model: {vg_mV: 2.7}}\n"))
    assert lab.name == "run 7"
    assert lab.constant("jc") == 98
    assert lab.constant("jj_model") == process.constant("jj_model") | {"vg_mV": 2.7}
    assert lab.constant("rsheet") == process.constant("rsheet")
    assert process.constant("jc") == 100
    assert lab.table("process")["electrical"]["jc"]["confidence"] == "overlay"


def test_a_thicker_film_lifts_every_film_above_it(tmp_path):
    lab = process.overlay(written(tmp_path, "layers: {M5: {thickness_nm: 150}}\n"))
    for name in ("M4", "I4", "M5"):
        assert layers.film(name, lab).z0_um == layers.film(name).z0_um
    for name in ("J5", "R5", "I5", "C5J", "C5R", "M6", "I6", "M7", "I7", "M8"):
        assert layers.film(name, lab).z0_um == pytest.approx(layers.film(name).z0_um + 0.015), name


def test_one_london_depth_for_all_niobium_unless_a_layer_says_otherwise(tmp_path):
    lab = process.overlay(written(tmp_path, "constants: {lambda_nb: 85}\nlayers: {M6: {lambda_nm: 92}}\n"))
    assert layers.film("M4", lab).lambda_um == 0.085
    assert layers.film("M6", lab).lambda_um == 0.092
    assert layers.film("R5", lab).lambda_um is None


def test_overlays_stack(tmp_path):
    first = process.overlay(written(tmp_path, "constants: {jc: 98}\n"))
    second = process.overlay(written(tmp_path, "constants: {rsheet: 2.1}\n"), base=first)
    assert (second.constant("jc"), second.constant("rsheet")) == (98, 2.1)


def test_overlay_reaches_the_sizing_laws(tmp_path):
    from pdk_sfq5ee import sizing

    lab = process.overlay(written(tmp_path, "jj_sizing: {area_law: {offset_um2: 0.0}}\nconstants: {rsheet: 3.0}\n"))
    assert sizing.junction_area_um2(200.0, lab) == pytest.approx(2.01)
    assert sizing.strip_ohm(2.3, 1.15, 0.52, lab) - sizing.strip_ohm(2.3, 1.15, 0.52) == pytest.approx(2.0)


SECTIONS = "the keys name, constants, jj_sizing, resistor_sizing, layers"
BAD_OVERLAYS = {
    "constants: {jc: -3}": "constants.jc: out of range: -3; allowed: over 0 to 1e+09 uA/um2",
    "constants: {jc: abc}": "constants.jc: not a number: 'abc'; allowed: a number in uA/um2",
    "constants: {jc: .nan}": "constants.jc: not a number: nan; allowed: a number in uA/um2",
    "constants: {jc: true}": "constants.jc: not a number: True; allowed: a number in uA/um2",
    "constants: {jj_model: 3}":
        "constants.jj_model: not a set of named numbers; allowed: rtype, vg_mV, cap_pF, r0_ohm, rn_ohm, icrit_mA",
    "constants: {lp_extracted: {mean: 1}}": "constants.lp_extracted: unknown name 'mean'; allowed: min, median, max",
    "constants: 3": "constants: not a list of names with values; allowed: name: value",
    "layers: {M5: {gds: [1, 2]}}":
        "layers.M5.gds: M5 cannot change 'gds'; allowed: thickness_nm, thickness_tol_nm, lambda_nm",
    "layers: {M5: {thickness_nm: 0.1}}": "layers.M5.thickness_nm: out of range: 0.1; allowed: 5 to 5000 nm",
    "layers: {I4: {lambda_nm: 90}}":
        "layers.I4.lambda_nm: I4 has no London depth in this kit; allowed: M0, M1, M2, M3, M4, M5, M6, M7",
    "layers: {M5: 3}": "layers.M5: not a set of named numbers; allowed: thickness_nm, thickness_tol_nm, lambda_nm",
    "resistor_sizing: {width_um: []}": "resistor_sizing.width_um: not a number: []; allowed: a number in um",
    "name: ''": "name: not a line of text; allowed: 1 to 80 printable characters",
    "foo: 1": f"unknown key 'foo'; allowed: {SECTIONS}",
    "[1]": f"not a process overlay; allowed: {SECTIONS}",
    "": f"not a process overlay; allowed: {SECTIONS}",
    "a: [": "the process overlay is not YAML (line 1)",
}  # fmt: skip


@pytest.mark.parametrize("text", BAD_OVERLAYS)
def test_bad_overlay_is_one_line_with_file_and_field(tmp_path, text):
    path = written(tmp_path, text)
    with pytest.raises(PdkError) as caught:
        process.overlay(path)
    assert str(caught.value) == f"{path}: {BAD_OVERLAYS[text]}"
    assert "\n" not in str(caught.value)


def test_unknown_constant_in_an_overlay_lists_the_known_ones(tmp_path):
    with pytest.raises(PdkError, match=r"lab.yaml: constants: unknown name 'jx'; allowed: bias_coefficient, .*, vdd"):
        process.overlay(written(tmp_path, "constants: {jx: 1}"))


def test_missing_and_oversized_overlays(tmp_path):
    with pytest.raises(PdkError, match=r"no such process overlay; remedy: check the path$"):
        process.overlay(tmp_path / "none.yaml")
    with pytest.raises(PdkError, match=r"the process overlay is too large; allowed: 1,000,000 bytes$"):
        process.overlay(written(tmp_path, "#" * 1_000_001))
    with pytest.raises(PdkError, match=r"cannot read the process overlay \(IsADirectoryError\)$"):
        process.overlay(tmp_path)


def test_an_overlay_is_data_and_never_code(tmp_path):
    with pytest.raises(PdkError, match="the process overlay is not YAML"):
        process.overlay(written(tmp_path, "name: !!python/object/apply:os.getcwd []"))


def test_the_stack_table_of_the_document_agrees_with_the_data():
    text = (Path(__file__).parents[2] / "docs" / "pdk.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    told = {}
    for names, gds, materials, heights, thicknesses, _ in (row for row in rows if len(row) == 6 and row[0] != "film"):
        columns = [cell.split(", ") for cell in (names, gds, materials, heights, thicknesses)]
        for k, name in enumerate(columns[0]):
            told[name] = tuple(column[min(k, len(column) - 1)] for column in columns[1:])
    assert told == {
        f.name: (f"{f.gds[0]}/{f.gds[1]}", f.material, f"{1000 * f.z0_um:g}", f"{1000 * f.thickness_um:g}")
        for f in layers.films()
    }
