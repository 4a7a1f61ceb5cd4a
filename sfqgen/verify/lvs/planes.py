"""How far signal metal lies from the next place where the ground plane and the sky plane are joined.

A stitch that is missing with all its metal leaves no trace in the connections. One of many changes nothing (under
0.01 % of any inductance of our neuron); where twenty in a row are missing, the return current takes another way and
the nearest line is 1.5 % off.
"""

from __future__ import annotations

import klayout.db as kdb

from sfqgen.extract.recognise import RecognisedLayout

MOST_TOLD = 3


def far_from_stitches(found: RecognisedLayout, reach_um: float) -> list[str]:
    """Notes on signal metal under the sky plane that has no via from it to ground within a square of `reach_um`."""
    metal, nets, sky = found.metal, found.nets, found.metal.regions["M7"]
    joined = kdb.Region([v.polygon for v in metal.vias if v.above == "M7" and v.net in nets.ground])
    if sky.is_empty() or joined.is_empty():
        return []  # told as a plane without a stitch, if there is one
    signal = kdb.Region([p.polygon for p in metal.pieces
                         if p.layer in ("M5", "M6") and p.net in nets.live - nets.ground - nets.rail])  # fmt: skip
    far = (signal & sky) - joined.sized(round(reach_um / metal.dbu), 2)
    spots = sorted(metal.um(spot.bbox().center()) for spot in far.merged().each())
    notes = [f"signal metal at ({x:.2f}, {y:.2f}) um is more than {reach_um:g} um from a stitch of the planes"
             for x, y in spots[:MOST_TOLD]]  # fmt: skip
    return notes + [f"and {len(spots) - MOST_TOLD} more places far from a stitch"] * (len(spots) > MOST_TOLD)
