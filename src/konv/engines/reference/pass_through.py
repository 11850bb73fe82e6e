"""One batch on its way through a network, forward and back.

The batch is cut into lanes. Between two layers that need the whole batch, each lane goes through
all nodes by itself, so that lanes can be computed by several threads; at such a layer the lanes are
brought together and cut again. Weight gradients are added lane by lane, in their order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Any

import numpy as np

from konv.engines.contract import Array
from konv.engines.threads import in_lanes
from konv.layers.base import Context
from konv.layers.random_bits import mixed_key
from konv.network.graph import Network, Node

__all__ = ["Batch", "forward_pass"]


def forward_pass(
    network: Network, weights: Mapping[str, Array], numbers: Array, context: Context
) -> Array:
    """The outputs of some pictures, nothing else kept."""
    first, *others = network.nodes
    outputs = {first.name: numbers}
    for node in others:
        outputs[node.name], _saved = _forward(node, weights, outputs, context)
    return outputs[network.nodes[-1].name]


def _forward(
    node: Node, weights: Mapping[str, Array], outputs: Mapping[str, Array], context: Context
) -> tuple[Array, Any]:
    inputs = tuple(outputs[name] for name in node.inputs)
    return node.layer.forward(weights_of(node, weights), inputs, context)


def weights_of(node: Node, weights: Mapping[str, Array]) -> dict[str, Array]:
    """The weights of one node, by the layer's own names."""
    return {own: weights[name] for own, name in node.weight_names.items()}


@dataclass
class _Lane:
    """Some pictures of the batch: what they were at each node, and what flows back."""

    first_picture: int
    outputs: dict[str, Array]
    saved: dict[str, Any] = field(default_factory=dict)
    gradients: dict[str, Array] = field(default_factory=dict)
    weight_gradients: dict[str, Array] = field(default_factory=dict)


class Batch:
    """One training step through a network.

    Args:
        network: without its last activation.
        weights: by name.
        key: decides everything random in this step.
    """

    def __init__(self, network: Network, weights: Mapping[str, Array], key: int) -> None:
        self.state: dict[str, Array] = {}
        self._network = network
        self._weights = weights
        self._keys = {node.name: mixed_key(key, index) for index, node in enumerate(network.nodes)}
        self._segments = [
            (whole, list(nodes))
            for whole, nodes in groupby(
                network.nodes[1:], lambda node: node.layer.whole_batch(training=True)
            )
        ]
        self._lanes: list[_Lane] = []
        self._saved: dict[str, Any] = {}

    def forward(self, lane_numbers: Sequence[Array]) -> Array:
        """z [N, …] of all pictures."""
        name = self._network.nodes[0].name
        starts = np.cumsum([0, *(len(numbers) for numbers in lane_numbers)])
        self._lanes = [
            _Lane(int(start), {name: numbers})
            for start, numbers in zip(starts, lane_numbers, strict=False)
        ]
        for whole, nodes in self._segments:
            if whole:
                for node in nodes:
                    self._forward_together(node)
            else:
                in_lanes(partial(self._forward_alone, nodes), self._lanes)
        return self.output(self._network.nodes[-1].name)

    def backward(self, gradient: Array) -> dict[str, Array]:
        """The gradients of all trained weights, given that of z."""
        for lane, part in zip(self._lanes, self._cut(gradient), strict=True):
            lane.gradients[self._network.nodes[-1].name] = part
        for whole, nodes in reversed(self._segments):
            if whole:
                for node in reversed(nodes):
                    self._backward_together(node)
            else:
                in_lanes(partial(self._backward_alone, nodes), self._lanes)
        return self._added_gradients()

    def _context(self, node: Node, first_picture: int) -> Context:
        return Context(training=True, key=self._keys[node.name], first_picture=first_picture)

    def _forward_alone(self, nodes: Sequence[Node], lane: _Lane) -> None:
        for node in nodes:
            context = self._context(node, lane.first_picture)
            output, saved = _forward(node, self._weights, lane.outputs, context)
            lane.outputs[node.name], lane.saved[node.name] = output, saved

    def _forward_together(self, node: Node) -> None:
        outputs = {name: self.output(name) for name in node.inputs}
        output, saved = _forward(node, self._weights, outputs, self._context(node, 0))
        self._saved[node.name] = saved
        updates = node.layer.state_updates(weights_of(node, self._weights), saved)
        self.state |= {node.weight_names[own]: value for own, value in updates.items()}
        for lane, part in zip(self._lanes, self._cut(output), strict=True):
            lane.outputs[node.name] = part

    def _backward_alone(self, nodes: Sequence[Node], lane: _Lane) -> None:
        for node in reversed(nodes):
            gradient = lane.gradients.pop(node.name)
            self._flow_back(node, lane.saved.pop(node.name), gradient, lane)

    def _backward_together(self, node: Node) -> None:
        gradient = np.concatenate([lane.gradients.pop(node.name) for lane in self._lanes])
        whole = _Lane(0, {})
        self._flow_back(node, self._saved.pop(node.name), gradient, whole)
        for name, value in whole.weight_gradients.items():
            _add(self._lanes[0].weight_gradients, name, value)
        for name, value in whole.gradients.items():
            for lane, part in zip(self._lanes, self._cut(value), strict=True):
                _add(lane.gradients, name, part)

    def _flow_back(self, node: Node, saved: Any, gradient: Array, lane: _Lane) -> None:
        weights = weights_of(node, self._weights)
        inputs, by_weight = node.layer.backward(weights, saved, gradient)
        for name, value in zip(node.inputs, inputs, strict=True):
            _add(lane.gradients, name, value)
        for own, value in by_weight.items():
            _add(lane.weight_gradients, node.weight_names[own], value)

    def output(self, name: str) -> Array:
        """What a node made of all pictures, once they went forward: [N, …]."""
        return np.concatenate([lane.outputs[name] for lane in self._lanes])

    def _cut(self, values: Array) -> list[Array]:
        return np.split(values, [lane.first_picture for lane in self._lanes[1:]])

    def _added_gradients(self) -> dict[str, Array]:
        total: dict[str, Array] = {}
        for lane in self._lanes:
            for name, value in lane.weight_gradients.items():
                _add(total, name, value)
        return {name: total[name] for name in self._network.trained_weights}


def _add(sums: dict[str, Array], name: str, value: Array) -> None:
    sums[name] = sums[name] + value if name in sums else value
