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
from sfqgen.extract.ports import geometry_of, junction_port, pin_port
from sfqgen.extract.recognise import recognise
from sfqgen.extract.stack import slabs
from sfqgen.verify.gds import read_layout

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
    deviations = []
    for cell in CELLS:
        print(f"\n{cell:<6} element   here pH  InductEx pH  difference")
        for name, element in KNOWN[f"mitll_{cell}"]["elements"].items():
            here, there = extracted[cell].l_ph[name], element["extracted_pH"]
            if there:
                deviations.append(100 * (here / there - 1))
                print(f"       {name:<8}{here:9.3f}{there:13.3f}{deviations[-1]:+10.1f} %")
    middle = median(abs(d) for d in deviations)
    print(f"median {median(deviations):+.1f} %, of absolute deviations {middle:.1f} %, {len(deviations)} elements")
    assert middle < 9.0
    assert max(abs(d) for d in deviations) < 25.0


def test_junction_to_junction_across_an_abutted_border():
    """Two JTLs side by side against two alone whose border pins return in M4 and M7: 1 % on the sum."""
    found = recognise(*read_layout(path_of("JTL", ".GDS")))
    alone = extract_inductances(found, read_idx(path_of("JTL", "_idx.cir"))).l_ph
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
    solved = port_matrix(geometry_of(found, ports))
    check_kirchhoff(solved.patterns, branches, nodes)
    together = fit(solved.matrix, solved.patterns, branches, nodes).l_ph
    assert alone["L4"] + alone["L1"] == pytest.approx(together["LX"], rel=0.01)
    apart = extract_inductances(recognise(*read_layout(path_of("JTL", ".GDS"))), read_idx(path_of("JTL", "_idx.cir")),
                                label_returns=True).l_ph  # fmt: skip
    assert apart["L4"] + apart["L1"] > 1.2 * together["LX"]  # what returns in M4 alone would say


def test_halving_the_grid_on_a_real_cell():
    """2 % on every inductor above 1 pH, and on the ground leads 0.02 pH."""
    found = recognise(*read_layout(path_of("JTL", ".GDS")))
    idx = read_idx(path_of("JTL", "_idx.cir"))
    coarse, fine = (extract_inductances(found, idx, grid_um=h).l_ph for h in (0.25, 0.125))
    for name, value in fine.items():
        assert coarse[name] == pytest.approx(value, rel=0.02, abs=0.02), name
