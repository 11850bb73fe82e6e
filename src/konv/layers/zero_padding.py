"""ZeroPadding2D: rows and columns of zeros around a map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from konv.layers.base import Array, Context, Gradients, Shape
from konv.layers.fields import Padding, PaddingConstraint, axis_paddings
from konv.layers.size import WindowAxis, window_axis
from konv.layers.windowed import SpatialLayer
from konv.layers.windows import cut_padding, pad_map
from konv.parameters import parameter

__all__ = ["ZeroPadding2D"]


@dataclass(frozen=True, repr=False)
class ZeroPadding2D(SpatialLayer):
    """Zeros around a map.

    Args:
        padding: zeros on every side, (rows, columns), or ((top, bottom), (left, right)).
        data_format: "channels_last" (height, width, channels) or "channels_first".
        name: its name in the network; one is made if None.

    Shapes:
        (height, width, channels) -> (height + top + bottom, width + left + right, channels).

    Example:
        >>> ZeroPadding2D(2).output_shape((32, 32, 3))
        (36, 36, 3)
    """

    padding: Padding = parameter(PaddingConstraint(words=()), default=1)

    def axes(self, *shapes: Shape) -> tuple[WindowAxis, WindowAxis]:
        """Windows of a single element: the map itself with the zeros around it."""
        height, width, _channels = self.map_size(shapes[0])
        rows, columns = axis_paddings(self.padding)
        return window_axis(height, 1, padding=rows), window_axis(width, 1, padding=columns)

    def output_shape(self, *shapes: Shape) -> Shape:
        rows, columns = self.axes(*shapes)
        return self.map_shape(rows.output, columns.output, self.map_size(shapes[0])[2])

    def forward(
        self, weights: Mapping[str, Array], inputs: tuple[Array, ...], context: Context
    ) -> tuple[Array, Any]:
        axes = self.axes(inputs[0].shape[1:])
        return self.from_last(pad_map(self.to_last(inputs[0]), axes)), axes

    def backward(
        self, weights: Mapping[str, Array], saved: tuple[WindowAxis, WindowAxis], gradient: Array
    ) -> Gradients:
        return (self.from_last(cut_padding(self.to_last(gradient), saved)),), {}
