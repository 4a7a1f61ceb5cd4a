"""Stimuli for a neuron with sampled inputs: the spikes of a frame come before its tick, all at once or at any time.

Spikes keep clear of the moment at which their input is read (`SAMPLE_BAND_PS`, over a spread the whole time of
reading). Each input spikes at most once per frame.
"""

from __future__ import annotations

import random
from dataclasses import replace

from sfqgen.timing.bounds import SAMPLE_BAND_PS
from sfqgen.timing.law import Expected, frame_law
from sfqgen.timing.stimulus import SETTLE_PS, TAIL_PS, Frame, Plan, Stimulus, input_order
from sfqgen.timing.use import Use


def sampled(plan: Plan, use: Use, *, seed: int = 0, scattered: bool = False) -> Stimulus:
    """One tick per frame. The spikes of a frame come together, or (`scattered`) each at its own random time, in the
    time between the last read of the tick before and the tick that reads them."""
    rng, frames = random.Random(f"sampled {seed}"), []
    for number, (count, train) in enumerate(plan):
        start = SETTLE_PS + use.frame_ps * (number + 1)
        low, high = start - use.frame_ps + use.read_ps[1] + SAMPLE_BAND_PS, start
        together = rng.uniform(low, high)
        spikes = [(i, round(rng.uniform(low, high) if scattered else together, 3))
                  for i in input_order(min(count, use.inputs), use.inputs, rng)]  # fmt: skip
        frames.append(Frame(round(start, 3), True, tuple(sorted(spikes, key=lambda s: s[1])), train,
                            round(start + use.frame_ps - use.pace.guard_ps, 3)))  # fmt: skip
    return Stimulus(use.inputs, tuple(frames), use.pace, round(SETTLE_PS + use.frame_ps * (len(plan) + 1) + TAIL_PS, 1))


def sampled_law(stimulus: Stimulus, levels: int) -> list[Expected]:
    """Law A on the spikes that each tick reads; latency counts from the tick."""
    return [replace(e, fired_ps=(frame.start_ps,) * e.pulses)
            for e, frame in zip(frame_law(stimulus, levels), stimulus.frames, strict=True)]  # fmt: skip
