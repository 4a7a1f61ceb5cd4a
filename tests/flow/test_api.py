"""sfqgen from Python: from a specification to GDS in five lines, and each cell as a component in a foreign layout."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import klayout.db as kdb
import pytest

from sfqgen.errors import SfqgenError

CELLS = ("cross", "cross_loop", "dcsfq", "dcsfq_low", "jtl", "jtl_corner", "jtl_fall", "jtl_long", "jtl_reach",
         "jtl_rise", "jtl_riser", "jtl_row", "jtl_start", "jtl_step", "jtl_stretch", "jtl_turn", "merger",
         "merger_leaf", "merger_loop", "merger_root", "merger_tee", "merger_tee_root", "merger_wide", "reader",
         "sfqdc", "splitter", "splitter_loop", "store_bit", "store_end", "store_in", "swallow", "token")  # fmt: skip
LEAK_CELLS = ("jtl_drop", "jtl_elbow", "jtl_fold", "jtl_knee", "jtl_knee_land", "jtl_knee_load", "jtl_land",
              "jtl_row_reach", "merger_leak", "splitter_leak")  # fmt: skip
SAMPLER_CELLS = ("cross_read", "jtl_lift", "jtl_return", "merger_join", "token_read")
CELLS = tuple(sorted((*CELLS, *LEAK_CELLS, *SAMPLER_CELLS)))


def test_five_lines_from_a_specification_to_gds(tmp_path):
    from sfqgen import NeuronSpec, draw, write_gds

    spec = NeuronSpec(name="mine", inputs=3, levels=2)
    write_gds(draw(spec), tmp_path / "mine.gds", top=spec.name)

    layout = kdb.Layout()
    layout.read(str(tmp_path / "mine.gds"))
    assert [cell.name for cell in layout.top_cells()] == ["mine"]


def test_build_takes_a_folder_by_name_and_returns_the_report(tmp_path, monkeypatch):
    from sfqgen import NeuronSpec, build, flow

    monkeypatch.setattr(flow, "confirm_timing", lambda *_: None)  # simulated in test_build
    report = build(NeuronSpec(name="mine", inputs=2, levels=2), str(tmp_path / "mine"), extract=False)
    assert (report["drc"]["violations"], report["lvs"]["match"]) == (0, True)
    assert (tmp_path / "mine" / "mine.gds").exists()
    size = report["size"]
    assert size["junctions"] == report["lvs"]["junctions"]
    assert size["power_uw"] == pytest.approx(size["bias_ua"] * 2.6e-3, abs=0.01)
    assert {"area_um2", "width_um", "height_um"} <= set(size)


def test_names_are_listed_and_loaded_late():
    script = "import sfqgen, sys; assert 'gdsfactory' not in sys.modules; assert 'pydantic' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)
    import sfqgen

    assert {"NeuronSpec", "build", "draw", "cell", "activate", "load_spec", "write_gds"} <= set(dir(sfqgen))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        sfqgen.nothing  # noqa: B018


def test_every_cell_stands_in_a_foreign_layout():
    """Two of each cell in another user's component, beside cells of theirs with the same plain names."""
    script = f"""
    import gdsfactory as gf
    import sfqgen
    sfqgen.activate()

    @gf.cell
    def jtl():
        return gf.components.rectangle(size=(10, 10), layer="M6").dup()

    top = gf.Component("theirs")
    top << jtl()
    for number, name in enumerate({CELLS!r}):
        one, two = (top << gf.get_component(name) for _ in "12")
        one.move((0, 200.0 * number)), two.mirror_x().move((300.0, 200.0 * number))
        assert one.cell.cell_index() == two.cell.cell_index()
        assert {{port.name for port in one.ports}} == {{port.name for port in sfqgen.cell(name).ports}} != set()
        assert all(port.width == 2.0 and port.layer == top.kcl.layer(60, 0) for port in one.ports)
    top << gf.get_component("neuron", inputs=1, levels=2)
    scaled = gf.get_component("jtl", ic_scale=1.1)
    assert scaled.name != gf.get_component("jtl").name
    names = [cell.name for cell in top.kcl.layout.each_cell()]
    assert len(names) == len(set(names))
    assert jtl().name == "jtl"
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True)


def test_the_cells_of_the_kit_are_all_known():
    from sfqgen.layout.components import cell_names

    assert cell_names() == CELLS


def test_a_cell_that_does_not_exist_is_refused():
    from sfqgen import cell

    with pytest.raises(SfqgenError) as caught:
        cell("and")
    assert str(caught.value) == f"layout: no cell and; allowed: {', '.join(CELLS)}"


@pytest.mark.parametrize("number", [0, 1])
def test_the_python_of_the_document_runs_as_printed(number, tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "layout.md").read_text(encoding="utf-8")
    code = page.split("```python\n")[number + 1].split("```")[0]
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-1000:]
    assert [path.name for path in tmp_path.iterdir()] == (["mine.gds"] if number == 0 else [])
