"""From arrays to colours: pictures, weights and maps as (height, width, 3) of 0…1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from konv.explain.figures.style import ORANGE
from konv.explain.figures.wording import number_text
from konv.language import translate as _

__all__ = ["Scale", "colour", "picture_colours"]

Array = NDArray[Any]
# More would not be seen.
_MOST_PX = 1_000


@dataclass(frozen=True)
class Scale:
    """Which number is black and which is white.

    Args:
        low: the number that is black.
        high: the number that is white.
    """

    low: float
    high: float

    @classmethod
    def around_zero(cls, values: Array) -> Scale:
        """0 is mid grey, and the number farthest from it black or white."""
        farthest = float(np.abs(_finite(values)).max(initial=0)) or 1.0
        return cls(-farthest, farthest)

    @classmethod
    def of_maps(cls, values: Array) -> Scale:
        """From 0, which is black, if nothing is below it; around 0 otherwise."""
        finite = _finite(values)
        if finite.min(initial=0) < 0:
            return cls.around_zero(values)
        return cls(0.0, float(finite.max(initial=0)) or 1.0)

    def shades(self, values: Array) -> Array:
        """Numbers as 0…1; what is no number stays so."""
        # Halves: the difference of two huge numbers would be infinite.
        half = np.asarray(values, np.float64) / 2
        return (half - self.low / 2) / (self.high / 2 - self.low / 2)

    def colours(self, values: Array) -> Array:
        """Numbers (height, width), or one channel each of red, green, blue, as colours."""
        shades = self.shades(values)
        if shades.ndim == 2:
            shades = np.repeat(shades[..., np.newaxis], 3, axis=2)
        finite = np.isfinite(shades)
        shades = np.clip(np.where(finite, shades, 0.0), 0, 1)
        return np.where(finite.all(axis=2, keepdims=True), shades, colour(ORANGE))

    def text(self) -> str:
        """What black, grey and white stand for."""
        low, high = number_text(self.low), number_text(self.high)
        if self.low < 0:
            return _("black {low} · mid grey 0 · white {high}", low=low, high=high)
        return _("black {low} · white {high}", low=low, high=high)


def _finite(values: Array) -> Array:
    wide = np.asarray(values, np.float64)
    return wide[np.isfinite(wide)]


def colour(code: str) -> Array:
    """``"#0072b2"`` as three numbers of 0…1."""
    return np.array([int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def picture_colours(image: Array, *, channels_first: bool = False) -> tuple[Array, bool]:
    """A picture as colours, and whether its numbers had to be stretched to 0…1.

    Args:
        image: (height, width), (height, width, channels), or channels first; uint8, or numbers. Of
            channels that are neither 1 nor 3, the first is shown in grey.

    Example:
        >>> colours, stretched = picture_colours(np.array([[0, 255]], np.uint8))
        >>> colours.tolist(), stretched
        ([[[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]], False)
    """
    if image.ndim == 2:
        image = image[..., np.newaxis]
    elif channels_first:
        image = np.moveaxis(image, 0, -1)
    step = max(1, -(-max(image.shape[:2]) // _MOST_PX))
    image = image[::step, ::step]
    if image.shape[2] != 3:
        image = image[..., 0]
    if image.dtype == np.uint8:
        return Scale(0, 255).colours(image), False
    finite = _finite(image)
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    stretched = low < 0 or high > 1
    scale = Scale(low, high) if stretched and low < high else Scale(0.0, 1.0)
    return scale.colours(image), stretched
