"""What the user asks for."""

from sfqgen.spec.load import load_spec
from sfqgen.spec.neuron import NeuronSpec

__all__ = ["NeuronSpec", "load_spec"]
