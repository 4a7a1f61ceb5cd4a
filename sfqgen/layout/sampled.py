"""Stands sampled inputs left of the neuron, in its rows: a slice of 60 um per input, like a stage of the neuron.

    y 110    id(N-1)  ... | id0      |                       token cells, loaded from above
       50    il  ix(N-1)  | iq0  ix0 | iw(D-1) .. iw0 | ia | io0 io1 | X_x0 ...     chain, from right to left
        0           if    |      im0 |   xa0 .. xaD                xj | X_w0 ...     way back, from left to right

The read goes up from splitter to token, the spike comes down through the crossing to the merger. The way back keeps its
bias rail at the height of the spike line's; where it leaves room, the chain's rail is led down.
"""

from __future__ import annotations

from cells.sampler import ON_JTLS
from sfqgen.layout.tree import Place

SLICE_UM, JTL_UM, SPLITTER_UM, CROSS_X, FALL_X, MERGER_X = 60.0, 20.0, 30.0, 30.0, 30.0, 20.0
"""Widths; and offsets within a slice, so that crossing and cell below meet."""
BACK_Y, TICK_Y, TOKEN_Y = -10.0, 50.0, 110.0
TICK_X = -ON_JTLS * JTL_UM - SPLITTER_UM
"""Left edge of the splitter at which the tick enters."""


def sampled_places(inputs: int, delays: int) -> dict[str, Place]:
    """Places of all cells of the sampler, the JTLs X_xa before X_xj included."""
    end = TICK_X - delays * JTL_UM
    places = {"X_ia": Place(TICK_X, TICK_Y)}
    places |= {f"X_io{i}": Place(TICK_X + SPLITTER_UM + i * JTL_UM, TICK_Y) for i in range(ON_JTLS)}
    places |= {f"X_iw{i}": Place(TICK_X - (i + 1) * JTL_UM, TICK_Y, mirrored=True) for i in range(delays)}
    places |= {f"X_xa{i}": Place(end + MERGER_X + i * JTL_UM, 0.0) for i in range(delays + 1)}
    for i in range(inputs):
        places |= _slice(i, end - (i + 1) * SLICE_UM, last=i == inputs - 1)
    return places


def _slice(i: int, x: float, last: bool) -> dict[str, Place]:
    """Token cell, crossing and what reads the token, and below them the merger; the last one stands apart."""
    places = {f"X_id{i}": Place(x, TOKEN_Y), f"X_ix{i}": Place(x + CROSS_X, TICK_Y, mirrored=True)}
    if last:
        return places | {"X_il": Place(x, TICK_Y), "X_if": Place(x + FALL_X, BACK_Y)}
    return places | {f"X_iq{i}": Place(x, TICK_Y, mirrored=True), f"X_im{i}": Place(x + MERGER_X, BACK_Y, flipped=True)}
