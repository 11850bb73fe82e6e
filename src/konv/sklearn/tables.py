"""Between scikit-learn's tables, a row for each sample, and pictures.

======================  ============================================================================
X                       a picture
======================  ============================================================================
[N, height, width]      (height, width, 1)
[N, h, w, channels]     (height, width, channels)
[N, features]           what ``image_shape`` says; without it a square, if features is s², or a
                        square in three colours, if it is 3 · s² and s ≥ 8; else a single row
======================  ============================================================================

A network that is given whole, with its Input, says itself what a picture is.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from konv.errors import DataError
from konv.language import translate as _
from konv.layers.base import Shape, shape_text
from konv.limits import MAX_SIDE
from konv.sklearn.settings import WHERE

__all__ = ["as_table", "picture_shape", "require_shape"]

_LEAST_COLOURED_SIDE_PX = 8


def as_table(x: Any) -> tuple[Any, Shape | None]:
    """(x with a row for each sample, the shape of a picture if x holds pictures).

    What is a table already, and what is neither, is returned as it is: scikit-learn judges it.

    Example:
        >>> rows, shape = as_table(np.zeros((5, 8, 6)))
        >>> rows.shape, shape
        ((5, 48), (8, 6))
    """
    if not hasattr(x, "ndim"):
        try:
            array = np.asarray(x)
        except ValueError:  # lists of several lengths
            return x, None
        if array.ndim <= 2:
            return x, None
        x = array
    if x.ndim <= 2:
        return x, None
    array = np.asarray(x)
    shape = tuple(int(size) for size in array.shape[1:])
    return array.reshape(len(array), math.prod(shape)), shape


def picture_shape(
    features: int, seen: Shape | None, asked: Shape | None, fixed: Shape | None
) -> Shape:
    """The input of the network: the shape of one picture.

    Args:
        features: how many numbers a sample has.
        seen: the shape of a picture in X, if it holds pictures.
        asked: what ``image_shape`` says.
        fixed: the Input of a network that was given whole.

    Raises:
        DataError: K504, these contradict each other.

    Example:
        >>> picture_shape(64, None, None, None), picture_shape(13, None, None, None)
        ((8, 8, 1), (1, 13, 1))
    """
    if seen is not None and len(seen) not in (2, 3):
        raise _no_pictures(seen)
    shape = fixed or _with_channels(asked) or _with_channels(seen) or _guessed(features)
    if asked is not None and asked not in _ways_to_say(shape):
        raise _contradiction(f"image_shape={asked}", shape)
    if seen is not None:
        require_shape(seen, shape)
    if math.prod(shape) != features:
        raise _wrong_count(features, shape)
    return shape


def require_shape(seen: Shape, shape: Shape) -> None:
    """Whether pictures are what the network takes.

    Args:
        seen: the shape of a picture.
        shape: that of the network's input. An axis for a single channel may be left out; where the
            network takes a row of numbers, any picture of as many will do.

    Raises:
        DataError: K504, they are not.
    """
    as_row = len(shape) == 1 and math.prod(seen) == shape[0]
    if not as_row and seen not in _ways_to_say(shape):
        raise _contradiction(_("pictures of shape {given}", given=shape_text(seen)), shape)


def _ways_to_say(shape: Shape) -> set[Shape]:
    """The shape, also without the axis of a single channel, which may be the first or the last."""
    ways = {shape}
    if len(shape) == 3:
        ways |= {shape[:2]} if shape[2] == 1 else set()
        ways |= {shape[1:]} if shape[0] == 1 else set()
    return ways


def _with_channels(shape: Shape | None) -> Shape | None:
    return (*shape, 1) if shape is not None and len(shape) == 2 else shape


def _guessed(features: int) -> Shape:
    side = math.isqrt(features)
    if side * side == features:
        return side, side, 1
    side = math.isqrt(features // 3)
    if 3 * side * side == features and side >= _LEAST_COLOURED_SIDE_PX:
        return side, side, 3
    return (1, features, 1) if features <= MAX_SIDE else (features,)


def _wrong_count(features: int, shape: Shape) -> DataError:
    product = " · ".join(map(str, shape))
    return DataError(
        _(
            "{features} features make no picture of {shape}",
            features=features,
            shape=shape_text(shape),
        ),
        code="K504",
        where=WHERE,
        details=[(_("needed"), f"{product} = {math.prod(shape)}"), (_("given"), str(features))],
        fix=_("image_shape=(height, width, channels) with as many numbers as a row of X"),
    )


def _no_pictures(seen: Shape) -> DataError:
    return DataError(
        _("{shape} is no picture", shape=shape_text(seen)),
        code="K504",
        where=WHERE,
        fix=_("X as (samples, features), or (samples, height, width, channels)"),
    )


def _contradiction(what: str, shape: Shape) -> DataError:
    return DataError(
        what,
        code="K504",
        where=WHERE,
        details=[(_("network"), shape_text(shape))],
        fix=_("pictures of shape {shape}", shape=shape_text(shape)),
    )
