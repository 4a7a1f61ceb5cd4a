"""The law with a leak, against its sentence: every spike train on a grid, every threshold, both resets."""

from __future__ import annotations

import itertools

import pytest

from sfqgen.timing.exercise import exercise, exercises
from sfqgen.timing.law import leaky_law
from sfqgen.timing.stimulus import Frame, Pace, Stimulus, walk_plan
from sfqgen.timing.use import Use

SLOT_PS, SLOTS, WINDOW_PS = 20.0, 9, 70.0


def trains() -> list[list[float]]:
    """All 512 trains of spikes on nine slots."""
    grid = [500.0 + SLOT_PS * i for i in range(SLOTS)]
    return [[t for t, there in zip(grid, bits, strict=True) if there]
            for bits in itertools.product((False, True), repeat=SLOTS)]  # fmt: skip


def stimulus(spikes: list[float], incs: int) -> Stimulus:
    """`incs` INC pulses, a tick after them, then the spikes in one frame."""
    rise = [Frame(50.0 * i, True, (), 1, 50.0 * i + 20.0) for i in range(incs)]
    return Stimulus(1, (*rise, Frame(400.0, True, tuple((0, t) for t in spikes))), Pace(), 900.0)


def in_words(spikes: list[float], k: int, reset: str) -> list[float]:
    """The sentence: cut the train into windows, each opened by its first spike, and count in each."""
    fired, window = [], []
    for time in spikes:
        if window and time - window[0] >= WINDOW_PS:
            window = []
        window.append(time)
        if len(window) == k if reset == "frame" else len(window) % k == 0:
            fired.append(time)
    return fired


@pytest.mark.parametrize("reset", ["frame", "self"])
@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_each_window_counts_for_itself(k, reset):
    for spikes in trains():
        law = leaky_law(stimulus(spikes, k - 1), 4, WINDOW_PS, 0.0 if reset == "self" else None)
        assert law[-1].k == k
        assert list(law[-1].fired_ps) == in_words(spikes, k, reset), spikes


def frames(*rows: tuple[float, bool, list[float], int]) -> Stimulus:
    made = [Frame(start, ticked, tuple((0, t) for t in spikes), train, start + 150.0)
            for start, ticked, spikes, train in rows]  # fmt: skip
    return Stimulus(1, tuple(made), Pace(), 2000.0)


def test_an_inc_without_a_tick_acts_when_the_next_window_closes():
    given = frames((0, True, [], 1), (200, False, [200], 0), (400, False, [400, 410], 0))
    assert [e.pulses for e in leaky_law(given, 2, 100.0)] == [0, 1, 1]
    assert [e.k for e in leaky_law(given, 2, 100.0)] == [1, 1, 2]
    assert leaky_law(given, 2, 100.0)[2].fired_ps == (410,)


def test_a_dec_between_windows_acts_one_window_late_even_with_a_tick():
    given = frames((0, True, [], 1), (200, True, [], -1), (400, True, [400], 0), (600, False, [600], 0))
    law = leaky_law(given, 2, 100.0)
    assert [(e.store, e.k, e.pulses) for e in law[2:]] == [(0, 2, 0), (0, 1, 1)]


def test_a_group_may_begin_before_its_frame_and_inside_an_open_window():
    """A frame starts when the first of its pulses may leave, so a close can fall between its first spike and it."""
    given = frames((0, True, [10], 0), (120, False, [90, 130, 140], 0))
    law = leaky_law(given, 2, 100.0)
    assert [e.fired_ps for e in law] == [(10,), (130,)]


def test_without_a_first_tick_nothing_fires_and_no_window_opens():
    assert [e.pulses for e in leaky_law(frames((0, False, [10, 20], 0), (300, False, [300], 0)), 2, 100.0)] == [0, 0]


@pytest.mark.parametrize("reset", ["frame", "self"])
@pytest.mark.parametrize("over_spread", [False, True])
@pytest.mark.parametrize("leak_ps", [80.0, 200.0])
def test_no_spike_is_sent_near_the_edge_of_a_window(reset, over_spread, leak_ps):
    use = Use(4, 3, reset, leak_ps=leak_ps, spacing_ps=12.0, over_spread=over_spread)
    early, late = use.window_ps
    for done in exercises(use):
        opened = float("-inf")
        for time in (t for frame in done.stimulus.frames for _, t in frame.spikes):
            since = time - opened
            assert since <= early + 0.01 or since >= late - 0.01
            opened = time if since > early + 0.01 else opened


@pytest.mark.parametrize("reset", ["frame", "self"])
def test_windows_open_at_the_rate_and_the_walk_meets_every_threshold(reset):
    use = Use(4, 3, reset, leak_ps=120.0, spacing_ps=12.0)
    walk = exercise("walk", walk_plan(3), use)
    firsts = [f.spikes[0][1] for f in walk.stimulus.frames if f.spikes and not f.ticked]
    assert min(b - a for a, b in itertools.pairwise(firsts)) == pytest.approx(use.frame_ps, abs=0.01)
    assert {(e.k, e.n - e.k) for e in walk.expected} >= {(k, d) for k in (1, 2, 3) for d in (-1, 0, 1)}
    assert [f.ticked for f in walk.stimulus.frames][:3] == [True, False, False]
