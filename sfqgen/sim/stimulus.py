"""Source waveforms on a grid of equal steps.

Piecewise-linear shapes are averaged over the two steps around each grid point with a triangular weight: away from
their corners that changes nothing, at a corner that falls between two grid points it keeps charge and first moment
exact, so that the timing error of the integration stays a smooth function of the step.
"""

from __future__ import annotations

import math

import numpy as np

from sfqgen.errors import SfqgenError
from sfqgen.netlist.circuit import PHI0_UV_PS, Waveform

KAPPA = PHI0_UV_PS / (2 * math.pi)
"""Phi0 / 2 pi in uV ps: voltage = KAPPA * d(phase)/dt."""

BIAS_WAVE = Waveform("pwl", (0.0, 0.0, 10.0, 1.0))
"""A `Bias` comes up within 10 ps, as in `sfqgen.netlist.views.sim_view`."""

MAX_PERIODS = 2_000_000
MAX_DRAWS = 50_000_000
_GAUSS_NODES, _GAUSS_WEIGHTS = np.polynomial.legendre.leggauss(3)


def corners(wave: Waveform, stop_ps: float) -> tuple[np.ndarray, np.ndarray] | None:
    """Times and values of the corners of a piecewise-linear wave up to `stop_ps`; None for any other kind.

    Two corners at the same time are a jump. The value before the first corner is that of the first.
    """
    numbers = np.asarray(wave.values, dtype=float)
    match wave.kind:
        case "dc":
            return np.zeros(1), numbers[:1]
        case "pwl":
            return numbers[0::2], numbers[1::2]
        case "pulse":
            return _pulse_corners(numbers, stop_ps)
        case _:
            return None


def _pulse_corners(numbers: np.ndarray, stop_ps: float) -> tuple[np.ndarray, np.ndarray]:
    low, high, delay, rise, fall, width, period = [*numbers, *[0.0] * (7 - len(numbers))]
    shape = np.array([0.0, rise, rise + width, rise + width + fall])
    if period <= 0:
        starts = np.array([delay])
    else:
        count = max(1, math.ceil((stop_ps - delay) / period) + 1)
        if count > MAX_PERIODS:
            raise SfqgenError(f"a pulse source has {count} periods", allowed=f"at most {MAX_PERIODS}")
        starts = delay + period * np.arange(count)
    times = (starts[:, None] + shape).ravel()
    values = np.tile([low, high, high, low], len(starts))
    return np.concatenate([[0.0], times]), np.concatenate([[low], values])


def value_at(wave: Waveform, t_ps: np.ndarray) -> np.ndarray:
    """The wave at the given times, unsmoothed; at a jump the value after it."""
    shape = corners(wave, float(t_ps[-1]) if len(t_ps) else 0.0)
    if shape is not None:
        return _interpolated(*shape, t_ps)
    numbers = [*wave.values, *[0.0] * 6]
    if wave.kind == "sin":
        offset, amplitude, frequency, delay, damping = numbers[:5]
        since = np.maximum(t_ps - delay, 0.0)
        return offset + amplitude * np.sin(2 * math.pi * frequency * since) * np.exp(-damping * since)
    if wave.kind == "exp":
        first, second, delay1, tau1, delay2, tau2 = numbers[:6]
        rise = -np.expm1(-np.maximum(t_ps - delay1, 0.0) / tau1)
        fall = -np.expm1(-np.maximum(t_ps - delay2, 0.0) / tau2)
        return first + (second - first) * (rise - fall)
    raise SfqgenError(f"source kind {wave.kind} is not known", allowed="pwl, pulse, sin, exp, dc, noise")


def _interpolated(times: np.ndarray, values: np.ndarray, t_ps: np.ndarray) -> np.ndarray:
    after = np.searchsorted(times, t_ps, side="right")
    left, right = np.clip(after - 1, 0, None), np.clip(after, None, len(times) - 1)
    span = times[right] - times[left]
    share = np.divide(t_ps - times[left], span, out=np.zeros_like(t_ps), where=span > 0)
    inside = (after > 0) & (after < len(times))
    return np.where(inside, values[left] + share * (values[right] - values[left]), values[np.where(after > 0, left, 0)])


