"""Extraction of layouts that this project did not draw: the public ColdFlux cells (RSFQlib v3.0).

InductEx values are information (nominal process here, no calibration): printed with `pytest -s`, and bounded by what
differs in convention and model, see docs/extraction.md.
"""

from __future__ import annotations

import json
from math import isfinite
from pathlib import Path
from statistics import median

import klayout.db as kdb
import pytest

from sfqgen.extract.fit import Branch, PortNodes, check_kirchhoff, fit
from sfqgen.extract.idx import read_idx
from sfqgen.extract.inductance import extract_inductances, port_matrix
from sfqgen.extract.labels import PortLabel
from sfqgen.extract.measure import measure
from sfqgen.extract.moats import chosen_moat, find_moats
from sfqgen.extract.ports import geometry_of, junction_port, pin_port
from sfqgen.extract.recognise import recognise
from sfqgen.extract.stack import slabs
from sfqgen.extract.trapped import trapped
from sfqgen.netlist.circuit import Mutual
from sfqgen.netlist.josim_read import read_deck
from sfqgen.netlist.josim_write import write_josim
from sfqgen.verify.gds import read_layout
from tests.lvs.variants import write as write_variant

LIBRARY = Path(__file__).parents[3] / "shared" / "reference" / "rsfqlib"
CELLS = sorted(path.parent.name for path in LIBRARY.glob("*/*.GDS"))
KNOWN = json.loads((Path(__file__).parents[1] / "data" / "extraction_cells.json").read_text())["cells"]
pytestmark = pytest.mark.skipif(not CELLS, reason="the public cell library is not beside the repository")


def path_of(cell: str, ending: str) -> Path:
    return LIBRARY / cell / f"THmitll_{cell}_v3p0{ending}"


@pytest.fixture(scope="module")
def extracted():
    """The returns of border pins in M4 alone, as the reference values were taken."""
    results = {}
    for cell in CELLS:
        idx = read_idx(path_of(cell, "_idx.cir"))
        results[cell] = extract_inductances(recognise(*read_layout(path_of(cell, ".GDS"))), idx, label_returns=True)
    return results


@pytest.mark.parametrize("cell", CELLS)
def test_every_inductor_of_the_extraction_netlist_gets_a_value(extracted, cell: str):
    result = extracted[cell]
    assert list(result.l_ph) == [i.name for i in read_idx(path_of(cell, "_idx.cir")).inductors]
    assert all(isfinite(value) and value > 0.05 for value in result.l_ph.values())
    assert result.residual_pct < 2.0  # inductors alone; more would mean a wrong netlist
    assert all(abs(k) < 0.1 for _, _, k in result.couplings)
    assert result.iterations <= 20


@pytest.mark.parametrize("cell", CELLS)
def test_line_inductors_agree_with_the_prototype(extracted, cell: str):
    """An independent solver of the same kind, uncalibrated, on the same grid: 6 % on each line above 1 pH."""
    for name, element in KNOWN[f"mitll_{cell}"]["elements"].items():
        if element["fft_proto_pH"] > 1.0:
            assert extracted[cell].l_ph[name] == pytest.approx(element["fft_proto_pH"], rel=0.06), name


def test_against_the_published_extraction(extracted):
    """Information: median deviation of all elements, and the table."""
    deviations: list[float] = []
    worst = (0.0, "")
    for cell in CELLS:
        print(f"\n{cell:<6} element   here pH  InductEx pH  difference")
        for name, element in KNOWN[f"mitll_{cell}"]["elements"].items():
            here, there = extracted[cell].l_ph[name], element["extracted_pH"]
            if there:
                deviations.append(100 * (here / there - 1))
                worst = max(worst, (deviations[-1], f"{cell} {name}"), key=lambda one: abs(one[0]))
                print(f"       {name:<8}{here:9.3f}{there:13.3f}{deviations[-1]:+10.1f} %")
    middle = median(abs(d) for d in deviations)
    print(f"median {median(deviations):+.1f} %, of absolute deviations {middle:.1f} %, worst {worst[0]:+.1f} % "
          f"({worst[1]}), {len(deviations)} elements")  # fmt: skip
    assert middle < 9.0
    assert max(abs(d) for d in deviations) < 25.0


