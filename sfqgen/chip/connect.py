"""Whether every pad is joined to its pin of the core and to nothing else, read from the polygons of the written file.

Nets are traced through all metals and vias outside of the core, up to its pins and the ends of its rails; what is in
the core is the matter of LVS. Tiles of plain fill are left out: no line runs there. That ground pads hang on the planes
is the matter of the design rules (M7.FLOAT).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import klayout.db as kdb

from pdk_sfq5ee.layers import connectivity, films
from sfqgen.chip.pads import Pad

DEVICES = ("C5J", "C5R")
"""Contacts of junctions and resistors, which are no vias."""


@dataclass(frozen=True)
class Connections:
    """`wrong` has one line for each pad that does not lead where its table says."""

    pads: int
    nets: int
    wrong: tuple[str, ...]

    @property
    def right(self) -> bool:
        return not self.wrong

    def as_dict(self) -> dict:
        return {"pads": self.pads, "nets": self.nets, "wrong": list(self.wrong)}


End: TypeAlias = tuple[str, str, float, float]
"""Where a line meets the core: net, metal, x and y in um on the die."""


def check_connections(layout: kdb.Layout, cell: kdb.Cell, pads: Sequence[Pad], ends: Sequence[End],
                      without: Sequence[str] = ()) -> Connections:  # fmt: skip
    """Traces the nets of a die outside of the cells `without`: its core, and plain fill."""
    tracer, layers, _flat = _traced(layout, cell, without)
    found = {pad.name: _net(tracer, layers["M8"], pad.x_um, pad.y_um) for pad in pads}
    wrong = [f"pad {name} lies on no metal" for name, net in found.items() if net is None]
    names: dict[int, set[str]] = {}
    for pad in pads:
        if found[pad.name] is not None:
            names.setdefault(found[pad.name], set()).add(pad.net)
    wrong += [f"nets {', '.join(sorted(some))} are one" for some in names.values() if len(some) > 1]
    for net, metal, x, y in ends:
        at = _net(tracer, layers[metal], x, y)
        wrong += [f"pad {pad.name} is not joined to {net} at ({x:g}, {y:g}) um"
                  for pad in pads if pad.net == net and found[pad.name] != at]  # fmt: skip
    return Connections(len(pads), len(names), tuple(wrong))


def _net(tracer: kdb.LayoutToNetlist, layer: kdb.Region, x_um: float, y_um: float) -> int | None:
    net = tracer.probe_net(layer, kdb.Point(round(1000 * x_um), round(1000 * y_um)))
    return None if net is None else net.cluster_id


def _traced(layout: kdb.Layout, cell: kdb.Cell, without: Sequence[str]
            ) -> tuple[kdb.LayoutToNetlist, dict[str, kdb.Region], kdb.Layout]:  # fmt: skip
    """Nets of a flat copy, which must outlive them."""
    hidden = [one.cell_index() for one in layout.each_cell() if one.name in without]
    flat = kdb.Layout()
    flat.dbu = layout.dbu
    top = flat.create_cell("FLAT")
    index = {}
    for film in films():
        index[film.name] = flat.layer(*film.gds)
        source = layout.find_layer(*film.gds)
        if source is not None:
            shapes = cell.begin_shapes_rec(source)
            shapes.unselect_cells(hidden)
            top.shapes(index[film.name]).insert(kdb.Region(shapes).merged())
    tracer = kdb.LayoutToNetlist(kdb.RecursiveShapeIterator(flat, top, []))
    layers = {name: tracer.make_layer(layer, name) for name, layer in index.items()}
    for region in layers.values():
        tracer.connect(region)
    for below, via, above in (level for level in connectivity() if level[1] not in DEVICES):
        tracer.connect(layers[below], layers[via])
        tracer.connect(layers[via], layers[above])
    tracer.extract_netlist()
    return tracer, layers, flat
