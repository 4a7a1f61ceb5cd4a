"""The metal that a label means: under it, a little beside it, or under the terminal mark that it lies in."""

from __future__ import annotations

import klayout.db as kdb

from sfqgen.extract.connect import Connectivity, Piece
from sfqgen.extract.labels import Labels, Marker

PORT_REACH_UM = 0.15
"""A label within this distance of a metal edge still lies on the metal."""
MARK_SLACK_UM = 0.05
"""So far a label may lie outside its terminal mark."""
MOST_MARKER_UM = 20.0
"""A terminal mark is as wide as a line, not as a cell."""


def piece_under(metal: Connectivity, labels: Labels, layer: str, x_um: float, y_um: float,
                reach_um: float = PORT_REACH_UM) -> Piece | None:  # fmt: skip
    """The piece of `layer` that a label at (x, y) names; None when it names none."""
    piece = metal.at(layer, x_um, y_um) or metal.at(layer, x_um, y_um, reach_um)
    if piece is not None:
        return piece
    for mark in marks_at(labels, x_um, y_um):
        box = kdb.Polygon(mark_box(mark).to_itype(metal.dbu))
        if found := list(metal.touching(layer, box)):
            return min(found, key=lambda p: (p.polygon.bbox().center().sq_distance(box.bbox().center()), p.index))
    return None


def marks_at(labels: Labels, x_um: float, y_um: float) -> list[Marker]:
    """Terminal marks that a label at (x, y) may mean."""
    point = kdb.DPoint(x_um, y_um)
    return [
        mark for mark in labels.markers
        if max(mark.right_um - mark.left_um, mark.top_um - mark.bottom_um) <= MOST_MARKER_UM
        and mark_box(mark).enlarged(MARK_SLACK_UM, MARK_SLACK_UM).contains(point)
    ]  # fmt: skip


def mark_box(mark: Marker) -> kdb.DBox:
    return kdb.DBox(mark.left_um, mark.bottom_um, mark.right_um, mark.top_um)
