"""Checks that involve more than one field: each says what clashes, the allowed range and the remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic_core import PydanticCustomError

from sfqgen.timing.use import LAST_PS, Use

if TYPE_CHECKING:
    from sfqgen.spec.neuron import NeuronSpec

LEAK_LOOP_PH = 15.6
"""Inductance of the leaky integrating loop (two 5.3 pH arms and 5 pH of junctions); tau = L / R."""
LEAST_RESISTOR_OHM = 0.1
"""Smallest R5 resistor with a usable accuracy: 0.05 squares at 2 ohm per square."""


def check_together(spec: NeuronSpec) -> None:
    """Raises PydanticCustomError, one at a time, with the field that a user would change first."""
    for check in (_levels_reachable, _frame_long_enough, _leak_fast_enough, _leak_drawable, _leak_offered):
        check(spec)


def _levels_reachable(spec: NeuronSpec) -> None:
    most = spec.max_spikes or spec.inputs
    if spec.levels > most:
        raise _clash("levels", f"{spec.levels} levels, but a frame brings at most {most} spikes",
                     f"2 to {max(2, most)}", "fewer levels, more inputs, or max_spikes >= levels "
                     "if an input may spike more than once per frame")  # fmt: skip


def _frame_long_enough(spec: NeuronSpec) -> None:
    need = spec.max_spikes or spec.levels
    if need > Use.of(spec).fitting:
        frame = Use.of(spec).armed_ps + (need - 1) * spec.spacing_ps + LAST_PS
        raise _clash("rate_ghz", f"{need} spikes {spec.spacing_ps:g} ps apart do not fit a {spec.frame_ps:g} ps frame",
                     f"at most {int(1e5 / frame) / 100:g} GHz", "a lower rate_ghz, a smaller spacing_ps "
                     "or a smaller max_spikes")  # fmt: skip


def _leak_fast_enough(spec: NeuronSpec) -> None:
    if spec.leak_tau_ps is not None and spec.leak_tau_ps > spec.frame_ps:
        raise _clash("leak_tau_ps", f"a leak of {spec.leak_tau_ps:g} ps outlives the {spec.frame_ps:g} ps frame, "
                     "so a spike would count again in the next one", f"10 to {spec.frame_ps:g} ps",
                     "a shorter leak_tau_ps, a lower rate_ghz, or no leak (the frame tick forgets)")  # fmt: skip


def _leak_drawable(spec: NeuronSpec) -> None:
    if spec.leak_tau_ps is None:
        return
    r_ohm = LEAK_LOOP_PH / spec.leak_tau_ps
    if r_ohm < LEAST_RESISTOR_OHM:
        raise _clash("leak_tau_ps", f"a leak of {spec.leak_tau_ps:g} ps needs a resistor of {r_ohm:.3f} ohm, "
                     f"less than the {LEAST_RESISTOR_OHM:g} ohm that R5 can be drawn with",
                     f"10 to {LEAK_LOOP_PH / LEAST_RESISTOR_OHM:g} ps", "a shorter leak_tau_ps or no leak")  # fmt: skip


def _leak_offered(spec: NeuronSpec) -> None:
    if spec.leak_tau_ps is not None:
        raise _clash("leak_tau_ps", "the swallow chain keeps every counted spike until the reset, it has no leak",
                     "none", "leak_tau_ps: none")  # fmt: skip


def _clash(field: str, what: str, allowed: str, remedy: str) -> PydanticCustomError:
    return PydanticCustomError("clash", "{what}", {"field": field, "what": what, "allowed": allowed, "remedy": remedy})
