"""Extraction of whole layouts: the layout's own inductors, extraction netlists, windows, cache, command."""

import json
from dataclasses import replace
from math import isfinite

import klayout.db as kdb
import pytest
from typer.testing import CliRunner

from sfqgen.cli.commands import app
from sfqgen.errors import SfqgenError
from sfqgen.extract import cache, context, inductance
from sfqgen.extract.borders import borders_of, told
from sfqgen.extract.idx import parse_idx
from sfqgen.extract.inductance import extract_inductances
from sfqgen.extract.measure import annotated, measure
from sfqgen.extract.problem import drawn_problem
from sfqgen.extract.recognise import recognise
from sfqgen.extract.report import as_text, rows_of
from sfqgen.extract.sheet import sheet_inductances
from sfqgen.extract.stack import slabs
from sfqgen.netlist.circuit import Inductor, Resistor
from sfqgen.netlist.josim_write import write_josim
from sfqgen.verify.lvs import compare, without_wires
from tests.lvs.sketch import draw, netlist

IDX = """* the cell of tests/lvs/sketch.py
L1 a 1
L2 1 2 0.9p [L2]
L3 2 3
L4 4 q
L5 4 0 2.2p
LP1 5 0
LB1 2 8
P1 a 0
P2 q 0
PB1 8 0
J_1 1 5 250u
J_2 3 4 170u
J_3 4 7 225u
LP3 7 0
"""
GRID = 0.5  # coarse: these tests are about bookkeeping, not about accuracy


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SFQGEN_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def sketch():
    return draw()


@pytest.fixture(scope="module")
def found(sketch):
    return recognise(sketch.layout, sketch.cell)


@pytest.fixture(scope="module")
def file(sketch, tmp_path_factory):
    path = tmp_path_factory.mktemp("gds") / "sketch.gds"
    sketch.layout.write(str(path))
    return path


def test_extraction_netlist_by_its_labels(found):
    result = extract_inductances(found, parse_idx(IDX), grid_um=GRID)
    assert all(isfinite(value) and value > 0 for value in result.l_ph.values())
    assert result.residual_pct < 4
    assert result.windows == 1
    assert 0.1 < result.l_ph["LP1"] < 0.8
    assert 1.0 < result.l_ph["L1"] < 1.8  # 4.7 um of M6, 1 um wide, between both planes
    assert 1.5 < result.l_ph["L5"] < 3.0


def test_layout_in_schematic_nodes_agrees_with_the_extraction_netlist(found):
    """Two ways to the same metal: ports by label, and ports by recognition with the schematic's nodes."""
    by_label = extract_inductances(found, parse_idx(IDX), grid_um=GRID).l_ph
    schematic = netlist()
    merged = without_wires(found, compare(found, schematic))
    by_schematic = {row.name: row.extracted_ph for row in annotated(merged, schematic, extract_inductances(
        merged, grid_um=GRID)).rows}  # fmt: skip
    for number in (1, 2, 3, 4, 5):
        assert by_schematic[f"L_{number}"] == pytest.approx(by_label[f"L{number}"], rel=0.02), number


def test_every_inductor_of_the_layout_has_a_value(found):
    result = extract_inductances(found, grid_um=GRID, shunt_leads=True)
    undecided = [name for name, value in result.l_ph.items() if not isfinite(value)]
    assert undecided == []
    # Without ports at the shunts their leads stay open, and nothing else.
    without = extract_inductances(found, grid_um=GRID).l_ph
    open_ = [found.circuit[name] for name, value in without.items() if not isfinite(value)]
    at_resistors = {n for r in found.circuit.of_kind(Resistor) for n in (r.plus, r.minus)}
    assert open_
    assert all({e.plus, e.minus} & at_resistors for e in open_)
    for name, expected in sheet_inductances(found).items():
        assert result.l_ph[name] == pytest.approx(expected, rel=0.1, abs=0.25), name


