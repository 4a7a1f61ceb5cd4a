"""The bonding picture: the die, its pads with their names and what they carry, the neuron in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sfqgen.chip.block import Block
from sfqgen.chip.frame import Frame
from sfqgen.chip.pads import Pad
from sfqgen.files import whole

COLOURS = {"input": "#3b6fb5", "bias": "#b5403b", "output": "#2f8f4e", "ground": "#808080"}


def draw_bonding(frame: Frame, block: Block, pads: Sequence[Pad], title: str, path: Path) -> None:
    """Writes the PNG. Raises SfqgenError when the folder cannot be written."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch, Rectangle

    figure = Figure(figsize=(9, 9.6), dpi=130)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.03, 0.02, 0.94, 0.93))
    axes.add_patch(Rectangle((0, 0), frame.die_um, frame.die_um, fill=False, lw=1.2))
    for pad in pads:
        half = frame.pad_um / 2
        axes.add_patch(Rectangle((pad.x_um - half, pad.y_um - half), 2 * half, 2 * half, color=_colour(pad)))
        x, y, across, up, turn = _beside(frame, pad)
        axes.text(x, y, _said(pad), ha=across, va=up, rotation=turn, fontsize=7)
    wide, high = block.columns * frame.tile_um, block.rows * frame.tile_um
    low = frame.tile_um * ((frame.columns - block.columns) // 2), frame.tile_um * ((frame.columns - block.rows) // 2)
    axes.add_patch(Rectangle(low, wide, high, facecolor="#f2e2b0", edgecolor="black", lw=0.8))
    axes.text(low[0] + wide / 2, low[1] + high / 2, "neuron", ha="center", va="center", fontsize=7)
    roles = [role for role in COLOURS if any(_role(pad) == role for pad in pads)]
    axes.legend(handles=[Patch(color=COLOURS[role], label=role) for role in roles], loc="lower center",
                bbox_to_anchor=(0.5, 0.1), ncols=len(roles), frameon=False)  # fmt: skip
    axes.set_xlim(-50, frame.die_um + 50)
    axes.set_ylim(-50, frame.die_um + 50)
    axes.set_aspect("equal")
    axes.set_axis_off()
    figure.suptitle(title, y=0.985, fontsize=11)
    with whole(path) as partial:
        figure.savefig(partial, metadata={"Software": None})


def _role(pad: Pad) -> str:
    return next((role for role in COLOURS if pad.role.startswith(role)), "output")


def _colour(pad: Pad) -> str:
    return COLOURS[_role(pad)]


def _said(pad: Pad) -> str:
    return f"{pad.name}  {pad.current_ma:g} mA" if pad.role == "bias" else pad.name


def _beside(frame: Frame, pad: Pad) -> tuple[float, float, str, str, int]:
    """Where a pad's name stands: towards the middle of the die; upright at the upper and lower side but for ground."""
    off = frame.pad_um / 2 + 25
    left = pad.x_um < frame.die_um / 2
    if pad.role == "ground":
        return pad.x_um + (off if left else -off), pad.y_um, "left" if left else "right", "center", 0
    edge = {"w": pad.x_um, "e": frame.die_um - pad.x_um, "s": pad.y_um, "n": frame.die_um - pad.y_um}
    side = min(edge, key=lambda name: edge[name])
    return {"w": (pad.x_um + off, pad.y_um, "left", "center", 0), "e": (pad.x_um - off, pad.y_um, "right", "center", 0),
            "s": (pad.x_um, pad.y_um + off, "center", "bottom", 90),
            "n": (pad.x_um, pad.y_um - off, "center", "top", 90)}[side]  # fmt: skip
