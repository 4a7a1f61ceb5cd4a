"""`sfqgen extract` and `sfqgen lvs` on files that nobody meant well: one clear line, or a clear result, and an end."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from pathlib import Path

import klayout.db as kdb
import pytest

from sfqgen.cli import main
from sfqgen.netlist.josim_write import write_josim
from tests.lvs.edit import Edit
from tests.lvs.sketch import draw, netlist
from tests.physics.test_extract_layout import IDX

GRID = "0.5"  # coarse: these tests are about bookkeeping, not about accuracy
Change = Callable[[Edit], None]


@pytest.fixture(autouse=True, scope="module")
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SFQGEN_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def netlists(tmp_path_factory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("netlists")
    (folder / "x_idx.cir").write_text(IDX)
    (folder / "x.cir").write_text(write_josim(netlist()))
    return folder / "x_idx.cir", folder / "x.cir"


@pytest.fixture
def run(monkeypatch, capfd):
    """Exit code and the one JSON object on stdout of a command; what it says on stderr is one line at most."""

    def command(*arguments: object) -> tuple[int, dict]:
        monkeypatch.setattr(sys, "argv", ["sfqgen", *(str(a) for a in arguments), "--json"])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        assert len(err.splitlines()) <= 1, err
        return int(ended.value.code or 0), json.loads(out)

    return command


def drawn(path: Path, change: Change) -> Path:
    sketch = draw()
    change(Edit(sketch.layout, sketch.cell))
    sketch.layout.write(str(path))
    return path


# files that are no layout


BROKEN = {
    "empty": (lambda good: b"", "not a GDS file; allowed: GDSII stream, not compressed; remedy: save it as GDS2 from"
              " the layout editor"),
    "text": (lambda good: b"hello\n" * 50, "not a GDS file; allowed: GDSII stream, not compressed; remedy: save it as"
             " GDS2 from the layout editor"),
    "cut short": (lambda good: good[: len(good) // 2], "the GDS file is cut short; remedy: copy or write it again"),
    "no end": (lambda good: good[:-60], "the GDS file is cut short; remedy: copy or write it again"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("command", ["extract", "lvs"])
def test_file_that_is_no_layout_is_one_line(name: str, command: str, tmp_path, netlists, run):
    path = tmp_path / "x.gds"
    change, words = BROKEN[name]
    path.write_bytes(change(drawn(path, lambda e: None).read_bytes()))
    code, told = run(command, path, *([netlists[1]] if command == "lvs" else []))
    assert (code, told["error"]) == (2, f"{path}: {words}")


def _empty(e: Edit) -> None:
    e.cell.clear()


def _second_top(e: Edit) -> None:
    e.layout.create_cell("other").shapes(e.layout.layer(60, 0)).insert(kdb.Box(0, 0, 1000, 1000))


def _other_layers(e: Edit) -> None:
    e.cell.clear()
    e.cell.shapes(e.layout.layer(99, 0)).insert(kdb.Box(0, 0, 1000, 1000))


def test_of_several_top_cells_the_one_named_like_the_file_is_read(tmp_path, netlists, run):
    path = drawn(tmp_path / "Sketch.gds", _second_top)
    code, told = run("lvs", path, netlists[1])
    assert (code, told["lvs"]["match"]) == (0, True)


NO_CIRCUIT: dict[str, tuple[Change, str]] = {
    "empty cell": (_empty, "{path}: cell sketch is empty; remedy: name another cell with --cell"),
    "several tops": (_second_top, "{path}: 2 top cells: other, sketch; remedy: name one with --cell"),
    "other layers": (_other_layers, "cell sketch: no metal of the SFQ5ee layers is drawn; remedy: check the layer"
                     " numbers: M6 is 60/0, M4 is 40/0"),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_CIRCUIT)
@pytest.mark.parametrize("command", ["extract", "lvs"])
def test_layout_without_a_circuit_is_one_line(name: str, command: str, tmp_path, netlists, run):
    change, words = NO_CIRCUIT[name]
    path = drawn(tmp_path / "x.gds", change)
    code, told = run(command, path, *([netlists[1]] if command == "lvs" else []))
    assert (code, told["error"]) == (2, words.format(path=path))


# labels


def _no_labels(e: Edit) -> None:
    for layer in ("PORT_TEXT", "M6_PIN", "R5_TEXT", "M0", "M4"):
        for shape in list(e.shapes(layer).each(kdb.Shapes.STexts)):
            shape.delete()


def _text(e: Edit, words: str, x: float, y: float) -> None:
    e.shapes("PORT_TEXT").insert(kdb.DText(words, kdb.DTrans(kdb.DVector(x, y))))


def _on_nothing(e: Edit) -> None:
    e.rename("PORT_TEXT", "P1 M6 M4", None)
    e.rename("M6_PIN", "a", None)
    _text(e, "P1 M6 M4", 14, 1)


def _overlapping(e: Edit) -> None:
    e.rename("PORT_TEXT", "P2 M6 M4", None)
    e.rename("M6_PIN", "q", None)
    _text(e, "P2 M6 M4", 0.02, 15)


def _on_a_plane(e: Edit) -> None:
    e.rename("PORT_TEXT", "P2 M6 M4", "P2 M7 M4")


def _on_the_rail(e: Edit) -> None:
    e.rename("PORT_TEXT", "P2 M6 M4", None)
    _text(e, "P2 M0 M4", 20, 35)


LABELS: dict[str, tuple[Change, str, str]] = {
    "none": (_no_labels, "sketch, port P1: no label of this port lies on metal; allowed: none drawn; remedy: label it"
             " on 182/0 as NAME +LAYER -LAYER", "a: no label of this port lies on metal"),
    "on nothing": (_on_nothing, "port P1: the label lies on no M6 metal; remedy: move the label onto the line that it"
                   " names", "a: no label of this port lies on metal"),
    "overlapping": (_overlapping, "ports P1 and P2 share the same metal cells; allowed: terminals at least two grid"
                    " cells apart; remedy: a finer grid, or other places for the labels",
                    "q: no label of this port lies on metal"),
    "on a plane": (_on_a_plane, "port P2: both ends of the port are on the same metal; remedy: give the port's"
                   " terminals on two conductors or two places", ""),
    "on the rail": (_on_the_rail, "port P2: the label lies on M0, and the solver sees M4, M5, M6, M7; remedy: label"
                    " the pin on one of these", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", LABELS)
def test_labels_that_do_not_fit_are_told(name: str, tmp_path, netlists, run):
    """By the extraction of an extraction netlist in one line; by LVS as a mismatch, unless a pin name still fits."""
    change, words, mismatch = LABELS[name]
    path = drawn(tmp_path / "x.gds", change)
    code, told = run("extract", path, "--netlist", netlists[0], "--grid", GRID)
    assert (code, told.get("error")) == (2, words)
    code, told = run("lvs", path, netlists[1])
    texts = [f"{m['element']}: {m['text']}" for m in told["lvs"]["mismatches"]]
    assert (code, mismatch in texts) == ((1, True) if mismatch else (0, False)), texts
    code, told = run("extract", path, "--grid", GRID)  # the layout's own inductors need no labels
    assert code == 0
    assert len(told["extraction"]["elements"]) >= 5


# many shapes, strange shapes


def _floating(e: Edit) -> None:
    rng = random.Random(1)
    for n in range(10_000):
        x, y = 40 + 0.8 * (n % 100), 0.8 * (n // 100)
        layer = rng.choice(["M5", "M6", "R5", "I5", "J5", "C5J", "C5R", "M4", "M7"])
        e.shapes(layer).insert(kdb.DBox(x, y, x + 0.5, y + 0.5))


def _dust(e: Edit) -> None:
    rng = random.Random(2)
    for _ in range(10_000):
        x, y = rng.uniform(1, 29), rng.uniform(1, 7)
        e.shapes("M5").insert(kdb.DBox(x, y, x + 0.02, y + 0.02))


def _bow_tie(e: Edit) -> None:
    points = ((25, 8), (29, 12), (29, 8), (25, 12))
    e.shapes("M6").insert(kdb.DPolygon([kdb.DPoint(*p) for p in points], True))


def _very_long(e: Edit) -> None:
    e.shapes("M6").insert(kdb.DBox(-50_000, -12, 50_000, -11))


STRANGE: dict[str, Change] = {"10,000 floating shapes": _floating, "10,000 specks of dust": _dust,
                              "self-intersecting": _bow_tie, "a line of 10 cm": _very_long}  # fmt: skip


@pytest.mark.parametrize("name", STRANGE)
def test_shapes_that_touch_nothing_change_nothing(name: str, tmp_path, netlists, run):
    plain, path = drawn(tmp_path / "plain.gds", lambda e: None), drawn(tmp_path / "x.gds", STRANGE[name])
    assert run("lvs", path, netlists[1])[0] == 0
    values = []
    for file in (plain, path):
        code, told = run("extract", file, "--netlist", netlists[0], "--grid", GRID)
        assert code == 0, told
        values.append({row["name"]: row["extracted_ph"] for row in told["extraction"]["elements"]})
    assert values[1] == pytest.approx(values[0], rel=0.01)
