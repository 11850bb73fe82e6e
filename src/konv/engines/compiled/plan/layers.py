"""Each kind of layer as an operation: one function per kind."""

from __future__ import annotations

from functools import singledispatch

from konv.engines.compiled.plan.following import activation_of, applied, finished, reshaped
from konv.engines.compiled.plan.lowering import Lowering
from konv.engines.compiled.plan.operations.dense import DenseOperation, DenseParts
from konv.engines.compiled.plan.operations.dropping import Dropping
from konv.engines.compiled.plan.operations.merging import Concatenation, Summation
from konv.engines.compiled.plan.operations.normalization import Normalization
from konv.engines.compiled.plan.rectifiers import rectifier_of
from konv.engines.compiled.plan.values import CHANNELS_LAST, Value, plain_form
from konv.engines.compiled.plan.windowed import (
    convolution,
    depthwise_convolution,
    global_average,
    global_max,
    pooling,
    separable_convolution,
    zero_padding,
)
from konv.engines.contract import Pixels
from konv.layers import (
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
from konv.layers.activation_layers import FunctionLayer
from konv.layers.base import Layer
from konv.layers.merging import channel_axis
from konv.layers.pooling import PoolingLayer
from konv.network.graph import Network, Node

__all__ = ["lowered"]


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


_lower.register(Conv2D, convolution)
_lower.register(DepthwiseConv2D, depthwise_convolution)
_lower.register(SeparableConv2D, separable_convolution)
_lower.register(PoolingLayer, pooling)
_lower.register(GlobalAveragePooling2D, global_average)
_lower.register(GlobalMaxPooling2D, global_max)
_lower.register(ZeroPadding2D, zero_padding)


@_lower.register
def _(layer: Dense, node: Node, to: Lowering) -> Value:
    x = to.input_of(node, plain_form(node.input_shapes[0]))
    rectifier, last = activation_of(layer, node, to)
    names = node.weight_names
    parts = DenseParts(
        layer.units, names["kernel"], names.get("bias", ""), rectifier, to.is_shared(node)
    )
    y = to.new_value(node.name, node.output_shape, plain_form(node.output_shape))
    value = to.add(DenseOperation(x, y, parts))
    return finished(layer, node, to, to.absorbed(node, last, value))


@_lower.register
def _(layer: Flatten, node: Node, to: Lowering) -> Value:
    shape = node.input_shapes[0]
    turned = layer.data_format == "channels_first" and len(shape) == 3
    x = to.input_of(node, CHANNELS_LAST if turned else plain_form(shape))
    return reshaped(x, node, to)


@_lower.register
def _(layer: FunctionLayer, node: Node, to: Lowering) -> Value:
    x = to.input_of(node)
    rectifier = rectifier_of(layer)
    return x if rectifier and rectifier.linear else applied(layer, node.name, to, x)


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
