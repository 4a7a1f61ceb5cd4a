"""The compiled time loop. One call advances one block of W samples; it holds no lock, so blocks run in threads.

Every array of a block is (rows, W), samples innermost. Per step and block: a pass over the junctions (differentiate,
predict, sine), one over the resistive branches, then forward and backward substitution with the stored factor.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from sfqgen.sim.arrays import (
    ACCELERATION,
    ADMITTANCE,
    CAP,
    IC,
    INDUCTANCE,
    JUNCTION_ROWS,
    R1,
    R2,
    RATE,
    RESISTANCE,
    RESISTOR_ROWS,
    TURNS,
    W1,
    W2,
    Z1,
    Z2,
)  # fmt: skip
from sfqgen.sim.kernel_rare import TWO_PI, draw_noise, record, regions, send_waves
from sfqgen.sim.simd import any_above, any_differs, compiled, load, magnitude, muladd, nearest, splat, store

TWO_PI_LOW = 2.44929359829470635445e-16  # what the double TWO_PI lacks
PI_SQUARED = np.pi**2
# sin(r) = r (pi^2 - r^2) P(r^2) on [-pi, pi]; least-maximum fit of P, error below 1.2e-11.
P0, P1, P2, P3 = 0.10132118363612455, -0.006620881656269653, 0.00017350758840529299, -2.523388302345649e-06
P4, P5, P6 = 2.3532263406627215e-08, -1.5225607359242665e-10, 6.54134281267448e-13

DONE, EVENTS_FULL, DIVERGED, SINGULAR = 0, 1, 2, 3


@njit(inline="always")
def sine(lanes, phase):
    """sin of each lane."""
    turns = nearest(phase * splat(lanes, 1.0 / TWO_PI))
    r = muladd(turns, splat(lanes, -TWO_PI), phase)
    r = muladd(turns, splat(lanes, -TWO_PI_LOW), r)
    y = r * r
    y2 = y * y
    low = muladd(y2, muladd(y, splat(lanes, P3), splat(lanes, P2)), muladd(y, splat(lanes, P1), splat(lanes, P0)))
    high = muladd(y2, splat(lanes, P6), muladd(y, splat(lanes, P5), splat(lanes, P4)))
    return (r * (splat(lanes, PI_SQUARED) - y)) * muladd(y2 * y2, high, low)



@compiled
def factorise(lanes, wiring, numbers, state):
    """The block's matrix = L D L^T; returns a row whose pivot is not above 0, or -1."""
    n = len(wiring.row_start) - 1
    for entry in range(len(wiring.entry_start) - 1):
        total = splat(lanes, 0.0)
        for k in range(wiring.entry_start[entry], wiring.entry_start[entry + 1]):
            total = muladd(load(lanes, numbers.g, wiring.entry_g[k]), splat(lanes, wiring.entry_sign[k]), total)
        if entry < n:
            store(lanes, state.inverse, entry, total)
        else:
            store(lanes, state.factor, entry - n, total)
    bad = -1
    for j in range(n):
        inverse = splat(lanes, 1.0) / load(lanes, state.inverse, j)
        store(lanes, state.inverse, j, inverse)
        for lane in range(len(lanes)):
            pivot = state.inverse[j, lane]
            if bad < 0 and not (pivot > 0.0 or (wiring.implicit and pivot < 0.0)):
                bad = j
        first, last = wiring.column_start[j], wiring.column_start[j + 1]
        for a in range(first, last):
            row = wiring.column_row[a]
            scaled = load(lanes, state.factor, a) * inverse
            store(lanes, state.inverse, row, load(lanes, state.inverse, row) - scaled * load(lanes, state.factor, a))
            k = wiring.column_start[row]
            for b in range(a + 1, last):
                while wiring.column_row[k] != wiring.column_row[b]:
                    k += 1
                store(lanes, state.factor, k, load(lanes, state.factor, k) - scaled * load(lanes, state.factor, b))
        for a in range(first, last):
            store(lanes, state.factor, a, load(lanes, state.factor, a) * inverse)
    return bad


