"""Moves by whole pixels, which lose nothing but what leaves the picture: shift, crop and flip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

import numpy as np

from konv.constraints import Boolean, Choice, Integer, Real
from konv.engines.changes import Changes
from konv.language import translate as _
from konv.limits import MAX_SIDE
from konv.parameters import check_value, parameter
from konv.training.augmentation.base import DrawnAugmentation

__all__ = ["Crop", "Flip", "Shift"]

_DIRECTIONS: Mapping[str, tuple[bool, bool]] = MappingProxyType(
    {"horizontal": (True, False), "vertical": (False, True), "both": (True, True)}
)


@dataclass(frozen=True, repr=False)
class Shift(DrawnAugmentation):
    """Moves each picture up or down and left or right; what comes in is 0.

    ``rows`` is a whole number drawn evenly from −r to r with r = fraction · height, rounded;
    ``columns`` likewise.

    Args:
        fraction: how far at most, as a part of the side, from 0 to 0.5.

    Raises:
        ParameterError: K201, for a value that a field cannot hold.

    Example:
        >>> picture = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]], np.uint8).reshape(1, 3, 3, 1)
        >>> Shift(0.4).apply(picture, np.random.default_rng(0))[0, :, :, 0]
        array([[0, 0, 0],
               [1, 2, 3],
               [4, 5, 6]], dtype=uint8)
    """

    fraction: float = parameter(Real(0, 0.5), default=0.1)

    def drawn(self, changes: Changes, generator: np.random.Generator) -> Changes:
        furthest = [round(self.fraction * side) for side in changes.size]
        count = changes.pictures
        return changes.moved(
            *(generator.integers(-far, far, size=count, endpoint=True) for far in furthest)
        )


@dataclass(frozen=True, repr=False)
class Crop(DrawnAugmentation):
    """Pads each picture with 0 on all sides, and cuts out its own size anywhere in that.

    Args:
        padding: rows and columns on each side, in pixels; less than the picture has.

    Raises:
        ParameterError: K201, for a value that a field cannot hold.

    Source:
        He et al. (2016), Deep residual learning for image recognition, section 4.2: 4 pixels for
        pictures of 32 × 32.
    """

    padding: int = parameter(Integer(0, MAX_SIDE), default=4)

    def _check_size(self, height: int, width: int) -> None:
        smaller = min(height, width)
        if self.padding >= smaller:
            raise self._unsuited(
                _(
                    "pictures of {height}×{width} moved by up to {padding} pixels could leave "
                    "nothing to see",
                    height=height,
                    width=width,
                    padding=self.padding,
                ),
                f"padding={smaller // 8 or smaller // 2}",
            )

    def drawn(self, changes: Changes, generator: np.random.Generator) -> Changes:
        # To cut p pixels further down of a padded picture is to move the picture p pixels up.
        shape = (2, changes.pictures)
        return changes.moved(
            *generator.integers(-self.padding, self.padding, size=shape, endpoint=True)
        )


@dataclass(frozen=True, repr=False)
class Flip(DrawnAugmentation):
    """Mirrors each picture with probability 1/2, in each of the directions on its own.

    Args:
        horizontal: left becomes right. Wrong for letters and digits.
        vertical: up becomes down.

    Raises:
        ParameterError: K201, for a value that a field cannot hold.

    Example:
        >>> row = np.array([1, 2, 3], np.uint8).reshape(1, 1, 3, 1)
        >>> Flip().apply(row, np.random.default_rng(1)).ravel()
        array([1, 2, 3], dtype=uint8)
        >>> Flip().apply(row, np.random.default_rng(2)).ravel()
        array([3, 2, 1], dtype=uint8)
    """

    horizontal: bool = parameter(Boolean(), default=True)
    vertical: bool = parameter(Boolean(), default=False)

    @classmethod
    def from_text(cls, value: str) -> Self:
        """``"horizontal"``, ``"vertical"`` or ``"both"``."""
        word = check_value("flip", value, Choice(tuple(_DIRECTIONS)), where=cls.__name__)
        return cls(*_DIRECTIONS[word])

    def drawn(self, changes: Changes, generator: np.random.Generator) -> Changes:
        # Both are drawn whatever the fields say: the directions do not disturb each other.
        sideways, upside_down = generator.random((2, changes.pictures)) < 0.5
        return changes.mirrored(upside_down & self.vertical, sideways & self.horizontal)
