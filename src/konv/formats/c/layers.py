"""Every layer as calls: what it reads, in which order of its axes, and which functions do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from konv.formats.c.activations import activation_of
from konv.formats.c.builder import Builder, Value
from konv.formats.c.inference import Constant, Part, Place, Window
from konv.layers import (
    ELU,
    Activation,
    Add,
    AveragePooling2D,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    LeakyReLU,
    MaxPooling2D,
    MinPooling2D,
    ReLU,
    SeparableConv2D,
    ZeroPadding2D,
)
from konv.layers.base import Layer, Shape
from konv.layers.merging import channel_axis
from konv.network.graph import Node

__all__ = ["WRITERS"]

# A layer and the values it reads -> the value that it makes.
Writer = Callable[[Builder, Node, tuple[Value, ...]], Value]


def _product(shape: Shape) -> int:
    return int(np.prod(shape))


def _applied(b: Builder, node: Node, value: Value) -> Value:
    """The activation of a layer on its sums, or of a layer that is one."""
    name, numbers = activation_of(node.layer)
    if not name:
        return value
    if name == "softmax":
        value = b.lying(value, turned=False)
        count = value.shape[-1]
        sizes: tuple[int, ...] = (value.size // count, count)
    else:
        sizes = (value.size,)
    place = b.reused(value)
    b.call(name, *sizes, *numbers, value.place, place)
    return Value(value.shape, place, value.turned)


def _activation(b: Builder, node: Node, inputs: tuple[Value, ...]) -> Value:
    return _applied(b, node, inputs[0])


def _bias(b: Builder, node: Node) -> Constant | None:
    layer: Any = node.layer
    return b.weights(node, "bias") if layer.use_bias else None


def _met(b: Builder, node: Node, name: str) -> Constant:
    """A kernel as it meets the input."""
    layer: Any = node.layer
    return b.weights(node, name, "flipped" if layer.true_convolution else "", layer.met)


def _spread(b: Builder, node: Node, value: Value) -> tuple[Value, Place, int]:
    """The input of a layer with a data format, a place for its output, and the input's channels."""
    layer: Any = node.layer
    value = b.lying(value, turned=layer.channels_first)
    return value, Place(_product(node.output_shape)), layer.map_size(value.shape)[2]


def _convolution(b: Builder, node: Node, inputs: tuple[Value, ...]) -> Value:
    layer: Any = node.layer
    x, y, channels = _spread(b, node, inputs[0])
    window = Window.of(layer.axes(x.shape), channels, layer.filters)
    kernel = _met(b, node, "kernel")
    b.call("convolve", window, layer.groups, kernel, _bias(b, node), x.place, y)
    return _applied(b, node, Value(node.output_shape, y, layer.channels_first))


def _depthwise(b: Builder, node: Node, inputs: tuple[Value, ...]) -> Value:
    layer: Any = node.layer
    x, y, channels = _spread(b, node, inputs[0])
    multiplier = layer.depth_multiplier
    window = Window.of(layer.axes(x.shape), channels, channels * multiplier)
    kernel = _met(b, node, "depthwise_kernel")
    b.call("convolve_channels", window, multiplier, kernel, _bias(b, node), x.place, y)
    return _applied(b, node, Value(node.output_shape, y, layer.channels_first))


def _separable(b: Builder, node: Node, inputs: tuple[Value, ...]) -> Value:
    layer: Any = node.layer
    x, y, channels = _spread(b, node, inputs[0])
    multiplier, mixed = layer.depth_multiplier, channels * layer.depth_multiplier
    window = Window.of(layer.axes(x.shape), channels, mixed)
    places = window.out_rows * window.out_columns
    middle = Place(places * mixed)
    kernel = _met(b, node, "depthwise_kernel")
    b.call("convolve_channels", window, multiplier, kernel, None, x.place, middle)
    mixing = b.weights(node, "pointwise_kernel")
    b.call("dense", places, mixed, layer.filters, mixing, _bias(b, node), middle, y)
    return _applied(b, node, Value(node.output_shape, y, layer.channels_first))


