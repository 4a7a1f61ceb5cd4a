"""Stimuli for a neuron with a leak: windows opened by spikes, no tick but at power-up and after some training pulses.

No spike is sent near the edge of a window, where it may belong to this one or to the next; one that would fall there
is delayed. Windows open `frame_ps` apart or later. A training pulse is given when no window is open; after some the
tick follows that makes it act at once, after the others it acts at the next close.

A frame here is one group of spikes. Where no tick begins it, it begins when the first of its pulses may leave, so that
a pulse still under way belongs to the group before.
"""

from __future__ import annotations

import random

from sfqgen.timing.bounds import LEAK_REST_PS, STAGE_PS
from sfqgen.timing.law import LeakyMachine
from sfqgen.timing.stimulus import SETTLE_PS, TAIL_PS, Frame, Plan, Stimulus, input_order
from sfqgen.timing.use import Use

EARLIEST_PS = 20.0
"""Spike at the first stage to pulse at the output, one stage: never less."""
APART_PS = LEAK_REST_PS + 10.0
"""Last spike of a group to the first of the next, so that their pulses can be told apart."""


def windowed(plan: Plan, use: Use, *, seed: int = 0, jitter_ps: float = 0.0, ticked: float = 1.0) -> Stimulus:
    """Groups of spikes as planned; `ticked` is the share of training pulses that a tick follows (seeded)."""
    rng, clock = random.Random(f"windowed {seed}"), _Clock(use)
    lead = EARLIEST_PS + use.tree_ps + STAGE_PS * (use.levels - 2)
    frames, begin, tick = [], SETTLE_PS, True
    for count, train in plan:
        if tick:
            clock.machine.tick()
        time = begin + (use.pace.first_ps if tick else 0.0)
        opening, spikes = time, []
        for number in input_order(count, use.inputs, rng):
            time = clock.allowed(time)
            spikes.append((number, round(time, 3)))
            time += use.spacing_ps + (rng.uniform(0.0, jitter_ps) if jitter_ps else 0.0)
        rested = max(opening + use.frame_ps, spikes[-1][1] + APART_PS if spikes else 0.0)
        trained = max(rested, clock.quiet_ps(use.tree_ps))
        frames.append(Frame(round(begin + (0.0 if tick else lead), 3), tick, tuple(spikes), train, round(trained, 3)))
        clock.machine.train(train)
        begin, tick = (trained + use.pace.guard_ps, rng.random() < ticked) if train else (rested, False)
    return Stimulus(use.inputs, tuple(frames), use.pace, round(begin + use.window_ps[1] + TAIL_PS, 1))


class _Clock:
    """Keeps spikes away from the edges of windows and, with self reset, out of the refractory time's band."""

    def __init__(self, use: Use) -> None:
        self.machine = LeakyMachine(use.levels - 1, use.leak_ps)
        self.early, self.late = use.window_ps
        self.ignored, self.counted = use.refractory_ps if use.reset == "self" else (0.0, 0.0)
        self.opened = self.fired = float("-inf")

    def allowed(self, time: float) -> float:
        """The first allowed time from `time` on; feeds the spike to the machine."""
        while (later := self._later(time)) > time:
            time = later
        self.machine.until(time)
        if self.machine.opens:
            self.opened = time
        if time - self.fired >= self.counted and self.machine.spike_at(time):
            self.fired = time if self.counted else self.fired
            if self.counted:
                self.machine.arm()
        return time

    def _later(self, time: float) -> float:
        edge, clear = self.opened + self.early, self.opened + self.late
        if self.fired + self.counted > edge:  # the refractory time runs into the close: neither edge is certain
            clear = max(clear, self.fired + self.counted)
        if edge < time < clear:
            return clear
        if self.fired + self.ignored < time < self.fired + self.counted:
            return self.fired + self.counted
        return time

    def quiet_ps(self, tree_ps: float) -> float:
        """When the last window is closed and every stage is armed."""
        return self.opened + self.late + tree_ps + APART_PS
