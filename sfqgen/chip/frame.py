"""The frame of a chip as flat numbers: die, pads and lines, from `pdk_sfq5ee/data/frame.yaml` and `geometry.yaml`."""

from __future__ import annotations

from dataclasses import dataclass

from pdk_sfq5ee.process import figure, table
from sfqgen.errors import SfqgenError

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Frame:
    """Sizes in um, currents in mA. `columns` counts die tiles across; pads occupy `pad_tiles` each way, with a ring."""

    die_um: float
    tile_um: float
    pad_um: float
    pitch_um: float
    pad_ma: float
    grounds: int

    @property
    def columns(self) -> int:
        return round(self.die_um / self.tile_um)

    @property
    def pad_tiles(self) -> int:
        """Tiles across the opening of the planes under a pad: an odd number with at least 5 um around the pad."""
        tiles = 1
        while tiles * self.tile_um < self.pad_um + 10.0:
            tiles += 2
        return tiles

    @property
    def slot_tiles(self) -> int:
        return round(self.pitch_um / self.tile_um)

    @property
    def slots(self) -> int:
        """Pads that fit on one side, the corners left free."""
        return (self.columns - 2 * (self.pad_tiles + 2)) // self.slot_tiles


def load_frame(*, die_mm: float | None = None, pad_um: float | None = None, pitch_um: float | None = None) -> Frame:
    """The frame of the data files, with what is given instead. Raises SfqgenError for what cannot be drawn."""
    tile = figure("frame", "die", "tile")
    frame = Frame(
        die_um=1000.0 * (figure("geometry", "chip", "small_die")[0] if die_mm is None else die_mm), tile_um=tile,
        pad_um=figure("frame", "pads", "size") if pad_um is None else pad_um,
        pitch_um=figure("frame", "pads", "pitch") if pitch_um is None else pitch_um,
        pad_ma=figure("frame", "pads", "current"), grounds=figure("frame", "pads", "ground"),
    )  # fmt: skip
    _check(frame)
    return frame


def _check(frame: Frame) -> None:
    largest = 1000.0 * figure("geometry", "chip", "reticle")[0]
    if not 1000.0 <= frame.die_um <= largest or frame.die_um % frame.tile_um:
        raise SfqgenError(f"die of {frame.die_um / 1000:g} mm", where="--die",
                          allowed=f"1 to {largest / 1000:g} mm in steps of {frame.tile_um / 1000:g} mm")  # fmt: skip
    if not 20.0 <= frame.pad_um <= 500.0:
        raise SfqgenError(f"pad of {frame.pad_um:g} um", where="--pad", allowed="20 to 500 um")
    least = (frame.pad_tiles + 2) * frame.tile_um
    if frame.pitch_um < least or frame.pitch_um % frame.tile_um:
        raise SfqgenError(f"pad pitch of {frame.pitch_um:g} um", where="--pitch",
                          allowed=f"{least:g} um and more in steps of {frame.tile_um:g} um")  # fmt: skip


def unknowns() -> list[str]:
    """One line for each figure of the frame that no public source gives, with the value that stands in for it."""
    lines = []
    for section in ("die", "pads"):
        for key, entry in table("frame")[section].items():
            if entry["confidence"] != UNKNOWN:
                continue
            value = "none" if entry["value"] is None else f"{entry['value']:g} {entry['unit']} stands in"
            note = f" ({entry['note']})" if entry.get("note") else ""
            lines.append(f"{section}.{key}: not public; {value}{note}")
    return lines
