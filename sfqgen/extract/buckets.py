"""Points in square buckets, so that a search looks only nearby."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Buckets(Generic[T]):
    """Items at points (x, y), found by a rectangle; `size` is the bucket's side in the unit of the points."""

    def __init__(self, size: float, items: Iterable[tuple[float, float, T]]) -> None:
        self._size = size
        self._items: dict[tuple[int, int], list[tuple[float, float, T]]] = defaultdict(list)
        for x, y, item in items:
            self._items[int(x // size), int(y // size)].append((x, y, item))

    def inside(self, left: float, bottom: float, right: float, top: float) -> Iterator[T]:
        """Items in the rectangle, border included, bucket by bucket from bottom left."""
        columns = range(int(left // self._size), int(right // self._size) + 1)
        rows = range(int(bottom // self._size), int(top // self._size) + 1)
        if len(columns) * len(rows) > len(self._items):
            keys = sorted(self._items, key=lambda key: (key[1], key[0]))
        else:
            keys = [(column, row) for row in rows for column in columns]
        for key in keys:
            for x, y, item in self._items.get(key, ()):
                if left <= x <= right and bottom <= y <= top:
                    yield item
