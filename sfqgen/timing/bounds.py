"""What no neuron of this topology can do: the bounds that a specification is held against, and what sets them.

Measured on the schematic with bias resistors (docs/neuron.md, section "Timing bounds"); a build measures them again
on the extracted circuit, so these are for refusing early, not for signing off.

Frame reset, times at the pins (a tree of d = ceil(log2 inputs) mergers lies before the first stage):
    earliest spike after a tick   ARM_PS - MERGE_PS d        the stage must be armed before the spike comes
    last spike before a tick      CLEAR_PS + MERGE_PS d      the spike must be past the stage before it is armed anew
    shortest frame for n spikes   first + (n - 1) spacing + last
    spacing                       SPACING_PS                 dead time of a merger and of the swallow cell
Self reset:
    refractory time               REFRACTORY_PS + LOOP_STAGE_PS (levels - 2)
Leak (a window of W ps, see cells/leak.py):
    window                        LEAK_FIXED_PS + LEAK_JTL_PS times 0 .. LEAK_JTLS_MOST
    edge of the window            LEAK_BAND_PS to either side of W a spike may belong to this window or to the next
    opening spikes                W + LEAK_REST_PS apart
"""

from __future__ import annotations

import math

FIRST_PS, LEVEL_PS = 70.0, 4.0
"""Tick to first spike where spikes meet the first stage, used by all exercises; and for each level beyond four: where
Ic is high, the arming wave falls behind the spikes from stage to stage."""
ARM_PS = 45.0
"""Tick to first spike at a neuron without a tree."""
CLEAR_PS = 20.0
"""Last spike to next tick at a neuron without a tree."""
MERGE_PS = 7.0
"""Delay of one merger, bias through resistors."""
STAGE_PS = 11.0
"""Delay of one swallow stage and its JTL, bias through resistors."""
SPACING_PS = 8.0
"""Least spacing of two spikes of one neuron, over all inputs."""
REFRACTORY_PS, LOOP_STAGE_PS = 87.0, 15.0
"""Two levels; each further one: a stage there and a JTL of the line back. Between schematic and extracted circuit,
whose way back is slower by some 4 ps (at two levels: 81 to 89 ps, at four: 110 to 120 and, extracted, 114 to 124)."""
BAND_PS = 10.0
SLOWEST, FASTEST = 2.0, 0.45
"""Refractory time relative to nominal with all Ic or all biases off by 20 %, whichever way is worse (measured at four
levels: 64 to some 230 ps where 114 is nominal): the reset runs through some thirty junctions in a row, and all of them
slow down together."""

LEAK_FIXED_PS = {"frame": 68.0, "self": 72.0}
"""Window with the fewest JTLs in its delay line; with self reset the closing pulse goes through one merger more."""
LEAK_JTL_PS = 4.21
"""Between schematic and extracted circuit, which is slower by some 3 %."""
LEAK_JTLS_MOST = 100
"""A choice, beyond the fewest: 200 junctions and 32 mA. A longer window is had with ticks from outside."""
LEAK_BAND_PS = 10.0
LEAK_REST_PS = 30.0
LEAK_TOLERANCE_PS = 8.0
"""Half a JTL, and what the window differs from threshold to threshold: 4 ps to either side (measured, 2 to 8)."""
LEAK_SLOWEST, LEAK_FASTEST = 1.6, 0.6
"""Window relative to nominal with all Ic, all biases, all inductances or all shunts off by 20 %, whichever way is worse
(measured: 59 to 140 ps of a delay of 92)."""

SAMPLE_BAND_PS = 10.0
SAMPLE_EARLIER_PS = 17.0
"""Sampled inputs: the first read comes this much earlier than a spike from outside may, since it follows the arming
wave wherever the process goes."""
SAMPLE_SLOWEST = 1.9
"""All reads of a frame with all Ic or all biases off by 20 %, relative to nominal."""


def depth(inputs: int) -> int:
    """Mergers between an input and the first stage."""
    return math.ceil(math.log2(inputs)) if inputs > 1 else 0


def armed_ps(levels: int) -> float:
    """Frame tick to first spike, where spikes meet the first stage."""
    return FIRST_PS + LEVEL_PS * max(0, levels - 4)


def first_ps(inputs: int) -> float:
    """Earliest spike after a tick, at the pins; never before the tick itself."""
    return max(0.0, ARM_PS - MERGE_PS * depth(inputs))


def last_ps(inputs: int) -> float:
    """Latest spike before the next tick, at the pins."""
    return CLEAR_PS + MERGE_PS * depth(inputs)


def refractory_band(levels: int, over_spread: bool = False) -> tuple[float, float]:
    """Self reset: a spike sooner after the deciding spike than the first time is ignored, later than the second is
    counted; in between it may be either, or be lost together with the arming of a stage.

    `over_spread`: so with every parameter off by up to 20 %, else at nominal.
    """
    centre = REFRACTORY_PS + LOOP_STAGE_PS * (levels - 2)
    if over_spread:
        return round(centre * FASTEST, 1), round(centre * SLOWEST, 1)
    return centre - BAND_PS, centre + BAND_PS


def window_band(leak_ps: float, over_spread: bool = False) -> tuple[float, float]:
    """Leak: a spike sooner after the opening spike than the first time is counted with it, later than the second it
    opens a window of its own; in between it may be either. `over_spread` as for the refractory time.
    """
    if over_spread:
        return round(leak_ps * LEAK_FASTEST, 1), round(leak_ps * LEAK_SLOWEST, 1)
    return leak_ps - LEAK_BAND_PS, leak_ps + LEAK_BAND_PS


def leak_range(reset: str) -> tuple[float, float]:
    """Windows that a delay line can make, in ps."""
    fixed = LEAK_FIXED_PS[reset]
    return fixed, round(fixed + LEAK_JTLS_MOST * LEAK_JTL_PS, 1)
