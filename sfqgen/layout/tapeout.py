"""Writes a layout the way a fab reads it: one top cell, 1 nm database unit, no metadata, no time stamps.

The same layout gives the same bytes in every process and folder: cells go into a fresh database in the order of their
names, shapes layer by layer in order of their coordinates.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import klayout.db as kdb

from sfqgen.files import whole

if TYPE_CHECKING:
    import gdsfactory as gf

DBU_UM = 0.001


def write_gds(component: gf.Component, path: Path | str, *, top: str | None = None) -> None:
    """Write `component` and all below it to `path`, its cell called `top` if given.

    The file appears whole or not at all. Raises SfqgenError when the folder cannot be written.
    """
    layout = clean_copy(component.kdb_cell, top)
    options = kdb.SaveLayoutOptions()
    options.format = "GDS2"
    options.dbu = DBU_UM
    options.gds2_write_timestamps = False
    options.write_context_info = False
    options.gds2_max_vertex_count = 4000
    options.gds2_no_zero_length_paths = True
    with whole(path) as partial:
        layout.write(str(partial), options)


def clean_copy(cell: kdb.Cell, top: str | None = None) -> kdb.Layout:
    """A layout that holds `cell` and its children only, everything in a fixed order."""
    source = cell.layout()
    below = [source.cell(index) for index in cell.called_cells()]
    layout = kdb.Layout()
    layout.dbu = DBU_UM
    names = {one.cell_index(): one.name for one in below} | {cell.cell_index(): top or cell.name}
    targets = {index: layout.create_cell(name) for index, name in sorted(names.items(), key=lambda pair: pair[1])}
    for index in sorted(source.layer_indexes(), key=lambda k: (source.get_info(k).layer, source.get_info(k).datatype)):
        used = [one for one in (*below, cell) if not one.shapes(index).is_empty()]
        if used:
            layer = layout.layer(source.get_info(index).layer, source.get_info(index).datatype)
            for one in used:
                _copy_shapes(one.shapes(index), targets[one.cell_index()].shapes(layer))
    for one in (*below, cell):
        instances = [(names[i.cell_index], i.cplx_trans.to_s(), i) for i in one.each_inst()]
        for _, _, instance in sorted(instances, key=lambda entry: entry[:2]):
            copy = instance.cell_inst.dup()
            copy.cell_index = targets[instance.cell_index].cell_index()
            targets[one.cell_index()].insert(copy)
    return layout


def _copy_shapes(source: kdb.Shapes, target: kdb.Shapes) -> None:
    texts = sorted((shape.text for shape in source.each(kdb.Shapes.STexts)), key=lambda text: text.to_s())
    others = [shape.polygon for shape in source.each(kdb.Shapes.SAll - kdb.Shapes.STexts) if shape.polygon is not None]
    for polygon in sorted(others, key=lambda polygon: polygon.to_s()):
        target.insert(polygon)
    for text in texts:
        target.insert(text)
