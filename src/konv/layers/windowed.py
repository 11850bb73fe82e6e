"""Layers that tell rows and columns from channels, and those whose windows slide over them."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from konv.errors import ShapeError
from konv.language import translate as _
from konv.layers.base import Array, Layer, Shape, require_map
from konv.layers.fields import DATA_FORMAT, Padding, axis_paddings
from konv.layers.size import WindowAxis, window_axis
from konv.parameters import parameter

__all__ = ["SpatialLayer", "WindowedLayer"]


@dataclass(frozen=True, repr=False)
class SpatialLayer(Layer):
    """A layer with a ``data_format``: which axis of its maps holds the channels."""

    data_format: str = parameter(DATA_FORMAT, default="channels_last", keyword=True)

    @property
    def channels_first(self) -> bool:
        """Whether maps are (channels, height, width)."""
        return self.data_format == "channels_first"

    def map_size(self, shape: Shape) -> tuple[int, int, int]:
        """(height, width, channels) of a shape in the data format."""
        require_map(self, shape)
        first, second, third = shape
        return (second, third, first) if self.channels_first else (first, second, third)

    def map_shape(self, height: int, width: int, channels: int) -> Shape:
        """The shape of such a map in the data format."""
        return (channels, height, width) if self.channels_first else (height, width, channels)

    def to_last(self, maps: Array) -> Array:
        """Maps in the data format as (N, H, W, C)."""
        return np.moveaxis(maps, 1, -1) if self.channels_first else maps

    def from_last(self, maps: Array) -> Array:
        """Maps (N, H, W, C) in the data format."""
        return np.moveaxis(maps, -1, 1) if self.channels_first else maps


class WindowedLayer(SpatialLayer):
    """A layer whose windows slide over rows and columns."""

    @property
    @abstractmethod
    def window(self) -> tuple[tuple[int, int], tuple[int, int], Padding, tuple[int, int]]:
        """Kernel, stride, padding and dilation."""

    @property
    @abstractmethod
    def window_word(self) -> str:
        """What messages call the window: a kernel or a pool."""

    def axes(self, *shapes: Shape) -> tuple[WindowAxis, WindowAxis]:
        """How the windows slide over the rows and over the columns of its input.

        Raises:
            ShapeError: K104, no window fits.
        """
        height, width, _channels = self.map_size(shapes[0])
        kernel, stride, padding, dilation = self.window
        rows, columns = (
            window_axis(size, kernel[i], stride=stride[i], padding=zeros, dilation=dilation[i])
            for i, (size, zeros) in enumerate(
                zip((height, width), axis_paddings(padding), strict=True)
            )
        )
        if rows.output < 1 or columns.output < 1:
            raise self._does_not_fit(rows, columns)
        return rows, columns

    def _does_not_fit(self, rows: WindowAxis, columns: WindowAxis) -> ShapeError:
        return ShapeError(
            _(
                "a {kernel} {window} does not fit a {input} input",
                kernel=f"{rows.kernel}×{columns.kernel}",
                window=_(self.window_word),
                input=f"{rows.size}×{columns.size}",
            ),
            code="K104",
            where=type(self).__name__,
            details=[(_("height"), rows.arithmetic()), (_("width"), columns.arithmetic())],
            fix=_("a smaller window, more padding, or a larger input"),
        )