def test_sign_off_extrapolates_and_gives_error_bars(found):
    idx = parse_idx(IDX)
    coarse = extract_inductances(found, idx, grid_um=0.5).l_ph
    fine = extract_inductances(found, idx, grid_um=0.25).l_ph
    both = extract_inductances(found, idx, grid_um=0.5, sign_off=True)
    assert both.grid_um == 0.25
    for name, value in both.l_ph.items():
        assert value == pytest.approx(2 * fine[name] - coarse[name])
        assert both.error_ph[name] == pytest.approx(abs(fine[name] - coarse[name]))
        assert both.error_ph[name] < max(0.06 * value, 0.05), name


def test_return_of_border_pins_can_be_left_to_the_label(found):
    """In M4 alone the return squeezes through the stitches: the outer lines read higher."""
    both, label = (extract_inductances(found, parse_idx(IDX), grid_um=GRID, label_returns=only).l_ph
                   for only in (False, True))  # fmt: skip
    assert label["L1"] > 1.03 * both["L1"]
    assert label["L4"] > 1.03 * both["L4"]


def chain(count, metal=None, pins=True):
    """The sketch `count` times side by side, abutted, with more stitches: in a tiled layout they are 10 um apart.

    `metal` is a box on M6 that is drawn above the cells.
    """
    sketch = draw()
    for x, y in ((13.5, 6), (2.6, 20), (25.6, 20), (14.6, 28)):
        sketch.stitch(x, y)
    layout = kdb.Layout()
    layout.dbu = 0.001
    source = layout.create_cell("one")
    source.copy_tree(sketch.cell)
    top = layout.create_cell("chain")
    for n in range(count):
        top.insert(kdb.CellInstArray(source.cell_index(), kdb.Trans(30_000 * n, 0)))
    for name, x in (("P1", 0.0), ("P2", 30.0 * count)) if pins else ():  # those of the cells lie on inner borders
        top.shapes(layout.layer(182, 0)).insert(kdb.DText(f"{name} M6 M4", kdb.DTrans(kdb.DVector(x, 15.0))))
    if metal:
        top.shapes(layout.layer(60, 0)).insert(metal)
    return recognise(layout, top)


def same(first, second, **tolerance):
    """Both decide the same inductors, with values that agree."""
    decided = [name for name, value in first.l_ph.items() if isfinite(value)]
    assert decided
    assert decided == [name for name, value in second.l_ph.items() if isfinite(value)]
    for name in decided:
        assert second.l_ph[name] == pytest.approx(first.l_ph[name], **tolerance), name


def test_windows_of_abutted_cells_agree_with_one_solution(monkeypatch):
    layout = replace(chain(2, pins=False), frames=())  # as if there were no hierarchy
    merged = {}
    for whole_um2 in (1e9, 1.0):
        monkeypatch.setattr(context, "WHOLE_UM2", whole_um2)
        merged[whole_um2] = extract_inductances(layout, grid_um=GRID)
    whole, windows = merged[1e9], merged[1.0]
    assert (whole.windows, windows.windows > 1) == (1, True)
    # Short lines lean on how couplings are shared out; 0.02 pH is what a window may cost them.
    same(whole, windows, rel=0.015, abs=0.02)


def test_cells_in_a_row_agree_with_one_solution(monkeypatch):
    """Lines cut at the border of two cells, both parts summed, against the field of the abutted pair.

    A return that is one potential across both planes takes 1 to 1.5 % from lines that end at the border.
    """
    layout = chain(2)
    assert len(layout.frames) == 2
    cells = extract_inductances(layout, grid_um=GRID)
    assert (cells.windows, cells.notes) == (2, ())
    monkeypatch.setattr(context, "WHOLE_UM2", 1e9)
    same(extract_inductances(replace(layout, frames=()), grid_um=GRID), cells, rel=0.02)


