"""How far windows reach beyond the maps they slide over."""

from __future__ import annotations

from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.plan.values import Border

__all__ = ["reach"]


def reach(window: Window, size: tuple[int, int], output: tuple[int, int]) -> Border:
    """How many rows and columns of zeros the windows meet: top, bottom, left, right.

    Example:
        >>> reach(Window((3, 3), padding=(1, 1)), (8, 8), (8, 8))
        (1, 1, 1, 1)
    """
    (top, bottom), (left, right) = (
        (window.padding[axis], _behind(window, axis, size[axis], output[axis])) for axis in (0, 1)
    )
    return top, bottom, left, right


def _behind(window: Window, axis: int, size: int, output: int) -> int:
    span = (window.kernel[axis] - 1) * window.dilation[axis] + 1
    last = (output - 1) * window.stride[axis] + span - window.padding[axis]
    return max(0, last - size)