@compiled
def feed_sources(lanes, wiring, numbers, state, changes, step):
    """Sources at the end of the step, and the right-hand side that holds them alone."""
    for k in range(changes.start[step], changes.start[step + 1]):
        row = changes.row[k]
        factor = load(lanes, numbers.injection, changes.factor[k])
        now = muladd(factor, splat(lanes, changes.delta[k]), load(lanes, state.source, row))
        store(lanes, state.source, row, now)
    for row in range(len(wiring.row_start) - 1):
        store(lanes, state.b, row, load(lanes, state.source, row))


@compiled
def pass_junctions(lanes, wiring, numbers, state, events, step, noisy):
    """Memory and predicted supercurrent of every junction to the right-hand side; returns (wild junction, dirty)."""
    rule, jx, jb, x, b = wiring.rule, wiring.junction_x, wiring.junction_b, state.x, state.b
    c, c1, c0 = splat(lanes, rule[0]), splat(lanes, rule[1]), splat(lanes, rule[2])
    r1, r0, per_turn = splat(lanes, -rule[3]), splat(lanes, -rule[4]), splat(lanes, 1.0 / TWO_PI)
    k_phase, k_w1, k_w2 = splat(lanes, rule[8]), splat(lanes, rule[9]), splat(lanes, rule[10])
    k_z1, k_z2, k_a = splat(lanes, rule[11]), splat(lanes, rule[12]), splat(lanes, rule[13])
    dirty, junction = False, state.junction
    for j in range(len(jx)):
        row = JUNCTION_ROWS * j
        phase = load(lanes, x, jx[j, 0]) - load(lanes, x, jx[j, 1])
        if j < wiring.watched and any_differs(nearest(phase * per_turn), load(lanes, junction, row + TURNS)):
            for lane in range(len(lanes)):
                if not record(rule, state, events, j, lane, step, x[jx[j, 0], lane] - x[jx[j, 1], lane]):
                    return j, dirty
        w1, w2, before = (load(lanes, junction, row + W1), load(lanes, junction, row + W2),
                          load(lanes, junction, row + ACCELERATION))  # fmt: skip
        z1, z2 = load(lanes, junction, row + Z1), load(lanes, junction, row + Z2)
        known = muladd(k_z1, z1, k_z2 * z2) + muladd(k_w1, w1, muladd(k_w2, w2, k_a * before))
        ahead = muladd(k_phase, phase, known)
        current = load(lanes, junction, row + IC) * sine(lanes, ahead)
        u = muladd(c, phase, w1)
        a = muladd(c, u, z1)
        w1, z1 = muladd(c1, phase, muladd(r1, u, w2)), muladd(c1, u, muladd(r1, a, z2))
        store(lanes, junction, row + W1, w1)
        store(lanes, junction, row + W2, muladd(c0, phase, r0 * u))
        store(lanes, junction, row + Z1, z1)
        store(lanes, junction, row + Z2, muladd(c0, u, r0 * a))
        store(lanes, junction, row + ACCELERATION, a)
        if wiring.implicit:
            slope = load(lanes, junction, row + IC) * sine(lanes, ahead + splat(lanes, 0.5 * np.pi))
            store(lanes, state.scratch, 2, slope)
            current = current - slope * ahead
        rate = muladd(c, ahead, w1)
        if state.excited[j] or any_above(magnitude(rate), splat(lanes, wiring.gap[j, 0])):
            store(lanes, state.scratch, 0, rate)
            dirty = regions(wiring, numbers, state, j, len(lanes)) or dirty
            current = current + load(lanes, state.scratch, 1)
        if wiring.implicit:
            store(lanes, numbers.g, j, muladd(c, load(lanes, junction, row + RATE), load(lanes, state.scratch, 2)))
            dirty = True
        if noisy:
            current = current + load(lanes, state.kick, j)
        current = muladd(load(lanes, junction, row + RATE), w1, muladd(load(lanes, junction, row + CAP), z1, current))
        store(lanes, b, jb[j, 0], load(lanes, b, jb[j, 0]) - current)
        store(lanes, b, jb[j, 1], load(lanes, b, jb[j, 1]) + current)
    return -1, dirty


