"""Elimination order and pattern of the sparse factor L D L^T, found once per circuit and shared by all samples."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

import numpy as np


@dataclass(frozen=True)
class Pattern:
    """Pattern of L (unit lower triangle, without its diagonal) in elimination order.

    `order[new] = old`. Columns: `column_start` (n+1,), `column_row` (nnz,). The same entries by rows: `row_start`
    (n+1,), `row_column` (nnz,), `row_entry` (nnz,) pointing into the column-wise storage.
    """

    order: np.ndarray
    column_start: np.ndarray
    column_row: np.ndarray
    row_start: np.ndarray
    row_column: np.ndarray
    row_entry: np.ndarray

    @property
    def n(self) -> int:
        return len(self.order)

    def entry(self, row: int, column: int) -> int:
        """Index of L[row, column] in elimination order, row > column."""
        first, last = self.column_start[column], self.column_start[column + 1]
        return int(first + np.searchsorted(self.column_row[first:last], row))


def minimum_degree(n: int, edges: Iterable[tuple[int, int]]) -> Pattern:
    """Least-fill greedy order of a symmetric graph; among equals the node untouched for longest comes first.

    The tie rule lets independent branches of a tree be eliminated in turn, so that a processor finds work while one
    chain of dependent operations is under way.
    """
    around: list[set[int]] = [set() for _ in range(n)]
    for a, b in edges:
        if a != b:
            around[a].add(b)
            around[b].add(a)
    heap = [(len(near), k, k) for k, near in enumerate(around)]
    heapify(heap)
    touched, stamp = list(range(n)), n
    order: list[int] = []
    columns: list[list[int]] = []
    gone = [False] * n
    while heap:
        degree, age, node = heappop(heap)
        if gone[node] or degree != len(around[node]) or age != touched[node]:
            continue
        gone[node] = True
        near = around[node]
        order.append(node)
        columns.append(sorted(near))
        for one in near:
            around[one] |= near
            around[one] -= {one, node}
        for one in sorted(near):
            touched[one] = stamp
            stamp += 1
            heappush(heap, (len(around[one]), touched[one], one))
    return _pattern(order, columns)


def _pattern(order: list[int], columns: list[list[int]]) -> Pattern:
    n = len(order)
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n)
    rows_of = [np.sort(place[column]) if column else np.empty(0, dtype=np.int64) for column in columns]
    column_start = np.concatenate([[0], np.cumsum([len(rows) for rows in rows_of])]).astype(np.int64)
    column_row = np.concatenate([*rows_of, np.empty(0, dtype=np.int64)]).astype(np.int64)
    column_of = np.repeat(np.arange(n), np.diff(column_start))
    row_entry = np.lexsort((column_of, column_row)).astype(np.int64)
    row_start = np.concatenate([[0], np.cumsum(np.bincount(column_row, minlength=n))]).astype(np.int64)
    return Pattern(np.asarray(order, dtype=np.int64), column_start, column_row, row_start,
                   column_of[row_entry].astype(np.int64), row_entry)  # fmt: skip
