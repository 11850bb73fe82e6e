"""DepthwiseConv2D and SeparableConv2D: channels are convolved one by one, then mixed.

With x (H, W, C), kernels w (KH, KW, C, M), where M is the depth multiplier::

    z[i, j, c·M + m] = b + Σ_{u, v} x[i·s + u·d, j·s + v·d, c] · w[u, v, c, m]

A separable convolution follows it by a 1×1 convolution that mixes the C·M maps into F.

Source: Chollet, "Xception: deep learning with depthwise separable convolutions", 2017; Howard et
al., "MobileNets", 2017, section 3.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from konv.layers.base import Array, Gradients, Shape, WeightSpec
from konv.layers.convolution import ConvolutionLayer
from konv.layers.fields import FILTERS, KERNEL_SIZE
from konv.layers.initializers import INITIALIZER
from konv.layers.windows import Axes, cut_padding, pad_map, taps
from konv.parameters import parameter

__all__ = ["DepthwiseConv2D", "SeparableConv2D"]


@dataclass(frozen=True, repr=False)
class _DepthwiseStage(ConvolutionLayer):
    """The step that both layers begin with: each channel has ``depth_multiplier`` kernels."""

    depth_multiplier: int = parameter(FILTERS, default=1, keyword=True)
    depthwise_initializer: str = parameter(INITIALIZER, default="glorot_uniform", keyword=True)

    def depthwise_spec(self, channels: int) -> WeightSpec:
        kernel, *_rest = self.window
        shape = (*kernel, channels, self.depth_multiplier)
        return WeightSpec("depthwise_kernel", shape, self.depthwise_initializer)

    def depthwise_macs(self, shape: Shape) -> int:
        rows, columns = self.axes(shape)
        window = rows.kernel * columns.kernel * self.map_size(shape)[2] * self.depth_multiplier
        return rows.output * columns.output * window

    def depthwise_forward(self, kernel: Array, maps: Array, axes: Axes) -> Array:
        """(N, H, W, C) -> (N, OH, OW, C·M)."""
        flat = self._flat(kernel)
        shape = (len(maps), axes[0].output, axes[1].output, flat.shape[2])
        output = np.zeros(shape, maps.dtype)
        for i, j, met in taps(pad_map(self._repeated(maps), axes), axes):
            output += met * flat[i, j]
        return output

    def depthwise_backward(
        self, kernel: Array, saved: tuple[Array, Axes], gradient: Array
    ) -> tuple[Array, Array]:
        """The gradients of the maps and of the kernel."""
        maps, axes = saved
        flat = self._flat(kernel)
        padded = pad_map(self._repeated(maps), axes)
        flat_gradient, map_gradient = np.empty_like(flat), np.zeros_like(padded)
        targets = taps(map_gradient, axes)
        for (i, j, met), (_i, _j, target) in zip(taps(padded, axes), targets, strict=True):
            flat_gradient[i, j] = np.einsum("nhwc,nhwc->c", met, gradient)
            target += gradient * flat[i, j]
        by_kernel = cut_padding(map_gradient, axes).reshape(*maps.shape, self.depth_multiplier)
        return by_kernel.sum(axis=-1), self.met(flat_gradient.reshape(kernel.shape))

    def _flat(self, kernel: Array) -> Array:
        """The kernel as it meets the input, (KH, KW, C·M)."""
        rows, columns, channels, multiplier = kernel.shape
        return self.met(kernel).reshape(rows, columns, channels * multiplier)

    def _repeated(self, maps: Array) -> Array:
        """Each channel once for every kernel it meets: (N, H, W, C·M)."""
        return maps if self.depth_multiplier == 1 else maps.repeat(self.depth_multiplier, axis=3)


@dataclass(frozen=True, repr=False)
class DepthwiseConv2D(_DepthwiseStage):
    """A convolution of each channel by itself.

    Args:
        kernel_size: rows and columns of its kernels; one number stands for both.
        depth_multiplier: how many maps it makes of each channel.
        strides, padding, data_format, dilation_rate, activation, use_bias: as of Conv2D.
        depthwise_initializer, bias_initializer, true_convolution, name: as of Conv2D.

    Shapes:
        (height, width, channels) -> (output height, output width, channels · depth_multiplier).

    Example:
        >>> DepthwiseConv2D(3, padding="same").output_shape((28, 28, 8))
        (28, 28, 8)
        >>> DepthwiseConv2D(3, padding="same").macs((28, 28, 8)) == 28 * 28 * 3 * 3 * 8
        True
    """

    kernel_size: tuple[int, int] = parameter(KERNEL_SIZE)

    def output_shape(self, *shapes: Shape) -> Shape:
        rows, columns = self.axes(*shapes)
        channels = self.map_size(shapes[0])[2] * self.depth_multiplier
        return self.map_shape(rows.output, columns.output, channels)

    def weight_specs(self, *shapes: Shape) -> tuple[WeightSpec, ...]:
        channels = self.map_size(shapes[0])[2]
        return (
            self.depthwise_spec(channels),
            *self.bias_spec(channels * self.depth_multiplier),
        )

    def macs(self, *shapes: Shape) -> int:
        return self.depthwise_macs(shapes[0])

    def linear_forward(
        self, weights: Mapping[str, Array], inputs: tuple[Array, ...]
    ) -> tuple[Array, Any]:
        maps, axes = self.to_last(inputs[0]), self.axes(inputs[0].shape[1:])
        output = self.depthwise_forward(weights["depthwise_kernel"], maps, axes)
        if self.use_bias:
            output += weights["bias"]
        return self.from_last(output), (maps, axes)

    def linear_backward(
        self, weights: Mapping[str, Array], saved: tuple[Array, Axes], gradient: Array
    ) -> Gradients:
        gradient = self.to_last(gradient)
        kernel = weights["depthwise_kernel"]
        maps, kernel_gradient = self.depthwise_backward(kernel, saved, gradient)
        gradients = {"depthwise_kernel": kernel_gradient}
        if self.use_bias:
            gradients["bias"] = gradient.sum(axis=(0, 1, 2))
        return (self.from_last(maps),), gradients


@dataclass(frozen=True, repr=False)
class SeparableConv2D(_DepthwiseStage):
    """A depthwise convolution followed by a 1×1 convolution.

    Args:
        filters: how many feature maps it makes.
        kernel_size: rows and columns of the depthwise kernels.
        depth_multiplier: how many maps the depthwise step makes of each channel.
        pointwise_initializer: how the 1×1 kernels begin.
        strides, padding, data_format, dilation_rate, activation, use_bias: as of Conv2D.
        depthwise_initializer, bias_initializer, true_convolution, name: as of Conv2D.

    Shapes:
        (height, width, channels) -> (output height, output width, filters).

    Example:
        >>> SeparableConv2D(16, 3).output_shape((28, 28, 8))
        (26, 26, 16)
        >>> SeparableConv2D(16, 3).macs((28, 28, 8)) == 26 * 26 * (3 * 3 * 8 + 8 * 16)
        True
    """

    filters: int = parameter(FILTERS)
    kernel_size: tuple[int, int] = parameter(KERNEL_SIZE)
    pointwise_initializer: str = parameter(INITIALIZER, default="glorot_uniform", keyword=True)

    def output_shape(self, *shapes: Shape) -> Shape:
        rows, columns = self.axes(*shapes)
        return self.map_shape(rows.output, columns.output, self.filters)

    def weight_specs(self, *shapes: Shape) -> tuple[WeightSpec, ...]:
        channels = self.map_size(shapes[0])[2]
        mixed = (1, 1, channels * self.depth_multiplier, self.filters)
        return (
            self.depthwise_spec(channels),
            WeightSpec("pointwise_kernel", mixed, self.pointwise_initializer),
            *self.bias_spec(self.filters),
        )

    def macs(self, *shapes: Shape) -> int:
        rows, columns = self.axes(*shapes)
        mixed = self.map_size(shapes[0])[2] * self.depth_multiplier
        return self.depthwise_macs(shapes[0]) + rows.output * columns.output * mixed * self.filters

    def linear_forward(
        self, weights: Mapping[str, Array], inputs: tuple[Array, ...]
    ) -> tuple[Array, Any]:
        maps, axes = self.to_last(inputs[0]), self.axes(inputs[0].shape[1:])
        middle = self.depthwise_forward(weights["depthwise_kernel"], maps, axes)
        output = middle @ weights["pointwise_kernel"][0, 0]
        if self.use_bias:
            output += weights["bias"]
        return self.from_last(output), (maps, axes, middle)

    def linear_backward(
        self, weights: Mapping[str, Array], saved: tuple[Array, Axes, Array], gradient: Array
    ) -> Gradients:
        maps, axes, middle = saved
        gradient = self.to_last(gradient)
        mixing = weights["pointwise_kernel"][0, 0]
        flat = gradient.reshape(-1, self.filters)
        pointwise = middle.reshape(-1, mixing.shape[0]).T @ flat
        map_gradient, depthwise = self.depthwise_backward(
            weights["depthwise_kernel"], (maps, axes), gradient @ mixing.T
        )
        gradients = {"depthwise_kernel": depthwise, "pointwise_kernel": pointwise[None, None]}
        if self.use_bias:
            gradients["bias"] = gradient.sum(axis=(0, 1, 2))
        return (self.from_last(map_gradient),), gradients
