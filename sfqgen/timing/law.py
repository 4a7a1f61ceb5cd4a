"""The input-output law of the neuron as a small machine, run on the same frames that the circuit is given.

The machine holds what the circuit holds: the store's count c, the stages that are armed, the token. It states the law
exactly, with the one exception that a person would not guess (a DEC after a frame without spikes).

Law A, reset "frame":  threshold k = 1 + c. A frame with n spikes gives one pulse if n >= k, else none, right after the
    k-th spike; n >= 2k gives one pulse as well. INC and DEC move c by one at the next tick and saturate at 0 and M.
    Exception: after a frame with n = 0 the stage that a DEC switches off is still armed, so the old k holds until the
    first spike of a later frame has disarmed it.
Law B, reset "self":   every k-th spike gives a pulse and resets the count, floor(n / k) pulses for n spikes that keep
    clear of the refractory time; spikes within `refractory_ps` after a deciding spike are ignored. INC and DEC move k
    at the next output (or tick).
Leak (laws A and B alike): the first spike opens a window of W ps. In it n spikes give one pulse if n >= k (A) or
    floor(n / k) pulses (B); what was counted is forgotten when it closes, and the next spike opens a new one. INC and
    DEC move k at the next close (or tick), with the same exception: a DEC while no window is open leaves the stage
    that it switches off armed, so the old k holds for one window more.
In terms of spiking networks, law A is integrate-and-fire with threshold k, reset to zero and one time step per frame
(no leak inside the step, everything forgotten after it); law B is integrate-and-fire, reset to zero, with an absolute
refractory time. With a leak either one forgets with a rectangular kernel that begins at the first spike, instead of
an exponential one.
"""

from __future__ import annotations

from dataclasses import dataclass

from sfqgen.timing.stimulus import Stimulus


@dataclass(frozen=True)
class Expected:
    """What the law says about one frame: threshold, spikes, store count at its tick, deciding spikes of its pulses."""

    k: int
    n: int
    store: int
    fired_ps: tuple[float, ...]

    @property
    def pulses(self) -> int:
        return len(self.fired_ps)


class Machine:
    """Store, armed stages and token of a neuron with `stages` = levels - 1 stages, fed event by event."""

    def __init__(self, stages: int) -> None:
        self.stages, self.count, self.armed, self.token = stages, 0, set(), False

    def tick(self) -> None:
        """Arms the stages that the store enables (the rightmost ones) and loads the token."""
        self.arm()

    def arm(self) -> None:
        """What a tick and, with self reset, the output do."""
        self.armed |= set(range(self.stages - self.count, self.stages))
        self.token = True

    def spike(self) -> bool:
        """One input spike; True if it fires the output."""
        if self.armed:
            self.armed.remove(min(self.armed))
            return False
        fired, self.token = self.token, False
        return fired

    def train(self, step: int) -> None:
        self.count = min(self.stages, max(0, self.count + step))


class LeakyMachine(Machine):
    """The machine beside a leak: `opens` is true while the next spike opens a window; `closings` are due times in ps.

    A spike at the very time of a closing is after it.
    """

    def __init__(self, stages: int, window_ps: float) -> None:
        super().__init__(stages)
        self.window_ps, self.opens, self.closings = window_ps, False, []

    def tick(self) -> None:
        super().tick()
        self.opens = True

    def until(self, time_ps: float) -> None:
        """Lets every window close that is due."""
        while self.closings and self.closings[0] <= time_ps:
            self.closings.pop(0)
            self.tick()

    def spike_at(self, time_ps: float) -> bool:
        """One input spike; True if it fires the output."""
        self.until(time_ps)
        if self.opens:
            self.opens = False
            self.closings.append(time_ps + self.window_ps)
        return self.spike()


def frame_law(stimulus: Stimulus, levels: int) -> list[Expected]:
    """Law A for every frame of a stimulus."""
    machine, expected = Machine(levels - 1), []
    for frame in stimulus.frames:
        if frame.ticked:
            machine.tick()
        k = 1 + len(machine.armed)
        fired = tuple(time for _, time in frame.spikes if machine.spike())
        expected.append(Expected(k, len(frame.spikes), machine.count, fired))
        machine.train(frame.train)
    return expected


def self_law(stimulus: Stimulus, levels: int, refractory_ps: float) -> list[Expected]:
    """Law B for every frame. The count of spikes is carried from frame to frame; a tick empties it."""
    machine, expected, last = Machine(levels - 1), [], float("-inf")
    for frame in stimulus.frames:
        if frame.ticked:
            machine.tick()
        k, fired = 1 + len(machine.armed), []
        for _, time in frame.spikes:
            if time - last >= refractory_ps and machine.spike():
                fired.append(time)
                last = time
                machine.tick()
        expected.append(Expected(k, len(frame.spikes), machine.count, tuple(fired)))
        machine.train(frame.train)
    return expected


def leaky_law(stimulus: Stimulus, levels: int, window_ps: float, refractory_ps: float | None = None) -> list[Expected]:
    """Either law with a leak: B with a refractory time (self reset), A without. Windows run on from frame to frame."""
    machine, expected, last = LeakyMachine(levels - 1, window_ps), [], float("-inf")
    for frame in stimulus.frames:
        machine.until(min([frame.start_ps, *(time for _, time in frame.spikes)]))  # spikes may come before its start
        if frame.ticked:
            machine.tick()
        k, store, fired = 1 + len(machine.armed), machine.count, []
        for _, time in frame.spikes:
            if refractory_ps is not None and time - last < refractory_ps:
                continue
            if machine.spike_at(time):
                fired.append(time)
                if refractory_ps is not None:
                    last = time
                    machine.arm()
        expected.append(Expected(k, len(frame.spikes), store, tuple(fired)))
        if frame.train:
            machine.until(frame.train_ps)
            machine.train(frame.train)
    return expected
