"""How a neuron is used and what is asked of it: the flat numbers from which every exercise and limit follows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sfqgen.timing.bounds import LEAK_REST_PS, SAMPLE_SLOWEST, STAGE_PS, armed_ps, refractory_band, window_band
from sfqgen.timing.stimulus import OUT_PS, Pace

if TYPE_CHECKING:
    from sfqgen.spec.neuron import NeuronSpec

LAST_PS, GUARD_PS = 30.0, 55.0
"""Last spike to next tick, where spikes meet the first stage; INC or DEC to next tick."""
READ_OUT_PS = 30.0
"""Sampled inputs: from a read to the output, one input and one stage."""
SAMPLED_OUT_PS = 55.0
"""Sampled inputs: tick to the earliest pulse of its frame, where reading is as fast as the process goes."""
SELF_PS = 15.0
"""Self reset: the tick runs through one merger more, and its token through three JTLs more."""
SETTLED_PS = 60.0
"""Self reset: from the end of the refractory time to a training pulse, while the reset still arms the later stages."""


@dataclass(frozen=True)
class Use:
    """A neuron's size, its pace in ps and its limits. `most_spikes` 0: as many as there are inputs and fit a frame.

    `over_spread`: self reset keeps spikes clear of the refractory time of a neuron whose parameters are off by up to
    20 %, not only of the nominal one; frame reset has no such time. `leak_ps`: window of a neuron with a leak, whose
    frames are its windows. `sampled`: inputs that hold their spikes until the next tick.
    """

    inputs: int
    levels: int
    reset: str = "frame"
    frame_ps: float = 333.3
    spacing_ps: float = 15.0
    latency_ps: float = 120.0
    most_spikes: int = 0
    seed: int = 1
    over_spread: bool = False
    leak_ps: float | None = None
    sampled: bool = False

    @classmethod
    def of(cls, spec: NeuronSpec) -> Use:
        return cls(spec.inputs, spec.levels, spec.reset, spec.frame_ps, spec.spacing_ps, spec.latency_ps,
                   spec.max_spikes or 0, spec.seed, leak_ps=spec.leak_tau_ps, sampled=spec.sampled)  # fmt: skip

    @property
    def tree_ps(self) -> float:
        """Input pin, or token cell of the input read last, to first stage beyond what a single input takes."""
        from cells.neuron import back_delay_ps, tree_delay_ps

        if self.sampled:
            return back_delay_ps(self.inputs, self.levels)
        return tree_delay_ps(self.inputs, self.leak_ps, self.reset)

    @property
    def pace(self) -> Pace:
        """At the pins: spikes are sent ahead by the delay of the tree, so that their window lies between the ticks."""
        first = round(self.first_ps - self.tree_ps, 3)
        return Pace(self.frame_ps, first, self.spacing_ps, GUARD_PS, SAMPLED_OUT_PS if self.sampled else OUT_PS)

    @property
    def armed_ps(self) -> float:
        """Frame tick to first spike, where spikes meet the first stage."""
        return armed_ps(self.levels)

    @property
    def first_ps(self) -> float:
        """The same for the tick after a training pulse, when a neuron resets itself; a tick is late behind a leak."""
        from cells.neuron import leak_tick_ps

        late = leak_tick_ps(self.leak_ps, self.reset) if self.leak_ps else 0.0
        return self.armed_ps + late + (SELF_PS if self.reset == "self" or self.leak_ps else 0.0)

    @property
    def refractory_ps(self) -> tuple[float, float]:
        """Self reset: after a deciding spike none is sent between these times."""
        return refractory_band(self.levels, self.over_spread)

    @property
    def window_ps(self) -> tuple[float, float]:
        """Leak: after the spike that opened a window none is sent between these times."""
        return window_band(self.leak_ps, self.over_spread)

    @property
    def read_ps(self) -> tuple[float, float]:
        """Sampled inputs: from the tick to the reads of the first and of the last input."""
        from cells.neuron import read_delay_ps

        first, last = read_delay_ps(self.inputs, self.levels)
        return (first, last * SAMPLE_SLOWEST) if self.over_spread else (first, last)

    @property
    def least_latency_ps(self) -> float:
        """Sampled inputs: from the tick to the output pulse of the input read last, never less."""
        return self.read_ps[1] + self.tree_ps + READ_OUT_PS + STAGE_PS * (self.levels - 2)

    @property
    def shortest_ps(self) -> float:
        """Least frame of a neuron with a leak or with sampled inputs; without either no such bound."""
        if self.sampled:
            from cells.neuron import passed_delay_ps

            passed = passed_delay_ps(self.inputs, self.levels)
            return round(passed * (SAMPLE_SLOWEST if self.over_spread else 1.0) + LAST_PS, 1)
        return self.leak_ps + LEAK_REST_PS if self.leak_ps else 0.0

    @property
    def quiet_ps(self) -> float:
        """Self reset: from the last spike to a training pulse."""
        return round(refractory_band(self.levels, over_spread=True)[1] + SETTLED_PS + self.tree_ps, 1)

    @property
    def most(self) -> int:
        """Most spikes in one frame of the exercises."""
        return self.most_spikes or min(max(self.inputs, self.levels), self.fitting)

    @property
    def fitting(self) -> int:
        """Spikes that fit between two ticks, or into a window of the leak, at the least spacing; or one per input."""
        if self.sampled:
            return self.inputs
        if self.leak_ps:
            return int(self.window_ps[0] // self.spacing_ps) + 1
        return max(0, int(self.room_ps // self.spacing_ps) + 1) if self.room_ps >= 0 else 0

    @property
    def room_ps(self) -> float:
        """Frame reset: from the earliest to the latest spike between two ticks."""
        return self.frame_ps - self.armed_ps - LAST_PS

    def at(self, **changes: float) -> Use:
        """The same neuron used at another pace."""
        return replace(self, **changes)
