"""A picture of a layout in the kit's colours; the same bytes for the same input and version."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pdk_sfq5ee.errors import PdkError
from pdk_sfq5ee.views import View, lyp_text, views

if TYPE_CHECKING:
    import klayout.db as db
    import klayout.lay as lay

PLANE_GROUPS = ("planes", "lower wiring")
LARGEST_PX = 12_000
MARGIN = 0.02  # of the larger side


def save_png(
    source: Path | str | db.Layout, path: Path | str, width_px: int = 1600, *, layers: Iterable[str] | None = None,
    hide_planes: bool = False, cell: str | None = None, box_um: tuple[float, float, float, float] | None = None,
    background: str = "#ffffff", texts: bool = True,
) -> Path:  # fmt: skip
    """Write a PNG of a GDS file or of a `klayout.db.Layout`; returns its path.

    Args:
        source: file, or layout in memory (of a gdsfactory component: `c.kcl.layout` with `cell=c.name`).
        path: PNG to write.
        width_px: width of the picture; the height follows from the layout.
        layers: names of the only layers to show; all visible ones if None.
        hide_planes: leaves out the planes and everything below M4, so that devices and wiring stand alone.
        cell: cell to show; the top cell if None.
        box_um: window (left, bottom, right, top) in um; the whole cell if None.
        background: colour of the empty chip, `#rrggbb`.
        texts: shows pin and element names.

    Raises PdkError: unknown layer or cell, nothing to show, a size out of range, a file that cannot be read or written.
    """
    import klayout.db as db

    shown = _shown(layers, hide_planes)
    view = _view(source, cell, background, texts)
    box = db.DBox(*box_um) if box_um else view.active_cellview().cell.dbbox()
    if box.empty() or box.width() <= 0 or box.height() <= 0:
        raise PdkError("nothing to show", where=str(source) if isinstance(source, Path | str) else "")
    box = box.enlarged(MARGIN * max(box.width(), box.height()))
    height_px = round(width_px * box.height() / box.width())
    if not (16 <= width_px <= LARGEST_PX and 1 <= height_px <= LARGEST_PX):
        raise PdkError(f"the picture would be {width_px} x {height_px} pixels", allowed=f"16 to {LARGEST_PX} each way")
    _hide_others(view, shown)
    view.max_hier()
    view.zoom_box(box)
    return _write(view, Path(path), width_px, height_px)


def _shown(names: Iterable[str] | None, hide_planes: bool) -> set[tuple[int, int]]:
    """GDS numbers to show."""
    chosen: list[View] = [v for v in views() if v.visible]
    if names is not None:
        wanted, known = set(names), {v.name for v in views()}
        if unknown := sorted(wanted - known):
            raise PdkError(f"unknown layer {unknown[0]!r}"[:80], allowed=", ".join(v.name for v in views()))
        chosen = [v for v in views() if v.name in wanted]
    return {v.gds for v in chosen if not (hide_planes and v.group in PLANE_GROUPS)}


def _view(source: Path | str | db.Layout, cell: str | None, background: str, texts: bool) -> lay.LayoutView:
    import klayout.lay as lay

    view = lay.LayoutView()
    where = str(source) if isinstance(source, Path | str) else ""
    try:
        if where:
            view.load_layout(where)
        else:
            _load_from_memory(view, source, cell)
    except RuntimeError as error:
        raise PdkError(f"cannot read the layout ({str(error).splitlines()[0]})", where=where) from None
    shown = view.active_cellview()
    tops = shown.layout().top_cells()
    if cell is not None:
        found = shown.layout().cell(cell)
        if found is None:
            raise PdkError(f"no cell {cell!r}"[:80], where=where)
        shown.cell = found
    elif len(tops) != 1:
        raise PdkError(f"{len(tops)} top cells", where=where, allowed="one", remedy="name the cell")
    view.set_config("background-color", background)
    view.set_config("grid-visible", "false")
    view.set_config("text-visible", "true" if texts else "false")
    _load_colours(view)
    return view


def _load_from_memory(view: lay.LayoutView, layout: db.Layout, cell: str | None) -> None:
    """Through a file, because a view frees the layout that it is given."""
    import klayout.db as db

    options = db.SaveLayoutOptions()
    options.format = "OASIS"
    options.write_context_info = False
    if cell is not None:
        found = layout.cell(cell)
        if found is None:
            raise PdkError(f"no cell {cell!r}"[:80])
        options.select_cell(found.cell_index())
    with tempfile.TemporaryDirectory() as folder:
        passed = str(Path(folder) / "layout.oas")
        layout.write(passed, options)
        view.load_layout(passed)


def _load_colours(view: lay.LayoutView) -> None:
    with tempfile.TemporaryDirectory() as folder:
        colours = Path(folder) / "colours.lyp"
        colours.write_text(lyp_text(), encoding="utf-8")
        view.load_layer_props(str(colours))


def _hide_others(view: lay.LayoutView, shown: set[tuple[int, int]]) -> None:
    entry = view.begin_layers()
    while not entry.at_end():
        node = entry.current()
        if node.source_layer >= 0:
            node.visible = (node.source_layer, node.source_datatype) in shown
        entry.next()


def _write(view: lay.LayoutView, path: Path, width_px: int, height_px: int) -> Path:
    """Under a name of its own first, so that no half picture is left behind."""
    try:
        handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.", suffix=".png")
        os.close(handle)
        try:
            view.save_image(unfinished, width_px, height_px)
            Path(unfinished).chmod(0o644)
            Path(unfinished).replace(path)
        finally:
            Path(unfinished).unlink(missing_ok=True)
    except OSError as error:
        raise PdkError(f"cannot write ({error.strerror})", where=str(path)) from None
    return path
