"""The input-output law and the stimuli that exercise it: pure functions, no circuit."""

from __future__ import annotations

import itertools

import pytest

from sfqgen.timing.exercise import exercise, exercises, free_running, held_out
from sfqgen.timing.law import Machine, frame_law, self_law
from sfqgen.timing.stimulus import Pace, burst_plan, framed, random_plan, saturation_plan, walk_plan
from sfqgen.timing.use import Use


@pytest.mark.parametrize("levels", range(2, 9))
def test_a_frame_gives_one_pulse_exactly_when_n_reaches_k(levels):
    for k in range(1, levels + 1):
        plan = [(1, 1)] * (k - 1) + [(n, 0) for n in range(2 * levels + 2)]
        law = frame_law(framed(plan, 4, Pace(frame_ps=600.0)), levels)[k - 1 :]
        assert [e.k for e in law] == [k] * len(law)
        assert [e.pulses for e in law] == [int(n >= k) for n in range(2 * levels + 2)]


def test_the_deciding_spike_is_the_kth():
    stimulus = framed([(1, 1), (3, 0)], 4, Pace())
    (fired,) = frame_law(stimulus, 2)[1].fired_ps
    assert fired == stimulus.frames[1].spikes[1][1]


@pytest.mark.parametrize("levels", [2, 4, 8])
def test_inc_and_dec_saturate(levels):
    stores = [e.store for e in frame_law(framed(saturation_plan(levels), 4, Pace(frame_ps=600.0)), levels)]
    assert max(stores) == levels - 1
    assert stores[: levels + 2] == [*range(levels), levels - 1, levels - 1]
    assert stores[-2:] == [0, 0]


def test_a_dec_after_a_silent_frame_acts_one_spiking_frame_later():
    plan = [(1, 1), (2, 0), (0, -1), (1, 0), (1, 0)]
    law = frame_law(framed(plan, 1, Pace()), 2)
    assert [e.store for e in law] == [0, 1, 1, 0, 0]
    assert [e.pulses for e in law] == [1, 1, 0, 0, 1]
    assert [e.k for e in law][-2:] == [2, 1]


def test_a_dec_after_a_spiking_frame_acts_at_once():
    law = frame_law(framed([(1, 1), (1, -1), (1, 0)], 1, Pace()), 2)
    assert [e.pulses for e in law] == [1, 0, 1]


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_self_reset_fires_on_every_kth_spike(k):
    use = Use(1, 4, "self", spacing_ps=100.0)
    stimulus = free_running([(1, 1)] * (k - 1) + [(24, 0)], use)
    assert self_law(stimulus, 4, 60.0)[-1].pulses == 24 // k


def test_self_reset_ignores_spikes_within_the_refractory_time():
    use = Use(1, 2, "self", spacing_ps=15.0)
    stimulus = free_running([(24, 0)], use)
    fired = self_law(stimulus, 2, 50.0)[0].fired_ps
    assert len(fired) > 3
    assert min(b - a for a, b in itertools.pairwise(fired)) >= 50.0


def test_self_reset_carries_its_count_from_group_to_group_until_a_tick():
    use = Use(1, 2, "self", spacing_ps=100.0)
    law = self_law(free_running([(1, 1), (3, 0), (1, 0)], use), 2, 60.0)
    assert [e.pulses for e in law] == [1, 1, 1]


def test_a_machine_without_a_tick_is_silent():
    machine = Machine(3)
    assert not any(machine.spike() for _ in range(10))


@pytest.mark.parametrize("levels", [2, 4, 8])
def test_the_walk_meets_every_level_below_at_and_above_its_threshold(levels):
    law = frame_law(framed(walk_plan(levels), 8, Pace(frame_ps=600.0)), levels)
    seen = {(e.k, e.n - e.k) for e in law}
    assert seen >= {(k, d) for k in range(1, levels + 1) for d in (-1, 0, 1, 2)}
    assert [e.store for e in law][-1] == 0


def test_bursts_probe_what_a_full_frame_leaves_behind():
    assert burst_plan(2, 16) == [(16, 0), (0, 0), (1, 1), (16, 0), (1, 0), (2, 0)]


def test_every_input_spikes_once_before_any_spikes_again():
    for frame in framed([(16, 0)] * 5, 16, Pace(frame_ps=600.0), seed=3).frames:
        assert sorted(number for number, _ in frame.spikes) == list(range(16))


def test_the_same_seed_gives_the_same_spikes_and_another_seed_others():
    use = Use(16, 4)
    assert held_out(use, 0) == held_out(use, 0)
    assert held_out(use, 0).stimulus != held_out(use, 1).stimulus
    assert random_plan(4, 20, 8, 1) != random_plan(4, 20, 8, 2)


@pytest.mark.parametrize("reset", ["frame", "self"])
@pytest.mark.parametrize(("inputs", "levels", "rate_ghz"), [(1, 2, 3.0), (16, 4, 3.0), (64, 8, 2.0)])
def test_spikes_keep_their_spacing_and_meet_the_first_stage_inside_their_frame(inputs, levels, rate_ghz, reset):
    use = Use(inputs, levels, reset, frame_ps=1000.0 / rate_ghz)
    for done in exercises(use):
        for frame, following in zip(done.stimulus.frames, done.stimulus.frames[1:], strict=False):
            times = [t for _, t in frame.spikes]
            assert all(b - a >= use.spacing_ps - 0.01 for a, b in itertools.pairwise(times))
            arrivals = [t + use.tree_ps for t in times]
            assert all(frame.start_ps + 69.9 * frame.ticked <= t <= following.start_ps - 29.9 for t in arrivals)


def test_self_reset_never_sends_a_spike_into_the_uncertain_band():
    use = Use(4, 4, "self", spacing_ps=12.0)
    from sfqgen.timing.bounds import refractory_band

    low, high = refractory_band(4)
    for done in exercises(use):
        spikes = [t for frame in done.stimulus.frames for _, t in frame.spikes]
        for fired in (t for e in done.expected for t in e.fired_ps):
            assert not [t for t in spikes if low + 0.01 < t - fired < high - 0.01]


def test_a_plan_that_does_not_fit_is_shortened_by_most_spikes():
    assert Use(16, 4).fitting == 16
    assert Use(16, 4, frame_ps=200.0).most == 7
    assert Use(16, 4, most_spikes=5).most == 5
    assert max(n for n, _ in random_plan(4, 50, 5, 0)) == 5
    assert exercise("walk", walk_plan(2), Use(2, 2)).name == "walk"


def test_held_out_gaps_are_drawn_up_to_40_ps_where_the_frame_has_room():
    use = Use(16, 4)
    frames = [frame for number in range(10) for frame in held_out(use, number).stimulus.frames]
    gaps = [b - a for frame in frames for (_, a), (_, b) in itertools.pairwise(frame.spikes)]
    assert min(gaps) >= 14.99
    assert max(gaps) > 35.0
    assert max(frame.spikes[-1][1] - frame.spikes[0][1] for frame in frames if frame.spikes) <= use.room_ps


def test_over_the_spread_self_reset_keeps_clear_of_the_refractory_time_by_more():
    use = Use(4, 4, "self")
    low, high = use.at(over_spread=True).refractory_ps
    assert low < use.refractory_ps[0] < use.refractory_ps[1] < high
    walk = exercises(use.at(over_spread=True))[0]
    spikes = [t for frame in walk.stimulus.frames for _, t in frame.spikes]
    for fired in (t for e in walk.expected for t in e.fired_ps):
        assert not [t for t in spikes if low + 0.01 < t - fired < high - 0.01]
