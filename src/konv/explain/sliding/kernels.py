"""Kernels that have a name, as they stand in a CNN: they are not turned before they are applied.

::

    identity    the picture as it is              sobel-x   brighter to the right: positive
    box-blur    the mean of nine                  sobel-y   brighter below: positive
    gaussian    the mean, the middle counts most  emboss    what is brighter to the lower right
    sharpen     the picture minus its laplace     laplace   what differs from its four neighbours
                                                  edge      what differs from all eight

Source: Gonzalez and Woods, "Digital Image Processing", chapter 3, on smoothing, sharpening and
Sobel's gradients.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from konv.layers.base import Array

__all__ = ["KERNELS", "named_kernel"]

_Rows = tuple[tuple[int, ...], ...]

# Name -> (whole numbers, what they are divided by).
_WHOLE: dict[str, tuple[_Rows, int]] = {
    "identity": (((0, 0, 0), (0, 1, 0), (0, 0, 0)), 1),
    "box-blur": (((1, 1, 1), (1, 1, 1), (1, 1, 1)), 9),
    "gaussian": (((1, 2, 1), (2, 4, 2), (1, 2, 1)), 16),
    "sharpen": (((0, -1, 0), (-1, 5, -1), (0, -1, 0)), 1),
    "laplace": (((0, 1, 0), (1, -4, 1), (0, 1, 0)), 1),
    "edge": (((-1, -1, -1), (-1, 8, -1), (-1, -1, -1)), 1),
    "sobel-x": (((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)), 1),
    "sobel-y": (((-1, -2, -1), (0, 0, 0), (1, 2, 1)), 1),
    "emboss": (((-2, -1, 0), (-1, 1, 1), (0, 1, 2)), 1),
}
KERNELS: Mapping[str, tuple[_Rows, int]] = MappingProxyType(_WHOLE)


def named_kernel(name: str) -> Array:
    """The numbers of a kernel.

    Example:
        >>> named_kernel("gaussian").tolist()[0]
        [0.0625, 0.125, 0.0625]
    """
    rows, divisor = KERNELS[name]
    return np.array(rows, np.float64) / divisor
