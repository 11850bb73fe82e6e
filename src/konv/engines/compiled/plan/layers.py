"""Each kind of layer as an operation: one function per kind."""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch

from konv.engines.compiled.kernels.convolution import Window
from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.plan.lowering import Lowering
from konv.engines.compiled.plan.operations.activation import ActivationOperation, SoftmaxOperation
from konv.engines.compiled.plan.operations.convolution import (
    ConvolutionOperation,
    ConvolutionParts,
)
from konv.engines.compiled.plan.operations.dense import DenseOperation, DenseParts
from konv.engines.compiled.plan.operations.depthwise import DepthwiseOperation, DepthwiseParts
from konv.engines.compiled.plan.operations.dropping import Dropping
from konv.engines.compiled.plan.operations.folding import Folding
from konv.engines.compiled.plan.operations.merging import Concatenation, Summation
from konv.engines.compiled.plan.operations.normalization import Normalization
from konv.engines.compiled.plan.operations.pooling import PoolingOperation
from konv.engines.compiled.plan.operations.reshaping import Padding, Reshaping
from konv.engines.compiled.plan.rectifiers import named_rectifier, rectifier_of
from konv.engines.compiled.plan.values import CHANNELS_LAST, Form, Value, plain_form
from konv.engines.contract import Pixels
from konv.layers import (
    Activation,
    Add,
    BatchNormalization,
    Concatenate,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    SeparableConv2D,
    ZeroPadding2D,
)
from konv.layers.activated import ActivatedLayer
from konv.layers.activation_layers import FunctionLayer
from konv.layers.base import Layer
from konv.layers.convolution import ConvolutionLayer
from konv.layers.merging import channel_axis
from konv.layers.pooling import AveragePooling2D, MinPooling2D, PoolingLayer
from konv.layers.size import WindowAxis
from konv.layers.windowed import SpatialLayer
from konv.network.graph import Network, Node

__all__ = ["lowered"]

# A window of a pool that is larger than that does not fit into registers.
_LARGEST_FUSED_POOL = 9


def lowered(
    network: Network,
    kind: str,
    pixels: Pixels,
    *,
    training: bool,
    changes: tuple[str, ...] = (),
) -> Lowering:
    """The operations of a whole network.

    Args:
        network: what is lowered.
        kind: of the pixels, "uint8" or "float32".
        pixels: how they become numbers.
        training: whether Dropout drops and BatchNormalization looks at the batch.
        changes: the kinds of what becomes of the pictures before; (): nothing.
    """
    lowering = Lowering(network, training=training)
    lowering.read(kind, pixels, changes)
    for node in network.nodes[1:]:
        if not lowering.is_done(node):
            lowering.keep(node, _lower(node.layer, node, lowering))
    return lowering


@singledispatch
def _lower(layer: Layer, node: Node, to: Lowering) -> Value:
    """Add what a node does to the operations; the value it makes."""
    raise AssertionError(f"{type(layer).__name__} has no operation")


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


def _activation(layer: ActivatedLayer, node: Node, to: Lowering) -> tuple[Rectifier, Node]:
    """The rectifier of a layer, its own or that of the layer behind it; and the last node of it."""
    rectifier = named_rectifier(layer.activation)
    if rectifier is None:
        return LINEAR, node
    return to.absorb_rectifier(node) if rectifier.linear else (rectifier, node)


def _normalization(
    layer: ConvolutionLayer, node: Node, to: Lowering
) -> tuple[Folding | None, Rectifier, Node]:
    """What of a normalization and a rectifier follows a convolution; and the last node of it."""
    folding, last = None, node
    if layer.activation == "linear":
        folding, last = to.absorb_normalization(node, 0 if layer.channels_first else 2)
    if folding is None:
        return None, *_activation(layer, node, to)
    return folding, *to.absorb_rectifier(last)


def _finished(layer: ActivatedLayer, node: Node, to: Lowering, z: Value) -> Value:
    """z through the layer's activation, if no kernel has applied it already."""
    if named_rectifier(layer.activation) is not None:
        return z
    return _applied(Activation(layer.activation), node.name, to, z)


def _applied(layer: FunctionLayer, name: str, to: Lowering, z: Value) -> Value:
    if layer.function.name == "softmax":
        z = to.in_form(z, plain_form(z.shape))
        y = to.new_value(name, z.shape, z.form, differentiable=z.differentiable)
        return to.add(SoftmaxOperation([z], y))
    y = to.new_value(name, z.shape, z.form, differentiable=z.differentiable)
    return to.add(ActivationOperation(z, y, layer))


@_lower.register
def _(layer: Conv2D, node: Node, to: Lowering) -> Value:
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
    folding, rectifier, last = _normalization(layer, node, to)
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
    return _finished(layer, node, to, to.absorbed(node, last, value))


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


@_lower.register
def _(layer: DepthwiseConv2D, node: Node, to: Lowering) -> Value:
    x = to.input_of(node, _form(layer))
    folding, rectifier, last = _normalization(layer, node, to)
    parts = replace(
        _depthwise_parts(layer, node),
        bias=node.weight_names.get("bias", ""),
        rectifier=rectifier,
        folding=folding,
    )
    y = to.new_value(node.name, node.output_shape, x.form)
    value = to.add(DepthwiseOperation(x, y, parts))
    return _finished(layer, node, to, to.absorbed(node, last, value))