def test_a_cell_in_its_row_is_the_cell_alone(monkeypatch):
    """One cell and three in a row are one field problem, unless metal from above changes one of them."""
    solved = []
    original = inductance.port_matrix
    monkeypatch.setattr(inductance, "port_matrix", lambda *a: solved.append(1) or original(*a))
    alone = extract_inductances(chain(1), grid_um=GRID)
    row = extract_inductances(chain(3), grid_um=GRID)
    assert (len(solved), alone.windows, row.windows) == (1, 1, 3)
    assert sum(isfinite(value) for value in row.l_ph.values()) > 2 * len(alone.l_ph)
    wider = extract_inductances(chain(3, kdb.DBox(31.0, 14.0, 32.0, 15.0)), grid_um=GRID)
    assert len(solved) == 2
    assert set(wider.l_ph.values()) != set(row.l_ph.values())


def test_sign_off_solves_each_kind_of_border_once():
    """Three equal cells have two equal borders."""
    found = chain(3)
    (border,) = borders_of(found, drawn_problem(found, slabs()), grid_um=GRID, films=slabs())
    assert abs(border.difference_pct) < 2.0
    assert border.difference_pct == pytest.approx((border.cells_ph / border.joined_ph - 1) * 100)
    assert told([border])[0].startswith("borders of cells: 1 distinct lines against both cells as one, largest ")
    assert told([]) == ()


def test_line_along_a_border_joins_the_cells():
    """A line as wide as a plate crosses the border: no port describes that, so both cells are one problem."""
    found = chain(2, kdb.DBox(25.0, 10.0, 35.0, 20.0))
    result = extract_inductances(found, grid_um=GRID)
    assert result.windows == 1
    assert result.notes == ("2 cells are solved in 1 groups: lines cross their borders in ways that no port describes",)


def test_equal_windows_are_solved_once(sketch, monkeypatch):
    """Moved by any distance, and under other names: nothing is solved again; a changed polygon is."""
    solved = []
    original = inductance.port_matrix
    monkeypatch.setattr(inductance, "port_matrix", lambda *a: solved.append(1) or original(*a))
    first = extract_inductances(recognise(sketch.layout, sketch.cell), parse_idx(IDX), grid_um=GRID)
    assert len(solved) == 1
    moved = kdb.Layout()
    moved.dbu = 0.001
    cell = moved.create_cell("moved")
    cell.copy_tree(sketch.cell)
    cell.transform(kdb.Trans(3_141, 10_007))
    renamed = parse_idx(IDX.replace("L2 1 2", "L77 1 2"))
    second = extract_inductances(recognise(moved, cell), renamed, grid_um=GRID)
    assert len(solved) == 1
    assert second.l_ph["L77"] == first.l_ph["L2"]
    cell.shapes(moved.layer(60, 0)).insert(kdb.DBox(3.141 + 2.0, 10.007 + 21.0, 3.141 + 3.2, 10.007 + 22.0))
    extract_inductances(recognise(moved, cell), renamed, grid_um=GRID)
    assert len(solved) == 1  # the new piece floats and is no part of the problem
    cell.shapes(moved.layer(60, 0)).insert(kdb.DBox(3.141 + 1.0, 10.007 + 14.0, 3.141 + 2.0, 10.007 + 15.0))
    extract_inductances(recognise(moved, cell), renamed, grid_um=GRID)
    assert len(solved) == 2


def test_a_spoilt_or_unwritable_cache_is_no_error(found, tmp_path, monkeypatch):
    first = extract_inductances(found, parse_idx(IDX), grid_um=GRID).l_ph
    for stored in cache.cache_folder().iterdir():
        stored.write_bytes(b"spoilt")
    assert extract_inductances(found, parse_idx(IDX), grid_um=GRID).l_ph == first
    (tmp_path / "plain").write_text("a file where the folder should be")
    monkeypatch.setenv("SFQGEN_CACHE", str(tmp_path / "plain"))
    assert extract_inductances(found, parse_idx(IDX), grid_um=GRID).l_ph == first


