"""Mutations of a layout: the slips of a hand with a mouse."""

from __future__ import annotations

import klayout.db as kdb

from pdk_sfq5ee import layers


class Edit:
    """Changes to one flattened cell. Places in um; each removal must hit exactly one shape."""

    def __init__(self, layout: kdb.Layout, cell: kdb.Cell) -> None:
        self.layout, self.cell = layout, cell
        cell.flatten(True)

    def shapes(self, layer: str) -> kdb.Shapes:
        return self.cell.shapes(self.layout.layer(*layers.gds(layer)))

    def region(self, layer: str) -> kdb.Region:
        return kdb.Region(self.cell.begin_shapes_rec(self.layout.layer(*layers.gds(layer)))).merged()

    def put(self, layer: str, region: kdb.Region) -> None:
        shapes = self.shapes(layer)
        texts = [shape.text for shape in shapes.each(kdb.Shapes.STexts)]
        shapes.clear()
        shapes.insert(region)
        for text in texts:
            shapes.insert(text)

    def box(self, left: float, bottom: float, right: float, top: float) -> kdb.Region:
        return kdb.Region(kdb.DBox(left, bottom, right, top).to_itype(self.layout.dbu))

    def erase(self, layer: str, *box: float) -> None:
        """Cut a rectangle out of a layer."""
        self.put(layer, self.region(layer) - self.box(*box))

    def add(self, layer: str, *box: float) -> None:
        self.put(layer, self.region(layer) + self.box(*box))

    def at(self, layer: str, x: float, y: float) -> kdb.Polygon:
        hit = self.region(layer).interacting(self.box(x - 0.01, y - 0.01, x + 0.01, y + 0.01))
        assert hit.count() == 1, f"{hit.count()} shapes on {layer} at {x}, {y}"
        return next(hit.each())

    def remove(self, layer: str, x: float, y: float) -> None:
        self.put(layer, self.region(layer) - kdb.Region(self.at(layer, x, y)))

    def scale(self, layer: str, x: float, y: float, factor: float) -> None:
        polygon = self.at(layer, x, y)
        centre = polygon.bbox().center()
        grown = polygon.moved(-centre.x, -centre.y).transformed(kdb.ICplxTrans(factor, 0, False, 0, 0))
        rest = self.region(layer) - kdb.Region(polygon)
        self.put(layer, rest + kdb.Region(grown.moved(centre.x, centre.y)))

    def copy(self, layer: str, x: float, y: float, dx: float, dy: float) -> None:
        moved = self.at(layer, x, y).moved(round(dx / self.layout.dbu), round(dy / self.layout.dbu))
        self.put(layer, self.region(layer) + kdb.Region(moved))

    def rename(self, layer: str, old: str, new: str | None) -> None:
        """Change a text, or delete it."""
        hits = [s for s in self.shapes(layer).each(kdb.Shapes.STexts) if s.text.string == old]
        assert hits, f"no text {old!r} on {layer}"
        for shape in hits:
            text = shape.text.dup()
            shape.delete()
            if new is not None:
                self.shapes(layer).insert(kdb.Text(new, text.trans))

    def swap(self, layer: str, first: str, second: str) -> None:
        self.rename(layer, first, "swapping")
        self.rename(layer, second, first)
        self.rename(layer, "swapping", second)


class Masks:
    """Edits whole masks of a layout with hierarchy; cells and texts stay where they are."""

    def __init__(self, layout: kdb.Layout, top: kdb.Cell) -> None:
        self.layout, self.top = layout, top

    def region(self, layer: str) -> kdb.Region:
        return kdb.Region(self.top.begin_shapes_rec(self.layout.layer(*layers.gds(layer)))).merged()

    def put(self, layer: str, region: kdb.Region) -> None:
        index = self.layout.layer(*layers.gds(layer))
        for cell in self.layout.each_cell():
            for shape in list(cell.shapes(index).each()):
                if not shape.is_text():
                    shape.delete()
        self.top.shapes(index).insert(region)

    def swap(self, layer: str, old: kdb.Polygon, new: kdb.Polygon | kdb.Box) -> None:
        self.put(layer, self.region(layer) - kdb.Region(old) + kdb.Region(new))
