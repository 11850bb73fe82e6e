"""Random numbers that depend on nothing but a key and a position.

A generator with a state draws other numbers when the work is cut in another way. Here number i of
key k is a fixed function of (k, i), so any engine, with any threads, draws the same::

    z = k + (i + 1)·0x9E3779B97F4A7C15        then z is mixed by two multiply-xorshift rounds

Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014, figure 17
(SplitMix64), with the position as the state.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["mixed_key", "random_bits"]

_GOLDEN = 0x9E3779B97F4A7C15
_FIRST = 0xBF58476D1CE4E5B9
_SECOND = 0x94D049BB133111EB
_MASK = 2**64 - 1


def random_bits(key: int, first: int, count: int) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """``count`` 64-bit numbers of ``key``, from position ``first`` on.

    Example:
        >>> [hex(value) for value in random_bits(1234567, 0, 2)]
        ['0x599ed017fb08fc85', '0x2c73f08458540fa5']
    """
    positions = np.arange(first + 1, first + count + 1, dtype=np.uint64)
    z = np.uint64(key & _MASK) + positions * np.uint64(_GOLDEN)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(_FIRST)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(_SECOND)
    return z ^ (z >> np.uint64(31))


def mixed_key(*parts: int) -> int:
    """One 64-bit key made of several numbers, such as seed, step and layer."""
    key = 0
    for part in parts:
        key = int(random_bits(key ^ (part & _MASK), 0, 1)[0])
    return key