@compiled
def pass_resistors(lanes, wiring, numbers, state, noisy):
    """Memory of every resistive branch to the right-hand side: (flux - L i)' = R i - emf; rw1 holds the emf too."""
    rule, rx, rb, x, b = wiring.rule, wiring.resistor_x, wiring.resistor_b, state.x, state.b
    c, c1, c0, kappa = splat(lanes, rule[0]), splat(lanes, rule[1]), splat(lanes, rule[2]), splat(lanes, rule[7])
    r1, r0 = splat(lanes, -rule[3]), splat(lanes, -rule[4])
    n_ports, resistor = len(wiring.ports), state.resistor
    for j in range(len(rx)):
        row = RESISTOR_ROWS * j
        flux = kappa * (load(lanes, x, rx[j, 0]) - load(lanes, x, rx[j, 1]))
        admittance, memory = load(lanes, resistor, row + ADMITTANCE), load(lanes, resistor, row + R1)
        current = muladd(c, flux, memory) * admittance
        y = flux - load(lanes, resistor, row + INDUCTANCE) * current
        rate = load(lanes, resistor, row + RESISTANCE) * current
        driven = noisy or j < n_ports
        if driven:
            rate = rate - load(lanes, state.emf, j)
        memory = muladd(c1, y, muladd(r1, rate, load(lanes, resistor, row + R2)))
        if driven:
            emf = load(lanes, state.next_emf, j)
            store(lanes, state.emf, j, emf)
            memory = memory + emf
        store(lanes, resistor, row + R1, memory)
        store(lanes, resistor, row + R2, muladd(c0, y, r0 * rate))
        current = memory * admittance
        store(lanes, b, rb[j, 0], load(lanes, b, rb[j, 0]) - current)
        store(lanes, b, rb[j, 1], load(lanes, b, rb[j, 1]) + current)


@compiled
def pass_ties(lanes, wiring, numbers, state):
    """Currents that the known phase differences of tied nodes drive through their branches."""
    terms, b = wiring.tied_terms, state.b
    for k in range(len(terms)):
        across = load(lanes, state.source, terms[k, 1]) - load(lanes, state.source, terms[k, 2])
        current = load(lanes, numbers.g, terms[k, 0]) * across
        store(lanes, b, terms[k, 3], load(lanes, b, terms[k, 3]) - current)
        store(lanes, b, terms[k, 4], load(lanes, b, terms[k, 4]) + current)


@compiled
def substitute(lanes, wiring, state):
    """Phases at the end of the step from the right-hand side and the factor."""
    n, b, x, factor = len(wiring.row_start) - 1, state.b, state.x, state.factor
    for i in range(n):
        total = load(lanes, b, i)
        for k in range(wiring.row_start[i], wiring.row_start[i + 1]):
            total = total - load(lanes, factor, wiring.row_entry[k]) * load(lanes, b, wiring.row_column[k])
        store(lanes, b, i, total)
    for i in range(n - 1, -1, -1):
        total = load(lanes, b, i) * load(lanes, state.inverse, i)
        for k in range(wiring.column_start[i], wiring.column_start[i + 1]):
            total = total - load(lanes, factor, k) * load(lanes, x, wiring.column_row[k])
        store(lanes, x, i, total)
    for k in range(len(wiring.tied_base)):
        store(lanes, x, n + k, load(lanes, x, wiring.tied_base[k]) + load(lanes, state.source, n + k))


@compiled
def advance(lanes, wiring, numbers, state, changes, events, out, first, last):
    """Take steps first..last-1; returns (next step, reason, junction or row).

    At the head of step k the state is that of time k h. `out` (steps, probes, W) takes the phases at (k + 1) h.
    """
    width, noisy, probes = len(lanes), len(wiring.quantiles) > 0, wiring.probe_rows
    room = len(events.time) - 4 * wiring.watched * width
    for step in range(first, last):
        if events.count[0] > room:
            return step, EVENTS_FULL, -1
        feed_sources(lanes, wiring, numbers, state, changes, step)
        if noisy:
            draw_noise(wiring, numbers, state, step)
        wild, dirty = pass_junctions(lanes, wiring, numbers, state, events, step, noisy)
        if wild >= 0:
            return step, DIVERGED, wild
        pass_ties(lanes, wiring, numbers, state)
        if len(wiring.ports):
            send_waves(lanes, wiring, numbers, state, step)
        pass_resistors(lanes, wiring, numbers, state, noisy)
        if dirty:
            bad = factorise(lanes, wiring, numbers, state)
            if bad >= 0:
                return step, SINGULAR, bad
        substitute(lanes, wiring, state)
        for k in range(len(probes)):
            for lane in range(width):
                out[step - first, k, lane] = state.x[probes[k], lane]
    return last, DONE, -1
