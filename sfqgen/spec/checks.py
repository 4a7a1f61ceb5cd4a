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
    for check in (_levels_reachable, _leak_in_range, _leak_fast_enough, _leak_long_enough, _frame_long_enough):
        check(spec)


def _levels_reachable(spec: NeuronSpec) -> None:
    most = spec.max_spikes or spec.inputs
    if spec.levels > most:
        raise _clash("levels", f"{spec.levels} levels, but a frame brings at most {most} spikes",
                     f"2 to {max(2, most)}", "fewer levels, more inputs, or max_spikes >= levels "
                     "if an input may spike more than once per frame")  # fmt: skip


def _frame_long_enough(spec: NeuronSpec) -> None:
    need = spec.max_spikes or spec.levels
    if spec.leak_tau_ps is None and need > Use.of(spec).fitting:
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


def _clash(field: str, what: str, allowed: str, remedy: str) -> PydanticCustomError:
    return PydanticCustomError("clash", "{what}", {"field": field, "what": what, "allowed": allowed, "remedy": remedy})