@pytest.mark.parametrize(("cell", "undecided"), [("JTL", 0), ("JTLT", 3)])
def test_a_library_cell_without_its_netlist(cell: str, undecided: int):
    """JTLT leads its output through a hole of the ground plane: the metal in the hole is no way back."""
    found = recognise(*read_layout(path_of(cell, ".GDS")))
    result = extract_inductances(found)
    values = [value for value in result.l_ph.values() if isfinite(value)]
    assert len(result.l_ph) - len(values) == undecided
    assert not any("no way back" in note for note in result.notes)
    if cell == "JTLT":  # the storing line: L2 of the extraction netlist
        known = extract_inductances(found, read_idx(path_of(cell, "_idx.cir")))
        assert max(values) == pytest.approx(known.l_ph["L2"], rel=0.02)


def test_junction_to_junction_across_an_abutted_border():
    """Two JTLs side by side against two alone whose border pins return in M4 and M7: 1 % on the sum.

    On half the mesh: at 0.25 um the bars of the border pins add 0.2 %.
    """
    found = recognise(*read_layout(path_of("JTL", ".GDS")))
    alone = extract_inductances(found, read_idx(path_of("JTL", "_idx.cir")), grid_um=0.125).l_ph
    layout, cell = read_layout(path_of("JTL", ".GDS"))
    pair = layout.create_cell("pair")
    for x in (0, 20_000):
        pair.insert(kdb.CellInstArray(cell.cell_index(), kdb.Trans(x, 0)))
    found = recognise(layout, pair)
    junctions = sorted(found.junctions.values(), key=lambda j: j.x_um)
    ports = [junction_port(f"J{n}", junction, slabs()) for n, junction in enumerate(junctions, 1)]
    nodes = [PortNodes(f"J{n}", f"t{n}", f"b{n}") for n in (1, 2, 3, 4)]
    branches = [Branch(f"LP{n}", f"b{n}", "0") for n in (1, 2, 3, 4)]
    for name, x, y, node in (("Pa", 0.0, 35.0, "a"), ("Pq", 40.0, 35.0, "q"), ("PB1", 5.0, 51.3, "v1"),
                             ("PB2", 25.0, 51.3, "v2")):  # fmt: skip
        ports.append(pin_port(PortLabel(name, "M6", "M4", x, y), found))
        nodes.append(PortNodes(name, node, "0"))
    for name, plus, minus in (("L1", "a", "t1"), ("L2", "t1", "m1"), ("L3", "m1", "t2"), ("LX", "t2", "t3"),
                              ("L5", "t3", "m2"), ("L6", "m2", "t4"), ("L7", "t4", "q"), ("LB1", "m1", "v1"),
                              ("LB2", "m2", "v2")):  # fmt: skip
        branches.append(Branch(name, plus, minus))
    solved = port_matrix(geometry_of(found, ports), grid_um=0.125)
    check_kirchhoff(solved.patterns, branches, nodes)
    together = fit(solved.matrix, solved.patterns, branches, nodes).l_ph
    assert alone["L4"] + alone["L1"] == pytest.approx(together["LX"], rel=0.01)
    apart = extract_inductances(recognise(*read_layout(path_of("JTL", ".GDS"))), read_idx(path_of("JTL", "_idx.cir")),
                                label_returns=True).l_ph  # fmt: skip
    assert apart["L4"] + apart["L1"] > 1.2 * together["LX"]  # what returns in M4 alone would say


@pytest.mark.parametrize("name", ["turned_90_mirrored", "turned_180", "junctions_as_octagons", "labels_in_lower_case",
                                  "metal_in_overlapping_pieces", "marks_as_lines_without_width",
                                  "unit_of_half_a_nanometre"])  # fmt: skip
