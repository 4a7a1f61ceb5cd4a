"""Lines on a grid of tiles: every line the cheapest way from its start to its end, none over another.

A tile takes one line per layer; where two layers are given, lines may cross on different ones, and a line that changes
layer in a tile has it for itself. Lines that rise are laid from the uppermost down, those that fall from the lowest up:
in that order each finds its place outside the one before, as in a river bed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import pairwise

from sfqgen.errors import SfqgenError

Tile = tuple[int, int]
STEPS = {"e": (1, 0), "w": (-1, 0), "n": (0, 1), "s": (0, -1)}
BACK = {"e": "w", "w": "e", "n": "s", "s": "n"}
TURN_COST, CHANGE_COST, LOWER_COST = 0.2, 6.0, 1.5
"""In tiles: of a corner, of a change of layer, and of a step on any layer but the first."""
HUG = 0.002
"""Toll of a tile per tile of distance, in tiles: it decides among ways of the same length."""


@dataclass(frozen=True)
class Net:
    """A line from `start` to `end` on the first layer; it enters the start tile and leaves the end tile by an edge."""

    name: str
    start: Tile
    enter: str
    end: Tile
    leave: str


@dataclass
class Use:
    """What a tile holds: edges that arms reach, by layer, and whether the layers are joined there."""

    arms: dict[int, set[str]] = field(default_factory=dict)
    via: bool = False


@dataclass(frozen=True)
class State:
    tile: Tile
    layer: int
    came: str  # edge by which the line entered the tile


def route(nets: Iterable[Net], free: Callable[[Tile], bool], layers: int = 1,
          toll: Callable[[Tile], float] | None = None) -> dict[Tile, Use]:  # fmt: skip
    """Tiles in use. `free` says which tiles may hold lines, `toll` which to avoid among equals.

    Without a toll lines keep close to where they start, so that others find room farther out.

    Raises SfqgenError when a line finds no way.
    """
    used: dict[Tile, Use] = {}
    nets = list(nets)
    keep = {tile: net.name for net in nets for tile in (net.start, net.end)}
    for net in _in_order(nets):
        others = {tile for tile, name in keep.items() if name != net.name}  # they come and go there on the first layer
        states = _way(net, _Ground(free, others, used, layers, toll or _near(net.start)))
        if states is None:
            raise SfqgenError(f"no way for the line of {net.name}", where="chip",
                              remedy="a larger die, fewer inputs, or smaller pads")  # fmt: skip
        _lay(net, states, used)
    return used


def _near(start: Tile) -> Callable[[Tile], float]:
    return lambda tile: HUG * max(abs(tile[0] - start[0]), abs(tile[1] - start[1]))


def _in_order(nets: list[Net]) -> list[Net]:
    """Rising lines from the top, then falling lines from the bottom, then level ones."""
    rising = sorted((n for n in nets if n.end[1] > n.start[1]), key=lambda n: (-n.start[1], n.start[0]))
    falling = sorted((n for n in nets if n.end[1] < n.start[1]), key=lambda n: (n.start[1], n.start[0]))
    return [n for n in nets if n.end[1] == n.start[1]] + rising + falling


@dataclass(frozen=True)
class _Ground:
    """What a way may cross: `others` are the ends of other nets, whose first layer is theirs."""

    free: Callable[[Tile], bool]
    others: set[Tile]
    used: Mapping[Tile, Use]
    layers: int
    toll: Callable[[Tile], float]


def _way(net: Net, ground: _Ground) -> list[State] | None:
    """Dijkstra over (tile, layer, entered edge)."""
    if not ground.free(net.start) or not ground.free(net.end):
        return None
    first = State(net.start, 0, net.enter)
    best, back, heap, count = {first: 0.0}, {}, [(0.0, 0, first)], 0
    while heap:
        cost, _, state = heappop(heap)
        if cost > best[state]:
            continue
        if state.tile == net.end and state.layer == 0:
            return _trace(state, back)
        for step, follow in _next(state, ground):
            if follow.tile == net.end and BACK[follow.came] != net.leave:
                step += TURN_COST  # of the corner in the last tile
            if cost + step < best.get(follow, float("inf")):
                best[follow], back[follow] = cost + step, state
                count += 1
                heappush(heap, (cost + step, count, follow))
    return None


def _next(state: State, ground: _Ground) -> Iterator[tuple[float, State]]:
    """Steps from a state and their costs: on to a neighbour, or to the other layer within the tile."""
    for edge, (dx, dy) in STEPS.items():
        tile = (state.tile[0] + dx, state.tile[1] + dy)
        if edge == state.came or not ground.free(tile) or not _room(ground.used.get(tile), state.layer):
            continue
        if state.layer == 0 and tile in ground.others:
            continue
        turn = TURN_COST if BACK[edge] != state.came else 0.0
        cost = 1.0 if state.layer == 0 else LOWER_COST
        yield cost + turn + ground.toll(tile), State(tile, state.layer, BACK[edge])
    for layer in range(ground.layers):
        if layer != state.layer and state.tile not in ground.used and state.tile not in ground.others:
            yield CHANGE_COST, State(state.tile, layer, state.came)


def _room(use: Use | None, layer: int) -> bool:
    return use is None or (not use.via and layer not in use.arms)


def _trace(state: State, back: Mapping[State, State]) -> list[State]:
    states = [state]
    while states[-1] in back:
        states.append(back[states[-1]])
    return states[::-1]


def _lay(net: Net, states: list[State], used: dict[Tile, Use]) -> None:
    """Marks the tiles of a way as used."""
    for k, state in enumerate(states):
        use = used.setdefault(state.tile, Use())
        arms = use.arms.setdefault(state.layer, set())
        before = states[k - 1] if k else None
        if before is None or before.tile != state.tile:
            arms.add(state.came)
        else:
            use.via = True
        if k + 1 == len(states):
            arms.add(net.leave)
        elif states[k + 1].tile != state.tile:
            arms.add(BACK[states[k + 1].came])


def join(ends: list[tuple[Tile, str]], free: Callable[[Tile], bool]) -> dict[Tile, set[str]]:
    """Arms of a tree that joins all ends, each (tile, edge by which it enters); grown from the first one.

    For the bias rail, which has its own metal: other lines do not hinder it. Raises SfqgenError when an end is cut off.
    """
    arms: dict[Tile, set[str]] = {}
    for number, (tile, edge) in enumerate(ends):
        # an end without an edge is fed within its tile
        way = [tile] if number == 0 or tile in arms else _shortest(tile, arms, free)
        if way is None or not free(tile):
            raise SfqgenError(f"no way for the bias rail from tile {tile[0]}, {tile[1]}", where="chip",
                              remedy="fewer inputs or levels")  # fmt: skip
        arms.setdefault(tile, set()).update(edge)
        for one, other in pairwise(way):
            towards = next(e for e, (dx, dy) in STEPS.items() if (one[0] + dx, one[1] + dy) == other)
            arms.setdefault(one, set()).add(towards)
            arms.setdefault(other, set()).add(BACK[towards])
    return arms


def _shortest(start: Tile, goals: Mapping[Tile, set[str]], free: Callable[[Tile], bool]) -> list[Tile] | None:
    """Breadth-first way from a tile to any goal."""
    back: dict[Tile, Tile | None] = {start: None}
    front = [start]
    while front:
        ahead = []
        for tile in front:
            if tile in goals:
                way = [tile]
                while (before := back[way[-1]]) is not None:
                    way.append(before)
                return way[::-1]
            for dx, dy in STEPS.values():
                neighbour = (tile[0] + dx, tile[1] + dy)
                if neighbour not in back and free(neighbour):
                    back[neighbour] = tile
                    ahead.append(neighbour)
        front = ahead
    return None
