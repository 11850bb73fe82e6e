"""One picture through a network and back: what flows into each layer and out of it.

All in float64, by the formulas of the layers: what the gradients of an engine are held against.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from konv.layers.activated import ActivatedLayer
from konv.layers.base import Array, Context
from konv.layers.random_bits import mixed_key
from konv.losses import Loss
from konv.network.ending import split_ending
from konv.network.graph import Network, Node
from konv.values.running import Subject

__all__ = ["KEY", "Flow", "Passage", "flow_of", "gradients_of", "passage_of"]

KEY = 0  # of the step: it decides what Dropout drops


@dataclass(frozen=True)
class Passage:
    """What a picture became on its way through a network.

    Args:
        subject: the weights and the picture.
        network: what it went through: that of the subject, or a part of it.
        outputs: the name of a node -> its output [1, …].
        saved: the name of a node -> what its ``backward`` needs to know.
    """

    subject: Subject
    network: Network
    outputs: Mapping[str, Array]
    saved: Mapping[str, Any]

    def inputs(self, node: Node) -> tuple[Array, ...]:
        """The inputs of a node [1, …]."""
        return tuple(self.outputs[name] for name in node.inputs)


@dataclass(frozen=True)
class Flow:
    """What passed through a network in training.

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


def passage_of(subject: Subject, network: Network, *, training: bool = False) -> Passage:
    """Forward, from the picture to the end of the network.

    Args:
        subject: the weights and the picture.
        network: that of the subject, or a part of it.
        training: whether Dropout drops and BatchNormalization looks at the picture.
    """
    first, *others = network.nodes
    outputs, saved = {first.name: subject.numbers()[np.newaxis]}, {}
    with np.errstate(over="ignore", invalid="ignore"):
        for index, node in enumerate(others, start=1):
            context = Context(training=training, key=mixed_key(KEY, index))
            inputs = tuple(outputs[name] for name in node.inputs)
            made = node.layer.forward(subject.weights_of(node), inputs, context)
            outputs[node.name], saved[node.name] = made
    return Passage(subject, network, outputs, saved)


def gradients_of(passage: Passage, gradient: Array, *, back_to: str = "") -> dict[str, Array]:
    """Back: the name of a node -> the gradient of its output [1, …].

    Args:
        passage: forward.
        gradient: of the output of the last node [1, …].
        back_to: the name of the node to stop at; without it, all but the first are gone through.
    """
    nodes = passage.network.nodes
    arrived = {nodes[-1].name: gradient}
    with np.errstate(over="ignore", invalid="ignore"):
        for node in reversed(nodes[1:]):
            if node.name == back_to:
                break
            flowing, _own = node.layer.backward(
                passage.subject.weights_of(node), passage.saved[node.name], arrived[node.name]
            )
            for name, part in zip(node.inputs, flowing, strict=True):
                arrived[name] = arrived[name] + part if name in arrived else part
    return arrived


def flow_of(subject: Subject, loss: Loss, targets: Array) -> Flow:
    """Forward, loss, and back, as a step of training goes.

    Args:
        subject: the network, its weights and the picture.
        loss: how wrong the output is.
        targets: as the loss's ``prepare_targets`` returns them, of one picture.
    """
    body, ending = split_ending(subject.network)
    passage = passage_of(subject, body, training=True)
    with np.errstate(over="ignore", invalid="ignore"):
        last = passage.outputs[body.nodes[-1].name]
        values, gradient = loss.value_and_gradient(last, targets, ending)
    arrived = gradients_of(passage, gradient)
    inputs = {node.name: passage.inputs(node) for node in body.nodes[1:]}
    before = {
        node.name: _before_activation(subject, node, inputs[node.name], arrived[node.name])
        for node in body.nodes[1:]
    }
    return Flow(float(values[0]), body.nodes, inputs, before)


def _before_activation(
    subject: Subject, node: Node, inputs: tuple[Array, ...], gradient: Array
) -> Array:
    layer = node.layer
    if not isinstance(layer, ActivatedLayer):
        return gradient
    with np.errstate(over="ignore", invalid="ignore"):
        z, _saved = layer.linear_forward(subject.weights_of(node), inputs)
        return layer.function.backward(z, layer.function.forward(z), gradient)
