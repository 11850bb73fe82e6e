"""Layers of a drawing from top to bottom, and their order from left to right, with few crossings.

A thing lies one level below the lowest of those it takes from. A line that passes levels gets a
bend in each of them, so that it runs between things, not through them; all lines from one thing
share their bends. The order in a level follows the mean of the neighbours' places, level by level,
down and up, and the order with the fewest crossings is kept.

Source: Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system
structures", 1981, sections 3 and 4.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Layering", "layering_of", "link_count"]

_SWEEPS = 8
Link = tuple[int, int]


@dataclass(frozen=True)
class Layering:
    """Things and bends in levels.

    Args:
        levels: from top to bottom; the numbers of things, and behind them those of bends, from
            left to right.
        things: how many things there are; what has a larger number is a bend.
        links: from a thing or bend to one in the next level; twice if it is taken twice.
    """

    levels: tuple[tuple[int, ...], ...]
    things: int
    links: tuple[Link, ...]

    def is_bend(self, vertex: int) -> bool:
        """Whether it is a place where a line passes, not a thing."""
        return vertex >= self.things


def layering_of(sources: Sequence[Sequence[int]]) -> Layering:
    """The levels of things.

    Args:
        sources: for each thing, in order, those before it that it takes from.

    Example:
        >>> layering_of([(), (0,), (1, 0)]).levels
        ((0,), (1, 3), (2,))
    """
    levels, links = _with_bends(sources)
    best, fewest = levels, _crossings(levels, links)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        levels = _swept(levels, links, down=sweep % 2 == 0)
        crossings = _crossings(levels, links)
        if crossings < fewest:
            best, fewest = levels, crossings
    return Layering(tuple(map(tuple, best)), len(sources), tuple(links))


def link_count(sources: Sequence[Sequence[int]]) -> int:
    """How many links the levels of these things would have, before any of them is made.

    Example:
        >>> link_count([(), (0,), (1, 0)]), len(layering_of([(), (0,), (1, 0)]).links)
        (4, 4)
    """
    rank = _ranks(sources)
    reach: dict[int, int] = {}  # a thing -> how many levels its line goes down
    for thing, taken in enumerate(sources):
        for source in taken:
            reach[source] = max(reach.get(source, 0), rank[thing] - rank[source])
    return sum(levels - 1 for levels in reach.values()) + sum(map(len, sources))


def _ranks(sources: Sequence[Sequence[int]]) -> list[int]:
    """The level of each thing."""
    rank: list[int] = []
    for taken in sources:
        rank.append(1 + max((rank[source] for source in taken), default=-1))
    return rank


def _with_bends(sources: Sequence[Sequence[int]]) -> tuple[list[list[int]], list[Link]]:
    rank = _ranks(sources)
    levels: list[list[int]] = [[] for _level in range(max(rank) + 1)]
    for thing, level in enumerate(rank):
        levels[level].append(thing)
    links: list[Link] = []
    count = len(sources)
    passing: dict[int, list[int]] = {}  # a thing -> itself and its bends, level by level
    for thing, taken in enumerate(sources):
        for source in taken:
            way = passing.setdefault(source, [source])
            while rank[source] + len(way) < rank[thing]:
                links.append((way[-1], count))
                levels[rank[source] + len(way)].append(count)
                way.append(count)
                count += 1
            links.append((way[rank[thing] - rank[source] - 1], thing))
    return levels, links


def _neighbours(links: Sequence[Link], *, above: bool) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for upper, lower in links:
        one, other = (lower, upper) if above else (upper, lower)
        found.setdefault(one, []).append(other)
    return found


def _swept(
    levels: Sequence[Sequence[int]], links: Sequence[Link], *, down: bool
) -> list[list[int]]:
    """Each level in the order of the means of its neighbours' places in the one before it."""
    neighbours = _neighbours(links, above=down)
    sorted_levels = [list(level) for level in levels]
    place: dict[int, int] = {}
    for level in sorted_levels if down else reversed(sorted_levels):
        own = {vertex: index for index, vertex in enumerate(level)}

        def mean(vertex: int, own: dict[int, int] = own) -> float:
            near = neighbours.get(vertex)
            return sum(place[other] for other in near) / len(near) if near else own[vertex]

        level.sort(key=mean)  # stable: what is equal keeps its order
        place.update({vertex: index for index, vertex in enumerate(level)})
    return sorted_levels


def _crossings(levels: Sequence[Sequence[int]], links: Sequence[Link]) -> int:
    """How many pairs of links cross: those that begin left of one another and end right of it."""
    place = {vertex: index for level in levels for index, vertex in enumerate(level)}
    level_of = {vertex: number for number, level in enumerate(levels) for vertex in level}
    ends: list[int] = []
    crossings, current = 0, -1
    for level, _start, end in sorted((level_of[u], place[u], place[v]) for u, v in links):
        if level != current:
            ends, current = [], level
        crossings += len(ends) - bisect_right(ends, end)
        insort(ends, end)
    return crossings
