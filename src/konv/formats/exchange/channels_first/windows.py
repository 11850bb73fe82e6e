"""Padding as other tools give it, in numbers, and as konv says it."""

from __future__ import annotations

from konv.layers.fields import Padding
from konv.layers.size import window_axis

__all__ = ["Zeros", "ceiling_zeros", "named_padding", "same_zeros"]

Zeros = tuple[tuple[int, int], tuple[int, int]]
Two = tuple[int, int]


def named_padding(zeros: Zeros, size: Two, kernel: Two, strides: Two, dilation: Two) -> Padding:
    """The shortest way to say ((top, bottom), (left, right)) for a map of ``size``.

    Example:
        >>> named_padding(((1, 1), (1, 1)), (28, 28), (3, 3), (1, 1), (1, 1))
        'same'
        >>> named_padding(((2, 2), (2, 2)), (28, 28), (4, 4), (1, 1), (1, 1))
        2
    """
    if zeros == ((0, 0), (0, 0)):
        return "valid"
    for word in ("same", "full"):
        if zeros == _zeros_of(word, size, kernel, strides, dilation):
            return word
    if len({*zeros[0], *zeros[1]}) == 1:
        return zeros[0][0]
    return zeros


def same_zeros(
    size: Two, kernel: Two, strides: Two, dilation: Two, *, odd_first: bool = False
) -> Zeros:
    """The zeros of "same"; ``odd_first``: the odd one at the top and left (ONNX's SAME_LOWER).

    Example:
        >>> same_zeros((28, 28), (4, 4), (1, 1), (1, 1), odd_first=True)
        ((2, 1), (2, 1))
    """
    rows, columns = _zeros_of("same", size, kernel, strides, dilation)
    return (rows[::-1], columns[::-1]) if odd_first else (rows, columns)


def ceiling_zeros(zeros: Zeros, size: Two, kernel: Two, strides: Two) -> Zeros:
    """The zeros with what "ceil mode" adds behind: one more window, if it begins on the map.

    A window that would begin in the padding behind the map is left out, as PyTorch and ONNX do.

    Example:
        >>> ceiling_zeros(((0, 0), (0, 0)), (5, 6), (2, 2), (2, 2))
        ((0, 1), (0, 0))
    """
    rows, columns = (_ceiling(*values) for values in zip(zeros, size, kernel, strides, strict=True))
    return rows, columns


def _ceiling(zeros: Two, size: int, kernel: int, stride: int) -> Two:
    before, after = zeros
    windows = -(-(size + before + after - kernel) // stride) + 1
    if (windows - 1) * stride >= size + before:
        windows -= 1
    return before, max(0, (windows - 1) * stride + kernel - size - before)


def _zeros_of(word: str, size: Two, kernel: Two, strides: Two, dilation: Two) -> Zeros:
    rows, columns = (
        window_axis(each, elements, stride=stride, padding=word, dilation=gap)
        for each, elements, stride, gap in zip(size, kernel, strides, dilation, strict=True)
    )
    return (rows.before, rows.after), (columns.before, columns.after)
