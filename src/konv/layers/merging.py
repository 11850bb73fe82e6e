"""Add and Concatenate: several tensors become one.

::

    Add           y = x₁ + x₂ + …                     the gradient goes to every input
    Concatenate   y = [x₁, x₂, …] along an axis       the gradient is cut at the same places

Source: He et al., "Deep residual learning", 2016, section 3.2; Huang et al., "Densely connected
convolutional networks", 2017, section 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from konv.errors import ShapeError
from konv.language import translate as _
from konv.layers.base import Array, Context, Gradients, Layer, Shape, shape_text
from konv.layers.fields import AXIS
from konv.parameters import parameter

__all__ = ["Add", "Concatenate", "channel_axis"]


def channel_axis(layer: Layer, axis: int, shape: Shape) -> int:
    """The position in ``shape`` (without the batch) that ``axis`` (with the batch as 0) means.

    Raises:
        ShapeError: K107, there is no such axis.
    """
    rank = len(shape)
    position = axis - 1 if axis > 0 else axis + rank
    if not 0 <= position < rank:
        possible = [*range(-rank, 0), *range(1, rank + 1)]
        raise ShapeError(
            _("axis {axis} of an input {shape}", axis=axis, shape=shape_text(shape)),
            code="K107",
            where=type(layer).__name__,
            details=[(_("axes"), _("0 is the batch; the others are {axes}", axes=possible))],
            fix=_("axis=-1 for channels last, axis=1 for channels first"),
        )
    return position


@dataclass(frozen=True, repr=False)
class Add(Layer):
    """The sum of several tensors of one shape.

    Shapes:
        the same shape twice or more -> that shape.

    Example:
        >>> Add().output_shape((8, 8, 16), (8, 8, 16))
        (8, 8, 16)
    """

    input_count: ClassVar[int | None] = None

    def output_shape(self, *shapes: Shape) -> Shape:
        if len(set(shapes)) > 1:
            raise _different_shapes(self, shapes, _("make them alike, with a 1×1 convolution, say"))
        return shapes[0]

    def forward(
        self, weights: Mapping[str, Array], inputs: tuple[Array, ...], context: Context
    ) -> tuple[Array, Any]:
        output = inputs[0] + inputs[1]
        for further in inputs[2:]:
            output += further
        return output, len(inputs)

    def backward(self, weights: Mapping[str, Array], saved: int, gradient: Array) -> Gradients:
        return (gradient,) * saved, {}


@dataclass(frozen=True, repr=False)
class Concatenate(Layer):
    """Several tensors side by side along one axis.

    Args:
        axis: the axis, the batch being axis 0: −1 is the last one, the channels of channels last.
        name: its name in the network; one is made if None.

    Shapes:
        shapes that differ only in that axis -> the same with that axis added up.

    Example:
        >>> Concatenate().output_shape((8, 8, 16), (8, 8, 4))
        (8, 8, 20)
    """

    input_count: ClassVar[int | None] = None

    axis: int = parameter(AXIS, default=-1)

    def output_shape(self, *shapes: Shape) -> Shape:
        position = channel_axis(self, self.axis, shapes[0])
        others = {(len(shape), shape[:position], shape[position + 1 :]) for shape in shapes}
        if len(others) > 1:
            fix = _("all sizes but those of axis {axis} must be alike", axis=self.axis)
            raise _different_shapes(self, shapes, fix)
        total = sum(shape[position] for shape in shapes)
        return (*shapes[0][:position], total, *shapes[0][position + 1 :])

    def forward(
        self, weights: Mapping[str, Array], inputs: tuple[Array, ...], context: Context
    ) -> tuple[Array, Any]:
        ends = np.cumsum([item.shape[self.axis] for item in inputs])[:-1]
        return np.concatenate(inputs, axis=self.axis), ends

    def backward(self, weights: Mapping[str, Array], saved: Array, gradient: Array) -> Gradients:
        return tuple(np.split(gradient, saved, axis=self.axis)), {}


def _different_shapes(layer: Layer, shapes: tuple[Shape, ...], fix: str) -> ShapeError:
    return ShapeError(
        _("its inputs have different shapes"),
        code="K106",
        where=type(layer).__name__,
        details=[
            (_("input {number}", number=number), shape_text(shape))
            for number, shape in enumerate(shapes, start=1)
        ],
        fix=fix,
    )
