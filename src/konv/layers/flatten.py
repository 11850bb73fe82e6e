"""Flatten: a map as one row of numbers, row by row, column by column, channel by channel.

The order is that of (height, width, channels) for both data formats, as in Keras: a map given
channels first is turned around before it is flattened.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from konv.layers.base import Array, Context, Gradients, Layer, Shape
from konv.layers.fields import DATA_FORMAT
from konv.parameters import parameter

__all__ = ["Flatten"]


@dataclass(frozen=True, repr=False)
class Flatten(Layer):
    """A map as one row of numbers.

    Args:
        data_format: "channels_last" (height, width, channels) or "channels_first".
        name: its name in the network; one is made if None.

    Shapes:
        (height, width, channels) -> (height · width · channels,).

    Example:
        >>> Flatten().output_shape((2, 1, 80))
        (160,)
    """

    data_format: str = parameter(DATA_FORMAT, default="channels_last")

    def output_shape(self, *shapes: Shape) -> Shape:
        return (math.prod(shapes[0]),)

    def forward(
        self, weights: Mapping[str, Array], inputs: tuple[Array, ...], context: Context
    ) -> tuple[Array, Any]:
        maps = np.moveaxis(inputs[0], 1, -1) if self._turned(inputs[0]) else inputs[0]
        output = maps.reshape(len(maps), math.prod(maps.shape[1:]))
        return output, (maps.shape, self._turned(inputs[0]))

    def backward(
        self, weights: Mapping[str, Array], saved: tuple[tuple[int, ...], bool], gradient: Array
    ) -> Gradients:
        shape, turned = saved
        maps = gradient.reshape(shape)
        return (np.moveaxis(maps, -1, 1) if turned else maps,), {}

    def _turned(self, maps: Array) -> bool:
        return self.data_format == "channels_first" and maps.ndim > 2
