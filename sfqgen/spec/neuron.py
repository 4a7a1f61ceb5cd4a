"""`NeuronSpec`: what a user asks for. One frozen model; every field has a range, a unit and a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from sfqgen.spec.checks import check_together
from sfqgen.spec.units import Gigahertz, Kelvin, Micron, Picosecond, no_switch


def none_in_words(value: object) -> object:
    """YAML's `none` is a text; here it means that the field is left out."""
    return None if isinstance(value, str) and value.strip().lower() == "none" else value


class LayoutSpec(BaseModel):
    """Drawing options of the layout."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fill: bool = Field(True, description="Dummy junctions in empty tiles, for even density.")
    coldflux_labels: bool = Field(
        True, description="Port and junction labels in the style of the ColdFlux library (layer 182/0) beside ours."
    )


class ExtractSpec(BaseModel):
    """How inductances are extracted from the drawn metal."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    grid_um: Annotated[Micron, Field(ge=0.1, le=0.5)] = Field(
        0.25, description="Cell of the extraction grid; 0.25 um by default, 0.125 um for sign-off."
    )
    tolerance_pct: float = Field(
        2.0, ge=0.1, le=20.0, description="Largest deviation of an extracted inductor from its target."
    )

    @field_validator("tolerance_pct", mode="before")
    @classmethod
    def _no_switch(cls, value: object) -> object:
        return no_switch(value)


class ProcessSpec(BaseModel):
    """Overlays for users with access to the foundry's own figures; our files are public-derived."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules_overlay: Path | None = Field(
        None, description="YAML with design-rule values that replace ours; none: the public-derived rules."
    )
    constants_overlay: Path | None = Field(
        None, description="YAML with process constants that replace ours; none: the public-derived constants."
    )

    @field_validator("*", mode="before")
    @classmethod
    def _none_in_words(cls, value: object) -> object:
        return none_in_words(value)


class NeuronSpec(BaseModel):
    """An on-chip trainable SFQ neuron: how many inputs and levels, how fast, and what counts as confirmed."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="NeuronSpec")

    name: str = Field(
        pattern=r"^[a-z][a-z0-9_]{0,31}$",
        description="Name of files and of the top cell: lower case, digits and underscores, at most 32 characters.",
    )
    inputs: int = Field(2, ge=1, le=64, description="Number of spike inputs.")
    levels: int = Field(2, ge=2, le=8, description="Number of threshold levels, k = 1 to this number.")
    reset: Literal["frame", "self"] = Field(
        "frame", description="What empties the neuron: the frame tick, or its own output (integrate and fire)."
    )
    leak_tau_ps: Annotated[Picosecond, Field(ge=10.0, le=10_000.0)] | None = Field(
        None,
        description="Leak: the window in which spikes count together. It opens with the first spike; this long after "
        "it all that was counted is forgotten, and the next spike opens a new one. none: kept until the reset.",
    )
    sampled: bool = Field(
        False, description="Inputs that hold a spike until the next frame tick reads them one by one, so that spikes "
        "may be simultaneous: each input counts once per frame, the output comes a frame later.",
    )  # fmt: skip
    rate_ghz: Annotated[Gigahertz, Field(ge=0.05, le=10.0)] = Field(
        3.0, description="Frames (samples) per second."
    )  # fmt: skip
    spacing_ps: Annotated[Picosecond, Field(ge=8.0, le=100.0)] = Field(
        15.0, description="Least time between two spikes of one frame, over all inputs."
    )
    max_spikes: int | None = Field(
        None, ge=1, le=64,
        description="Most spikes in one frame that must be counted right; none: one per input, or as many as fit.",
    )  # fmt: skip
    latency_ps: Annotated[Picosecond, Field(gt=0.0, le=1000.0)] = Field(
        120.0, description="Longest time from the deciding spike at the input to the output pulse."
    )
    ic_scale: float = Field(
        1.0, ge=0.9, le=1.2, description="Factor on every critical current and bias; inductances and shunts follow."
    )
    margin_pct: float = Field(
        25.0, ge=0.0, le=40.0, description="Margin required of every single parameter, per side."
    )
    temperature_k: Annotated[Kelvin, Field(ge=0.0, le=10.0)] = Field(
        4.2, description="Temperature of the thermal noise in noise runs."
    )
    seed: int = Field(1, ge=0, le=2**31 - 1, description="Seed of every random stimulus and noise run.")
    layout: LayoutSpec = Field(LayoutSpec(), description="How the neuron is drawn.")
    extract: ExtractSpec = Field(ExtractSpec(), description="How inductances are extracted.")
    process: ProcessSpec = Field(ProcessSpec(), description="Overlays of the public-derived process figures.")

    @field_validator("leak_tau_ps", "max_spikes", mode="before")
    @classmethod
    def _none_in_words(cls, value: object) -> object:
        return none_in_words(value)

    @field_validator("inputs", "levels", "max_spikes", "seed", "ic_scale", "margin_pct", mode="before")
    @classmethod
    def _no_switch(cls, value: object) -> object:
        return no_switch(value)

    @model_validator(mode="after")
    def _consistent(self) -> NeuronSpec:
        check_together(self)
        return self

    @property
    def frame_ps(self) -> float:
        """Time from one frame tick to the next, rounded to the 0.1 ps of the stimulus."""
        return round(1000.0 / self.rate_ghz, 1)

    @property
    def spikes(self) -> int:
        """Most spikes per frame that the verdict exercises."""
        from sfqgen.timing.use import Use

        return Use.of(self).most

    def circuit_kwargs(self) -> dict[str, int | float | str]:
        """Flat keyword arguments of `cells.neuron.neuron` and of `sfqgen.layout.neuron.draw_neuron`.

        Plain numbers and texts only: a layout cell that was handed a pydantic object would be cached by its name.
        """
        flat = {"inputs": self.inputs, "levels": self.levels, "reset": self.reset, "ic_scale": self.ic_scale}
        leak = {} if self.leak_tau_ps is None else {"leak_ps": self.leak_tau_ps}
        return {**flat, **leak, **({"sampled": True} if self.sampled else {})}
