"""Open a GDS file for checking. The file is not trusted: wrong, broken and bottomless input is one clear line.

`klayout.db` does the reading; what is refused here is what would make a later step wrong (another database unit, a
missing cell) or endless (arrays of arrays, coordinates outside any wafer).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sfqgen.errors import SfqgenError

if TYPE_CHECKING:
    import klayout.db as db

DBU_UM = 0.001
LEAST_DBU_UM, MOST_DBU_UM = 1e-5, 0.01
MAX_FILE_BYTES = 256_000_000
MAX_FLAT_SHAPES = 5_000_000  # about 4 GB in a check; 300 um by 700 um of library cells have 0.1 million
MAX_EXTENT_UM = 200_000.0  # the wafer
GDS_MAGIC = b"\x00\x06\x00\x02"  # HEADER record, two bytes of version follow


def read_layout(path: Path | str, cell: str | None = None, *, any_unit: bool = False) -> tuple[db.Layout, db.Cell]:
    """The layout of a GDS file and the cell to check: the named one, or the only top cell that is not empty.

    `any_unit` takes other database units too and rounds to 1 nm: for reading a circuit, not for judging a drawing.
    Raises SfqgenError: no such file, not GDS or cut short, another database unit than 1 nm, no cell, no shape, several
    top cells and none named, no cell of that name, a reference to a cell that the file does not hold, too large.
    """
    path = Path(path)
    _check_file(path)
    layout = _read(path)
    same_unit = abs(layout.dbu - DBU_UM) <= 1e-9
    if not same_unit and not (any_unit and LEAST_DBU_UM <= layout.dbu <= MOST_DBU_UM):
        raise SfqgenError(f"database unit is {layout.dbu * 1000:g} nm", where=str(path), allowed="1 nm",
                          remedy="save the layout again with a database unit of 0.001 um")  # fmt: skip
    chosen = choose_cell(layout, cell, str(path))
    _check_size(layout, chosen, str(path))
    return (layout, chosen) if same_unit else _in_nm(chosen)


def _in_nm(cell: db.Cell) -> tuple[db.Layout, db.Cell]:
    """A copy of the cell and what is below it with a database unit of 1 nm."""
    import klayout.db as db

    layout = db.Layout()
    layout.dbu = DBU_UM
    copy = layout.create_cell(cell.name)
    copy.copy_tree(cell)
    return layout, copy


def choose_cell(layout: db.Layout, name: str | None, where: str) -> db.Cell:
    """The cell called `name`; when that is None the top cell named like the file, or the only one that is not empty.

    Raises SfqgenError.
    """
    _check_names(layout, where)
    ghosts = sorted(cell.name for cell in layout.each_cell() if cell.is_ghost_cell())
    if ghosts:
        raise SfqgenError(f"refers to cells that the file does not hold: {_few(ghosts)}", where=where,
                          remedy="write the layout with all its cells")  # fmt: skip
    tops = sorted(cell.name for cell in layout.top_cells())
    if not tops:
        raise SfqgenError("no cell in the layout", where=where)
    tops = [top for top in tops if not layout.cell(top).bbox().empty()] or tops
    tops = [top for top in tops if top.lower() == Path(where).stem.lower()] or tops
    if name is None and len(tops) > 1:
        raise SfqgenError(f"{len(tops)} top cells: {_few(tops)}", where=where, remedy="name one with --cell")
    chosen = layout.cell(tops[0] if name is None else name)
    if chosen is None:
        raise SfqgenError(f"no cell named {name!r}"[:100], where=where, allowed=_few(tops))
    if chosen.bbox().empty():
        raise SfqgenError(f"cell {chosen.name} is empty", where=where, remedy="name another cell with --cell")
    return chosen


def _check_file(path: Path) -> None:
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            start = stream.read(len(GDS_MAGIC))
    except FileNotFoundError:
        raise SfqgenError("no such file", where=str(path), remedy="check the path") from None
    except IsADirectoryError:
        raise SfqgenError("is a folder, not a GDS file", where=str(path)) from None
    except OSError as error:
        raise SfqgenError(f"cannot read ({error.strerror or error})", where=str(path)) from None
    if start != GDS_MAGIC:
        raise SfqgenError("not a GDS file", where=str(path), allowed="GDSII stream, not compressed",
                          remedy="save it as GDS2 from the layout editor")  # fmt: skip
    if size > MAX_FILE_BYTES:
        raise SfqgenError(f"too large: {size / 1e6:.0f} MB", where=str(path), allowed=f"{MAX_FILE_BYTES / 1e6:.0f} MB",
                          remedy="check block by block with --cell on smaller files")  # fmt: skip


def _read(path: Path) -> db.Layout:
    import klayout.db as db

    layout = db.Layout()
    try:
        with _stderr_closed():
            layout.read(str(path))
    except RuntimeError as error:
        text = str(error)
        if "end-of-file" in text:
            raise SfqgenError("the GDS file is cut short", where=str(path), remedy="copy or write it again") from None
        if "topological_sort" in text:
            raise SfqgenError("a cell contains itself", where=str(path), remedy="remove the reference loop") from None
        raise SfqgenError(f"broken GDS file ({text.split(', in file')[0][:120]})", where=str(path),
                          remedy="write it again from the layout editor") from None  # fmt: skip
    return layout


def _check_names(layout: db.Layout, where: str) -> None:
    try:
        for cell in layout.each_cell():
            _ = cell.name
    except RuntimeError:  # klayout raises it for a name that is not UTF-8
        raise SfqgenError("a cell name is not text", where=where, remedy="save it with plain names") from None


@contextmanager
def _stderr_closed() -> Iterator[None]:
    """Keep the library's own report of an internal error away from the one line that a user reads."""
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # there is no stderr
        yield
        return
    try:
        with open(os.devnull, "wb") as sink:  # noqa: PTH123
            os.dup2(sink.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _check_size(layout: db.Layout, cell: db.Cell, where: str) -> None:
    box = cell.bbox().to_dtype(layout.dbu)
    if max(abs(v) for v in (box.left, box.right, box.bottom, box.top)) > MAX_EXTENT_UM:
        raise SfqgenError("coordinates outside the wafer", where=where, allowed="200 mm around 0, 0")
    count = flat_shape_count(layout, cell)
    if count > MAX_FLAT_SHAPES:
        raise SfqgenError(f"too large: {count:,} shapes when flattened", where=where, allowed=f"{MAX_FLAT_SHAPES:,}",
                          remedy="check a smaller cell with --cell")  # fmt: skip


def flat_shape_count(layout: db.Layout, cell: db.Cell) -> int:
    """Shapes below `cell` counted once for each placement, without placing them."""
    wanted = {*cell.called_cells(), cell.cell_index()}
    layers = layout.layer_indexes()
    total: dict[int, int] = {}
    for index in layout.each_cell_bottom_up():
        if index not in wanted:
            continue
        one = layout.cell(index)
        total[index] = sum(one.shapes(layer).size() for layer in layers)
        for instance in one.each_inst():
            copies = max(1, instance.na) * max(1, instance.nb)
            total[index] += copies * total[instance.cell_index]
    return total[cell.cell_index()]


def _few(names: list[str], count: int = 5) -> str:
    text = ", ".join(name[:40] for name in names[:count])
    return text if len(names) <= count else f"{text} and {len(names) - count} more"
