"""Convolutions, pools and zero padding as steps of PyTorch."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from konv.formats.pytorch.lowering.layers import activated, steps_of
from konv.formats.pytorch.lowering.making import Laid, Making, map_axes
from konv.formats.pytorch.placement import Placement
from konv.language import translate as _
from konv.layers import (
    AveragePooling2D,
    Conv2D,
    DepthwiseConv2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
    MinPooling2D,
    SeparableConv2D,
    ZeroPadding2D,
)
from konv.layers.convolution import ConvolutionLayer
from konv.layers.size import WindowAxis
from konv.layers.windowed import SpatialLayer
from konv.network.graph import Node

__all__: list[str] = []

Axes = tuple[WindowAxis, WindowAxis]
_KERNEL = (3, 2, 0, 1)  # (rows, columns, in, out) -> (out, in, rows, columns)
_DEPTHWISE = (2, 3, 0, 1)  # (rows, columns, in, multiplier) -> (in, multiplier, rows, columns)


@steps_of.register
def _conv2d(layer: Conv2D, node: Node, making: Making, x: Laid) -> Laid:
    channels = layer.map_size(node.input_shapes[0])[2]
    options = {"groups": layer.groups} if layer.groups > 1 else {}
    x = _convolved(layer, node, making, x, (channels, layer.filters), options)
    return activated(layer.activation, node, making, x, layer.activation)


@steps_of.register
def _depthwise(layer: DepthwiseConv2D, node: Node, making: Making, x: Laid) -> Laid:
    channels = layer.map_size(node.input_shapes[0])[2]
    made = channels * layer.depth_multiplier
    x = _convolved(layer, node, making, x, (channels, made), {"groups": channels})
    return activated(layer.activation, node, making, x, layer.activation)


@steps_of.register
def _separable(layer: SeparableConv2D, node: Node, making: Making, x: Laid) -> Laid:
    channels = layer.map_size(node.input_shapes[0])[2]
    mixed = channels * layer.depth_multiplier
    first = replace(layer, use_bias=False)
    x = _convolved(
        first, node, making, x, (channels, mixed), {"groups": channels}, part="depthwise"
    )
    x = making.module(
        node,
        "Conv2d",
        x,
        mixed,
        layer.filters,
        1,
        part="pointwise",
        tensors=_tensors(node, "pointwise_kernel", (layer.filters, mixed, 1, 1), _KERNEL),
        **({} if layer.use_bias else {"bias": False}),
    )
    return activated(layer.activation, node, making, x, layer.activation)


def _convolved(
    layer: ConvolutionLayer,
    node: Node,
    making: Making,
    x: Laid,
    channels: tuple[int, int],
    options: dict[str, Any],
    part: str = "",
) -> Laid:
    """One ``nn.Conv2d``, with zeros around its input before it where they are uneven."""
    rows, columns = axes = layer.axes(node.input_shapes[0])
    x = _as_map(layer, node, making, x)
    if rows.before == rows.after and columns.before == columns.after:
        if rows.before or columns.before:
            options = {"padding": _short(rows.before, columns.before), **options}
    else:
        x = making.module(node, "ZeroPad2d", x, _sides(axes), part="pad")
    for name, (one, other) in (("dilation", layer.dilation_rate), ("stride", layer.strides)):
        if (one, other) != (1, 1):
            options = {name: _short(one, other), **options}
    if not layer.use_bias:
        options = {**options, "bias": False}
    if layer.true_convolution:
        making.note(node, _("its kernels are written turned by 180°: PyTorch does not turn them"))
    kernel = "kernel" if isinstance(layer, Conv2D) else "depthwise_kernel"
    inputs, filters = channels
    return making.module(
        node,
        "Conv2d",
        x,
        inputs,
        filters,
        _short(*layer.window[0]),
        part=part,
        tensors=_tensors(
            node,
            kernel,
            (filters, inputs // options.get("groups", 1), *layer.window[0]),
            _KERNEL if kernel == "kernel" else _DEPTHWISE,
            flipped=layer.true_convolution,
            bias=layer.use_bias,
        ),
        **options,
    )


def _tensors(
    node: Node,
    kernel: str,
    shape: tuple[int, ...],
    axes: tuple[int, ...],
    *,
    flipped: bool = False,
    bias: bool = True,
) -> tuple[Placement, ...]:
    specs = {spec.name: spec for spec in node.weight_specs}
    placed = [
        Placement(
            "weight", node.weight_names[kernel], specs[kernel].shape, shape, axes, flipped=flipped
        )
    ]
    if bias and "bias" in specs:
        size = specs["bias"].shape
        placed.append(Placement("bias", node.weight_names["bias"], size, size, (0,)))
    return tuple(placed)


@steps_of.register
def _max_pooling(layer: MaxPooling2D, node: Node, making: Making, x: Laid) -> Laid:
    return _largest(layer, node, making, _as_map(layer, node, making, x))


@steps_of.register
def _min_pooling(layer: MinPooling2D, node: Node, making: Making, x: Laid) -> Laid:
    # min x = −max −x
    x = making.function(node, "negate", _as_map(layer, node, making, x))
    return making.function(node, "negate", _largest(layer, node, making, x))


def _largest(layer: MaxPooling2D | MinPooling2D, node: Node, making: Making, x: Laid) -> Laid:
    axes = layer.axes(node.input_shapes[0])
    options = _pool_padding(axes)
    if options is None:
        x = making.module(node, "ConstantPad2d", x, _sides(axes), -math.inf, part="pad")
    return making.module(node, "MaxPool2d", x, *_window(layer), **options or {})


@steps_of.register
def _average_pooling(layer: AveragePooling2D, node: Node, making: Making, x: Laid) -> Laid:
    axes = layer.axes(node.input_shapes[0])
    x = _as_map(layer, node, making, x)
    options = _pool_padding(axes)
    if options is None:
        pool, strides = layer.window[:2]
        return making.function(
            node, "average_pool", x, arguments=(_short(*pool), _short(*strides), _sides(axes))
        )
    if options:
        options["count_include_pad"] = False
    return making.module(node, "AvgPool2d", x, *_window(layer), **options)


def _pool_padding(axes: Axes) -> dict[str, Any] | None:
    """The padding as PyTorch's pools take it: even, and of half the pool at most; else None."""
    rows, columns = axes
    if any(axis.before != axis.after or 2 * axis.before > axis.kernel for axis in axes):
        return None
    return {"padding": _short(rows.before, columns.before)} if rows.before + columns.before else {}


