"""Sources of a network as changes of the right-hand side, step by step, for any block of samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sfqgen.netlist.circuit import Bias, VoltageSource, Waveform
from sfqgen.sim.arrays import Changes
from sfqgen.sim.network import Network, Samples
from sfqgen.sim.simd import lanes_array
from sfqgen.sim.stimulus import BIAS_WAVE, KAPPA, increments, noise_points, phase_increments, value_at

KEPT_CHANGES = 4
Move = tuple[np.ndarray, np.ndarray]


class Feeds:
    """`per_sample` (element index -> one wave per sample) replaces a source's own wave.

    A feed is (element, row, sign, integrate): current into a row of the right-hand side, or phase of a tied node, which
    for a voltage source is the integral of its wave.
    """

    def __init__(self, network: Network, step_ps: float, n_steps: int, per_sample: Mapping[int, Sequence[Waveform]],
                 seed: int = 0, first_sample: int = 0) -> None:  # fmt: skip
        self.network, self.step_ps, self.n_steps = network, step_ps, n_steps
        self.per_sample, self.seed, self.first_sample = per_sample, seed, first_sample
        self._moves: dict[tuple[Waveform, bool], Move] = {}
        reduced = network.reduced
        self.feeds = [(k, network.b_row[node], sign, False) for k, node, sign in reduced.injections
                      if network.b_row.get(node, network.n) < network.n]  # fmt: skip
        self.feeds += [(k, network.x_row[tie.node], sign, isinstance(network.elements[k], VoltageSource))
                       for tie in reduced.ties for k, sign in tie.terms]  # fmt: skip
        self.varies = bool(per_sample) or any(self.wave_of(k, 0).kind == "noise" for k, *_ in self.feeds)

    def wave_of(self, k: int, sample: int) -> Waveform:
        if k in self.per_sample:
            return self.per_sample[k][sample]
        element = self.network.elements[k]
        return BIAS_WAVE if isinstance(element, Bias) else element.wave

    def points(self, k: int, sample: int, t_ps: np.ndarray) -> np.ndarray:
        """The wave of a source in one sample at multiples of the step."""
        wave = self.wave_of(k, sample)
        if wave.kind == "noise":
            return noise_points(wave, (self.seed, self.first_sample + sample, k), self.step_ps, len(t_ps) - 1)
        return value_at(wave, t_ps)

    def block(self, samples: Samples, first: int, width: int) -> tuple[Changes, np.ndarray]:
        """Changes and their factors (rows, W) of samples first..first+width-1; lanes beyond the end repeat the last."""
        columns = np.minimum(np.arange(first, first + width), samples.count - 1)
        if not self.varies:
            return self._common_block(samples, columns)
        entries: list[tuple[Move, int]] = []
        factors: list[np.ndarray] = []
        for k, row, sign, integrate in self.feeds:
            scale = np.broadcast_to(samples.varied[k][columns] if k in samples.varied else samples.nominal[k], width)
            for move, mask in self._moves_of(k, integrate, columns):
                entries.append((move, row))
                factors.append(np.where(mask, sign * scale, 0.0))
        table = lanes_array(len(factors), width)
        table[:] = np.array(factors).reshape(-1, width)
        return self._by_step(entries), table

    def _common_block(self, samples: Samples, columns: np.ndarray) -> tuple[Changes, np.ndarray]:
        """Where every sample has the same waves, the changes are those of the first block."""
        known, key = self.network.changes, (self.step_ps, self.n_steps)
        if key not in known:
            moves = [(self._move(self.wave_of(k, 0), integrate), row) for k, row, _, integrate in self.feeds]
            if len(known) >= KEPT_CHANGES:
                known.clear()
            known[key] = self._by_step(moves)
        changes = known[key]
        table = lanes_array(len(self.feeds), len(columns))
        for place, (k, _, sign, _) in enumerate(self.feeds):
            table[place] = sign * (samples.varied[k][columns] if k in samples.varied else samples.nominal[k])
        return changes, table

    def _moves_of(self, k: int, integrate: bool, columns: np.ndarray) -> list[tuple[Move, np.ndarray | bool]]:
        """Distinct moves of a source within a block, each with the lanes that it drives."""
        if k not in self.per_sample and self.wave_of(k, 0).kind != "noise":
            return [(self._move(self.wave_of(k, 0), integrate), True)]
        lanes: dict[object, list[int]] = {}
        for lane, sample in enumerate(columns):
            wave = self.wave_of(k, int(sample))
            lanes.setdefault((wave, int(sample)) if wave.kind == "noise" else wave, []).append(lane)
        moves = []
        for key, which in lanes.items():
            if isinstance(key, tuple):
                move = self._noise(key[0], (self.seed, self.first_sample + key[1], k), integrate)
            else:
                move = self._move(key, integrate)
            moves.append((move, np.isin(np.arange(len(columns)), which)))
        return moves

    def _move(self, wave: Waveform, integrate: bool) -> Move:
        key = (wave, integrate)
        if key not in self._moves:
            self._moves[key] = (phase_increments if integrate else increments)(wave, self.step_ps, self.n_steps)
        return self._moves[key]

    def _noise(self, wave: Waveform, key: tuple[int, ...], integrate: bool) -> Move:
        points = noise_points(wave, key, self.step_ps, self.n_steps)[1:]
        delta = points * self.step_ps / KAPPA if integrate else np.diff(points, prepend=0.0)
        return np.arange(self.n_steps), delta

    def _by_step(self, entries: Sequence[tuple[Move, int]]) -> Changes:
        steps = np.concatenate([np.empty(0, dtype=np.int64), *(move[0] for move, _ in entries)]).astype(np.int64)
        delta = np.concatenate([np.empty(0), *(move[1] for move, _ in entries)])
        factor = np.repeat(np.arange(len(entries)), [len(move[0]) for move, _ in entries]).astype(np.int64)
        row = np.array([row for _, row in entries], dtype=np.int64)[factor] if len(entries) else factor
        order = np.argsort(steps, kind="stable")
        start = np.searchsorted(steps[order], np.arange(self.n_steps + 1))
        return Changes(start.astype(np.int64), row[order], factor[order], delta[order])
