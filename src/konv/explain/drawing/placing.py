"""Where the things of each level lie from left to right.

Each wants to lie below the mean of what it takes from. Those of a level must keep their order and
a distance, so they are put where the sum of the squares of what they deviate is least. With xᵢ the
wanted places and dᵢ the distances before them added up, the places are yᵢ + dᵢ, where y is the
monotone sequence that is nearest to xᵢ − dᵢ: neighbours in the wrong order are pooled at their mean
until none is left. That keeps the mean of a level, so branches that part meet again below the place
where they parted.

Source: Ayer et al., "An empirical distribution function for sampling with incomplete information",
1955 (pooling of adjacent violators).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

from konv.explain.drawing.layering import Layering

__all__ = ["placed"]


def placed(layering: Layering, widths: Sequence[float], gap: float) -> dict[int, float]:
    """The x of the middle of every thing and bend; the leftmost edge is at 0.

    Args:
        layering: the levels.
        widths: of the things; a bend has none.
        gap: between neighbours.
    """
    above: dict[int, list[int]] = {}
    for upper, lower in layering.links:
        above.setdefault(lower, []).append(upper)

    def half(vertex: int) -> float:
        return 0.0 if layering.is_bend(vertex) else widths[vertex] / 2

    middle: dict[int, float] = {}
    for level in layering.levels:
        wanted = []
        for vertex in level:
            sources = [middle[source] for source in above.get(vertex, [])]
            wanted.append(sum(sources) / len(sources) if sources else 0.0)
        distances = [0.0, *(half(a) + gap + half(b) for a, b in pairwise(level))]
        middle.update(zip(level, _apart(wanted, distances), strict=True))
    left = min(x - half(vertex) for vertex, x in middle.items())
    return {vertex: x - left for vertex, x in middle.items()}


def _apart(wanted: Sequence[float], distances: Sequence[float]) -> list[float]:
    """The places nearest to the wanted ones that keep their order and these distances.

    Example:
        >>> _apart([0, 0, 9], [0, 4, 4])
        [-2.0, 2.0, 9.0]
    """
    offsets = list(accumulate(distances))
    pools: list[tuple[float, int]] = []  # mean, how many
    for x, offset in zip(wanted, offsets, strict=True):
        mean, count = float(x - offset), 1
        while pools and pools[-1][0] > mean:
            other, others = pools.pop()
            mean = (mean * count + other * others) / (count + others)
            count += others
        pools.append((mean, count))
    means = [mean for mean, count in pools for _member in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]
