"""Pulses read off a phase that was sampled in time, for engines that return waveforms only."""

from __future__ import annotations

import numpy as np


def crossings(t_ps: np.ndarray, phase_rad: np.ndarray) -> np.ndarray:
    """Signed times (ps) at which a phase passes (2k+1) pi, negative on the way down; straight lines between points."""
    turns = np.rint(phase_rad / (2 * np.pi))
    times = []
    for k in np.flatnonzero(np.diff(turns)):
        direction = np.sign(turns[k + 1] - turns[k])
        for turn in np.arange(turns[k], turns[k + 1], direction):
            target = 2 * np.pi * turn + direction * np.pi
            share = (target - phase_rad[k]) / (phase_rad[k + 1] - phase_rad[k])
            times.append(direction * (t_ps[k] + share * (t_ps[k + 1] - t_ps[k])))
    return np.array(times)
