"""The exercises that a neuron is put through: named stimuli with the law's expectation for each frame.

    walk        every level up and down, n = k-1 .. k+2 and k-1, k; begins with the first frame after power-up
    saturation  more INC than the store takes, more DEC than it holds
    bursts      the most spikes of a frame at every level, and what they leave behind
    held out    random spike counts, inputs, spacings and training over 20 frames, seeds never used in tuning
Frames follow each other at the specified rate. With self reset the same plans run freely, see `free_running`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from sfqgen.timing.law import Expected, Machine, frame_law, leaky_law, self_law
from sfqgen.timing.stimulus import (
    SETTLE_PS,
    TAIL_PS,
    Frame,
    Pace,
    Plan,
    Stimulus,
    burst_plan,
    framed,
    input_order,
    random_plan,
    saturation_plan,
    walk_plan,
)  # fmt: skip
from sfqgen.timing.use import Use

HELD_OUT_FRAMES = 20
HELD_OUT_RUNS = 4
WIDEST_PS = 40.0
"""Widest spacing of held-out spikes."""


@dataclass(frozen=True)
class Exercise:
    name: str
    stimulus: Stimulus
    expected: list[Expected]


def exercises(use: Use) -> list[Exercise]:
    """All that a verdict needs, without the ladders that measure how far the neuron goes."""
    over = max(0, min(2, (use.most_spikes or use.fitting) - use.levels))
    plans = [("walk", walk_plan(use.levels, over)), ("saturation", saturation_plan(use.levels)),
             ("bursts", burst_plan(use.levels, use.most))]  # fmt: skip
    done = [exercise(name, plan, use, seed=use.seed) for name, plan in plans]
    return done + [held_out(use, number) for number in range(HELD_OUT_RUNS)]


def held_out(use: Use, number: int) -> Exercise:
    """Random frames: spikes at least the specified spacing apart, up to 40 ps where the frame has room."""
    seed = 1000 * (use.seed + 1) + number
    plan = random_plan(use.levels, HELD_OUT_FRAMES, use.most, seed)
    return exercise(f"held out {number}", plan, use, seed=seed, jitter_ps=_jitter(use))


def _jitter(use: Use) -> float:
    if use.leak_ps is not None:  # so that most trains run over several windows
        return use.leak_ps
    return max(0.0, WIDEST_PS - use.spacing_ps)


def exercise(name: str, plan: Plan, use: Use, *, seed: int = 0, jitter_ps: float = 0.0) -> Exercise:
    """A plan at the pace of a use, with its law."""
    if use.leak_ps is not None:
        return _leaky(name, plan, use, seed, jitter_ps)
    if use.sampled:
        return _sampled(name, plan, use, seed)
    if use.reset == "self":
        stimulus = free_running(plan, use, seed=seed, jitter_ps=jitter_ps)
        return Exercise(name, stimulus, self_law(stimulus, use.levels, sum(use.refractory_ps) / 2))
    stimulus = framed(plan, use.inputs, use.pace, seed=seed, jitter_ps=jitter_ps, room_ps=use.room_ps)
    return Exercise(name, stimulus, frame_law(stimulus, use.levels))


def _sampled(name: str, plan: Plan, use: Use, seed: int) -> Exercise:
    from sfqgen.timing.sampling import sampled, sampled_law

    stimulus = sampled(plan, use, seed=seed, scattered=name.startswith("held out"))
    return Exercise(name, stimulus, sampled_law(stimulus, use.levels))


def _leaky(name: str, plan: Plan, use: Use, seed: int, jitter_ps: float) -> Exercise:
    from sfqgen.timing.leaky import windowed

    refractory = sum(use.refractory_ps) / 2 if use.reset == "self" else None
    stimulus = windowed(plan, use, seed=seed, jitter_ps=jitter_ps, ticked=0.5 if name.startswith("held out") else 1.0)
    return Exercise(name, stimulus, leaky_law(stimulus, use.levels, use.leak_ps, refractory))


def free_running(plan: Plan, use: Use, *, seed: int = 0, jitter_ps: float = 0.0) -> Stimulus:
    """Self reset: groups of spikes, a tick only at power-up and after each training pulse.

    No spike is sent within the band around the refractory time in which it may be counted or ignored: one that would
    fall there is delayed to its end.
    """
    rng, machine, clock = random.Random(f"free {seed}"), Machine(use.levels - 1), _Clock(use)
    frames, start, ticked, quiet = [], SETTLE_PS, True, use.quiet_ps
    for count, train in plan:
        if ticked:
            machine.tick()
        spikes, time = [], start + (use.pace.first_ps if ticked else 0.0)
        for number in input_order(count, use.inputs, rng):
            time = clock.allowed(time, machine)
            spikes.append((number, round(time, 3)))
            time += use.spacing_ps + (rng.uniform(0.0, jitter_ps) if jitter_ps else 0.0)
        settled = max(spikes[-1][1] if spikes else start, start + max(use.pace.first_ps, 0.0)) + quiet
        frames.append(Frame(round(start, 3), ticked, tuple(spikes), train, round(settled, 3)))
        machine.train(train)
        start, ticked = round(settled + (use.pace.guard_ps if train else 0.0), 3), bool(train)
    return Stimulus(use.inputs, tuple(frames), use.pace, round(start + TAIL_PS, 1))


class _Clock:
    """Keeps spikes out of the band around the refractory time, with the law's machine running along."""

    def __init__(self, use: Use) -> None:
        self.low, self.high = use.refractory_ps
        self.fired = float("-inf")

    def allowed(self, time: float, machine: Machine) -> float:
        """The first allowed time from `time` on; feeds the spike to the machine if it counts."""
        since = time - self.fired
        if self.low < since < self.high:
            time, since = self.fired + self.high, self.high
        if since >= self.high and machine.spike():
            self.fired = time
            machine.tick()
        return time


__all__ = ["Exercise", "Pace", "exercise", "exercises", "free_running", "held_out"]
