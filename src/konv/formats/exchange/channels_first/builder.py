"""A konv network in the making, told in the words of tools that keep the channels first.

Reading ONNX or PyTorch is then a table: one foreign operation is one call. Every call takes and
gives :class:`Value`; arrays are given in the foreign layouts (kernels (out, in / groups, rows,
columns)) and turned into konv's here. What konv cannot say goes on the list of refusals and gives
UNKNOWN, and what comes behind UNKNOWN is UNKNOWN: so the whole list is found in one go.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from konv.formats.exchange.channels_first.finishing import Woven, finished
from konv.formats.exchange.channels_first.parts import PartsInMaking
from konv.formats.exchange.channels_first.values import CHANNELS_FIRST, UNKNOWN, Stretch, Value
from konv.formats.exchange.channels_first.windows import Zeros, ceiling_zeros, named_padding
from konv.formats.exchange.refusals import Refusals
from konv.language import translate as _
from konv.layers.activation_layers import Activation
from konv.layers.base import Layer, Shape, shape_text
from konv.layers.convolution import Conv2D
from konv.layers.dense import Dense
from konv.layers.depthwise import DepthwiseConv2D
from konv.layers.flatten import Flatten
from konv.layers.global_pooling import GlobalAveragePooling2D, GlobalMaxPooling2D
from konv.layers.input import Input
from konv.layers.merging import Add, Concatenate
from konv.layers.normalization import BatchNormalization
from konv.layers.pooling import AveragePooling2D, MaxPooling2D, MinPooling2D
from konv.layers.zero_padding import ZeroPadding2D

__all__ = ["ChannelsFirstBuilder"]

Array = np.ndarray[Any, np.dtype[Any]]
Two = tuple[int, int]
_POOLS: dict[str, type[MaxPooling2D] | type[AveragePooling2D] | type[MinPooling2D]] = {
    "max": MaxPooling2D,
    "average": AveragePooling2D,
    "min": MinPooling2D,
}
_GLOBAL_POOLS = {"max": GlobalMaxPooling2D, "average": GlobalAveragePooling2D}
_NO_ZEROS = ((0, 0), (0, 0))
# With a variance of 1 − ε, √(variance + ε) is exactly 1.
_EPSILON = 2.0**-20


class ChannelsFirstBuilder:
    """Takes the operations of a foreign model one by one, in an order in which they can be run.

    Args:
        refused: where that goes what konv cannot say.

    Example:
        >>> builder = ChannelsFirstBuilder(Refusals())
        >>> x = builder.input((3, 8, 8))
        >>> x = builder.convolution(x, np.ones((4, 3, 3, 3)), np.zeros(4), name="stem")
        >>> x = builder.flatten(builder.elementwise(x, Activation("relu")))
        >>> woven = builder.finish("net", builder.dense(x, np.ones((144, 10)), None))
        >>> [(node.name, node.output_shape) for node in woven.network.nodes]
        [('input_1', (8, 8, 3)), ('stem', (6, 6, 4)), ('flatten_1', (144,)), ('dense_1', (10,))]
    """

    def __init__(self, refused: Refusals) -> None:
        self.refused = refused
        self._parts = PartsInMaking()
        self._start = UNKNOWN

    @property
    def numbers(self) -> int:
        """How many numbers the weights hold that were given so far."""
        return self._parts.numbers

    # The two ends ---------------------------------------------------------------------------------

    def input(self, shape: Shape, *, name: str = "", channels_last: bool = False) -> Value:
        """What the model is given, for one picture: (channels, height, width), or (units,).

        Args:
            shape: in the foreign order.
            channels_last: the foreign order is (height, width, channels) already.
        """
        axes = CHANNELS_FIRST if len(shape) == 3 and not channels_last else range(len(shape))
        value = Value("", tuple(shape), tuple(axes))
        key = self._parts.add(Input(shape=value.konv_shape), name=name)
        self._start = replace(value, key=key)
        return self._start

    def finish(self, name: str, output: Value) -> Woven:
        """The network that ends with ``output``. Look at the refusals first.

        Raises:
            KonvError: it cannot be built.
        """
        return finished(self._parts, name, self._start, output)

    # Layers with weights --------------------------------------------------------------------------

    def convolution(
        self,
        x: Value,
        kernel: Array,
        bias: Array | None,
        *,
        strides: Two = (1, 1),
        padding: Zeros = _NO_ZEROS,
        dilation: Two = (1, 1),
        groups: int = 1,
        name: str = "",
        owner: Hashable = None,
    ) -> Value:
        """Every filter over all channels of its group; kernel [out, in / groups, rows, columns]."""
        if not self._is_map(x, name):
            return UNKNOWN
        channels, *size = x.shape
        filters, per_group, *window = kernel.shape
        if kernel.ndim != 4 or per_group * groups != channels or filters % groups:
            what = _(
                "a kernel {kernel} in {groups} groups for an input {shape}",
                kernel=shape_text(kernel.shape),
                groups=groups,
                shape=shape_text(x.shape),
            )
            return self._refuse(name, what)
        fields: dict[str, Any] = {
            "strides": strides,
            "padding": named_padding(padding, _two(size), _two(window), strides, dilation),
            "dilation_rate": dilation,
            "use_bias": bias is not None,
        }
        weights = {} if bias is None else {"bias": bias}
        layer: Layer
        if groups == channels > 1:
            layer = DepthwiseConv2D(
                kernel_size=_two(window), depth_multiplier=filters // channels, **fields
            )
            by_channel = kernel.reshape(channels, filters // channels, *window)
            weights = {"depthwise_kernel": by_channel.transpose(2, 3, 0, 1), **weights}
        else:
            layer = Conv2D(filters=filters, kernel_size=_two(window), groups=groups, **fields)
            weights = {"kernel": kernel.transpose(2, 3, 1, 0), **weights}
        return self._map_of(self._parts.add(layer, [x.key], weights, name=name, owner=owner))

    def dense(
        self,
        x: Value,
        kernel: Array,
        bias: Array | None,
        *,
        name: str = "",
        owner: Hashable = None,
    ) -> Value:
        """Every output sees every number of the last axis; kernel [inputs, units]."""
        if not x.known:
            return UNKNOWN
        if kernel.ndim != 2 or not x.shape or kernel.shape[0] != x.shape[-1]:
            what = _(
                "a matrix {kernel} for an input {shape}",
                kernel=shape_text(kernel.shape),
                shape=shape_text(x.shape),
            )
            return self._refuse(name, what)
        if len(x.shape) > 1 and x.axes[-1] != len(x.shape) - 1:
            what = _("a matrix times the columns of a map {shape}", shape=shape_text(x.shape))
            return self._refuse(name, what)
        rows = kernel
        if x.row:
            rows = np.empty_like(kernel)
            rows[x.order] = kernel
        weights = {"kernel": rows} if bias is None else {"kernel": rows, "bias": bias}
        layer = Dense(units=kernel.shape[1], use_bias=bias is not None)
        key = self._parts.add(layer, [x.key], weights, name=name, owner=owner)
        return replace(x, key=key, shape=(*x.shape[:-1], kernel.shape[1]), row=())

    def normalization(
        self,
        x: Value,
        *,
        mean: Array,
        variance: Array,
        scale: Array | None = None,
        shift: Array | None = None,
        epsilon: float = 1e-5,
        momentum: float = 0.9,
        name: str = "",
        owner: Hashable = None,
    ) -> Value:
        """Batch normalization of the channels, the first foreign axis, as after training.

        Args:
            momentum: how much of the moving values is kept: 1 − PyTorch's.
        """
        if not x.known:
            return UNKNOWN
        given = {"gamma": scale, "beta": shift, "moving_mean": mean, "moving_variance": variance}
        weights = {key: array for key, array in given.items() if array is not None}
        if any(array.shape != x.shape[:1] for array in weights.values()):
            shapes = ", ".join(shape_text(array.shape) for array in weights.values())
            what = _("arrays {shapes} for the channels of {shape}", shapes=shapes, shape=x.shape)
            return self._refuse(name, what)
        axis = -1 if x.axes[0] == len(x.shape) - 1 else x.axes[0] + 1
        layer = BatchNormalization(
            axis=axis,
            epsilon=epsilon,
            momentum=momentum,
            center=shift is not None,
            scale=scale is not None,
        )
        turned = {key: self._channels(x, array) for key, array in weights.items()}
        return replace(x, key=self._parts.add(layer, [x.key], turned, name=name, owner=owner))

    def affine(
        self, x: Value, *, scale: Array | None = None, shift: Array | None = None, name: str = ""
    ) -> Value:
        """x · scale + shift, with constants per channel; the shift becomes a bias where it can."""
        if not x.known:
            return UNKNOWN
        arrays: dict[str, Array] = {}
        for key, constant in (("scale", scale), ("shift", shift)):
            if constant is not None:
                per_channel = _per_channel(constant, x.shape)
                if per_channel is None:
                    what = _(
                        "a constant {constant} for a map {shape}: one number per channel is needed",
                        constant=shape_text(constant.shape),
                        shape=shape_text(x.shape),
                    )
                    return self._refuse(name, what)
                arrays[key] = per_channel
        zeros = np.zeros(x.shape[0], np.float32)
        ones = np.full(x.shape[0], 1 - _EPSILON, np.float32)
        return self.normalization(
            x,
            mean=zeros,
            variance=ones,
            scale=arrays.get("scale"),
            shift=arrays.get("shift"),
            epsilon=_EPSILON,
            momentum=0.99,
            name=name,
        )

    # Layers without weights -----------------------------------------------------------------------

    def pool(
        self,
        kind: str,
        x: Value,
        window: Two,
        *,
        strides: Two,
        padding: Zeros = _NO_ZEROS,
        ceil_mode: bool = False,
        count_zeros: bool = False,
        name: str = "",
    ) -> Value:
        """The largest, the smallest or the mean of every window.

        Args:
            kind: "max", "min" or "average".
            padding: zeros that are counted in a mean only if ``count_zeros``.
            ceil_mode: whether a last window that does not fit wholly is taken, too.
        """
        if not self._is_map(x, name):
            return UNKNOWN
        size = _two(x.shape[1:])
        zeros = ceiling_zeros(padding, size, window, strides) if ceil_mode else padding
        if kind == "average" and count_zeros and padding != _NO_ZEROS:
            counted, zeros = _divided(padding, zeros)
            x = self.pad(x, counted, name=f"{name}_padding" if name else "")
            size = _two(x.shape[1:])
        named = named_padding(zeros, size, window, strides, (1, 1))
        layer = _POOLS[kind](
            pool_size=window, strides=None if strides == window else strides, padding=named
        )
        return self._map_of(self._parts.add(layer, [x.key], name=name))

    def global_pool(self, kind: str, x: Value, *, keepdims: bool = True, name: str = "") -> Value:
        """The largest or the mean of every channel: (channels, 1, 1), or (channels,)."""
        if not self._is_map(x, name):
            return UNKNOWN
        key = self._parts.add(_GLOBAL_POOLS[kind](keepdims=keepdims), [x.key], name=name)
        return self._map_of(key) if keepdims else Value(key, x.shape[:1], (0,))

    def pad(self, x: Value, zeros: Zeros, *, name: str = "") -> Value:
        """Zeros around every map."""
        if not self._is_map(x, name):
            return UNKNOWN
        alike = len({*zeros[0], *zeros[1]}) == 1
        layer = ZeroPadding2D(padding=zeros[0][0] if alike else zeros)
        return self._map_of(self._parts.add(layer, [x.key], name=name))

    def elementwise(self, x: Value, layer: Layer, *, name: str = "") -> Value:
        """A layer that looks at each number by itself: an activation, Dropout."""
        return replace(x, key=self._parts.add(layer, [x.key], name=name)) if x.known else UNKNOWN

    def softmax(self, x: Value, axis: int, *, name: str = "") -> Value:
        """Softmax over one axis, 0 being the first behind the batch."""
        if x.known and x.axes[axis] != len(x.shape) - 1:
            what = _("softmax over axis {axis} of {shape}", axis=axis, shape=shape_text(x.shape))
            return self._refuse(name, what)
        return self.elementwise(x, Activation(activation="softmax"), name=name)

    def flatten(self, x: Value, *, name: str = "") -> Value:
        """All numbers of a picture as one row, in the foreign order; a row stays what it is."""
        if not x.known or len(x.shape) == 1:
            return x
        return x.flattened(self._parts.add(Flatten(), [x.key], name=name))

    def transpose(self, x: Value, axes: Sequence[int]) -> Value:
        """Other axes first, 0 being the first behind the batch. No layer: only the order is new."""
        if not x.known or len(x.shape) == 1:
            return x
        shape = tuple(x.shape[axis] for axis in axes)
        return replace(x, shape=shape, axes=tuple(x.axes[axis] for axis in axes))

    def add(self, values: Sequence[Value], *, name: str = "") -> Value:
        """The sum of values of one shape; one alone is itself."""
        if not all(value.known for value in values):
            return UNKNOWN
        first = values[0]
        if len(values) == 1:
            return first
        if any((v.shape, v.axes, v.row) != (first.shape, first.axes, first.row) for v in values):
            return self._refuse(name, _unlike(values))
        return replace(first, key=self._parts.add(Add(), [v.key for v in values], name=name))

    def concatenate(self, values: Sequence[Value], axis: int, *, name: str = "") -> Value:
        """Values side by side along one axis, 0 the first behind the batch; one alone is itself."""
        if not all(value.known for value in values):
            return UNKNOWN
        first = values[0]
        if len(values) == 1:
            return first
        rests = {(v.axes, v.shape[:axis], v.shape[axis + 1 :]) for v in values}
        if len(rests) > 1:
            return self._refuse(name, _unlike(values))
        place = first.axes[axis]
        layer = Concatenate(axis=-1 if place == len(first.shape) - 1 else place + 1)
        key = self._parts.add(layer, [v.key for v in values], name=name)
        total = sum(v.shape[axis] for v in values)
        shape = (*first.shape[:axis], total, *first.shape[axis + 1 :])
        row: tuple[Stretch, ...] = ()
        if any(v.row for v in values):
            row = tuple(stretch for v in values for stretch in v.stretches)
        return Value(key, shape, first.axes, row)

    # ----------------------------------------------------------------------------------------------

    def _map_of(self, key: str) -> Value:
        """What a layer of maps makes: channels first for the other tool."""
        height, width, channels = self._parts.parts[key].shape
        return Value(key, (channels, height, width), CHANNELS_FIRST)

    def _is_map(self, x: Value, name: str) -> bool:
        """Whether a value is a map, its channels first; if not, that is refused."""
        if x.known and x.axes != CHANNELS_FIRST:
            self._refuse(
                name,
                _(
                    "a layer of maps (channels, height, width) behind a value {shape}",
                    shape=shape_text(x.shape),
                ),
            )
        return x.known and x.axes == CHANNELS_FIRST

    def _channels(self, x: Value, array: Array) -> Array:
        """One number per foreign channel in konv's order."""
        turned = np.empty_like(array)
        turned[x.order if len(x.shape) == 1 else slice(None)] = array
        return turned

    def _refuse(self, where: str, what: str) -> Value:
        self.refused.add(where, what)
        return UNKNOWN