@_lower.register
def _(layer: SeparableConv2D, node: Node, to: Lowering) -> Value:
    x = to.input_of(node, _form(layer))
    rows, columns = axes = layer.axes(*node.input_shapes)
    channels = layer.map_size(node.input_shapes[0])[2] * layer.depth_multiplier
    shape = layer.map_shape(rows.output, columns.output, channels)
    middle = to.new_value(f"{node.name}, depthwise", shape, x.form)
    middle.layers = (node.name,)
    to.add(DepthwiseOperation(x, middle, _depthwise_parts(layer, node)))
    return _convolution(layer, node, to, middle, (Window((1, 1)), "pointwise_kernel", axes))


@_lower.register
def _(layer: Dense, node: Node, to: Lowering) -> Value:
    x = to.input_of(node, plain_form(node.input_shapes[0]))
    rectifier, last = _activation(layer, node, to)
    names = node.weight_names
    parts = DenseParts(
        layer.units, names["kernel"], names.get("bias", ""), rectifier, to.is_shared(node)
    )
    y = to.new_value(node.name, node.output_shape, plain_form(node.output_shape))
    value = to.add(DenseOperation(x, y, parts))
    return _finished(layer, node, to, to.absorbed(node, last, value))


@_lower.register
def _(layer: PoolingLayer, node: Node, to: Lowering) -> Value:
    kinds = {AveragePooling2D: "average", MinPooling2D: "min"}
    return _pool(
        layer, node, to, (_window(layer.axes(*node.input_shapes)), kinds.get(type(layer), "max"))
    )


def _pool(layer: SpatialLayer, node: Node, to: Lowering, what: tuple[Window, str]) -> Value:
    x = to.input_of(node, _form(layer))
    y = to.new_value(node.name, node.output_shape, x.form, differentiable=x.differentiable)
    return to.add(PoolingOperation(x, y, *what))


def _global_pool(
    layer: GlobalAveragePooling2D | GlobalMaxPooling2D, node: Node, to: Lowering, kind: str
) -> Value:
    """A pool as large as the map; its one pixel is a vector, unless the layer keeps the map."""
    x = to.input_of(node, _form(layer))
    rows, columns, channels = x.sizes
    shape = layer.map_shape(1, 1, channels)
    y = to.new_value(node.name, shape, x.form, differentiable=x.differentiable)
    to.add(PoolingOperation(x, y, Window((rows, columns), (rows, columns)), kind))
    return y if layer.keepdims else _reshaped(y, node, to)


def _reshaped(value: Value, node: Node, to: Lowering) -> Value:
    form = plain_form(node.output_shape)
    y = to.new_value(node.name, node.output_shape, form, differentiable=value.differentiable)
    return to.add(Reshaping([value], y))


@_lower.register
def _(layer: GlobalAveragePooling2D, node: Node, to: Lowering) -> Value:
    return _global_pool(layer, node, to, "average")


@_lower.register
def _(layer: GlobalMaxPooling2D, node: Node, to: Lowering) -> Value:
    return _global_pool(layer, node, to, "max")


@_lower.register
def _(layer: ZeroPadding2D, node: Node, to: Lowering) -> Value:
    x = to.input_of(node, _form(layer))
    rows, columns = layer.axes(*node.input_shapes)
    y = to.new_value(node.name, node.output_shape, x.form, differentiable=x.differentiable)
    return to.add(Padding(x, y, rows.before, columns.before))


@_lower.register
def _(layer: Flatten, node: Node, to: Lowering) -> Value:
    shape = node.input_shapes[0]
    turned = layer.data_format == "channels_first" and len(shape) == 3
    x = to.input_of(node, CHANNELS_LAST if turned else plain_form(shape))
    return _reshaped(x, node, to)


@_lower.register
def _(layer: FunctionLayer, node: Node, to: Lowering) -> Value:
    x = to.input_of(node)
    rectifier = rectifier_of(layer)
    return x if rectifier and rectifier.linear else _applied(layer, node.name, to, x)


@_lower.register
def _(layer: Dropout, node: Node, to: Lowering) -> Value:
    if not to.training or layer.rate == 0:
        return to.input_of(node)
    x = to.input_of(node, plain_form(node.input_shapes[0]))
    y = to.new_value(node.name, node.output_shape, x.form, differentiable=x.differentiable)
    place = [other.name for other in to.network.nodes].index(node.name)
    return to.add(Dropping(x, y, layer.rate, place))


@_lower.register
def _(layer: BatchNormalization, node: Node, to: Lowering) -> Value:
    shape = node.input_shapes[0]
    axis = channel_axis(layer, layer.axis, shape)
    x = to.input_of(node)
    if x.form[-1] != axis:
        others = [other for other in plain_form(shape) if other != axis]
        x = to.in_form(x, (*others, axis))
    rectifier, last = to.absorb_rectifier(node)
    y = to.new_value(node.name, node.output_shape, x.form)
    value = to.add(
        Normalization(x, y, layer, node.weight_names, rectifier, shared=to.is_shared(node))
    )
    return to.absorbed(node, last, value)


@_lower.register
def _(layer: Add, node: Node, to: Lowering) -> Value:
    inputs = to.inputs_of(node)
    rectifier, last = to.absorb_rectifier(node)
    differentiable = any(value.differentiable for value in inputs)
    y = to.new_value(node.name, node.output_shape, inputs[0].form, differentiable=differentiable)
    return to.absorbed(node, last, to.add(Summation(inputs, y, rectifier)))


@_lower.register
def _(layer: Concatenate, node: Node, to: Lowering) -> Value:
    inputs = to.inputs_of(node)
    differentiable = any(value.differentiable for value in inputs)
    y = to.new_value(node.name, node.output_shape, inputs[0].form, differentiable=differentiable)
    return to.add(Concatenation(inputs, y, channel_axis(layer, layer.axis, node.input_shapes[0])))