def _dense(b: Builder, node: Node, inputs: tuple[Value, ...]) -> Value:
    layer: Any = node.layer
    x = b.lying(inputs[0], turned=False)
    count = x.shape[-1]
    y = Place(_product(node.output_shape))
    kernel = b.weights(node, "kernel")
    b.call("dense", x.size // count, count, layer.units, kernel, _bias(b, node), x.place, y)
    return _applied(b, node, Value(node.output_shape, y))


def _pool(function: str) -> Writer:
    def write(b: Builder, node: Node, inputs: tuple[Value, ...]) -> Value:
        layer: Any = node.layer
        x, y, channels = _spread(b, node, inputs[0])
        b.call(function, Window.of(layer.axes(x.shape), channels, channels), x.place, y)
        return Value(node.output_shape, y, layer.channels_first)

    return write


def _global_pool(function: str) -> Writer:
    def write(b: Builder, node: Node, inputs: tuple[Value, ...]) -> Value:
        x, y, channels = _spread(b, node, inputs[0])
        b.call(function, x.size // channels, channels, x.place, y)
        return Value(node.output_shape, y)  # a map of 1×1 lies alike either way

    return write


def _flatten(b: Builder, node: Node, inputs: tuple[Value, ...]) -> Value:
    layer: Any = node.layer
    value = b.lying(inputs[0], turned=layer.data_format == "channels_first")
    return Value(node.output_shape, value.place)


def _unchanged(b: Builder, node: Node, inputs: tuple[Value, ...]) -> Value:
    return inputs[0]


def _normalization(b: Builder, node: Node, inputs: tuple[Value, ...]) -> Value:
    """γ (x − μ) / √(σ² + ε) + β as x · scale + shift, worked out in float64."""
    layer: Any = node.layer
    x = inputs[0]
    weight = {spec.name: _wide(b.weights(node, spec.name)) for spec in node.weight_specs}
    with np.errstate(all="ignore"):  # what is not finite is refused by its name
        scale = weight.get("gamma", 1.0) / np.sqrt(weight["moving_variance"] + layer.epsilon)
        shift = weight.get("beta", 0.0) - weight["moving_mean"] * scale
    axis = channel_axis(layer, layer.axis, x.shape)
    # The axes as they lie: the first one of a turned map is the last.
    sizes = (*x.shape[1:], x.shape[0]) if x.turned else x.shape
    axis = (axis - 1) % len(sizes) if x.turned else axis
    parts, length = _product(sizes[:axis]), _product(sizes[axis + 1 :])
    constants = (
        b.derived(f"{node.weights_of}/{name}", values)
        for name, values in (("scale", scale), ("shift", shift))
    )
    y = b.reused(x)
    b.call("scale_and_shift", parts, sizes[axis], length, *constants, x.place, y)
    return Value(x.shape, y, x.turned)


def _wide(constant: Constant) -> Any:
    return constant.values.astype(np.float64)


def _add(b: Builder, node: Node, inputs: tuple[Value, ...]) -> Value:
    turned = all(value.turned for value in inputs)
    terms = [b.lying(value, turned=turned) for value in inputs]
    total = terms[0].place
    # Only a term that does not come once more may be overwritten by the first sum.
    again = any(term.place is total for term in terms[2:])
    y = Place(terms[0].size) if again else b.reused(terms[0])
    for term in terms[1:]:
        b.call("add", term.size, total, term.place, y)
        total = y
    return Value(node.output_shape, y, turned and len(node.output_shape) == 3)


def _concatenate(b: Builder, node: Node, inputs: tuple[Value, ...]) -> Value:
    layer: Any = node.layer
    axis = channel_axis(layer, layer.axis, node.output_shape)
    y = Place(_product(node.output_shape))
    parts, step = _product(node.output_shape[:axis]), _product(node.output_shape[axis:])
    start = 0
    for value in inputs:
        x = b.lying(value, turned=False)
        length = x.size // parts
        b.call("copy_parts", parts, length, step, x.place, Part(y, start))
        start += length
    return Value(node.output_shape, y)


# By the class itself: a layer that inherits one of these may compute anything.
WRITERS: Mapping[type[Layer], Writer] = MappingProxyType(
    {
        Conv2D: _convolution,
        DepthwiseConv2D: _depthwise,
        SeparableConv2D: _separable,
        MaxPooling2D: _pool("max_pool"),
        AveragePooling2D: _pool("average_pool"),
        MinPooling2D: _pool("min_pool"),
        GlobalAveragePooling2D: _global_pool("global_average"),
        GlobalMaxPooling2D: _global_pool("global_max"),
        ZeroPadding2D: _pool("pad"),
        Flatten: _flatten,
        Dense: _dense,
        Activation: _activation,
        ReLU: _activation,
        LeakyReLU: _activation,
        ELU: _activation,
        Dropout: _unchanged,
        BatchNormalization: _normalization,
        Add: _add,
        Concatenate: _concatenate,
    }
)
