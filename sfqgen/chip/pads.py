"""Pads of a chip: where they stand, what they carry, and the table that says so.

Lines that leave the block at its left take the slots of the left side, and when they are more, those of the lower and
upper side next to it; so do lines at the right. Ground pads stand at the ends of every side.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from cells.sfqdc import LOAD_OHM
from sfqgen.chip.block import FEED, Block, Exit
from sfqgen.chip.circuit import OUTPUT
from sfqgen.chip.frame import Frame
from sfqgen.chip.route import Tile
from sfqgen.errors import SfqgenError
from sfqgen.netlist.views import RAIL_UV
from sfqgen.timing.converters import PEAK_UA

INPUT_MA = PEAK_UA / 1000
"""What the timing at the pads is judged with."""
OUTPUT_ROLE = "output (voltage)"
SIDES = {"w": "left", "e": "right", "s": "lower", "n": "upper"}
HEADER = ("pad", "label", "side", "slot", "net", "x_um", "y_um", "role", "current_ma", "connect")
INPUT, BIAS, GROUND_PAD = "input", "bias", "ground"
CONNECT = {
    INPUT: f"current source, 0 to {INPUT_MA:g} mA: each rising edge is one pulse; returns through the ground pads",
    OUTPUT_ROLE: f"amplifier of {LOAD_OHM:g} ohm: 0 or about 0.2 mV against ground, changed by each output pulse",
    BIAS: f"direct current, all bias pads together; the rail takes {RAIL_UV / 1000:g} mV",
    GROUND_PAD: "common of all sources; takes its share of the bias back",
}
"""What the user joins to a pad, by role."""


@dataclass(frozen=True)
class Pad:
    """A pad: its middle in um from the die's lower left, the lowest left tile of its opening, its side of the die and
    its slot there, the tile at which its line arrives and the edge of that tile towards the pad (both empty for a
    ground pad)."""

    name: str
    net: str
    role: str
    current_ma: float
    x_um: float
    y_um: float
    opening: Tile
    side: str
    slot: int
    entry: Tile = (-1, -1)
    towards: str = ""

    @property
    def label(self) -> str:
        """The name in metal beside the pad: short, as there is little room in the corners of the die."""
        return self.name.upper().replace("GND", "G")

    @property
    def row(self) -> tuple[str, ...]:
        """In the order of HEADER."""
        return (self.name, self.label, SIDES[self.side], str(self.slot), self.net, f"{self.x_um:.3f}",
                f"{self.y_um:.3f}", self.role, f"{self.current_ma:.3f}", CONNECT[self.role])  # fmt: skip


@dataclass(frozen=True)
class Slot:
    """A place for a pad on a side of the die (w, e, s, n), counted from the left or from below."""

    side: str
    number: int


def plan_pads(frame: Frame, block: Block, low_row: int, bias_ma: float) -> list[Pad]:
    """Pads of all exits of the block, whose lowest die tile row is `low_row`, and the ground pads.

    Raises SfqgenError when there are more lines than slots.
    """
    feeds = sum(e.name.startswith(FEED) for e in block.exits)
    grounds = _ground_slots(frame)
    pads = []
    for side in ("w", "e"):
        lines = [e for e in block.exits if e.side == side]
        for line, slot in zip(lines, _slots(frame, side, lines, low_row, grounds), strict=True):
            pads.append(_pad(frame, slot, *_of(line, bias_ma / max(feeds, 1))))
    share = round(bias_ma / max(len(grounds), 1), 3)
    pads += [_pad(frame, slot, f"gnd{k}", "gnd", GROUND_PAD, share) for k, slot in enumerate(grounds)]
    return pads


def _of(line: Exit, feed_ma: float) -> tuple[str, str, str, float]:
    if line.name.startswith(FEED):
        return line.name, FEED, BIAS, round(feed_ma, 3)
    if line.name == OUTPUT:
        return line.name, line.name, OUTPUT_ROLE, 0.0
    return line.name, line.name, INPUT, INPUT_MA


def _ground_slots(frame: Frame) -> list[Slot]:
    last = frame.slots - 1
    ends = [k // 2 if k % 2 == 0 else last - k // 2 for k in range(min(frame.grounds, frame.slots))]
    return [Slot(side, number) for side in ("w", "n", "e", "s") for number in sorted(ends)]


def _slots(frame: Frame, side: str, lines: Sequence[Exit], low_row: int, grounds: list[Slot]) -> list[Slot]:
    """Slots for the lines of a side, from the lowest line up, as near as can be to where they leave the block."""
    around = _around(frame, side, grounds, beyond=len(lines) > frame.slots - frame.grounds and side == "w")
    if len(lines) > len(around):
        raise SfqgenError(f"{len(lines)} lines at the {'left' if side == 'w' else 'right'} of the neuron, pads for "
                          f"{len(around)}", where="chip", remedy="a larger die or smaller pads")  # fmt: skip
    if not lines:
        return []
    middle = low_row + sum(line.row for line in lines) / len(lines)
    centre = min(range(len(around)), key=lambda k: (around[k].side != side,
                                                    abs(_first(frame, around[k].number) - middle)))  # fmt: skip
    first = min(max(centre - len(lines) // 2, 0), len(around) - len(lines))
    return around[first : first + len(lines)]


def _around(frame: Frame, side: str, grounds: list[Slot], *, beyond: bool) -> list[Slot]:
    """Free slots of a side from below; with `beyond` those of the lower side before and of the upper side after."""
    numbers = range(frame.slots)
    here = [Slot(side, k) for k in numbers]
    if beyond:
        here = [*(Slot("s", k) for k in reversed(numbers)), *here, *(Slot("n", k) for k in numbers)]
    return [slot for slot in here if slot not in grounds]


def _first(frame: Frame, number: int) -> int:
    """Tile along the side at which the opening of a slot begins."""
    start = (frame.columns - frame.slots * frame.slot_tiles) // 2
    return start + number * frame.slot_tiles + (frame.slot_tiles - frame.pad_tiles) // 2


def _pad(frame: Frame, slot: Slot, name: str, net: str, role: str, current_ma: float) -> Pad:
    along, n, far = _first(frame, slot.number), frame.pad_tiles, frame.columns
    middle = along + n // 2
    opening, entry = {
        "w": ((1, along), (1 + n, middle)), "e": ((far - 1 - n, along), (far - 2 - n, middle)),
        "s": ((along, 1), (middle, 1 + n)), "n": ((along, far - 1 - n), (middle, far - 2 - n)),
    }[slot.side]  # fmt: skip
    x, y = ((at + n / 2) * frame.tile_um for at in opening)
    if role == GROUND_PAD:
        return Pad(name, net, role, current_ma, x, y, opening, slot.side, slot.number)
    return Pad(name, net, role, current_ma, x, y, opening, slot.side, slot.number, entry, slot.side)


def table(pads: Sequence[Pad]) -> str:
    """The pad table as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(pad.row for pad in pads)
    return text.getvalue()
