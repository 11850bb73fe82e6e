"""Conv2D: every filter slides over all channels of the input and makes one feature map.

With x (H, W, C) padded by zeros, kernels w (KH, KW, C, F), bias b (F), stride s and dilation d::

    z[i, j, f] = b[f] + Σ_{u, v, c} x[i·s + u·d, j·s + v·d, c] · w[u, v, c, f]
    y = activation(z)

That is cross-correlation: the kernel is not flipped. ``true_convolution=True`` flips it, so that
w[KH − 1 − u, KW − 1 − v, c, f] stands in the sum. With ``groups`` = g, filter f sees only the C / g
channels of its group. The gradients, with g the gradient of z::

    ∂w = im2col(x)ᵀ · g        ∂b = Σ g        ∂x = col2im(g · wᵀ)

Source: LeCun et al., "Gradient-based learning applied to document recognition", 1998, section II.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from konv.constraints import Boolean
from konv.errors import ShapeError
from konv.language import marked
from konv.language import translate as _
from konv.layers.activated import ActivatedLayer
from konv.layers.base import Array, Gradients, Shape, WeightSpec
from konv.layers.fields import FILTERS, KERNEL_SIZE, Padding, PaddingConstraint
from konv.layers.initializers import INITIALIZER
from konv.layers.windowed import WindowedLayer
from konv.layers.windows import Axes, add_windows, pad_map, windows
from konv.parameters import parameter

__all__ = ["Conv2D", "ConvolutionLayer"]


@dataclass(frozen=True, repr=False)
class ConvolutionLayer(ActivatedLayer, WindowedLayer):
    """The fields that all convolutions share."""

    window_field: ClassVar[str] = "kernel_size"

    strides: tuple[int, int] = parameter(KERNEL_SIZE, default=(1, 1), keyword=True)
    padding: Padding = parameter(PaddingConstraint(), default="valid", keyword=True)
    dilation_rate: tuple[int, int] = parameter(KERNEL_SIZE, default=(1, 1), keyword=True)
    use_bias: bool = parameter(Boolean(), default=True, keyword=True)
    bias_initializer: str = parameter(INITIALIZER, default="zeros", keyword=True)
    true_convolution: bool = parameter(Boolean(), default=False, keyword=True)

    @property
    def window(self) -> tuple[tuple[int, int], tuple[int, int], Padding, tuple[int, int]]:
        kernel: tuple[int, int] = getattr(self, self.window_field)
        return kernel, self.strides, self.padding, self.dilation_rate

    @property
    def window_word(self) -> str:
        return marked("kernel")

    @classmethod
    def _positional_fix(cls, positional: list[str]) -> str:
        return _(
            "give strides by name: in Keras 1 the third number was the columns of the kernel, in "
            "Keras 2 and 3 it is the stride; write kernel_size=(rows, columns) or strides=…"
        )

    def met(self, kernel: Array) -> Array:
        """The kernel as it meets the input: flipped for true convolution. Its own inverse."""
        return kernel[::-1, ::-1] if self.true_convolution else kernel

    def bias_spec(self, channels: int) -> tuple[WeightSpec, ...]:
        """The bias, one number per filter, if there is one."""
        if not self.use_bias:
            return ()
        return (WeightSpec("bias", (channels,), self.bias_initializer, bias=True),)


@dataclass(frozen=True, repr=False)
class Conv2D(ConvolutionLayer):
    """A convolution over rows and columns.

    Args:
        filters: how many feature maps it makes.
        kernel_size: rows and columns of its kernels; one number stands for both.
        strides: how far one window lies from the next.
        padding: "valid" (none), "same" (output = ⌈input / stride⌉; an odd zero goes at the bottom
            or right, as in Keras), "full", a number of zeros on every side, (rows, columns), or
            ((top, bottom), (left, right)).
        data_format: "channels_last" (height, width, channels) or "channels_first".
        dilation_rate: how far one element of the kernel lies from the next.
        groups: how many groups the channels are divided into.
        activation: the name of an activation function.
        use_bias: whether a number per filter is added.
        kernel_initializer: how the kernels begin.
        bias_initializer: how the bias begins.
        true_convolution: whether the kernels are flipped, as a mathematician's convolution does.
        name: its name in the network; one is made if None.

    Shapes:
        (height, width, channels) -> (output height, output width, filters).

    Raises:
        ParameterError: a field holds a value it cannot hold.

    Example:
        >>> Conv2D(20, 4).output_shape((39, 31, 1))
        (36, 28, 20)
        >>> [(w.name, w.shape) for w in Conv2D(20, 4).weight_specs((39, 31, 1))]
        [('kernel', (4, 4, 1, 20)), ('bias', (20,))]
    """

    filters: int = parameter(FILTERS)
    kernel_size: tuple[int, int] = parameter(KERNEL_SIZE)
    groups: int = parameter(FILTERS, default=1, keyword=True)
    kernel_initializer: str = parameter(INITIALIZER, default="glorot_uniform", keyword=True)

    def output_shape(self, *shapes: Shape) -> Shape:
        channels = self.map_size(shapes[0])[2]
        if channels % self.groups or self.filters % self.groups:
            raise self._groups_do_not_divide(channels)
        rows, columns = self.axes(*shapes)
        return self.map_shape(rows.output, columns.output, self.filters)

    def _groups_do_not_divide(self, channels: int) -> ShapeError:
        common = math.gcd(channels, self.filters)
        possible = [g for g in range(1, min(common, 64) + 1) if common % g == 0]
        return ShapeError(
            _(
                "{channels} channels and {filters} filters in {groups} groups",
                channels=channels,
                filters=self.filters,
                groups=self.groups,
            ),
            code="K103",
            where=type(self).__name__,
            details=[
                (_("channels"), f"{channels} / {self.groups} = {channels / self.groups:.4g}"),
                (
                    _("filters"),
                    f"{self.filters} / {self.groups} = {self.filters / self.groups:.4g}",
                ),
            ],
            fix=_("groups that divide both: {groups}", groups=", ".join(map(str, possible))),
        )

    def weight_specs(self, *shapes: Shape) -> tuple[WeightSpec, ...]:
        channels = self.map_size(shapes[0])[2] // self.groups
        shape = (*self.kernel_size, channels, self.filters)
        return (
            WeightSpec("kernel", shape, self.kernel_initializer),
            *self.bias_spec(self.filters),
        )

    def macs(self, *shapes: Shape) -> int:
        rows, columns = self.axes(*shapes)
        channels = self.map_size(shapes[0])[2] // self.groups
        window = rows.kernel * columns.kernel * channels
        return rows.output * columns.output * window * self.filters

    def linear_forward(
        self, weights: Mapping[str, Array], inputs: tuple[Array, ...]
    ) -> tuple[Array, Any]:
        maps = self.to_last(inputs[0])
        kernel = self.met(weights["kernel"])
        axes = self.axes(inputs[0].shape[1:])
        output = np.concatenate(
            [
                columns @ part.reshape(columns.shape[1], -1)
                for columns, part in zip(
                    self._columns(maps, axes), np.split(kernel, self.groups, axis=3), strict=True
                )
            ],
            axis=1,
        )
        if self.use_bias:
            output += weights["bias"]
        output = output.reshape(len(maps), axes[0].output, axes[1].output, self.filters)
        return self.from_last(output), (maps, axes)

    def linear_backward(
        self, weights: Mapping[str, Array], saved: tuple[Array, Axes], gradient: Array
    ) -> Gradients:
        maps, axes = saved
        gradient = self.to_last(gradient)
        by_group = np.split(gradient.reshape(-1, self.filters), self.groups, axis=1)
        kernels = np.split(self.met(weights["kernel"]), self.groups, axis=3)
        kernel_gradients = [
            (columns.T @ part).reshape(kernel.shape)
            for columns, part, kernel in zip(
                self._columns(maps, axes), by_group, kernels, strict=True
            )
        ]
        gradients = {"kernel": self.met(np.concatenate(kernel_gradients, axis=3))}
        if self.use_bias:
            gradients["bias"] = gradient.sum(axis=(0, 1, 2))
        map_gradients = [
            self._from_columns(part @ kernel.reshape(-1, part.shape[1]).T, maps.shape, axes)
            for part, kernel in zip(by_group, kernels, strict=True)
        ]
        return (self.from_last(np.concatenate(map_gradients, axis=3)),), gradients

    def _columns(self, maps: Array, axes: Axes) -> list[Array]:
        """im2col of each group: (windows, elements of a kernel)."""
        view = windows(pad_map(maps, axes), axes)
        parts = np.split(view, self.groups, axis=5)
        return [part.reshape(-1, math.prod(part.shape[3:])) for part in parts]

    def _from_columns(self, columns: Array, shape: tuple[int, ...], axes: Axes) -> Array:
        """col2im of one group."""
        count, height, width, channels = shape
        channels //= self.groups
        rows, cols = axes
        full = (count, rows.output, cols.output, rows.kernel, cols.kernel, channels)
        return add_windows(columns.reshape(full), (count, height, width, channels), axes)
