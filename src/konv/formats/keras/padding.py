"""Padding in Keras's words: a pool of Keras knows no numbers."""

from __future__ import annotations

from konv.layers.pooling import PoolingLayer
from konv.layers.size import WindowAxis, window_axis

__all__ = ["padding_word"]

_WORDS = ("valid", "same")


def padding_word(layer: PoolingLayer, axes: tuple[WindowAxis, WindowAxis]) -> str | None:
    """ "valid" or "same", if that pads an input of this size as the layer does.

    Args:
        layer: the pool.
        axes: its windows on the rows and on the columns of its input.

    Example:
        >>> from konv.layers import MaxPooling2D
        >>> pool = MaxPooling2D(3, strides=1, padding=1)
        >>> padding_word(pool, pool.axes((6, 7, 4)))
        'same'
    """
    if layer.padding in _WORDS:
        return str(layer.padding)
    return next((word for word in _WORDS if all(_padded(axis, word) for axis in axes)), None)


def _padded(axis: WindowAxis, word: str) -> bool:
    made = window_axis(
        axis.size, axis.kernel, stride=axis.stride, padding=word, dilation=axis.dilation
    )
    return made == axis
