"""Layers with windows as operations: convolutions, pools, padding."""

from __future__ import annotations

from dataclasses import replace

from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.rectifier import LINEAR
from konv.engines.compiled.plan.following import finished, normalization_of, reshaped
from konv.engines.compiled.plan.lowering import Lowering
from konv.engines.compiled.plan.operations.convolution import (
    ConvolutionOperation,
    ConvolutionParts,
)
from konv.engines.compiled.plan.operations.depthwise import DepthwiseOperation, DepthwiseParts
from konv.engines.compiled.plan.operations.pooling import PoolingOperation
from konv.engines.compiled.plan.operations.reshaping import Padding
from konv.engines.compiled.plan.rectifiers import named_rectifier
from konv.engines.compiled.plan.values import CHANNELS_LAST, Form, Value, plain_form
from konv.layers import (
    Conv2D,
    DepthwiseConv2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    SeparableConv2D,
    ZeroPadding2D,
)
from konv.layers.convolution import ConvolutionLayer
from konv.layers.pooling import AveragePooling2D, MinPooling2D, PoolingLayer
from konv.layers.size import WindowAxis
from konv.layers.windowed import SpatialLayer
from konv.network.graph import Node

__all__ = [
    "convolution",
    "depthwise_convolution",
    "global_average",
    "global_max",
    "pooling",
    "separable_convolution",
    "zero_padding",
]

# A window of a pool that is larger than that does not fit into registers.
_LARGEST_FUSED_POOL = 9


def _form(layer: SpatialLayer) -> Form:
    return CHANNELS_LAST if layer.channels_first else plain_form((0, 0, 0))


def _window(axes: tuple[WindowAxis, WindowAxis]) -> Window:
    rows, columns = axes
    return Window(
        (rows.kernel, columns.kernel),
        (rows.stride, columns.stride),
        (rows.dilation, columns.dilation),
        (rows.before, columns.before),
    )


def convolution(layer: Conv2D, node: Node, to: Lowering) -> Value:
    """A convolution."""
    x = to.input_of(node, _form(layer))
    axes = layer.axes(*node.input_shapes)
    return _convolution(layer, node, to, x, (_window(axes), "kernel", axes))


def _convolution(
    layer: Conv2D | SeparableConv2D,
    node: Node,
    to: Lowering,
    x: Value,
    what: tuple[Window, str, tuple[WindowAxis, WindowAxis]],
) -> Value:
    """A convolution with what follows it: rectifier, then pool."""
    window, kernel, axes = what
    folding, rectifier, last = normalization_of(layer, node, to)
    pool = (1, 1)
    if named_rectifier(layer.activation) is not None:
        pool, last = to.absorb_pool(last, _LARGEST_FUSED_POOL)
    names = node.weight_names
    parts = ConvolutionParts(
        window=window,
        groups=getattr(layer, "groups", 1),
        flipped=layer.true_convolution and window.kernel != (1, 1),
        kernel=names[kernel],
        bias=names.get("bias", ""),
        rectifier=rectifier,
        pool=pool,
        map=(axes[0].output, axes[1].output),
        shared=to.is_shared(node),
        folding=folding,
    )
    y = to.new_value(node.name, last.output_shape, x.form)
    value = to.add(ConvolutionOperation(x, y, parts))
    return finished(layer, node, to, to.absorbed(node, last, value))


def _depthwise_parts(layer: ConvolutionLayer, node: Node) -> DepthwiseParts:
    """The depthwise step of a layer, without what follows it."""
    return DepthwiseParts(
        window=_window(layer.axes(*node.input_shapes)),
        multiplier=getattr(layer, "depth_multiplier", 1),
        flipped=layer.true_convolution,
        kernel=node.weight_names["depthwise_kernel"],
        bias="",
        rectifier=LINEAR,
    )


def depthwise_convolution(layer: DepthwiseConv2D, node: Node, to: Lowering) -> Value:
    """A depthwise convolution."""
    x = to.input_of(node, _form(layer))
    folding, rectifier, last = normalization_of(layer, node, to)
    parts = replace(
        _depthwise_parts(layer, node),
        bias=node.weight_names.get("bias", ""),
        rectifier=rectifier,
        folding=folding,
    )
    y = to.new_value(node.name, node.output_shape, x.form)
    value = to.add(DepthwiseOperation(x, y, parts))
    return finished(layer, node, to, to.absorbed(node, last, value))


def separable_convolution(layer: SeparableConv2D, node: Node, to: Lowering) -> Value:
    """A depthwise convolution, and a convolution of single pixels behind it."""
    x = to.input_of(node, _form(layer))
    rows, columns = axes = layer.axes(*node.input_shapes)
    channels = layer.map_size(node.input_shapes[0])[2] * layer.depth_multiplier
    shape = layer.map_shape(rows.output, columns.output, channels)
    middle = to.new_value(f"{node.name}, depthwise", shape, x.form)
    middle.layers = (node.name,)
    to.add(DepthwiseOperation(x, middle, _depthwise_parts(layer, node)))
    return _convolution(layer, node, to, middle, (Window((1, 1)), "pointwise_kernel", axes))


def pooling(layer: PoolingLayer, node: Node, to: Lowering) -> Value:
    """A pool that no convolution has taken."""
    kind = {AveragePooling2D: "average", MinPooling2D: "min"}.get(type(layer), "max")
    x = to.input_of(node, _form(layer))
    y = to.new_value(node.name, node.output_shape, x.form, differentiable=x.differentiable)
    return to.add(PoolingOperation(x, y, _window(layer.axes(*node.input_shapes)), kind))


def _global_pool(
    layer: GlobalAveragePooling2D | GlobalMaxPooling2D, node: Node, to: Lowering, kind: str
) -> Value:
    """A pool as large as the map; its one pixel is a vector, unless the layer keeps the map."""
    x = to.input_of(node, _form(layer))
    rows, columns, channels = x.sizes
    shape = layer.map_shape(1, 1, channels)
    y = to.new_value(node.name, shape, x.form, differentiable=x.differentiable)
    to.add(PoolingOperation(x, y, Window((rows, columns), (rows, columns)), kind))
    return y if layer.keepdims else reshaped(y, node, to)


def global_average(layer: GlobalAveragePooling2D, node: Node, to: Lowering) -> Value:
    """The mean of a map."""
    return _global_pool(layer, node, to, "average")


def global_max(layer: GlobalMaxPooling2D, node: Node, to: Lowering) -> Value:
    """The largest of a map."""
    return _global_pool(layer, node, to, "max")


def zero_padding(layer: ZeroPadding2D, node: Node, to: Lowering) -> Value:
    """Zeros around a map."""
    x = to.input_of(node, _form(layer))
    rows, columns = layer.axes(*node.input_shapes)
    y = to.new_value(node.name, node.output_shape, x.form, differentiable=x.differentiable)
    return to.add(Padding(x, y, rows.before, columns.before))
