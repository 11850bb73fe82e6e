"""Boxes in three dimensions on paper, and the scale that makes small and large ones visible.

An edge of n rows or columns is drawn √(n / N) times as long as the longest one, N, of the network:
what is four times as long in numbers is twice as long on paper. Channels have a scale of their own
of the same kind, and so have vectors. No edge is shorter than a few pixels.

A box is seen from the front: its face shows rows and columns without distortion, its channels go
back to the upper right.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from konv.explain.drawing.shapes import Polygon, Shape

__all__ = ["Scale", "Solid", "scale_of"]

_SIDE, _DEPTH, _BAR = 132.0, 96.0, 132.0  # the longest edges in pixels
_LEAST = 5.0  # the shortest
# What is drawn with the longest edge has at least so many rows, channels, numbers: a single channel
# is thin even where there are no others.
_FEWEST_ROWS, _FEWEST_CHANNELS, _FEWEST_UNITS = 4, 32, 32
_BAR_THICKNESS = 12.0
_BACK = (0.72, -0.5)  # one pixel of depth on paper


@dataclass(frozen=True)
class Solid:
    """A box: the size of its face, and how deep it is; all in pixels."""

    width: float
    height: float
    depth: float

    @property
    def back(self) -> tuple[float, float]:
        """How far its back lies to the right, and below (above, if negative)."""
        return self.depth * _BACK[0], self.depth * _BACK[1]

    @property
    def whole_width(self) -> float:
        """Its width on paper."""
        return self.width + self.back[0]

    @property
    def whole_height(self) -> float:
        """Its height on paper."""
        return self.height - self.back[1]

    def at(self, x: float, y: float, look: str) -> Iterator[Shape]:
        """The box, with the upper left corner of its face at (x, y)."""
        dx, dy = self.back
        right, bottom = x + self.width, y + self.height
        top = ((x, y), (x + dx, y + dy), (right + dx, y + dy), (right, y))
        side = ((right, y), (right + dx, y + dy), (right + dx, bottom + dy), (right, bottom))
        yield Polygon(top, f"{look}")
        yield Polygon(side, f"{look} deep")
        yield Polygon(((x, y), (right, y), (right, bottom), (x, bottom)), look)


@dataclass(frozen=True)
class Scale:
    """How long edges are on paper.

    Args:
        side: the most rows or columns of a map.
        channels: the most channels of a map.
        units: the most numbers of a vector.
    """

    side: int
    channels: int
    units: int

    def solid(self, size: Sequence[int]) -> Solid:
        """The box of a map (height, width, channels); the bar of a vector (units,).

        Example:
            >>> scale_of([(39, 31, 1), (160,)]).solid((39, 31, 1)).height
            132.0
        """
        if len(size) == 1:
            return Solid(_BAR_THICKNESS, _length(size[0], self.units, _BAR), _BAR_THICKNESS)
        height, width, channels = size
        return Solid(
            _length(width, self.side, _SIDE),
            _length(height, self.side, _SIDE),
            _length(channels, self.channels, _DEPTH),
        )


def _length(size: int, largest: int, longest_px: float) -> float:
    return max(_LEAST, longest_px * math.sqrt(size / largest))


def scale_of(sizes: Sequence[Sequence[int]]) -> Scale:
    """The scale of a drawing with these maps (height, width, channels) and vectors (units,)."""
    maps = [size for size in sizes if len(size) == 3]
    return Scale(
        side=max([_FEWEST_ROWS, *(max(size[:2]) for size in maps)]),
        channels=max([_FEWEST_CHANNELS, *(size[2] for size in maps)]),
        units=max([_FEWEST_UNITS, *(size[0] for size in sizes if len(size) == 1)]),
    )