def increments(wave: Waveform, step_ps: float, n_steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Steps k (0-based) in which the smoothed wave changes and its change from k to k+1; it starts from 0 at t = 0."""
    shape = corners(wave, n_steps * step_ps)
    if shape is None:
        points = value_at(wave, step_ps * np.arange(1, n_steps + 1))
        return np.arange(n_steps), np.diff(points, prepend=0.0)
    steps = _moving_steps(*shape, step_ps, n_steps)
    before, after = (_smoothed(*shape, step_ps, steps + k) for k in (0, 1))
    before[steps == 0] = 0.0
    delta = after - before
    keep = delta != 0.0
    return steps[keep], delta[keep]


def _moving_steps(times: np.ndarray, values: np.ndarray, step_ps: float, n_steps: int) -> np.ndarray:
    """Sorted steps during which a corner wave may change: its sloping segments, one step wider on both sides."""
    moves = [np.zeros(1, dtype=int)]
    for k in np.flatnonzero(np.diff(values)):
        first = max(int(times[k] / step_ps) - 2, 0)
        last = min(int(times[k + 1] / step_ps) + 3, n_steps)
        if first < last:
            moves.append(np.arange(first, last))
    return np.unique(np.concatenate(moves))


def _smoothed(times: np.ndarray, values: np.ndarray, step_ps: float, index: np.ndarray) -> np.ndarray:
    """The wave at grid points `index`, averaged with a triangle of half-width one step."""
    t_ps = index * float(step_ps)
    result = _interpolated(times, values, t_ps)
    slopes = np.divide(np.diff(values), np.diff(times), out=np.zeros(len(values) - 1), where=np.diff(times) > 0)
    bends = np.diff(slopes, prepend=0.0, append=0.0)
    jumps = np.where(np.diff(times, append=times[-1] + 1.0) == 0.0, np.diff(values, append=values[-1]), 0.0)
    for amount, power in ((bends, 3), (jumps, 2)):
        matters = np.flatnonzero((amount != 0.0) & (times <= t_ps[-1] + step_ps) & (times > 0.0))
        before = np.floor(times[matters] / step_ps).astype(int)
        for near in (before, before + 1):
            at = np.searchsorted(index, near)
            hit = (at < len(index)) & (index[np.minimum(at, len(index) - 1)] == near)
            gap = near[hit] - times[matters][hit] / step_ps
            if power == 3:
                change = amount[matters][hit] * step_ps * (1 - np.abs(gap)) ** 3 / 6
            else:
                change = amount[matters][hit] * np.where(gap < 0, 1, -1) * (1 - np.abs(gap)) ** 2 / 2
            np.add.at(result, at[hit], change)
    return result


def phase_increments(wave: Waveform, step_ps: float, n_steps: int) -> tuple[np.ndarray, np.ndarray]:
    """As `increments`, for the phase (rad) that a voltage wave (uV) imposes: its integral over KAPPA."""
    edges = step_ps * np.arange(n_steps + 1)
    shape = corners(wave, float(edges[-1]))
    if shape is not None:
        times, values = shape
        grid = np.unique(np.concatenate([edges, times[(times > 0) & (times < edges[-1])]]))
        middle = _interpolated(times, values, 0.5 * (grid[1:] + grid[:-1]))
        total = np.concatenate([[0.0], np.cumsum(middle * np.diff(grid))])
        delta = np.diff(total[np.searchsorted(grid, edges)])
    else:
        points = edges[:-1, None] + 0.5 * step_ps * (1 + _GAUSS_NODES)
        delta = value_at(wave, points.ravel()).reshape(points.shape) @ _GAUSS_WEIGHTS * 0.5 * step_ps
    steps = np.flatnonzero(delta)
    return steps, delta[steps] / KAPPA


def noise_points(wave: Waveform, key: tuple[int, ...], step_ps: float, n_steps: int) -> np.ndarray:
    """A "noise" wave at the grid points 0..n_steps: normal draws of its rms, one per its own step, from its delay on.

    Each point is the mean over one step around it, so that draws faster than the grid lose nothing but bandwidth.
    `key` (seed, sample, element) fixes the draws.
    """
    rms, delay, spacing = [*wave.values, *[0.0] * 3][:3]
    spacing = spacing if spacing > 0 else step_ps
    edges = step_ps * (np.arange(n_steps + 2) - 0.5)
    count = max(math.ceil((edges[-1] - delay) / spacing), 1)
    if count > MAX_DRAWS:
        raise SfqgenError(f"a noise source needs {count} draws", allowed=f"at most {MAX_DRAWS}",
                          remedy="raise the step of the noise")  # fmt: skip
    draws = np.random.default_rng(np.random.SeedSequence(key)).normal(scale=rms, size=count) if rms else np.zeros(count)
    total = np.concatenate([[0.0], np.cumsum(draws) * spacing])
    integral = np.interp(edges - delay, spacing * np.arange(count + 1), total)
    return np.diff(integral) / step_ps
