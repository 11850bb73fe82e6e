"""Changes of pixels where they are: brightness and cutout."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from konv.constraints import Integer, Real
from konv.engines.changes import Changes
from konv.language import translate as _
from konv.limits import MAX_SIDE
from konv.parameters import parameter
from konv.training.augmentation.base import DrawnAugmentation

__all__ = ["Brightness", "Cutout"]


@dataclass(frozen=True, repr=False)
class Brightness(DrawnAugmentation):
    """Multiplies each picture by a number drawn evenly from 1 − amount to 1 + amount.

    Black stays black, and colours keep their hue.

    Args:
        amount: how far at most, from 0 to 1.

    Raises:
        ParameterError: K201, for a value that a field cannot hold.

    Example:
        >>> grey = np.full((3, 1, 1, 1), 100, np.uint8)
        >>> Brightness(0.5).apply(grey, np.random.default_rng(0)).ravel()
        array([114,  77,  54], dtype=uint8)
    """

    amount: float = parameter(Real(0, 1), default=0.2)

    def drawn(self, changes: Changes, generator: np.random.Generator) -> Changes:
        amount, count = self.amount, changes.pictures
        return changes.brightened(generator.uniform(1 - amount, 1 + amount, size=count))


@dataclass(frozen=True, repr=False)
class Cutout(DrawnAugmentation):
    """Sets a square of each picture to 0; its centre is any pixel, so a part may lie outside.

    Args:
        size: rows and columns of the square, in pixels; it must not hide the whole picture.

    Raises:
        ParameterError: K201, for a value that a field cannot hold.

    Source:
        DeVries & Taylor (2017), Improved regularization of convolutional neural networks with
        cutout, section 3.
    """

    size: int = parameter(Integer(1, MAX_SIDE), default=8)

    def _check_size(self, height: int, width: int) -> None:
        if self.size >= max(height, width):
            raise self._unsuited(
                _(
                    "a square of {size}×{size} can hide a whole picture of {height}×{width}",
                    size=self.size,
                    height=height,
                    width=width,
                ),
                f"size={max(1, min(height, width) // 4)}",
            )

    def drawn(self, changes: Changes, generator: np.random.Generator) -> Changes:
        centres = generator.integers(changes.size, size=(changes.pictures, 2))
        top, left = (centres - self.size // 2).T
        return changes.blanked(top, left, top + self.size, left + self.size)