def test_cell_drawn_in_another_way_has_the_same_inductances(name: str, tmp_path):
    """The same circuit turned, cut up, relabelled: 1.5 % at most, as its corners and grid differ."""
    gds, idx = path_of("JTL", ".GDS"), path_of("JTL", "_idx.cir")
    write_variant(name, *read_layout(gds), tmp_path / "x.gds")
    plain, other = (measure(file, idx).extraction.l_ph for file in (gds, tmp_path / "x.gds"))
    assert other == pytest.approx(plain, rel=0.015)


def test_sign_off_of_a_library_cell():
    """Grid and half grid, extrapolated, with the step between them as error bar of every inductor."""
    measured = measure(path_of("JTL", ".GDS"), path_of("JTL", "_idx.cir"), sign_off=True)
    fine = measure(path_of("JTL", ".GDS"), path_of("JTL", "_idx.cir"), grid_um=0.125).extraction.l_ph
    coarse = measure(path_of("JTL", ".GDS"), path_of("JTL", "_idx.cir")).extraction.l_ph
    assert measured.extraction.grid_um == 0.125
    for row in measured.rows:
        assert row.error_bar_ph == pytest.approx(abs(fine[row.name] - coarse[row.name]))
        assert row.extracted_ph == pytest.approx(2 * fine[row.name] - coarse[row.name])
        assert row.error_bar_ph < 0.02 * row.extracted_ph + 0.005


def test_couplings_of_a_cell_are_reported_and_annotated(tmp_path):
    """Above 1 %, as K lines of the annotated deck, whose values read back."""
    measured = measure(path_of("DFF", ".GDS"), path_of("DFF", "_extracted.cir"))
    assert measured.couplings
    assert all(0.01 <= abs(k) < 0.1 for _, _, k in measured.couplings)
    (tmp_path / "x.cir").write_text(write_josim(measured.circuit))
    again = next(iter(read_deck(tmp_path / "x.cir").circuit.cells.values()))
    told = {frozenset((a, b)): k for a, b, k in measured.couplings}
    assert {frozenset((m.first, m.second)): m.k for m in again.of_kind(Mutual)} == pytest.approx(told, rel=1e-4)
    for row in measured.rows:
        if " + " not in row.name and row.extracted_ph is not None:
            assert again[row.name].l_ph == pytest.approx(row.extracted_ph, rel=1e-6)


def test_flux_in_a_moat_of_a_library_cell():
    """Moats that lie alike to the symmetric cell drive alike, and a distant one next to nothing."""
    found = recognise(*read_layout(path_of("JTL", ".GDS")))
    moats, idx = find_moats(found), read_idx(path_of("JTL", "_idx.cir"))
    assert len(moats) == 53
    left, right, far = (trapped(found, chosen_moat(moats, at, "JTL"), idx).current_ua
                        for at in ("8.4,32", "11.6,32", "1.6,2"))  # fmt: skip
    assert left["L2"] == pytest.approx(left["L3"], abs=1e-3)
    assert abs(left["L2"]) == pytest.approx(abs(right["L3"]), rel=0.05)
    assert abs(left["L2"]) > 5.0 > 0.5 > abs(far["L2"])
    assert left["LB1"] == pytest.approx(0.0, abs=1e-3)


def test_halving_the_grid_on_a_real_cell():
    """2 % on every inductor above 1 pH, and on the ground leads 0.02 pH."""
    found = recognise(*read_layout(path_of("JTL", ".GDS")))
    idx = read_idx(path_of("JTL", "_idx.cir"))
    coarse, fine = (extract_inductances(found, idx, grid_um=h).l_ph for h in (0.25, 0.125))
    for name, value in fine.items():
        assert coarse[name] == pytest.approx(value, rel=0.02, abs=0.02), name
