"""What differs between two layouts: per layer, area and number of polygons that only one of them has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import klayout.db as kdb

from pdk_sfq5ee.layers import auxiliary, films
from sfqgen.verify.gds import read_layout


@dataclass(frozen=True)
class Difference:
    """A layer that differs: area in um2 and polygons of what only the first or only the second has; texts likewise."""

    layer: str
    gds: tuple[int, int]
    area_um2: float
    polygons: int
    texts: int

    def as_dict(self) -> dict:
        return {"layer": self.layer, "gds": list(self.gds), "area_um2": self.area_um2, "polygons": self.polygons,
                "texts": self.texts}  # fmt: skip


def differences(one: Path | str, other: Path | str, *, cell: str | None = None,
                cell_other: str | None = None) -> list[Difference]:  # fmt: skip
    """Layers on which two GDS files differ, by number; none when the masks are the same.

    Cells, names and the order of shapes do not count. `cell` and `cell_other` name cells, the only top cell if left
    out; `cell_other` is `cell` if left out. Raises SfqgenError as `read_layout` does.
    """
    left, right = read_layout(one, cell), read_layout(other, cell_other or cell)
    numbers = sorted({(i.layer, i.datatype) for layout, _ in (left, right) for i in layout.layer_infos()})
    found = []
    for number in numbers:
        a, b = (_region(*side, number) for side in (left, right))
        changed = (a ^ b).merged()
        texts = len(_texts(*left, number) ^ _texts(*right, number))
        if not changed.is_empty() or texts:
            found.append(Difference(_name(number), number, round(changed.area() * 1e-6, 6), changed.count(), texts))
    return found


def _region(layout: kdb.Layout, cell: kdb.Cell, number: tuple[int, int]) -> kdb.Region:
    index = layout.find_layer(*number)
    return kdb.Region() if index is None else kdb.Region(cell.begin_shapes_rec(index))


def _texts(layout: kdb.Layout, cell: kdb.Cell, number: tuple[int, int]) -> set[tuple[str, int, int]]:
    index = layout.find_layer(*number)
    if index is None:
        return set()
    texts = kdb.Texts(cell.begin_shapes_rec(index))
    return {(text.string, text.trans.disp.x, text.trans.disp.y) for text in texts.each()}


def _name(number: tuple[int, int]) -> str:
    known = {film.gds: film.name for film in films()} | {gds: name for name, gds in auxiliary().items()}
    return known.get(number, f"{number[0]}/{number[1]}")
