"""GlobalAveragePooling2D and GlobalMaxPooling2D: one value for every channel of a picture.

::

    average  y[c] = Σ_{i, j} x[i, j, c] / (H·W)
    max      y[c] = max_{i, j} x[i, j, c]

Source: Lin, Chen and Yan, "Network in network", 2014, section 3.2.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from konv.constraints import Boolean
from konv.layers.base import Array, Context, Gradients, Shape
from konv.layers.windowed import SpatialLayer
from konv.parameters import parameter

__all__ = ["GlobalAveragePooling2D", "GlobalMaxPooling2D"]


@dataclass(frozen=True, repr=False)
class _GlobalPooling(SpatialLayer):
    """What both share: the shapes."""

    keepdims: bool = parameter(Boolean(), default=False, keyword=True)

    def output_shape(self, *shapes: Shape) -> Shape:
        channels = self.map_size(shapes[0])[2]
        return self.map_shape(1, 1, channels) if self.keepdims else (channels,)

    def forward(
        self, weights: Mapping[str, Array], inputs: tuple[Array, ...], context: Context
    ) -> tuple[Array, Any]:
        maps = self.to_last(inputs[0])
        output = self.pool(maps)
        shape = (len(maps), *self.output_shape(inputs[0].shape[1:]))
        return output.reshape(shape), maps

    def backward(self, weights: Mapping[str, Array], saved: Array, gradient: Array) -> Gradients:
        per_channel = gradient.reshape(len(saved), 1, 1, saved.shape[3])
        return (self.from_last(self.spread(saved, per_channel)),), {}

    @abstractmethod
    def pool(self, maps: Array) -> Array:
        """(N, H, W, C) -> (N, C)."""

    @abstractmethod
    def spread(self, maps: Array, gradient: Array) -> Array:
        """The gradient (N, 1, 1, C) brought back to the maps (N, H, W, C)."""


@dataclass(frozen=True, repr=False)
class GlobalAveragePooling2D(_GlobalPooling):
    """The mean of every channel.

    Args:
        data_format: "channels_last" (height, width, channels) or "channels_first".
        keepdims: whether the output stays a map of 1×1.
        name: its name in the network; one is made if None.

    Shapes:
        (height, width, channels) -> (channels,), or (1, 1, channels).

    Example:
        >>> GlobalAveragePooling2D().output_shape((7, 7, 64))
        (64,)
    """

    def pool(self, maps: Array) -> Array:
        return maps.mean(axis=(1, 2), dtype=maps.dtype)

    def spread(self, maps: Array, gradient: Array) -> Array:
        share = gradient / maps.dtype.type(maps.shape[1] * maps.shape[2])
        return np.broadcast_to(share, maps.shape)


@dataclass(frozen=True, repr=False)
class GlobalMaxPooling2D(_GlobalPooling):
    """The largest value of every channel; the gradient goes to the first place that holds it.

    Arguments and shapes are those of GlobalAveragePooling2D.

    Example:
        >>> GlobalMaxPooling2D(keepdims=True).output_shape((7, 7, 64))
        (1, 1, 64)
    """

    def pool(self, maps: Array) -> Array:
        return maps.max(axis=(1, 2))

    def spread(self, maps: Array, gradient: Array) -> Array:
        count, height, width, channels = maps.shape
        places = maps.reshape(count, height * width, channels)
        spread = np.zeros_like(places)
        winners = places.argmax(axis=1, keepdims=True)
        np.put_along_axis(spread, winners, gradient.reshape(count, 1, channels), axis=1)
        return spread.reshape(maps.shape)