def test_ports_and_netlist_that_disagree_with_the_metal_are_told(found):
    missing = parse_idx(IDX + "P9 b 0\nL9 b 1\n")
    with pytest.raises(SfqgenError, match=r"sketch, port P9: no label of this port lies on metal; allowed: J_1"):
        extract_inductances(found, missing, grid_um=GRID)
    cut = parse_idx(IDX.replace("L3 2 3\n", "L3 2 9\n"))
    with pytest.raises(SfqgenError, match="Kirchhoff check: the metal lets a current through ports"):
        extract_inductances(found, cut, grid_um=GRID)
    joined = parse_idx(IDX + "L9 3 4\n")
    with pytest.raises(SfqgenError, match="the netlist allows 6 independent port currents, the metal 5"):
        extract_inductances(found, joined, grid_um=GRID)


def test_swapped_junction_label_is_told(sketch):
    """`M5 M6` for `M6 M5` turns a junction in a chain round, which the metal contradicts."""
    text = IDX.replace("J_2 3 4", "J_2 4 3")
    with pytest.raises(SfqgenError, match=r"Kirchhoff check: .*J_2"):
        extract_inductances(recognise(sketch.layout, sketch.cell), parse_idx(text), grid_um=GRID)


def test_ports_that_share_metal_are_told(sketch):
    close = kdb.Layout()
    close.dbu = 0.001
    cell = close.create_cell("close")
    cell.copy_tree(sketch.cell)
    cell.shapes(close.layer(182, 0)).insert(kdb.DText("P3 M6 M4", kdb.DTrans(kdb.DVector(0.1, 15.1))))
    both = parse_idx(IDX + "P3 b 0\nL9 b 1\n")
    with pytest.raises(SfqgenError, match="ports P1 and P3 share the same metal cells; allowed: terminals"):
        extract_inductances(recognise(close, cell), both, grid_um=GRID)


def test_measured_circuit_keeps_the_names_of_the_netlist(file, tmp_path):
    deck = tmp_path / "sketch.cir"
    deck.write_text(write_josim(netlist()))
    measured = measure(file, deck, grid_um=GRID)
    assert {row.name for row in measured.rows} >= {"L_1", "L_2", "L_3", "L_4", "L_5", "LP_1", "LP_3"}
    values = {e.name: e.l_ph for e in measured.circuit.of_kind(Inductor)}
    for row in measured.rows:
        assert values[row.name] == pytest.approx(row.extracted_ph)
        assert row.error_pct == pytest.approx((row.extracted_ph / row.target_ph - 1) * 100)


def test_command_prints_one_json_object(file, tmp_path):
    idx = tmp_path / "sketch_idx.cir"
    idx.write_text(IDX)
    result = CliRunner().invoke(app, ["extract", str(file), "--netlist", str(idx), "--grid", "0.5", "--json"])
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert (told["cell"], told["extraction"]["grid_um"]) == ("sketch", 0.5)
    by_name = {element["name"]: element for element in told["extraction"]["elements"]}
    assert by_name["L2"]["target_ph"] == pytest.approx(0.9)
    assert by_name["L2"]["error_pct"] == pytest.approx((by_name["L2"]["extracted_ph"] / 0.9 - 1) * 100, rel=1e-4)
    assert by_name["LP1"]["target_ph"] is None
    assert told["extraction"]["undecided"] == []


def test_command_prints_a_table(file):
    result = CliRunner().invoke(app, ["extract", str(file), "--grid", "0.5"])
    assert result.exit_code == 0
    assert result.stdout.startswith("inductor  target pH  extracted pH")
    assert "residual without couplings" in result.stdout


def test_text_marks_what_no_port_decides(found):
    extraction = extract_inductances(found, parse_idx(IDX + "L9 q nowhere\n"), grid_um=GRID)
    text = as_text(extraction, rows_of(extraction), extraction.couplings)
    assert next(line for line in text.splitlines() if line.startswith("L9")).split() == ["L9", "-", "-", "-", "-"]
    assert "note: '-' marks inductors that no port current decides" in text