def _two(sizes: Sequence[int]) -> Two:
    rows, columns = (int(size) for size in sizes)
    return rows, columns


def _divided(counted: Zeros, zeros: Zeros) -> tuple[Zeros, Zeros]:
    """Of the zeros around a map those that are counted, and those around these."""
    inner, outer = zip(
        *(
            ((before, min(after, reached)), (0, max(0, reached - after)))
            for (before, after), (_before, reached) in zip(counted, zeros, strict=True)
        ),
        strict=True,
    )
    return (inner[0], inner[1]), (outer[0], outer[1])


def _per_channel(constant: Array, shape: Shape) -> Array | None:
    """A constant that is spread over a value as one number per channel; None: it is not."""
    aligned = constant.reshape((1,) * (len(shape) - constant.ndim) + constant.shape)
    if aligned.ndim > len(shape) or any(size > 1 for size in aligned.shape[1:]):
        return None
    channels = aligned.reshape(-1)
    if len(channels) not in (1, shape[0]):
        return None
    return np.broadcast_to(channels, shape[:1])


def _unlike(values: Sequence[Value]) -> str:
    if len({value.shape for value in values}) == 1:
        return _("its inputs have their numbers in different orders: Flatten or Transpose before")
    shapes = ", ".join(shape_text(value.shape) for value in values)
    return _("its inputs have different shapes: {shapes}", shapes=shapes)
