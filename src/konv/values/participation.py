"""How often each place of a map takes part in windows that slide over it.

Along one axis the windows that meet a place are counted; rows and columns are independent, so a
place of the map takes part (count of its row) · (count of its column) times.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from konv.constraints import Integer, Pair
from konv.layers.base import Array
from konv.layers.size import WindowAxis
from konv.layers.windows import Axes, window_axes
from konv.limits import MAX_SIDE
from konv.parameters import check_value

__all__ = ["counts", "participation"]

_SIZE = Pair(Integer(1, MAX_SIDE))


def participation(
    size: Any, kernel: Any, *, stride: Any = 1, padding: Any = 0, dilation: Any = 1
) -> Array:
    """In how many windows each place of a map takes part.

    Args:
        size: rows and columns of the map; one number stands for both.
        kernel, stride, padding, dilation: as of :func:`konv.im2col`.

    Returns:
        (rows, columns) of whole numbers.

    Raises:
        ParameterError: a value is not a whole number in range.
        ShapeError: K104, no window fits.

    Example:
        >>> participation(4, 3)
        array([[1, 2, 2, 1],
               [2, 4, 4, 2],
               [2, 4, 4, 2],
               [1, 2, 2, 1]])
        >>> participation(4, 3, padding="same")[0].tolist()
        [4, 6, 6, 4]
    """
    rows, columns = check_value("size", size, _SIZE, where="participation")
    batch = (1, rows, columns, 1)
    return counts(window_axes("participation", batch, kernel, stride, padding, dilation))


def counts(axes: Axes) -> Array:
    """The same for windows that are known."""
    rows, columns = map(_along, axes)
    product: Array = np.outer(rows, columns)
    return product


def _along(axis: WindowAxis) -> Array:
    """In how many windows each place of one axis takes part."""
    met = (
        np.arange(axis.output)[:, np.newaxis] * axis.stride
        - axis.before
        + np.arange(axis.kernel) * axis.dilation
    )
    inside = met[(met >= 0) & (met < axis.size)]
    return np.bincount(inside, minlength=axis.size)
