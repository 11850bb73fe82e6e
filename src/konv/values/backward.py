"""One picture through a network in training and back: what flows into each layer and out of it.

All in float64, by the formulas of the layers: what the gradients of an engine are held against.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from konv.layers.activated import ActivatedLayer
from konv.layers.base import Array, Context
from konv.layers.random_bits import mixed_key
from konv.losses import Loss
from konv.network.ending import split_ending
from konv.network.graph import Node
from konv.values.running import Subject

__all__ = ["KEY", "Flow", "flow_of"]

KEY = 0  # of the step: it decides what Dropout drops


@dataclass(frozen=True)
class Flow:
    """What passed through a network.

    Args:
        loss: of the picture.
        nodes: without the last activation.
        inputs: the name of a node -> its inputs [1, …].
        gradients: the name of a node -> the loss's gradient of what it makes before its
            activation [1, …]; none for nodes that no gradient reaches.
    """

    loss: float
    nodes: tuple[Node, ...]
    inputs: dict[str, tuple[Array, ...]]
    gradients: dict[str, Array]


def flow_of(subject: Subject, loss: Loss, targets: Array) -> Flow:
    """Forward, loss, and back.

    Args:
        subject: the network, its weights and the picture.
        loss: how wrong the output is.
        targets: as the loss's ``prepare_targets`` returns them, of one picture.
    """
    body, ending = split_ending(subject.network)
    outputs, saved = {body.nodes[0].name: subject.numbers()[np.newaxis]}, {}
    inputs: dict[str, tuple[Array, ...]] = {}
    with np.errstate(over="ignore", invalid="ignore"):
        for index, node in enumerate(body.nodes[1:], start=1):
            inputs[node.name] = tuple(outputs[name] for name in node.inputs)
            context = Context(training=True, key=mixed_key(KEY, index))
            weights = subject.weights_of(node)
            made = node.layer.forward(weights, inputs[node.name], context)
            outputs[node.name], saved[node.name] = made
        last = body.nodes[-1].name
        values, gradient = loss.value_and_gradient(outputs[last], targets, ending)
        waiting, before = {last: gradient}, {}
        for node in reversed(body.nodes[1:]):
            arriving = waiting.pop(node.name)
            before[node.name] = _before_activation(subject, node, inputs[node.name], arriving)
            flowing, _own = node.layer.backward(
                subject.weights_of(node), saved[node.name], arriving
            )
            for name, part in zip(node.inputs, flowing, strict=True):
                waiting[name] = waiting[name] + part if name in waiting else part
    return Flow(float(values[0]), body.nodes, inputs, before)


def _before_activation(
    subject: Subject, node: Node, inputs: tuple[Array, ...], gradient: Array
) -> Array:
    layer = node.layer
    if not isinstance(layer, ActivatedLayer):
        return gradient
    z, _saved = layer.linear_forward(subject.weights_of(node), inputs)
    return layer.function.backward(z, layer.function.forward(z), gradient)
