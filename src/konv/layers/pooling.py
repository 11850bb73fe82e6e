"""MaxPooling2D, AveragePooling2D, MinPooling2D: one value for every window of every channel.

::

    max      y[i, j, c] = max over the window of x
    average  y[i, j, c] = sum over the window of x / number of its elements that lie on the map
    min      y[i, j, c] = min over the window of x

Padding never takes part: it is −∞ for max, +∞ for min, and is not counted in an average (as Keras
does; PyTorch counts it unless told otherwise). The gradient goes to the first element, row by row,
that is the maximum (or minimum), and to all elements of an average in equal parts.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from konv.constraints import Optional
from konv.errors import ShapeError
from konv.language import marked
from konv.language import translate as _
from konv.layers.base import Array, Context, Gradients, Shape
from konv.layers.fields import KERNEL_SIZE, Padding, PaddingConstraint
from konv.layers.size import WindowAxis
from konv.layers.windowed import WindowedLayer
from konv.layers.windows import Axes, cut_padding, pad_map, taps
from konv.parameters import parameter

__all__ = ["AveragePooling2D", "MaxPooling2D", "MinPooling2D", "PoolingLayer"]


@dataclass(frozen=True, repr=False)
class PoolingLayer(WindowedLayer):
    """The fields that all pools share.

    Args:
        pool_size: rows and columns of a window; one number stands for both.
        strides: how far one window lies from the next; None: as far as the pool is wide.
        padding: "valid", "same", "full", zeros on every side, (rows, columns), or ((top, bottom),
            (left, right)); on every side less than the pool, so that each window holds a pixel.
        data_format: "channels_last" (height, width, channels) or "channels_first".
        name: its name in the network; one is made if None.

    Shapes:
        (height, width, channels) -> (output height, output width, channels).
    """

    window_field: ClassVar[str] = "pool_size"

    pool_size: tuple[int, int] = parameter(KERNEL_SIZE, default=(2, 2))
    strides: tuple[int, int] | None = parameter(Optional(KERNEL_SIZE), default=None)
    padding: Padding = parameter(PaddingConstraint(), default="valid")

    @property
    def window(self) -> tuple[tuple[int, int], tuple[int, int], Padding, tuple[int, int]]:
        return self.pool_size, self.strides or self.pool_size, self.padding, (1, 1)

    @property
    def window_word(self) -> str:
        return marked("pool")

    def axes(self, *shapes: Shape) -> tuple[WindowAxis, WindowAxis]:
        rows, columns = super().axes(*shapes)
        for axis in (rows, columns):
            if max(axis.before, axis.after) >= axis.kernel:
                raise ShapeError(
                    _(
                        "{zeros} rows or columns of padding around a pool of {pool}",
                        zeros=max(axis.before, axis.after),
                        pool=axis.kernel,
                    ),
                    code="K105",
                    where=type(self).__name__,
                    fix=_("padding of at most {most}", most=axis.kernel - 1),
                )
        return rows, columns

    def output_shape(self, *shapes: Shape) -> Shape:
        rows, columns = self.axes(*shapes)
        return self.map_shape(rows.output, columns.output, self.map_size(shapes[0])[2])

    def forward(
        self, weights: Mapping[str, Array], inputs: tuple[Array, ...], context: Context
    ) -> tuple[Array, Any]:
        maps, axes = self.to_last(inputs[0]), self.axes(inputs[0].shape[1:])
        output = self.pool(maps, axes)
        return self.from_last(output), (maps, axes, output)

    def backward(
        self, weights: Mapping[str, Array], saved: tuple[Array, Axes, Array], gradient: Array
    ) -> Gradients:
        maps, axes, output = saved
        padded = np.zeros(_padded_shape(maps.shape, axes), gradient.dtype)
        self.spread(self.to_last(gradient), (maps, axes, output), padded)
        return (self.from_last(cut_padding(padded, axes)),), {}

    @abstractmethod
    def pool(self, maps: Array, axes: Axes) -> Array:
        """(N, H, W, C) -> (N, OH, OW, C)."""

    @abstractmethod
    def spread(self, gradient: Array, saved: tuple[Array, Axes, Array], padded: Array) -> None:
        """Add the gradient (N, OH, OW, C) to the padded maps it came from."""


def _padded_shape(shape: tuple[int, ...], axes: Axes) -> tuple[int, ...]:
    rows, columns = (axis.size + axis.before + axis.after for axis in axes)
    return (shape[0], rows, columns, shape[3])


class _ExtremePooling(PoolingLayer):
    """The largest or the smallest element of a window; ``sign`` says which."""

    sign: ClassVar[int] = 1

    def pool(self, maps: Array, axes: Axes) -> Array:
        choose = np.maximum if self.sign > 0 else np.minimum
        first, *others = (met for _i, _j, met in taps(self._padded(maps, axes), axes))
        output = first.copy()
        for met in others:
            choose(output, met, out=output)
        return output

    def spread(self, gradient: Array, saved: tuple[Array, Axes, Array], padded: Array) -> None:
        maps, axes, output = saved
        waiting = np.ones(output.shape, bool)
        sources = taps(self._padded(maps, axes), axes)
        for (_i, _j, met), (_k, _l, target) in zip(sources, taps(padded, axes), strict=True):
            first = waiting & (met == output)
            target += gradient * first
            waiting &= ~first

    def _padded(self, maps: Array, axes: Axes) -> Array:
        return pad_map(maps, axes, value=-self.sign * np.inf)


@dataclass(frozen=True, repr=False)
class MaxPooling2D(_ExtremePooling):
    __doc__ = f"""The largest element of every window.

    {PoolingLayer.__doc__}
    Example:
        >>> MaxPooling2D(2).output_shape((36, 28, 20))
        (18, 14, 20)
    """


@dataclass(frozen=True, repr=False)
class MinPooling2D(_ExtremePooling):
    __doc__ = f"""The smallest element of every window.

    {PoolingLayer.__doc__}
    """

    sign: ClassVar[int] = -1


@dataclass(frozen=True, repr=False)
class AveragePooling2D(PoolingLayer):
    __doc__ = f"""The mean of every window; padding is not counted.

    {PoolingLayer.__doc__}
    """

    def pool(self, maps: Array, axes: Axes) -> Array:
        total = np.zeros((len(maps), axes[0].output, axes[1].output, maps.shape[3]), maps.dtype)
        for _i, _j, met in taps(pad_map(maps, axes), axes):
            total += met
        return total / _elements_on_map(axes).astype(maps.dtype)

    def spread(self, gradient: Array, saved: tuple[Array, Axes, Array], padded: Array) -> None:
        _maps, axes, _output = saved
        share = gradient / _elements_on_map(axes).astype(gradient.dtype)
        for _i, _j, target in taps(padded, axes):
            target += share


def _elements_on_map(axes: Axes) -> Array:
    """How many elements of each window are no padding: (OH, OW, 1)."""
    counts = []
    for axis in axes:
        starts = np.arange(axis.output) * axis.stride - axis.before
        ends = np.minimum(starts + axis.kernel, axis.size)
        counts.append(ends - np.maximum(starts, 0))
    product: Array = np.outer(counts[0], counts[1])
    return product[:, :, np.newaxis]
