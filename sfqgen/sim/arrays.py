"""The arrays that the compiled time loop works on, grouped by what they depend on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Wiring(NamedTuple):
    """What all samples share: integer index arrays and the coefficients of the rule.

    Rows of `x`: unknown nodes in elimination order, then tied nodes, then ground (always 0). Rows of `b`: unknown
    nodes, then one that takes what flows into ground.
    """

    junction_x: np.ndarray  # (nj, 2) rows of x at plus, minus; capacitors are junctions of zero Ic, at the end
    junction_b: np.ndarray  # (nj, 2) rows of the right-hand side
    watched: int  # the first `watched` junctions record their pulses
    implicit: bool  # some junction is too fast for a predicted supercurrent: linearise it, factorise every step
    gap: np.ndarray  # (nj, 2) rad/ps where the ramp at the gap begins and ends; inf without one
    resistor_x: np.ndarray  # (nr, 2); line ports first
    resistor_b: np.ndarray
    ports: np.ndarray  # (ports, 4) the other port, steps back to the newest point, first row and length of the ring
    port_weights: np.ndarray  # (ports, 4) interpolation in the other port's ring
    tied_base: np.ndarray  # (tied,) row of x that a tied node follows
    tied_terms: np.ndarray  # (terms, 5) conductance, rows of source, rows of b; see `blocks`
    column_start: np.ndarray
    column_row: np.ndarray
    row_start: np.ndarray
    row_column: np.ndarray
    row_entry: np.ndarray
    entry_start: np.ndarray  # (n + nnz + 1,) which conductances make up each entry of the matrix: diagonal, then L
    entry_g: np.ndarray
    entry_sign: np.ndarray
    probe_rows: np.ndarray
    rule: np.ndarray  # c, c1, c0, r1, r0, h, error constant, KAPPA
    quantiles: np.ndarray  # of the normal distribution; empty when the run is free of noise


# Rows of one junction in `State.junction`: memory of phase and rate, acceleration, turns, Ic, KAPPA (c C + G), KAPPA C.
W1, W2, Z1, Z2, ACCELERATION, TURNS, IC, RATE, CAP, JUNCTION_ROWS = range(10)
# Rows of one resistive branch in `State.resistor`: memory, 1 / (R + c L), L, R.
R1, R2, ADMITTANCE, INDUCTANCE, RESISTANCE, RESISTOR_ROWS = range(6)


class Numbers(NamedTuple):
    """What differs between samples, (rows, W). `g` changes when a junction enters another region."""

    ic: np.ndarray
    cap: np.ndarray  # KAPPA C
    rate: np.ndarray  # KAPPA (c C + G)
    conductance: np.ndarray  # (3 nj, W): KAPPA G below, in and above the ramp
    offset: np.ndarray  # current of the ramp's line at zero voltage
    resistance: np.ndarray
    inductance: np.ndarray
    admittance: np.ndarray  # 1 / (R + c L)
    g: np.ndarray  # phase conductances: junctions, resistive branches, inductors, coupled pairs
    injection: np.ndarray  # factors of the sources
    noise: np.ndarray  # (nj + nr, W) rms current of a junction, rms voltage of a resistive branch; or empty


class State(NamedTuple):
    """What changes from step to step, (rows, W)."""

    x: np.ndarray
    source: np.ndarray
    b: np.ndarray
    factor: np.ndarray
    inverse: np.ndarray
    junction: np.ndarray  # JUNCTION_ROWS for each: what one junction needs lies together
    resistor: np.ndarray  # RESISTOR_ROWS for each
    region: np.ndarray
    excited: np.ndarray  # (nj,) bool: some lane is outside of the first region
    emf: np.ndarray  # (nr, W) voltage in series: of noise, or minus the wave that arrives at a port
    next_emf: np.ndarray
    ring: np.ndarray  # outgoing waves
    seeds: np.ndarray  # (W,) uint64
    kick: np.ndarray  # (nj, W) noise currents
    scratch: np.ndarray


class Changes(NamedTuple):
    """Source changes by step: entries `start[k]:start[k+1]` add delta * injection[factor] to row `row` of source."""

    start: np.ndarray
    row: np.ndarray
    factor: np.ndarray
    delta: np.ndarray


class Events(NamedTuple):
    """Crossings of (2k+1) pi: time in ps, then junction, lane, direction; `count[0]` of them."""

    time: np.ndarray
    what: np.ndarray  # (capacity, 3)
    count: np.ndarray
