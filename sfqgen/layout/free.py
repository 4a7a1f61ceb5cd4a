"""Coordinates that may hold free lengths: `30.0 + free("L_1")` moves as the solver lengthens inductor L_1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

GRID_UM = 0.005


@dataclass(frozen=True, slots=True)
class Coord:
    """A linear expression in um: a constant and the shares of named free lengths in it."""

    at_um: float
    shares: tuple[tuple[str, float], ...] = ()

    def __add__(self, other: Number) -> Coord:
        if isinstance(other, Coord):
            return Coord(self.at_um + other.at_um, self.shares + other.shares)
        return Coord(self.at_um + other, self.shares)

    __radd__ = __add__

    def __neg__(self) -> Coord:
        return self * -1.0

    def __sub__(self, other: Number) -> Coord:
        return self + (-1.0 * other)

    def __rsub__(self, other: float) -> Coord:
        return -self + other

    def __mul__(self, factor: float) -> Coord:
        return Coord(self.at_um * factor, tuple((name, share * factor) for name, share in self.shares))

    __rmul__ = __mul__


Number: TypeAlias = float | Coord


def free(name: str) -> Coord:
    """The free length of the inductor `name`."""
    return Coord(0.0, ((name, 1.0),))


def at(value: Number, lengths: Mapping[str, float]) -> float:
    """The coordinate in um for given free lengths, on the drawing grid."""
    if isinstance(value, Coord):
        value = value.at_um + sum(share * lengths[name] for name, share in value.shares)
    return round(value / GRID_UM) * GRID_UM
