"""The same circuit drawn in other ways: what other designers and other tools make of one layout."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import klayout.db as kdb

from pdk_sfq5ee import layers

Variant = Callable[[kdb.Layout, kdb.Cell], kdb.Cell]
VARIANTS: dict[str, Variant] = {}
METALS = ("M4", "M5", "M6", "M7", "R5")


def variant(change: Variant) -> Variant:
    VARIANTS[change.__name__] = change
    return change


def shapes(layout: kdb.Layout, cell: kdb.Cell, layer: str) -> kdb.Shapes:
    return cell.shapes(layout.layer(*layers.gds(layer)))


def region(layout: kdb.Layout, cell: kdb.Cell, layer: str) -> kdb.Region:
    return kdb.Region(cell.begin_shapes_rec(layout.layer(*layers.gds(layer))))


def put(layout: kdb.Layout, cell: kdb.Cell, layer: str, polygons) -> None:
    """Replace the polygons of a layer of a flat cell, texts kept."""
    own = shapes(layout, cell, layer)
    texts = [shape.text for shape in own.each(kdb.Shapes.STexts)]
    own.clear()
    for polygon in polygons:
        own.insert(polygon)
    for text in texts:
        own.insert(text)


def texts(layout: kdb.Layout, cell: kdb.Cell, change: Callable[[str], str]) -> kdb.Cell:
    cell.flatten(True)
    for layer in ("PORT_TEXT", "M6_PIN", "R5_TEXT", "M0", "M4", "M5"):
        own = shapes(layout, cell, layer)
        for shape in list(own.each(kdb.Shapes.STexts)):
            text = shape.text.dup()
            shape.delete()
            own.insert(kdb.Text(change(text.string), text.trans))
    return cell


def turned(rotation: int, mirror: bool) -> Variant:
    def change(layout: kdb.Layout, cell: kdb.Cell) -> kdb.Cell:
        cell.transform(kdb.Trans(rotation, mirror, 12_345, -6_789))
        return cell

    return change


for _quarter in range(4):
    VARIANTS[f"turned_{90 * _quarter}_mirrored"] = turned(_quarter, True)
    if _quarter:
        VARIANTS[f"turned_{90 * _quarter}"] = turned(_quarter, False)


@variant
def three_levels_deep(layout: kdb.Layout, cell: kdb.Cell) -> kdb.Cell:
    """Each layer in a cell of its own, two levels below; the texts stay on top."""
    cell.flatten(True)
    top = layout.create_cell("deep")
    for index in layout.layer_indexes():
        leaf, middle = layout.create_cell(f"leaf{index}"), layout.create_cell(f"middle{index}")
        for shape in cell.shapes(index).each():
            (top if shape.is_text() else leaf).shapes(index).insert(shape)
        middle.insert(kdb.CellInstArray(leaf.cell_index(), kdb.Trans(1, False, 1000, 2000)))
        back = kdb.Trans(1, False, 1000, 2000).inverted()
        top.insert(kdb.CellInstArray(middle.cell_index(), back))
    cell.delete()
    return top


@variant
def labels_in_lower_case(layout: kdb.Layout, cell: kdb.Cell) -> kdb.Cell:
    return texts(layout, cell, str.lower)


@variant
def labels_in_upper_case(layout: kdb.Layout, cell: kdb.Cell) -> kdb.Cell:
    return texts(layout, cell, str.upper)


@variant
def labels_with_blanks(layout: kdb.Layout, cell: kdb.Cell) -> kdb.Cell:
    return texts(layout, cell, lambda words: "  " + "\t ".join(words.split()) + " \n")


@variant
def labels_with_commas(layout: kdb.Layout, cell: kdb.Cell) -> kdb.Cell:
    return texts(layout, cell, lambda words: ", ".join(words.split()))


@variant
def labels_a_little_beside(layout: kdb.Layout, cell: kdb.Cell) -> kdb.Cell:
    """Device labels 0.6 um beside the device's rim, port labels at the end of their mark."""
    cell.flatten(True)
    for layer, device in (("R5_TEXT", "R5"),):
        own = shapes(layout, cell, layer)
        drawn = region(layout, cell, device).merged()
        for shape in list(own.each(kdb.Shapes.STexts)):
            text = shape.text.dup()
            at = kdb.Box(text.x - 10, text.y - 10, text.x + 10, text.y + 10)
            box = next(drawn.interacting(kdb.Region(at)).each()).bbox()
            shape.delete()
            own.insert(kdb.Text(text.string, kdb.Trans(box.right + 600, text.y)))
    return cell


@variant
def junctions_as_64_gons(layout: kdb.Layout, cell: kdb.Cell) -> kdb.Cell:
    return _rounded(layout, cell, 64)


@variant
def junctions_as_octagons(layout: kdb.Layout, cell: kdb.Cell) -> kdb.Cell:
    return _rounded(layout, cell, 8)


