"""Pictures: the same bytes each time, only what was asked for, one line when it cannot be done."""

from __future__ import annotations

from pathlib import Path

import klayout.db as kdb
import pytest

from pdk_sfq5ee import layers
from pdk_sfq5ee.errors import PdkError
from pdk_sfq5ee.render import save_png

M4, M6 = (100.0, 20.0), (40.0, 10.0)  # width and height in um


@pytest.fixture
def layout() -> kdb.Layout:
    """A ground plane with a line in its middle, and a second top cell."""
    layout = kdb.Layout()
    top = layout.create_cell("TOP")
    top.shapes(layout.layer(*layers.gds("M4"))).insert(kdb.DBox(0, 0, *M4))
    top.shapes(layout.layer(*layers.gds("M6"))).insert(kdb.DBox(30, 5, 30 + M6[0], 5 + M6[1]))
    return layout


def painted(path: Path) -> int:
    """Number of pixels that are not background."""
    import matplotlib.image
    import numpy as np

    pixels = matplotlib.image.imread(path)[..., :3]
    return int(np.any(pixels < 0.99, axis=2).sum())


def size_of(path: Path) -> tuple[int, int]:
    header = path.read_bytes()[16:24]
    return int.from_bytes(header[:4], "big"), int.from_bytes(header[4:], "big")


def test_same_layout_same_bytes_from_memory_and_from_a_file(layout, tmp_path):
    gds = tmp_path / "a layout.gds"
    layout.write(str(gds))
    sources = (layout, layout, gds, str(gds))
    pictures = [save_png(source, tmp_path / f"{n}.png", 400) for n, source in enumerate(sources)]
    assert len({picture.read_bytes() for picture in pictures}) == 1
    assert layout.top_cell().name == "TOP"  # still there: the picture was made from a copy


def test_height_follows_the_layout(layout, tmp_path):
    width, height = size_of(save_png(layout, tmp_path / "x.png", 500))
    assert (width, height) == (500, round(500 * (M4[1] + 4) / (M4[0] + 4)))
    assert size_of(save_png(layout, tmp_path / "y.png", 300, box_um=(0, 0, 10, 10))) == (300, 300)


def test_planes_and_layers_can_be_left_out(layout, tmp_path):
    everything = painted(save_png(layout, tmp_path / "all.png", 600))
    without_planes = painted(save_png(layout, tmp_path / "no_planes.png", 600, hide_planes=True))
    line_alone = painted(save_png(layout, tmp_path / "m6.png", 600, layers=["M6"]))
    assert 0 < without_planes == line_alone < everything
    assert painted(save_png(layout, tmp_path / "m7.png", 600, layers=["M7"])) == 0


def test_text_can_be_left_out(layout, tmp_path):
    layout.top_cell().shapes(layout.layer(*layers.gds("M6_PIN"))).insert(kdb.DText("clk", kdb.DTrans(50, 10)))
    with_text = save_png(layout, tmp_path / "text.png", 600).read_bytes()
    assert save_png(layout, tmp_path / "none.png", 600, texts=False).read_bytes() != with_text


def test_a_cell_can_be_named(layout, tmp_path):
    other = layout.create_cell("OTHER")
    other.shapes(layout.layer(*layers.gds("M6"))).insert(kdb.DBox(0, 0, 10, 10))
    with pytest.raises(PdkError, match=r"^2 top cells; allowed: one; remedy: name the cell$"):
        save_png(layout, tmp_path / "x.png")
    assert size_of(save_png(layout, tmp_path / "x.png", 100, cell="OTHER")) == (100, 100)
    with pytest.raises(PdkError, match=r"^no cell 'NONE'$"):
        save_png(layout, tmp_path / "x.png", cell="NONE")


def test_works_on_a_component(tmp_path):
    from pdk_sfq5ee.cells.vias import via_stack

    c = via_stack(bottom="M4", top="M7")
    assert painted(save_png(c.kcl.layout, tmp_path / "x.png", 200, cell=c.name)) > 1000


def test_a_picture_replaces_the_old_one_or_leaves_it(layout, tmp_path):
    picture = save_png(layout, tmp_path / "x.png", 100)
    old = picture.read_bytes()
    with pytest.raises(PdkError):
        save_png(layout, picture, 100, cell="NONE")
    assert picture.read_bytes() == old
    assert save_png(layout, picture, 120).read_bytes() != old
    assert [p.name for p in tmp_path.iterdir()] == ["x.png"]


def test_refusals_are_one_line(layout, tmp_path):
    with pytest.raises(PdkError, match=r"^unknown layer 'M9'; allowed: M0, M4, M7, L0, "):
        save_png(layout, tmp_path / "x.png", layers=["M9"])
    with pytest.raises(PdkError, match=r"^the picture would be 5 x 1 pixels; allowed: 16 to 12000 each way$"):
        save_png(layout, tmp_path / "x.png", 5)
    with pytest.raises(PdkError, match=r"none.gds: cannot read the layout \("):
        save_png(tmp_path / "none.gds", tmp_path / "x.png")
    with pytest.raises(PdkError, match=r"x.png: cannot write \(No such file or directory\)$"):
        save_png(layout, tmp_path / "no folder" / "x.png")
    empty = kdb.Layout()
    empty.create_cell("EMPTY")
    with pytest.raises(PdkError, match=r"^nothing to show$"):
        save_png(empty, tmp_path / "x.png")
    assert list(tmp_path.iterdir()) == []