def _window(layer: MaxPooling2D | MinPooling2D | AveragePooling2D) -> tuple[Any, ...]:
    pool, strides = layer.window[:2]
    return (_short(*pool),) if pool == strides else (_short(*pool), _short(*strides))


@steps_of.register
def _global_average(layer: GlobalAveragePooling2D, node: Node, making: Making, x: Laid) -> Laid:
    return _global("AdaptiveAvgPool2d", layer, node, making, x)


@steps_of.register
def _global_max(layer: GlobalMaxPooling2D, node: Node, making: Making, x: Laid) -> Laid:
    return _global("AdaptiveMaxPool2d", layer, node, making, x)


def _global(
    kind: str,
    layer: GlobalAveragePooling2D | GlobalMaxPooling2D,
    node: Node,
    making: Making,
    x: Laid,
) -> Laid:
    x = making.module(node, kind, _as_map(layer, node, making, x), 1)
    if layer.keepdims:
        return x
    return replace(making.module(node, "Flatten", x, part="flatten"), axes=(0,))


@steps_of.register
def _zero_padding(layer: ZeroPadding2D, node: Node, making: Making, x: Laid) -> Laid:
    axes = layer.axes(node.input_shapes[0])
    return making.module(node, "ZeroPad2d", _as_map(layer, node, making, x), _sides(axes))


def _as_map(layer: SpatialLayer, node: Node, making: Making, x: Laid) -> Laid:
    """The map with its channels first."""
    return making.turned(node, x, map_axes(3, layer.data_format))


def _sides(axes: Axes) -> tuple[int, int, int, int]:
    """(left, right, top, bottom), as PyTorch counts zeros around a map."""
    rows, columns = axes
    return columns.before, columns.after, rows.before, rows.after


def _short(rows: int, columns: int) -> int | tuple[int, int]:
    """One number where both are the same."""
    return rows if rows == columns else (rows, columns)
