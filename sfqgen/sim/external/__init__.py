"""Other engines behind one protocol: a deck in, waveforms out. Programs are found on PATH when they are asked for."""
