"""Turns by any angle.

A pixel of the result takes what was at its place before the turn. With u to the right and v down,
both counted from the centre, a turn by α anticlockwise takes (u, v) to::

    u' =  u cos α + v sin α
    v' = −u sin α + v cos α

so that the pixel at (u', v') looks back at::

    u = u' cos α − v' sin α
    v = u' sin α + v' cos α

which is between four pixels. They are weighted by how near they are (bilinear). Around the picture
there is 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from konv.constraints import Real
from konv.parameters import parameter
from konv.training.augmentation.base import Augmentation, Images

__all__ = ["Rotate", "rotated"]

# So many pixels at a time keep what is computed on the way in the cache.
_PIXELS_AT_A_TIME = 8_192


@dataclass(frozen=True, repr=False)
class Rotate(Augmentation):
    """Turns each picture about its centre, by an angle drawn evenly from −degrees to degrees.

    What comes in at the corners is 0; in between, four pixels are weighted by their nearness.

    Args:
        degrees: how far at most, from 0 to 180.

    Raises:
        ParameterError: K201, for a value that a field cannot hold.
    """

    degrees: float = parameter(Real(0, 180), default=10.0)

    def _changed(self, images: Images, generator: np.random.Generator) -> Images:
        return rotated(images, generator.uniform(-self.degrees, self.degrees, size=len(images)))


def rotated(images: Images, degrees: ArrayLike) -> Images:
    """Each picture turned anticlockwise about its centre; exact for multiples of 90°.

    Args:
        images: [N, height, width, channels], uint8 or floating.
        degrees: of each picture, [N].

    Example:
        >>> picture = np.array([[1, 2], [3, 4]], np.uint8)
        >>> rotated(picture[None, :, :, None], [90])[0, :, :, 0]
        array([[2, 4],
               [1, 3]], dtype=uint8)
    """
    angles = np.asarray(degrees, np.float64)
    result = np.empty(images.shape, images.dtype)
    at_a_time = max(1, _PIXELS_AT_A_TIME // max(1, images.shape[1] * images.shape[2]))
    for first in range(0, len(images), at_a_time):
        some = slice(first, first + at_a_time)
        numbers = _bilinear(images[some], *_sources(images.shape[1:3], angles[some]))
        result[some] = np.rint(numbers) if images.dtype == np.uint8 else numbers
    return result


def _sources(
    size: tuple[int, int], degrees: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(row, column) of the place that each pixel of each picture looks back at, [N, *size]."""
    height, width = size
    cosine, sine = (value[:, None, None] for value in _cosine_and_sine(degrees))
    down = (np.arange(height) - (height - 1) / 2)[:, None]
    right = np.arange(width) - (width - 1) / 2
    rows = (right * sine + (height - 1) / 2) + down * cosine
    columns = (right * cosine + (width - 1) / 2) - down * sine
    return rows, columns


def _cosine_and_sine(
    degrees: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Quarter turns are taken apart, because cos(π/2) is not quite 0 in floating numbers."""
    quarters = np.rint(degrees / 90)
    rest = np.deg2rad(degrees - 90 * quarters)
    cosine, sine = np.cos(rest), np.sin(rest)
    which = quarters.astype(np.int64) % 4
    return (
        np.choose(which, (cosine, -sine, -cosine, sine)),
        np.choose(which, (sine, cosine, -sine, -cosine)),
    )


def _bilinear(
    images: Images, rows: NDArray[np.float64], columns: NDArray[np.float64]
) -> NDArray[Any]:
    """The pictures at these places, in float32 or, for float64 pictures, in float64."""
    count, height, width, channels = images.shape
    dtype = np.result_type(images.dtype, np.float32)
    # One row of 0 above, so that row −1 can be looked at, and two below, so that row height can,
    # with the one after it; what is further away is as 0 as these.
    padded = np.zeros((count, height + 3, width + 3, channels), dtype)
    padded[:, 1:-2, 1:-2] = images
    top, below = _whole_and_rest(rows, height)
    left, beside = _whole_and_rest(columns, width)
    first = np.arange(count)[:, None, None] * (height + 3)
    corner = (first + top) * (width + 3) + left
    pixels = padded.reshape(-1, channels)
    below, beside = below.astype(dtype)[..., None], beside.astype(dtype)[..., None]
    upper = _between(pixels, corner, corner + 1, beside)
    corner += width + 3
    lower = _between(pixels, corner, corner + 1, beside)
    lower -= upper
    lower *= below
    lower += upper
    return lower


def _whole_and_rest(
    places: NDArray[np.float64], side: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The pixel before a place, counted in the padded picture, and how far behind it that is."""
    inside = np.clip(places, -1, side)
    whole = np.floor(inside)
    inside -= whole
    return whole.astype(np.int64) + 1, inside


def _between(
    pixels: NDArray[Any], first: NDArray[np.int64], second: NDArray[np.int64], share: NDArray[Any]
) -> NDArray[Any]:
    start = pixels.take(first, axis=0)
    result = pixels.take(second, axis=0)
    result -= start
    result *= share
    result += start
    return result
