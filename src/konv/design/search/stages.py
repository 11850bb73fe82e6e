"""Stages: one or two convolutions with the same kernel, and the pool behind them.

Which stages may stand on a map depends on its rows and columns only. There are two kinds::

    usual   kernels of 3×3, and in the first stage 5×5 once, "same" or "valid"; pools of 2×2,
            padded where a size is odd
    whole   these, and "valid" kernels of 2 to 5 rows and columns, at most one apart; pools of 2
            or 3 on each axis; every division of the size formula is whole

Of both kinds: an axis less than a third as long as the other is not pooled; a stage may be the last
if its maps have at most 8 rows and columns; the last one need not pool.

Large pictures have more of these than can be gone through. Then less is looked at, the simplest of
the stages that differ in nothing but kernels (``"kernels"``), or but kernels and pools
(``"pools"``), or but these and how many convolutions there are (``"convolutions"``).

A kernel never has more rows than the map, and no pool drops any.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product

from konv.layers.size import window_axis

__all__ = ["DETAILS", "KINDS", "LARGEST_KERNEL", "LAST_SIDE", "Stage", "stages_on"]

Pair = tuple[int, int]

KINDS = ("usual", "whole", "both")  # "both": what is of either kind
DETAILS = ("all", "kernels", "pools", "convolutions")  # from all to the least

LAST_SIDE = 8  # rows and columns of the last maps, at most
LARGEST_KERNEL = 5
_WHOLE_KERNELS = tuple(product(range(2, LARGEST_KERNEL + 1), repeat=2))
_WHOLE_POOLS = (2, 3)
_USUAL_KERNEL, _USUAL_POOL = 3, 2
_THIN = 3  # times as long
_ONE = (1, 1)


@dataclass(frozen=True)
class Stage:
    """Convolutions, each with an activation, and a pool.

    Args:
        size: rows and columns of the map that comes in.
        convolutions: how many there are, one behind the other.
        kernel: rows and columns of each.
        padding: "valid" or "same".
        pool: rows and columns; (1, 1): none.
    """

    size: Pair
    convolutions: int
    kernel: Pair
    padding: str
    pool: Pair = _ONE

    @property
    def pools(self) -> bool:
        """Whether there is a pool."""
        return self.pool != _ONE

    @cached_property
    def convolved(self) -> tuple[Pair, ...]:
        """The map behind each convolution; it has less than one row where the kernel is too large.

        Example:
            >>> Stage((28, 9), 2, (3, 3), "valid").convolved
            ((26, 7), (24, 5))
        """
        sizes = [self.size]
        for _convolution in range(self.convolutions):
            sizes.append(_windows(sizes[-1], self.kernel, _ONE, self.padding))
        return tuple(sizes[1:])

    @property
    def pool_padding(self) -> str:
        """That of the pool: "same" where it would drop rows or columns otherwise."""
        (rows, columns), (high, wide) = self.convolved[-1], self.pool
        return "same" if rows % high or columns % wide else "valid"

    @cached_property
    def output(self) -> Pair:
        """Rows and columns of what comes out."""
        return _windows(self.convolved[-1], self.pool, self.pool, self.pool_padding)

    @property
    def may_be_last(self) -> bool:
        """Whether its maps are small enough to decide by."""
        return max(self.output) <= LAST_SIDE


def _windows(size: Pair, kernel: Pair, stride: Pair, padding: str) -> Pair:
    return (
        _axis_windows(size[0], kernel[0], stride[0], padding),
        _axis_windows(size[1], kernel[1], stride[1], padding),
    )


@lru_cache(10_000)  # the same few sizes come again and again
def _axis_windows(size: int, kernel: int, stride: int, padding: str) -> int:
    return window_axis(size, kernel, stride=stride, padding=padding).output


def stages_on(size: Pair, *, first: bool, kind: str, detail: str = "all") -> list[Stage]:
    """The stages that may stand on a map of that size, the simplest first.

    Args:
        size: rows and columns of the map.
        first: whether the map is the picture.
        kind: one of KINDS.
        detail: one of DETAILS.
    """
    stages = _all_stages(size, first, whole=kind != "usual")
    if kind == "both":
        usual = set(_all_stages(size, first, whole=False))
        stages = [stage for stage in stages if stage in usual]
    if detail == "all":
        return stages
    simplest: dict[tuple[int, Pair | bool], Stage] = {}
    for stage in stages:
        count = 1 if detail == "convolutions" else stage.convolutions
        pool = stage.pool if detail == "kernels" else stage.pools
        simplest.setdefault((count, pool), stage)
    return list(simplest.values())


def _all_stages(size: Pair, first: bool, whole: bool) -> list[Stage]:
    stages = []
    for kernel, padding in _kernels(size, first, whole):
        for convolutions in (1, 2):
            if convolutions == 2 and max(kernel) == LARGEST_KERNEL:
                continue  # two 5×5 kernels: three of 3×3 see nearly as much for half the weights
            bare = Stage(size, convolutions, kernel, padding)
            if min(bare.convolved[-1]) < 1:
                continue
            stages += [
                Stage(size, convolutions, kernel, padding, pool)
                for pool in _pools(bare.convolved[-1], whole)
            ]
            if bare.may_be_last:
                stages.append(bare)
    return stages


def _kernels(size: Pair, first: bool, whole: bool) -> Iterator[tuple[Pair, str]]:
    sides = (_USUAL_KERNEL, LARGEST_KERNEL) if first else (_USUAL_KERNEL,)
    for kernel in dict.fromkeys((_odd(size[0], side), _odd(size[1], side)) for side in sides):
        if kernel != _ONE:
            yield kernel, "same"
    pairs = [(side, side) for side in sides]
    if whole:
        near = ((high, wide) for high, wide in _WHOLE_KERNELS if abs(high - wide) <= 1)
        pairs += sorted(near, key=_oddity)
    for kernel in dict.fromkeys((min(size[0], high), min(size[1], wide)) for high, wide in pairs):
        if kernel != _ONE:
            yield kernel, "valid"


def _oddity(kernel: Pair) -> tuple[int, bool, int]:
    """The simpler one has the smaller: near to 3×3, square, rather 4×4 than 2×2."""
    rows, columns = kernel
    far = abs(rows - _USUAL_KERNEL) + abs(columns - _USUAL_KERNEL)
    return far, rows != columns, -rows - columns


def _odd(size: int, side: int) -> int:
    """A side of a kernel of which every row meets the map: 3 rows do on a map of 2, too."""
    if size == 1:
        return 1
    return side if size >= side else _USUAL_KERNEL


def _pools(size: Pair, whole: bool) -> Iterator[Pair]:
    rows, columns = size
    for pool in product(_axis_pools(rows, columns, whole), _axis_pools(columns, rows, whole)):
        if pool != _ONE:
            yield pool


def _axis_pools(size: int, other: int, whole: bool) -> tuple[int, ...]:
    if size == 1 or other > _THIN * size:
        return (1,)
    if not whole:
        return (_USUAL_POOL,)
    return tuple(pool for pool in _WHOLE_POOLS if size % pool == 0)
