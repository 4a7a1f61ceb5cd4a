"""Files that are not what they should be: one line each, exit code 2, whatever is inside."""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path

import klayout.db as db
import pytest

from sfqgen.errors import SfqgenError
from sfqgen.verify import gds
from sfqgen.verify.gds import flat_shape_count, read_layout

BOX = db.Box(0, 0, 1000, 1000)


def layout(*cells: str, dbu: float = 0.001, box: db.Box | None = BOX) -> db.Layout:
    made = db.Layout()
    made.dbu = dbu
    for name in cells:
        cell = made.create_cell(name)
        if box is not None:
            cell.shapes(made.layer(60, 0)).insert(box)
    return made


def record(kind: int, data_type: int, data: bytes = b"") -> bytes:
    return struct.pack(">HBB", 4 + len(data), kind, data_type) + data


def with_reference(path: Path, to: bytes) -> None:
    """Add to the last cell of a GDS file a reference to a cell."""
    data = path.read_bytes()
    end = data.rindex(record(0x07, 0))  # ENDSTR
    reference = record(0x0A, 0) + record(0x12, 6, to) + record(0x10, 3, struct.pack(">ii", 0, 0)) + record(0x11, 0)
    path.write_bytes(data[:end] + reference + data[end:])


def good(path: Path) -> None:
    layout("JTL").write(str(path))


def cut(path: Path, keep: int) -> None:
    good(path)
    path.write_bytes(path.read_bytes()[:keep])


def bomb(path: Path) -> None:
    """Seven levels of 1000 by 1000 arrays: 10^42 shapes in a few hundred bytes."""
    made = layout("LEVEL0")
    for level in range(1, 8):
        cell = made.create_cell(f"LEVEL{level}")
        below = made.cell(f"LEVEL{level - 1}").cell_index()
        cell.insert(db.CellInstArray(below, db.Trans(), db.Vector(1, 0), db.Vector(0, 1), 1000, 1000))
    made.write(str(path))


BROKEN = {
    "missing": (lambda p: None, "x.gds: no such file; remedy: check the path"),
    "folder": (lambda p: p.mkdir(), "x.gds: is a folder, not a GDS file"),
    "nothing in it": (
        lambda p: p.write_bytes(b""),
        "x.gds: not a GDS file; allowed: GDSII stream, not compressed; remedy: save it as GDS2 from the layout editor",
    ),
    "text": (
        lambda p: p.write_text("* JoSIM deck\n"),
        "x.gds: not a GDS file; allowed: GDSII stream, not compressed; remedy: save it as GDS2 from the layout editor",
    ),
    "header alone": (lambda p: cut(p, 10), "x.gds: the GDS file is cut short; remedy: copy or write it again"),
    "cut in a shape": (lambda p: cut(p, 140), "x.gds: the GDS file is cut short; remedy: copy or write it again"),
    "last record lost": (lambda p: cut(p, -4), "x.gds: the GDS file is cut short; remedy: copy or write it again"),
    "coarse unit": (
        lambda p: layout("JTL", dbu=0.01).write(str(p)),
        "x.gds: database unit is 10 nm; allowed: 1 nm; remedy: save the layout again with a database unit of 0.001 um",
    ),
    "fine unit": (
        lambda p: layout("JTL", dbu=0.0001).write(str(p)),
        "x.gds: database unit is 0.1 nm; allowed: 1 nm; remedy: save the layout again with a database unit of 0.001 um",
    ),
    "no cell": (lambda p: layout().write(str(p)), "x.gds: no cell in the layout"),
    "empty cell": (
        lambda p: layout("JTL", box=None).write(str(p)),
        "x.gds: cell JTL is empty; remedy: name another cell with --cell",
    ),
    "two top cells": (
        lambda p: layout("DFF", "JTL").write(str(p)),
        "x.gds: 2 top cells: DFF, JTL; remedy: name one with --cell",
    ),
    "many top cells": (
        lambda p: layout(*"ABCDEFGH").write(str(p)),
        "x.gds: 8 top cells: A, B, C, D, E and 3 more; remedy: name one with --cell",
    ),
    "lost cell": (
        lambda p: (good(p), with_reference(p, b"GONE")),
        "x.gds: refers to cells that the file does not hold: GONE; remedy: write the layout with all its cells",
    ),
    "cell in itself": (
        lambda p: (good(p), with_reference(p, b"JTL\0")),
        "x.gds: a cell contains itself; remedy: remove the reference loop",
    ),
    "name of bytes": (
        lambda p: (good(p), p.write_bytes(p.read_bytes().replace(b"JTL\0", b"J\xb5L\0"))),
        "x.gds: a cell name is not text; remedy: save it with plain names",
    ),
    "off the wafer": (
        lambda p: layout("JTL", box=BOX.moved(300_000_000, 0)).write(str(p)),
        "x.gds: coordinates outside the wafer; allowed: 200 mm around 0, 0",
    ),
    "array bomb": (bomb, None),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_file_is_one_line(kind, tmp_path, monkeypatch):
    make, message = BROKEN[kind]
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "x.gds")
    with pytest.raises(SfqgenError) as caught:
        read_layout("x.gds")
    if message is None:
        assert str(caught.value).startswith("x.gds: too large: 1,000,000,000,")
        assert str(caught.value).endswith("shapes when flattened; allowed: 5,000,000; "
                                          "remedy: check a smaller cell with --cell")  # fmt: skip
    else:
        assert str(caught.value) == message


def test_nothing_but_the_line_is_said(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    BROKEN["cell in itself"][0](tmp_path / "x.gds")
    with pytest.raises(SfqgenError):
        read_layout("x.gds")
    assert capfd.readouterr() == ("", "")


def test_file_over_the_limit_is_not_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(gds, "MAX_FILE_BYTES", 100)
    good(tmp_path / "x.gds")
    with pytest.raises(SfqgenError, match=r"^x.gds: too large: 0 MB; allowed: 0 MB; remedy: check block by block"):
        read_layout("x.gds")


def test_garbage_after_a_good_start(tmp_path, monkeypatch):
    """Any byte of a good file changed: read as something, or one line; never another exception."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "x.gds"
    good(path)
    data = path.read_bytes()
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :])
        with contextlib.suppress(SfqgenError):
            read_layout("x.gds")


def test_named_cell_is_checked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    layout("DFF", "JTL").write("x.gds")
    made, cell = read_layout("x.gds", "JTL")
    assert cell.name == "JTL"
    assert made.dbu == 0.001
    with pytest.raises(SfqgenError, match=r"^x.gds: no cell named 'SPLIT'; allowed: DFF, JTL$"):
        read_layout("x.gds", "SPLIT")


def test_flat_shapes_are_counted_without_placing_them():
    made = layout("JTL")
    top = made.create_cell("TOP")
    jtl = made.cell("JTL").cell_index()
    for _ in range(2):
        top.insert(db.CellInstArray(jtl, db.Trans(), db.Vector(1, 0), db.Vector(0, 1), 30, 20))
    top.shapes(made.layer(60, 0)).insert(BOX)
    assert flat_shape_count(made, top) == 2 * 600 + 1
