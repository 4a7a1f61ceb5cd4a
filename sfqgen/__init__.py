"""sfqgen: one specification of a trainable SFQ neuron to netlist, layout and verdict."""

__version__ = "0.1.0"
