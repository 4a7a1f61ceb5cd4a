"""The exception of the law: a DEC after a frame without spikes acts only when a spike has disarmed the stage."""

from __future__ import annotations

import pytest

from cells.neuron import neuron
from sfqgen.timing.count import Outcome, outcome
from sfqgen.timing.exercise import exercise
from sfqgen.timing.record import record
from sfqgen.timing.use import Use


def run(plan: list[tuple[int, int]], levels: int, reset: str = "frame") -> Outcome:
    use = Use(2, levels, reset)
    done = exercise("walk", plan, use)
    (recorded,) = record(neuron(inputs=2, levels=levels, reset=reset), [done])
    return outcome(recorded, done)


def test_after_a_silent_frame_the_old_threshold_holds_until_a_spike_came():
    found = run([(1, 1), (2, 0), (0, -1), (0, 0), (1, 0), (1, 0)], 2)
    assert [f.store for f in found.frames] == [0, 1, 1, 0, 0, 0]  # the store has let go at once
    assert [f.pulses for f in found.frames] == [1, 1, 0, 0, 0, 1]  # the stage stays armed over two silent frames
    assert found.wrong == 0


def test_after_a_frame_with_a_spike_the_new_threshold_holds_at_once():
    found = run([(1, 1), (1, -1), (1, 0)], 2)
    assert [f.pulses for f in found.frames] == [1, 0, 1]
    assert found.wrong == 0


def test_two_decs_in_silent_frames_add_up_and_one_frame_clears_both():
    found = run([(1, 1), (2, 1), (3, 0), (0, -1), (0, -1), (2, 0), (1, 0)], 3)
    assert [f.pulses for f in found.frames] == [1, 1, 1, 0, 0, 0, 1]
    assert found.wrong == 0


@pytest.mark.parametrize("last", [0, 1])
def test_with_self_reset_a_dec_always_acts_one_output_late(last):
    """Its stages are armed whenever no count is open, so every DEC meets an armed stage."""
    found = run([(1, 1), (2, 0), (last * 2, -1), (1, 0), (1, 0), (1, 0)], 2, "self")
    assert found.wrong == 0
    assert [f.store for f in found.frames][-3:] == [0, 0, 0]
    assert [f.pulses for f in found.frames][-3:] == [0, 1, 1]
