"""The samples of a training in an order of their own, each as often as it counts.

The order is that of a digest of what a sample is, not that in which samples are given: files may be
listed in any order, and the same samples make the same bits. And weights that are whole numbers are
repetitions, so that a weight of 2 makes the same bits as the same sample twice, one of 0 as none.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

from konv.engines.contract import Array

__all__ = ["laid_out"]

# Weights that would make a training set longer than so many times are left to the loss.
_MOST_REPEATED = 4
_DIGEST_BYTES = 16


def laid_out(
    table: Array, indices: Array, weights: Array | None, *, repeating: bool = True
) -> tuple[Array, Array, Array | None]:
    """(table, indices, weights) in their own order, without what does not count.

    Args:
        table: [N, features].
        indices: [N], the class of each sample.
        weights: [N], how much each counts; None: all the same.
        repeating: whether whole weights are repetitions. Where a share is set aside to watch, a
            sample must not be in both parts.

    Returns:
        The same of M samples; the weights have the mean 1, or are None if all count the same.

    Example:
        >>> table, indices = np.array([[7.0], [8.0]]), np.array([0, 1])
        >>> rows, _indices, weights = laid_out(table, indices, np.array([2.0, 1.0]))
        >>> sorted(rows[:, 0].tolist()), weights
        ([7.0, 7.0, 8.0], None)
    """
    if weights is None:
        chosen = np.arange(len(table))
    elif repeating and _are_few_repetitions(weights):
        chosen, weights = np.repeat(np.arange(len(table)), weights.astype(np.int64)), None
    else:
        chosen = np.flatnonzero(weights)
    digests = _digests(table, indices, weights)
    chosen = np.array(sorted(chosen.tolist(), key=digests.__getitem__))
    if weights is not None:
        weights = weights[chosen] / weights[chosen].mean()
    return table[chosen], indices[chosen], weights


def _are_few_repetitions(weights: Array) -> bool:
    whole = bool((weights == weights.round()).all())
    return whole and weights.sum() <= _MOST_REPEATED * len(weights)


def _digests(table: Array, indices: Array, weights: Array | None) -> list[bytes]:
    """What each sample is, in few bytes; the same numbers of another type are the same sample."""
    counts = np.zeros(len(table)) if weights is None else weights
    digests = []
    for row, index, count in zip(table, indices, counts, strict=True):
        with np.errstate(over="ignore"):
            numbers = row.astype(np.float32) + np.float32(0)  # no −0, which is the same as 0
        digest = blake2b(numbers.tobytes(), digest_size=_DIGEST_BYTES)
        digest.update(index.tobytes() + count.tobytes())
        digests.append(digest.digest())
    return digests
