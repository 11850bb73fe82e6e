"""A graph as a functional Keras model."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from benchmarks.suite.graph import Graph, Operation, same_zeros

__all__ = ["keras_model"]

Array = np.ndarray[Any, np.dtype[Any]]
_FUNCTIONS = {"hard_swish": "hard_silu"}


def keras_model(graph: Graph, weights: dict[str, Array]) -> Any:
    """The graph as a functional model with its weights; its ending is part of it."""
    import keras

    tensors: dict[str, Any] = {}
    made: list[tuple[Operation, Any]] = []
    for operation in graph.operations:
        inputs = [tensors[name] for name in operation.inputs]
        if operation.kind == "input":
            tensors[operation.name] = keras.Input(operation.shape)
            continue
        value = inputs if len(inputs) > 1 else inputs[0]
        for layer in _layers(keras.layers, graph, operation):
            value = layer(value)
        made.append((operation, layer))
        tensors[operation.name] = value
    output = tensors[graph.operations[-1].name]
    if graph.ending == "softmax":
        output = keras.layers.Softmax()(output)
    model = keras.Model(tensors[graph.operations[0].name], output)
    for operation, layer in made:
        if operation.weights:
            layer.set_weights([weights[name] for name in operation.weights.values()])
    return model


def _layers(kinds: Any, graph: Graph, operation: Operation) -> list[Any]:
    """The layers of an operation; the last one holds its weights."""
    return list(_RULES[operation.kind](kinds, graph, operation))


def _window(kinds: Any, graph: Graph, operation: Operation, size: Sequence[int]) -> Any:
    """(layers before, the word for padding): zeros inside the layer where Keras can say them."""
    zeros = tuple(operation.fields["zeros"])
    if zeros == (0, 0, 0, 0):
        return [], "valid"
    dilation = operation.fields.get("dilation", (1, 1))
    span = [(n - 1) * d + 1 for n, d in zip(size, dilation, strict=True)]
    strides = operation.fields["strides"]
    if zeros == same_zeros(graph.input_of(operation), tuple(span), tuple(strides)):
        return [], "same"
    return [_zero_padding(kinds, zeros)], "valid"


def _zero_padding(kinds: Any, zeros: Sequence[int]) -> Any:
    top, left, bottom, right = zeros
    return kinds.ZeroPadding2D(((top, bottom), (left, right)))


def _convolution(kinds: Any, graph: Graph, operation: Operation) -> list[Any]:
    fields = operation.fields
    before, padding = _window(kinds, graph, operation, fields["size"])
    layer = kinds.Conv2D(
        operation.shape[2],
        fields["size"],
        strides=fields["strides"],
        padding=padding,
        dilation_rate=fields["dilation"],
        groups=fields["groups"],
        use_bias="bias" in operation.weights,
    )
    return [*before, layer]


def _depthwise(kinds: Any, graph: Graph, operation: Operation) -> list[Any]:
    fields = operation.fields
    before, padding = _window(kinds, graph, operation, fields["size"])
    layer = kinds.DepthwiseConv2D(
        fields["size"],
        strides=fields["strides"],
        padding=padding,
        dilation_rate=fields["dilation"],
        depth_multiplier=operation.shape[2] // graph.input_of(operation)[2],
        use_bias="bias" in operation.weights,
    )
    return [*before, layer]


def _dense(kinds: Any, graph: Graph, operation: Operation) -> list[Any]:
    return [kinds.Dense(operation.shape[-1], use_bias="bias" in operation.weights)]


def _activation(kinds: Any, graph: Graph, operation: Operation) -> list[Any]:
    function, fields = operation.fields["function"], operation.fields
    if "most" in fields:
        return [kinds.ReLU(max_value=fields["most"])]
    if function == "leaky_relu":
        return [kinds.LeakyReLU(negative_slope=fields["slope"])]
    if function == "elu":
        return [kinds.ELU(alpha=fields["alpha"])]
    if function in ("gelu", "gelu_tanh"):
        import keras

        gelu = partial(keras.activations.gelu, approximate=function == "gelu_tanh")
        return [kinds.Activation(gelu)]
    return [kinds.Activation(_FUNCTIONS.get(function, function))]


def _pool(kinds: Any, graph: Graph, operation: Operation) -> list[Any]:
    fields = operation.fields
    before, padding = _window(kinds, graph, operation, fields["size"])
    if before:
        raise ValueError("a pool with zeros that are not Keras's")
    kind = {"max": kinds.MaxPooling2D, "average": kinds.AveragePooling2D}[fields["mode"]]
    return [kind(fields["size"], strides=fields["strides"], padding=padding)]


def _global_pool(kinds: Any, graph: Graph, operation: Operation) -> list[Any]:
    fields = operation.fields
    kind = {"max": kinds.GlobalMaxPooling2D, "average": kinds.GlobalAveragePooling2D}
    return [kind[fields["mode"]](keepdims=fields["keepdims"])]


def _batch_normalization(kinds: Any, graph: Graph, operation: Operation) -> list[Any]:
    fields = operation.fields
    return [kinds.BatchNormalization(momentum=fields["momentum"], epsilon=fields["epsilon"])]


_RULES = {
    "convolution": _convolution,
    "depthwise": _depthwise,
    "dense": _dense,
    "activation": _activation,
    "pool": _pool,
    "global_pool": _global_pool,
    "batch_normalization": _batch_normalization,
    "add": lambda kinds, graph, operation: [kinds.Add()],
    "concatenate": lambda kinds, graph, operation: [kinds.Concatenate()],
    "dropout": lambda kinds, graph, operation: [kinds.Dropout(operation.fields["rate"])],
    "flatten": lambda kinds, graph, operation: [kinds.Flatten()],
    "padding": lambda kinds, graph, operation: [_zero_padding(kinds, operation.fields["zeros"])],
}
