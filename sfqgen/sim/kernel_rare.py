"""Compiled parts of the time loop that run seldom, or only in circuits that have gaps, noise or lines."""

from __future__ import annotations

import numpy as np

from sfqgen.sim.arrays import ACCELERATION, JUNCTION_ROWS, R1, RATE, RESISTOR_ROWS, TURNS, W1, Z1
from sfqgen.sim.simd import compiled

TWO_PI = 2.0 * np.pi
PHASE_LIMIT = 1e12


@compiled
def record(rule, state, events, j, lane, step, phase):
    """Pulses of one junction within the last step, by its phase polynomial at the end of the step; False if wild."""
    if not abs(phase) < PHASE_LIMIT:
        return False
    c, h, error_constant = rule[0], rule[5], rule[6]
    row, memory = JUNCTION_ROWS * j, state.junction
    rate = c * phase + memory[row + W1, lane]
    acceleration = c * rate + memory[row + Z1, lane]
    jerk = (acceleration - memory[row + ACCELERATION, lane]) / h
    rate += error_constant * h * h * jerk  # what the rule's derivative lacks against that of a smooth curve
    turns = np.rint(phase / TWO_PI)
    if abs(turns - memory[row + TURNS, lane]) > len(events.time) - events.count[0]:
        return False
    while memory[row + TURNS, lane] != turns:
        direction = 1.0 if turns > memory[row + TURNS, lane] else -1.0
        target = TWO_PI * memory[row + TURNS, lane] + direction * np.pi
        low, high = 0.0, h  # how long ago
        for _ in range(50):
            back = 0.5 * (low + high)
            then = phase - back * (rate - back * (0.5 * acceleration - back * jerk / 6.0))
            if (then - target) * direction >= 0.0:
                low = back
            else:
                high = back
        k = events.count[0]
        events.time[k] = step * h - 0.5 * (low + high)
        events.what[k, 0], events.what[k, 1], events.what[k, 2] = j, lane, int(direction)
        events.count[0] = k + 1
        memory[row + TURNS, lane] += direction
    return True


@compiled
def regions(wiring, numbers, state, j, width):
    """Region of the quasiparticle branch for the predicted rate in scratch[0]; its offset current to scratch[1].

    Returns whether some lane changed its region, which makes the factor out of date.
    """
    nj = len(wiring.junction_x)
    changed = False
    state.excited[j] = False
    for lane in range(width):
        rate = state.scratch[0, lane]
        region = 0.0
        if abs(rate) >= wiring.gap[j, 0]:
            region = 1.0 if abs(rate) < wiring.gap[j, 1] else 2.0
            state.excited[j] = True
        state.scratch[1, lane] = 0.0
        if region == 1.0:
            state.scratch[1, lane] = numbers.offset[j, lane] if rate > 0 else -numbers.offset[j, lane]
        if region != state.region[j, lane]:
            more = numbers.conductance[int(region) * nj + j, lane] - numbers.conductance[
                int(state.region[j, lane]) * nj + j, lane]  # fmt: skip
            state.junction[JUNCTION_ROWS * j + RATE, lane] += more
            numbers.g[j, lane] += wiring.rule[0] * more
            state.region[j, lane] = region
            changed = True
    return changed


@compiled
def draw_noise(wiring, numbers, state, step):
    """Normal noise for this step: a hash of sample seed, step and element picks four quantiles, their sum is halved."""
    table = wiring.quantiles
    nj = len(wiring.junction_x)
    ports = len(wiring.ports)
    for row in range(numbers.noise.shape[0]):
        count = np.uint64(step) * np.uint64(numbers.noise.shape[0]) + np.uint64(row)
        for lane in range(numbers.noise.shape[1]):
            z = state.seeds[lane] + count * np.uint64(0x9E3779B97F4A7C15)
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            z = z ^ (z >> np.uint64(31))
            total = 0.0
            for shift in (0, 12, 24, 36):
                total += table[(z >> np.uint64(shift)) & np.uint64(4095)]
            value = 0.5 * total * numbers.noise[row, lane]
            if row < nj:
                state.kick[row, lane] = value
            elif row >= nj + ports:
                state.next_emf[row - nj, lane] = value


@compiled
def send_waves(lanes, wiring, numbers, state, step):
    """Put v + Z i of each port into its ring; then find what arrives at each port at the end of the step."""
    ports = wiring.ports
    c, kappa = wiring.rule[0], wiring.rule[7]
    for port in range(len(ports)):
        at = ports[port, 2] + step % ports[port, 3]
        plus, minus = wiring.resistor_x[port, 0], wiring.resistor_x[port, 1]
        for lane in range(len(lanes)):
            flux = kappa * (state.x[plus, lane] - state.x[minus, lane])
            current = (c * flux + state.resistor[RESISTOR_ROWS * port + R1, lane]) * numbers.admittance[port, lane]
            state.ring[at, lane] = 2.0 * numbers.resistance[port, lane] * current - state.emf[port, lane]
    for port in range(len(ports)):
        other, delay = ports[port, 0], ports[port, 1]
        start, length = ports[other, 2], ports[other, 3]
        for lane in range(len(lanes)):
            total = 0.0
            for k in range(4):
                at = step - delay - k
                if at >= 0:
                    total += wiring.port_weights[port, k] * state.ring[start + at % length, lane]
            state.next_emf[port, lane] = -total
