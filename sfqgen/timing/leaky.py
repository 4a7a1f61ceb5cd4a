"""Stimuli for a neuron with a leak: windows opened by spikes, no tick but at power-up and after some training pulses.

No spike is sent near the edge of a window, where it may belong to this one or to the next; one that would fall there
is delayed. Windows open `frame_ps` apart or later. A training pulse is given when no window is open and the close of
the last one has armed every stage; after some the tick follows that makes it act at once, after the others it acts at
the next close.

A frame here is one group of spikes. Where no tick begins it, it begins when the first of its pulses may leave, so that
a pulse still under way belongs to the group before.
"""

from __future__ import annotations

import random

from sfqgen.timing.bounds import LEAK_REST_PS, STAGE_PS
from sfqgen.timing.law import LeakyMachine
from sfqgen.timing.stimulus import SETTLE_PS, TAIL_PS, Frame, Plan, Stimulus, input_order
from sfqgen.timing.use import Use

LATENCY_PS = 42.0
"""Spike to output pulse, one input and one stage; with self reset a few ps more."""


def windowed(plan: Plan, use: Use, *, seed: int = 0, jitter_ps: float = 0.0, ticked: float = 1.0) -> Stimulus:
    """Groups of spikes as planned; `ticked` is the share of training pulses that a tick follows (seeded)."""
    rng, clock = random.Random(f"windowed {seed}"), _Clock(use)
    lead, apart = _told_apart(use)
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
        rested = max(opening + use.frame_ps, spikes[-1][1] + apart if spikes else 0.0)
        armed = clock.opened + clock.late + use.tree_ps + LEAK_REST_PS + STAGE_PS * use.levels
        trained = max(rested, armed)
        frames.append(Frame(round(begin + (0.0 if tick else lead), 3), tick, tuple(spikes), train, round(trained, 3)))
        clock.machine.train(train)
        begin, tick = (trained + use.pace.guard_ps, rng.random() < ticked) if train else (rested, False)
    return Stimulus(use.inputs, tuple(frames), use.pace, round(begin + use.window_ps[1] + TAIL_PS, 1))


def _told_apart(use: Use) -> tuple[float, float]:
    """Opening spike to the first moment at which its pulse may come, and least time between the last spike of a group
    and the next group, so that the pulses of both can be told apart; over a spread the latency itself moves.
    """
    latency = LATENCY_PS + use.tree_ps + STAGE_PS * (use.levels - 2)
    return (0.55 * latency, latency) if use.over_spread else (latency - 25.0, LEAK_REST_PS + 10.0)


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
