"""What follows the sums of a layer: normalization and activation, in its kernel or behind it."""

from __future__ import annotations

from konv.engines.compiled.kernels.rectifier import LINEAR, Rectifier
from konv.engines.compiled.plan.lowering import Lowering
from konv.engines.compiled.plan.operations.activation import ActivationOperation, SoftmaxOperation
from konv.engines.compiled.plan.operations.folding import Folding
from konv.engines.compiled.plan.operations.reshaping import Reshaping
from konv.engines.compiled.plan.rectifiers import named_rectifier
from konv.engines.compiled.plan.values import Value, plain_form
from konv.layers import Activation
from konv.layers.activated import ActivatedLayer
from konv.layers.activation_layers import FunctionLayer
from konv.layers.convolution import ConvolutionLayer
from konv.network.graph import Node

__all__ = ["activation_of", "applied", "finished", "normalization_of", "reshaped"]


def activation_of(layer: ActivatedLayer, node: Node, to: Lowering) -> tuple[Rectifier, Node]:
    """The rectifier of a layer, its own or that of the layer behind it; and the last node of it."""
    rectifier = named_rectifier(layer.activation)
    if rectifier is None:
        return LINEAR, node
    return to.absorb_rectifier(node) if rectifier.linear else (rectifier, node)


def normalization_of(
    layer: ConvolutionLayer, node: Node, to: Lowering
) -> tuple[Folding | None, Rectifier, Node]:
    """What of a normalization and a rectifier follows a convolution; and the last node of it."""
    folding, last = None, node
    if layer.activation == "linear":
        folding, last = to.absorb_normalization(node, 0 if layer.channels_first else 2)
    if folding is None:
        return None, *activation_of(layer, node, to)
    return folding, *to.absorb_rectifier(last)


def finished(layer: ActivatedLayer, node: Node, to: Lowering, z: Value) -> Value:
    """z through the layer's activation, if no kernel has applied it already."""
    if named_rectifier(layer.activation) is not None:
        return z
    return applied(Activation(layer.activation), node.name, to, z)


def applied(layer: FunctionLayer, name: str, to: Lowering, z: Value) -> Value:
    """z through an activation that is an operation of its own."""
    if layer.function.name == "softmax":
        z = to.in_form(z, plain_form(z.shape))
        y = to.new_value(name, z.shape, z.form, differentiable=z.differentiable)
        return to.add(SoftmaxOperation([z], y))
    y = to.new_value(name, z.shape, z.form, differentiable=z.differentiable)
    return to.add(ActivationOperation(z, y, layer))


def reshaped(value: Value, node: Node, to: Lowering) -> Value:
    """The same numbers in the shape of what a node makes."""
    form = plain_form(node.output_shape)
    y = to.new_value(node.name, node.output_shape, form, differentiable=value.differentiable)
    return to.add(Reshaping([value], y))