@variant
def junctions_as_squares(layout: kdb.Layout, cell: kdb.Cell) -> kdb.Cell:
    return _rounded(layout, cell, 4)


def _rounded(layout: kdb.Layout, cell: kdb.Cell, corners: int) -> kdb.Cell:
    """J5 and C5J as regular polygons of the same area."""
    cell.flatten(True)
    for layer in ("J5", "C5J"):
        own = []
        for polygon in region(layout, cell, layer).merged().each():
            centre = polygon.bbox().center()
            radius = math.sqrt(2 * polygon.area() / (corners * math.sin(2 * math.pi / corners)))
            angles = [2 * math.pi * (n + 0.5) / corners for n in range(corners)]
            own.append(kdb.Polygon([kdb.Point(round(centre.x + radius * math.cos(a)),
                                              round(centre.y + radius * math.sin(a))) for a in angles]))  # fmt: skip
        put(layout, cell, layer, own)
    return cell


@variant
def metal_in_trapezoids(layout: kdb.Layout, cell: kdb.Cell) -> kdb.Cell:
    cell.flatten(True)
    for layer in METALS:
        put(layout, cell, layer, region(layout, cell, layer).decompose_trapezoids())
    return cell


@variant
def metal_in_overlapping_pieces(layout: kdb.Layout, cell: kdb.Cell) -> kdb.Cell:
    cell.flatten(True)
    for layer in METALS:
        whole = region(layout, cell, layer).merged()
        tiles = kdb.Region()
        box = whole.bbox()
        for x in range(box.left - 7, box.right, 3_333):
            for y in range(box.bottom - 7, box.top, 4_321):
                tiles.insert(kdb.Box(x, y, x + 3_350, y + 4_340))
        put(layout, cell, layer, (part for tile in tiles.each() for part in (kdb.Region(tile) & whole).each()))
    return cell


@variant
def boxes_as_paths(layout: kdb.Layout, cell: kdb.Cell) -> kdb.Cell:
    """Every rectangle becomes a path along its longer side."""
    cell.flatten(True)
    for layer in (*METALS, "I4", "I5", "I6", "C5R"):
        made: list = []
        for polygon in region(layout, cell, layer).decompose_trapezoids_to_region().each():
            box = polygon.bbox()
            if not polygon.is_box() or (box.width() % 2 or box.height() % 2):
                made.append(polygon)
            elif box.width() >= box.height():
                y = box.center().y
                made.append(kdb.Path([kdb.Point(box.left, y), kdb.Point(box.right, y)], box.height()))
            else:
                x = box.center().x
                made.append(kdb.Path([kdb.Point(x, box.bottom), kdb.Point(x, box.top)], box.width()))
        put(layout, cell, layer, made)
    return cell


@variant
def drawn_twice(layout: kdb.Layout, cell: kdb.Cell) -> kdb.Cell:
    """Every shape lies over itself."""
    cell.flatten(True)
    for layer in (*METALS, "J5", "C5J", "C5R", "I4", "I5", "I6"):
        put(layout, cell, layer, [*region(layout, cell, layer).each(), *region(layout, cell, layer).each()])
    return cell


@variant
def marks_as_lines_without_width(layout: kdb.Layout, cell: kdb.Cell) -> kdb.Cell:
    cell.flatten(True)
    index = layout.layer(*layers.numbers()["TERM"])
    boxes = [polygon.bbox() for polygon in kdb.Region(cell.begin_shapes_rec(index)).merged().each()]
    cell.shapes(index).clear()
    for box in boxes:
        mid = box.center()
        ends = ((box.left, mid.y), (box.right, mid.y)) if box.width() > box.height() else (
            (mid.x, box.bottom), (mid.x, box.top))  # fmt: skip
        cell.shapes(index).insert(kdb.Path([kdb.Point(*end) for end in ends], 0))
    return cell


@variant
def another_name_and_empty_cells_beside(layout: kdb.Layout, cell: kdb.Cell) -> kdb.Cell:
    layout.rename_cell(cell.cell_index(), "a cell$1")
    layout.create_cell("empty")
    layout.create_cell("another empty")
    return cell


@variant
def layers_that_we_do_not_know(layout: kdb.Layout, cell: kdb.Cell) -> kdb.Cell:
    for number in (200, 201, 63):
        cell.shapes(layout.layer(number, 7)).insert(kdb.Box(0, 0, 20_000, 70_000))
    return cell


@variant
def unit_of_half_a_nanometre(layout: kdb.Layout, cell: kdb.Cell) -> kdb.Cell:
    """Written and read with another database unit."""
    return cell


def write(change: str, layout: kdb.Layout, cell: kdb.Cell, path: Path) -> None:
    """The changed layout as a file; `layout` is spent."""
    cell = VARIANTS[change](layout, cell)
    if change == "unit_of_half_a_nanometre":
        finer = kdb.Layout()
        finer.dbu = 0.0005
        finer.create_cell(cell.name).copy_tree(cell)
        layout = finer
    layout.write(str(path))
