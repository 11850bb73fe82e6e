"""konv's Network → a :class:`~benchmarks.suite.graph.Graph` and its weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.suite.graph import Graph, Operation
from konv import layers
from konv.network import Network, Node

__all__ = ["CannotLowerError", "lowered"]

Array = np.ndarray[Any, np.dtype[Any]]
_POINTWISE: dict[str, Any] = {
    "size": [1, 1],
    "strides": [1, 1],
    "zeros": [0, 0, 0, 0],
    "dilation": [1, 1],
    "groups": 1,
}


class CannotLowerError(Exception):
    """A network that the benchmark does not know how to give to others."""


@dataclass
class _Lowering:
    """A graph in the making."""

    given: Mapping[str, Array]
    operations: list[Operation] = field(default_factory=list)
    weights: dict[str, Array] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)

    def add(
        self,
        kind: str,
        node: Node,
        *,
        suffix: str = "",
        shape: tuple[int, ...] | None = None,
        weights: Mapping[str, Array | None] | None = None,
        **fields: Any,
    ) -> None:
        """Put an operation behind the node's inputs, or behind the node's former operation."""
        name = node.name + suffix
        former = self.outputs.get(node.name)
        inputs = (former,) if former else tuple(self.outputs[item] for item in node.inputs)
        arrays = {key: value for key, value in (weights or {}).items() if value is not None}
        names = {key: f"{name}/{key}" for key in arrays}
        self.weights |= {names[key]: np.ascontiguousarray(arrays[key]) for key in arrays}
        operation = Operation(kind, name, inputs, shape or node.output_shape, fields, names)
        self.operations.append(operation)
        self.outputs[node.name] = name

    def weight(self, node: Node, name: str) -> Array | None:
        """A weight of a node as konv stores it; None if it has none of that name."""
        stored = node.weight_names.get(name)
        return None if stored is None else self.given[stored]


def lowered(network: Network, weights: Mapping[str, Array]) -> tuple[Graph, dict[str, Array]]:
    """The network as plain data.

    Raises:
        CannotLowerError: a layer, or a field of one, that no peer is told how to run.
    """
    if network.data_format != "channels_last":
        raise CannotLowerError("pictures with channels first")
    work = _Lowering(weights)
    for node in network.nodes:
        rule = _RULES.get(type(node.layer))
        if rule is None:
            raise CannotLowerError(f"{type(node.layer).__name__} ({node.name})")
        rule(work, node)
    last = work.operations[-1]
    softmax = last.kind == "activation" and last.fields["function"] == "softmax"
    kept = work.operations[:-1] if softmax else work.operations
    return Graph(tuple(kept), "softmax" if softmax else "linear"), work.weights


def _zeros(node: Node) -> list[int]:
    axes = node.layer.axes(*node.input_shapes)
    assert axes is not None
    rows, columns = axes
    return [rows.before, columns.before, rows.after, columns.after]


def _input(work: _Lowering, node: Node) -> None:
    work.add("input", node)


def _convolution(work: _Lowering, node: Node) -> None:
    layer = node.layer
    weights = {"kernel": _met(work, node, "kernel"), "bias": work.weight(node, "bias")}
    work.add("convolution", node, weights=weights, groups=layer.groups, **_window(node))
    _activation(work, node, layer.activation)


def _depthwise(work: _Lowering, node: Node) -> None:
    weights = {"kernel": _met(work, node, "depthwise_kernel"), "bias": work.weight(node, "bias")}
    work.add("depthwise", node, weights=weights, **_window(node))
    _activation(work, node, node.layer.activation)


def _separable(work: _Lowering, node: Node) -> None:
    kernel = _met(work, node, "depthwise_kernel")
    middle = (*node.output_shape[:2], kernel.shape[2] * kernel.shape[3])
    work.add(
        "depthwise",
        node,
        suffix=":depthwise",
        shape=middle,
        weights={"kernel": kernel},
        **_window(node),
    )
    weights = {"kernel": work.weight(node, "pointwise_kernel"), "bias": work.weight(node, "bias")}
    work.add("convolution", node, weights=weights, **_POINTWISE)
    _activation(work, node, node.layer.activation)


def _window(node: Node) -> dict[str, Any]:
    return {
        "size": list(node.layer.kernel_size),
        "strides": list(node.layer.strides),
        "zeros": _zeros(node),
        "dilation": list(node.layer.dilation_rate),
    }


def _met(work: _Lowering, node: Node, name: str) -> Array:
    kernel = work.weight(node, name)
    assert kernel is not None
    return node.layer.met(kernel)


def _dense(work: _Lowering, node: Node) -> None:
    kernel, bias = work.weight(node, "kernel"), work.weight(node, "bias")
    assert kernel is not None
    if len(node.output_shape) == 3:  # on the channels of every place: a 1×1 convolution
        weights = {"kernel": kernel[None, None], "bias": bias}
        work.add("convolution", node, weights=weights, **_POINTWISE)
    else:
        work.add("dense", node, weights={"kernel": kernel, "bias": bias})
    _activation(work, node, node.layer.activation)


def _activation(work: _Lowering, node: Node, function: str, **fields: Any) -> None:
    if function == "linear":
        work.outputs.setdefault(node.name, work.outputs[node.inputs[0]])
        return
    if function == "leaky_relu":
        fields.setdefault("slope", 0.2)
    if function == "elu":
        fields.setdefault("alpha", 1.0)
    suffix = f":{function}" if node.name in work.outputs else ""
    work.add("activation", node, suffix=suffix, function=function, **fields)


def _activation_layer(work: _Lowering, node: Node) -> None:
    _activation(work, node, node.layer.activation)


def _relu(work: _Lowering, node: Node) -> None:
    layer = node.layer
    if layer.threshold or (layer.negative_slope and layer.max_value is not None):
        raise CannotLowerError(f"a ReLU with a threshold, or with a slope and a bound: {node.name}")
    if layer.negative_slope:
        _activation(work, node, "leaky_relu", slope=layer.negative_slope)
    elif layer.max_value is not None:
        _activation(work, node, "relu", most=layer.max_value)
    else:
        _activation(work, node, "relu")


def _leaky_relu(work: _Lowering, node: Node) -> None:
    _activation(work, node, "leaky_relu", slope=node.layer.negative_slope)


def _elu(work: _Lowering, node: Node) -> None:
    _activation(work, node, "elu", alpha=node.layer.alpha)


def _pool(mode: str) -> Callable[[_Lowering, Node], None]:
    def rule(work: _Lowering, node: Node) -> None:
        size, strides, _padding, _dilation = node.layer.window
        work.add(
            "pool", node, mode=mode, size=list(size), strides=list(strides), zeros=_zeros(node)
        )

    return rule


def _global_pool(mode: str) -> Callable[[_Lowering, Node], None]:
    def rule(work: _Lowering, node: Node) -> None:
        work.add("global_pool", node, mode=mode, keepdims=node.layer.keepdims)

    return rule


def _batch_normalization(work: _Lowering, node: Node) -> None:
    layer, rank = node.layer, len(node.output_shape)
    if layer.axis not in (-1, rank):
        raise CannotLowerError(f"BatchNormalization over axis {layer.axis}: {node.name}")
    if not (layer.center and layer.scale):
        raise CannotLowerError(f"BatchNormalization without β or γ: {node.name}")
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    weights = {name: work.weight(node, name) for name in names}
    fields = {"epsilon": layer.epsilon, "momentum": layer.momentum}
    work.add("batch_normalization", node, weights=weights, **fields)


def _concatenate(work: _Lowering, node: Node) -> None:
    if node.layer.axis not in (-1, len(node.output_shape)):
        raise CannotLowerError(f"Concatenate along axis {node.layer.axis}: {node.name}")
    work.add("concatenate", node)


def _dropout(work: _Lowering, node: Node) -> None:
    work.add("dropout", node, rate=node.layer.rate)


def _padding(work: _Lowering, node: Node) -> None:
    work.add("padding", node, zeros=_zeros(node))


_RULES: dict[type, Callable[[_Lowering, Node], None]] = {
    layers.Input: _input,
    layers.Conv2D: _convolution,
    layers.DepthwiseConv2D: _depthwise,
    layers.SeparableConv2D: _separable,
    layers.Dense: _dense,
    layers.Activation: _activation_layer,
    layers.ReLU: _relu,
    layers.LeakyReLU: _leaky_relu,
    layers.ELU: _elu,
    layers.MaxPooling2D: _pool("max"),
    layers.AveragePooling2D: _pool("average"),
    layers.GlobalAveragePooling2D: _global_pool("average"),
    layers.GlobalMaxPooling2D: _global_pool("max"),
    layers.BatchNormalization: _batch_normalization,
    layers.Add: lambda work, node: work.add("add", node),
    layers.Concatenate: _concatenate,
    layers.Dropout: _dropout,
    layers.Flatten: lambda work, node: work.add("flatten", node),
    layers.ZeroPadding2D: _padding,
}
