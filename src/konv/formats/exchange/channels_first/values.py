"""Where the numbers of another tool's value lie in konv's array.

A foreign map is (channels, height, width), konv's is (height, width, channels). Nothing is moved
for that: a value knows, for each of its axes, which axis of konv's array it is. Transposing changes
that knowledge alone. A map that is flattened becomes a row whose *order* is known, and what
multiplies the row has its own rows put into konv's order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from konv.layers.base import Shape

__all__ = ["CHANNELS_FIRST", "UNKNOWN", "Stretch", "Value"]

# Where channels, rows and columns lie in konv's (height, width, channels).
CHANNELS_FIRST = (2, 0, 1)
Indices = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Stretch:
    """A part of a row: a map that was flattened.

    Args:
        shape: konv's, of the map.
        axes: for each foreign axis of the map the axis of konv's.

    Example:
        >>> Stretch((1, 2, 3), CHANNELS_FIRST).indices.tolist()  # foreign (3, 1, 2)
        [0, 3, 1, 4, 2, 5]
    """

    shape: Shape
    axes: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)

    @property
    def straight(self) -> bool:
        """Whether both tools count its numbers in the same order."""
        moved = [axis for axis in self.axes if self.shape[axis] > 1]
        return moved == sorted(moved)

    @property
    def indices(self) -> Indices:
        """For each number of the foreign row its place in konv's."""
        return np.arange(self.size).reshape(self.shape).transpose(self.axes).ravel()


@dataclass(frozen=True)
class Value:
    """What an operation of another tool makes, for one picture.

    Args:
        key: the part of the network that makes it; empty: nobody knows how to.
        shape: in the foreign order of axes.
        axes: for each foreign axis the axis of konv's array.
        row: of a value with one axis, the maps that were flattened into it.
    """

    key: str
    shape: Shape
    axes: tuple[int, ...]
    row: tuple[Stretch, ...] = ()

    @property
    def known(self) -> bool:
        """Whether konv can make it."""
        return bool(self.key)

    @property
    def konv_shape(self) -> Shape:
        """Its shape in konv's array."""
        sizes = dict(zip(self.axes, self.shape, strict=True))
        return tuple(sizes[axis] for axis in range(len(self.shape)))

    @property
    def straight(self) -> bool:
        """Whether its numbers lie in konv's array as they lie in the foreign one."""
        if self.row:
            return all(stretch.straight for stretch in self.row)
        return Stretch(self.konv_shape, self.axes).straight

    @property
    def order(self) -> Indices:
        """Of a row: for each foreign number its place in konv's row."""
        if not self.row:
            return np.arange(self.shape[0])
        starts = np.cumsum([0, *(stretch.size for stretch in self.row)])
        return np.concatenate(
            [start + stretch.indices for start, stretch in zip(starts, self.row, strict=False)]
        )

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """The row in its parts; a row that was never a map is one part."""
        return self.row or (Stretch(self.shape, (0,)),)

    def flattened(self, key: str) -> Value:
        """The same numbers as a row, in the foreign order."""
        stretch = Stretch(self.konv_shape, self.axes)
        return Value(key, (stretch.size,), (0,), () if stretch.straight else (stretch,))


# What comes behind an operation that is refused.
UNKNOWN = Value("", (), ())
