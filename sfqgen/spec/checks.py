"""Checks that involve more than one field: each says what clashes, the allowed range and the remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError

from sfqgen.timing.bounds import LEAK_FASTEST, LEAK_JTLS_MOST, LEAK_SLOWEST, leak_range
from sfqgen.timing.use import LAST_PS, Use

if TYPE_CHECKING:
    from sfqgen.spec.neuron import NeuronSpec

def check_together(spec: NeuronSpec) -> None:
    """Raises PydanticCustomError, one at a time, with the field that a user would change first."""
    for check in (_levels_reachable, _leak_in_range, _leak_fast_enough, _leak_long_enough, _sampled_in_frame,
                  _frame_long_enough):  # fmt: skip
        check(spec)


def _levels_reachable(spec: NeuronSpec) -> None:
    most = spec.max_spikes or spec.inputs
    if spec.levels > most:
        raise _clash("levels", f"{spec.levels} levels, but a frame brings at most {most} spikes",
                     f"2 to {max(2, most)}", "fewer levels, more inputs, or max_spikes >= levels "
                     "if an input may spike more than once per frame")  # fmt: skip


def _frame_long_enough(spec: NeuronSpec) -> None:
    need = spec.max_spikes or spec.levels
    if spec.leak_tau_ps is None and not spec.sampled and need > Use.of(spec).fitting:
        frame = Use.of(spec).armed_ps + (need - 1) * spec.spacing_ps + LAST_PS
        raise _clash("rate_ghz", f"{need} spikes {spec.spacing_ps:g} ps apart do not fit a {spec.frame_ps:g} ps frame",
                     f"at most {int(1e5 / frame) / 100:g} GHz", "a lower rate_ghz, a smaller spacing_ps "
                     "or a smaller max_spikes")  # fmt: skip


def _leak_in_range(spec: NeuronSpec) -> None:
    if spec.leak_tau_ps is None:
        return
    low, high = leak_range(spec.reset)
    if not low <= spec.leak_tau_ps <= high:
        which = "less than its arming takes" if spec.leak_tau_ps < low else f"more than {LEAK_JTLS_MOST} JTLs delay"
        raise _clash("leak_tau_ps", f"a window of {spec.leak_tau_ps:g} ps is {which}", f"{low:g} to {high:g} ps",
                     "a leak_tau_ps in this range; a longer window is had without a leak, by ticks from outside",
                     )  # fmt: skip


def _leak_fast_enough(spec: NeuronSpec) -> None:
    if spec.leak_tau_ps is None:
        return
    longest = spec.frame_ps / LEAK_SLOWEST
    if spec.leak_tau_ps > longest:
        raise _clash("leak_tau_ps", f"a window of {spec.leak_tau_ps:g} ps lasts up to {LEAK_SLOWEST:g} times as long "
                     f"over a 20 % spread, beyond the {spec.frame_ps:g} ps frame, so a spike would count again in the "
                     "next one", f"{leak_range(spec.reset)[0]:g} to {longest:.1f} ps",
                     "a shorter leak_tau_ps, a lower rate_ghz, or no leak (the frame tick forgets)")  # fmt: skip


def _leak_long_enough(spec: NeuronSpec) -> None:
    if spec.leak_tau_ps is None:
        return
    count = spec.max_spikes or spec.levels
    need = round((count - 1) * spec.spacing_ps / LEAK_FASTEST, 1)
    if spec.leak_tau_ps < need:
        raise _clash("leak_tau_ps", f"{count} spikes {spec.spacing_ps:g} ps apart do not fit a window of "
                     f"{spec.leak_tau_ps:g} ps, which may be {LEAK_FASTEST:g} times as long over a 20 % spread",
                     f"at least {need:g} ps", "a longer leak_tau_ps, a smaller spacing_ps, fewer levels or a smaller "
                     "max_spikes")  # fmt: skip


def _sampled_in_frame(spec: NeuronSpec) -> None:
    """Sampled inputs need the tick, one read after the other within the frame, over a 20 % spread too."""
    if not spec.sampled:
        return
    if spec.reset == "self" or spec.leak_tau_ps is not None:
        raise _clash("sampled", "sampled inputs are read by the frame tick, which a neuron with self reset or with a "
                     "leak does without", "false", "reset: frame and leak_tau_ps: none, or sampled: false")  # fmt: skip
    if (spec.max_spikes or spec.levels) > spec.inputs:
        raise _clash("sampled", f"{spec.max_spikes or spec.levels} spikes per frame, but each of {spec.inputs} sampled "
                     "inputs counts once", "false", "more inputs, fewer levels or a smaller max_spikes")  # fmt: skip
    use = Use.of(spec)
    shortest, latency = use.at(over_spread=True).shortest_ps, use.least_latency_ps
    if spec.frame_ps < shortest:
        raise _clash("rate_ghz", f"reading {spec.inputs} sampled inputs takes up to {shortest:.1f} ps over a 20 % "
                     f"spread, a frame {spec.frame_ps:g} ps", f"at most {int(1e5 / shortest) / 100:g} GHz",
                     "a lower rate_ghz, fewer inputs, or sampled: false")  # fmt: skip
    if spec.latency_ps < latency:
        raise _clash("latency_ps", f"the last of {spec.inputs} sampled inputs reaches the output {latency:.1f} ps "
                     "after the tick or later", f"at least {latency:.1f} ps",
                     "a larger latency_ps, fewer inputs, or sampled: false")  # fmt: skip


def _clash(field: str, what: str, allowed: str, remedy: str) -> PydanticCustomError:
    return PydanticCustomError("clash", "{what}", {"field": field, "what": what, "allowed": allowed, "remedy": remedy})
