"""A test chip around a neuron: drivers, bias, pads and fill on a die, with its pad table and its checks."""
