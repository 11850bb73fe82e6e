"""``konv.convolve`` and ``konv.pool``: a layer of one channel at work on a matrix, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from konv.constraints import Boolean, Choice, Optional, Real
from konv.errors import ShapeError
from konv.explain.sliding.fitting import fixes
from konv.explain.sliding.kernels import KERNELS, named_kernel
from konv.explain.sliding.matrices import check_sides, checked_matrix
from konv.explain.sliding.window import SlidingWindow
from konv.language import translate as _
from konv.layers.activations import ACTIVATIONS
from konv.layers.base import Array
from konv.layers.convolution import Conv2D
from konv.layers.fields import KERNEL_SIZE, PaddingConstraint
from konv.layers.input import Input
from konv.layers.pooling import AveragePooling2D, MaxPooling2D, MinPooling2D, PoolingLayer
from konv.network.graph import sequential
from konv.parameters import check_value

__all__ = ["ACTIVATION", "POOLS", "convolve", "pool"]

POOLS: Mapping[str, type[PoolingLayer]] = MappingProxyType(
    {"max": MaxPooling2D, "average": AveragePooling2D, "min": MinPooling2D}
)
# Softmax of a single channel is 1 everywhere.
ACTIVATION = Choice(tuple(name for name in ACTIVATIONS if name != "softmax"))
_KERNEL_NAME = Choice(tuple(KERNELS))
_BIAS = Optional(Real(-1e100, 1e100))


def convolve(
    matrix: Any,
    kernel: Any,
    *,
    stride: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
    bias: float | None = None,
    activation: str = "linear",
    true_convolution: bool = False,
) -> SlidingWindow:
    """A kernel that slides over a matrix, with the sum at each step.

    Args:
        matrix: rows of numbers; an array of uint8 is a grey picture.
        kernel: rows of numbers, or a name: "identity", "box-blur", "gaussian", "sharpen",
            "laplace", "edge", "sobel-x", "sobel-y", "emboss".
        stride: how far one window lies from the next; one number, or (rows, columns).
        padding: "valid", "same", "full", zeros on every side, (rows, columns), or
            ((top, bottom), (left, right)).
        dilation: how far one element of the kernel lies from the next.
        bias: what is added to each sum; None: nothing.
        activation: the name of the function that each sum goes through.
        true_convolution: whether the kernel is turned by 180°; a CNN does not do that.

    Returns:
        The steps, the output, and the animation; the numbers are those of a ``Conv2D`` with one
        filter.

    Raises:
        LimitError: K601, the matrix with its padding is too large to be shown step by step.
        ParameterError: K201, a value cannot be what it is given for.
        ShapeError: K104, no window fits.

    Example:
        >>> x = [[1, 2, 3, 0], [0, 1, 2, 3], [3, 0, 1, 2], [2, 3, 0, 1]]
        >>> sliding = convolve(x, [[2, 0, 1], [0, 1, 2], [1, 0, 2]])
        >>> sliding.output.tolist()
        [[15.0, 16.0], [6.0, 15.0]]
        >>> sliding.steps[0].products.tolist()
        [[2.0, 0.0, 3.0], [0.0, 1.0, 4.0], [3.0, 0.0, 2.0]]
    """
    where = "convolve"
    numbers = checked_matrix("matrix", matrix, where=where)
    weights = _checked_kernel(kernel, where)
    added = check_value("bias", bias, _BIAS, where=where)
    layer = Conv2D(
        filters=1,
        kernel_size=weights.shape,
        strides=check_value("stride", stride, KERNEL_SIZE, where=where),
        padding=check_value("padding", padding, PaddingConstraint(), where=where),
        dilation_rate=check_value("dilation", dilation, KERNEL_SIZE, where=where),
        activation=check_value("activation", activation, ACTIVATION, where=where),
        true_convolution=check_value("true_convolution", true_convolution, Boolean(), where=where),
        use_bias=added is not None,
    )
    arrays = {"kernel": weights[:, :, np.newaxis, np.newaxis]}
    if added is not None:
        arrays["bias"] = np.array([added])
    return _slid(numbers, layer, arrays, pixels=_are_pixels(matrix), where=where)


def pool(
    matrix: Any, size: Any = 2, kind: str = "max", *, stride: Any = None, padding: Any = "valid"
) -> SlidingWindow:
    """A pool that slides over a matrix, with what it chooses, or the mean, at each step.

    Args:
        matrix: rows of numbers; an array of uint8 is a grey picture.
        size: rows and columns of the pool; one number stands for both.
        kind: "max", "average" or "min".
        stride: how far one window lies from the next; None: as far as the pool is wide.
        padding: as of :func:`konv.convolve`, on each side less than the pool; it never takes part.

    Returns:
        The steps, the output, and the animation; the numbers are those of konv's pooling layers.

    Raises:
        LimitError: K601, the matrix with its padding is too large to be shown step by step.
        ParameterError: K201, a value cannot be what it is given for.
        ShapeError: K104, no window fits; K105, a window would lie on the padding alone.

    Example:
        >>> pool([[1, 2, 3, 0], [0, 1, 2, 3], [3, 0, 1, 2], [2, 3, 0, 1]]).output.tolist()
        [[2.0, 3.0], [3.0, 2.0]]
    """
    where = "pool"
    numbers = checked_matrix("matrix", matrix, where=where)
    layer = POOLS[check_value("kind", kind, Choice(tuple(POOLS)), where=where)](
        check_value("size", size, KERNEL_SIZE, where=where),
        check_value("stride", stride, Optional(KERNEL_SIZE), where=where),
        check_value("padding", padding, PaddingConstraint(), where=where),
    )
    return _slid(numbers, layer, {}, pixels=_are_pixels(matrix), where=where)


def _checked_kernel(kernel: Any, where: str) -> Array:
    if isinstance(kernel, str):
        return named_kernel(check_value("kernel", kernel, _KERNEL_NAME, where=where))
    return checked_matrix("kernel", kernel, where=where)


def _are_pixels(matrix: Any) -> bool:
    return isinstance(matrix, np.ndarray) and matrix.dtype == np.uint8


def _slid(
    numbers: Array,
    layer: Conv2D | PoolingLayer,
    weights: Mapping[str, Array],
    *,
    pixels: bool,
    where: str,
) -> SlidingWindow:
    shape = (*numbers.shape, 1)
    try:
        axes = layer.axes(shape)
    except ShapeError as error:
        error.fix = _(", or ").join(fixes(layer, shape)) or error.fix
        raise error.located(where) from None
    check_sides(tuple(axis.size + axis.before + axis.after for axis in axes), where)
    node = sequential([Input(shape=shape), replace(layer, name="window")]).nodes[1]
    return SlidingWindow(numbers, node, weights, pixels)
