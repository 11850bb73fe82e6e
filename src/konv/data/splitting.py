"""Which pictures are for training, which for validation, which for the test.

A split is stratified: each class gives its share, by largest remainders, so that the totals are
right and classes of few pictures are not rounded away. It depends on the labels and the seed alone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from konv.errors import DataError
from konv.language import translate as _

__all__ = ["split", "subset"]

# What each kind of choice adds to the seed, so that no two of them are related.
_SPLIT, _SUBSET = 1, 2

Indices = npt.NDArray[np.int64]


def split(labels: Indices, fractions: tuple[float, ...], seed: int) -> list[Indices]:
    """Take disjoint random shares out of every class.

    Args:
        labels: (N,) class of each picture, from 0.
        fractions: of all pictures, for each share; their sum is below 1.
        seed: the source of all randomness.

    Returns:
        Each share's places in ``labels``, ascending, then the places of the rest. Each class
        leaves at least one picture to the rest; a fraction above 0 gets at least one picture if
        any class can spare it.

    Raises:
        DataError: K506, when nothing would be left.

    Example:
        >>> labels = np.array([0, 0, 0, 0, 1, 1])
        >>> [labels[places].tolist() for places in split(labels, (0.5,), seed=0)]
        [[0, 0, 1], [0, 0, 1]]
    """
    if sum(fractions) >= 1:
        raise DataError(
            " + ".join(f"{fraction:g}" for fraction in fractions)
            + _(" leaves nothing to train on"),
            code="K506",
            fix=_("fractions with a sum below 1"),
        )
    generator = np.random.default_rng((seed, _SPLIT))
    shuffled = _shuffled_by_class(labels, generator)
    sizes = np.array([len(places) for places in shuffled], dtype=np.int64)
    used = np.zeros_like(sizes)
    shares = []
    for fraction in fractions:
        spare = np.maximum(sizes - used - 1, 0)
        taken = _apportioned(sizes * fraction, spare, _total(fraction, labels.size), generator)
        ends = used + taken
        shares.append(_gathered(shuffled, used, ends))
        used = ends
    return [*shares, _gathered(shuffled, used, sizes)]


def subset(labels: Indices, count: int, seed: int) -> Indices:
    """The places of ``count`` pictures, each class by its share and with at least one picture.

    Raises:
        DataError: K506, when there are more classes than ``count``.
    """
    if count >= labels.size:
        return np.arange(labels.size, dtype=np.int64)
    generator = np.random.default_rng((seed, _SUBSET))
    shuffled = _shuffled_by_class(labels, generator)
    sizes = np.array([len(places) for places in shuffled], dtype=np.int64)
    first = np.minimum(sizes, 1)
    if first.sum() > count:
        raise DataError(
            _("{count} pictures of {classes} classes", count=count, classes=first.sum()),
            code="K506",
            fix=_("limit={least} or more", least=first.sum()),
        )
    spare, total = sizes - first, count - int(first.sum())
    taken = first + _apportioned(spare * (total / spare.sum()), spare, total, generator)
    return _gathered(shuffled, np.zeros_like(taken), taken)


def _total(fraction: float, count: int) -> int:
    return max(1, round(fraction * count)) if fraction > 0 else 0


def _shuffled_by_class(labels: Indices, generator: np.random.Generator) -> list[Indices]:
    by_class = np.argsort(labels, kind="stable")
    ends = np.cumsum(np.bincount(labels))[:-1]
    return [generator.permutation(places) for places in np.split(by_class, ends)]


def _apportioned(
    wanted: npt.NDArray[np.floating], spare: Indices, total: int, generator: np.random.Generator
) -> Indices:
    """Whole numbers near ``wanted``, none above ``spare``, whose sum is ``total`` if it can be."""
    taken = np.minimum(np.floor(wanted).astype(np.int64), spare)
    by_lot = generator.permutation(len(wanted))
    while (lacking := total - int(taken.sum())) > 0 and (taken < spare).any():
        remainder = np.where(taken < spare, wanted - taken, -np.inf)
        order = by_lot[np.argsort(-remainder[by_lot], kind="stable")]
        order = order[taken[order] < spare[order]]
        taken[order[:lacking]] += 1
    return taken


def _gathered(shuffled: list[Indices], starts: Indices, ends: Indices) -> Indices:
    chosen = [places[a:b] for places, a, b in zip(shuffled, starts, ends, strict=True)]
    return np.sort(np.concatenate(chosen))
