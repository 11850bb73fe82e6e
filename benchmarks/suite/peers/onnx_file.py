"""A graph as an ONNX model with a fixed batch: maps are (N, C, H, W), as ONNX has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from benchmarks.suite.graph import Graph, Operation, flattened_maps
from benchmarks.suite.peers.base import rows_in_map_order

__all__ = ["onnx_model"]

Array = np.ndarray[Any, np.dtype[Any]]
_OPSET = 20
_IR_VERSION = 9
_FUNCTIONS = {
    "relu": "Relu",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "elu": "Elu",
    "selu": "Selu",
    "gelu": "Gelu",
    "gelu_tanh": "Gelu",
    "softplus": "Softplus",
    "mish": "Mish",
    "hard_sigmoid": "HardSigmoid",
    "hard_swish": "HardSwish",
    "leaky_relu": "LeakyRelu",
}
_ATTRIBUTES: dict[str, dict[str, Any]] = {
    "gelu_tanh": {"approximate": "tanh"},
    "hard_sigmoid": {"alpha": 1 / 6},
}


def onnx_model(graph: Graph, weights: dict[str, Array], batch: int) -> bytes:
    """The model as bytes; its input is "input", its output "output"."""
    return _Writer(graph, weights).model(batch)


class _Writer:
    """Nodes and initializers in the making."""

    def __init__(self, graph: Graph, weights: dict[str, Array]) -> None:
        self._graph = graph
        self._weights = weights
        self._maps = flattened_maps(graph)
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def model(self, batch: int) -> bytes:
        for operation in self._graph.operations:
            if operation.kind != "input":
                getattr(self, f"_{operation.kind}")(operation)
        last = self._graph.operations[-1]
        softmax = self._graph.ending == "softmax"
        if softmax:
            self._node("Softmax", [last.name], "output", axis=1)
        else:
            self._node("Identity", [last.name], "output")
        first = self._graph.operations[0]
        described = helper.make_graph(
            self._nodes,
            "network",
            [_described(first.name, batch, first.shape)],
            [_described("output", batch, last.shape)],
            self._constants,
        )
        model = helper.make_model(
            described, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION
        )
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())

    def _node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> None:
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))

    def _constant(self, name: str, value: Array) -> str:
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _kernel_and_bias(self, operation: Operation, kernel: Array) -> list[str]:
        names = [self._constant(f"{operation.name}/kernel", kernel)]
        if "bias" in operation.weights:
            bias = self._weights[operation.weights["bias"]]
            names.append(self._constant(f"{operation.name}/bias", bias))
        return names

    def _weight(self, operation: Operation, name: str = "kernel") -> Array:
        return self._weights[operation.weights[name]]

    def _convolution(self, operation: Operation) -> None:
        kernel = self._weight(operation).transpose(3, 2, 0, 1)
        self._convolved(operation, kernel, operation.fields["groups"])

    def _depthwise(self, operation: Operation) -> None:
        kernel = self._weight(operation)
        rows, columns, channels, multiplier = kernel.shape
        kernel = kernel.transpose(2, 3, 0, 1).reshape(channels * multiplier, 1, rows, columns)
        self._convolved(operation, kernel, channels)

    def _convolved(self, operation: Operation, kernel: Array, groups: int) -> None:
        self._node(
            "Conv",
            [*operation.inputs, *self._kernel_and_bias(operation, kernel)],
            operation.name,
            strides=operation.fields["strides"],
            pads=operation.fields["zeros"],
            dilations=operation.fields["dilation"],
            group=groups,
        )

    def _dense(self, operation: Operation) -> None:
        kernel = self._weight(operation)
        if operation.name in self._maps:
            kernel = rows_in_map_order(kernel, self._maps[operation.name])
        names = self._kernel_and_bias(operation, kernel.T)
        self._node("Gemm", [*operation.inputs, *names], operation.name, transB=1)

    def _activation(self, operation: Operation) -> None:
        function, fields = operation.fields["function"], operation.fields
        source, name = list(operation.inputs), operation.name
        if "most" in fields:
            low = self._constant(f"{name}/low", np.float32(0).reshape(()))
            high = self._constant(f"{name}/high", np.float32(fields["most"]).reshape(()))
            self._node("Clip", [*source, low, high], name)
        elif function == "silu":
            self._node("Sigmoid", source, f"{name}/sigmoid")
            self._node("Mul", [*source, f"{name}/sigmoid"], name)
        elif function == "softmax":
            self._node("Softmax", source, name, axis=1)
        else:
            attributes = dict(_ATTRIBUTES.get(function, {}))
            if (alpha := fields.get("slope", fields.get("alpha"))) is not None:
                attributes["alpha"] = alpha
            self._node(_FUNCTIONS[function], source, name, **attributes)

    def _pool(self, operation: Operation) -> None:
        fields = operation.fields
        kind, attributes = "MaxPool", {}
        if fields["mode"] == "average":
            kind, attributes = "AveragePool", {"count_include_pad": 0}
        self._node(
            kind,
            list(operation.inputs),
            operation.name,
            kernel_shape=fields["size"],
            strides=fields["strides"],
            pads=fields["zeros"],
            **attributes,
        )

    def _global_pool(self, operation: Operation) -> None:
        kind = {"average": "GlobalAveragePool", "max": "GlobalMaxPool"}[operation.fields["mode"]]
        keep = operation.fields["keepdims"]
        pooled = operation.name if keep else f"{operation.name}/map"
        self._node(kind, list(operation.inputs), pooled)
        if not keep:
            self._node("Flatten", [pooled], operation.name)

    def _batch_normalization(self, operation: Operation) -> None:
        names = [
            self._constant(f"{operation.name}/{name}", self._weight(operation, name))
            for name in ("gamma", "beta", "moving_mean", "moving_variance")
        ]
        self._node(
            "BatchNormalization",
            [*operation.inputs, *names],
            operation.name,
            epsilon=operation.fields["epsilon"],
        )

    def _add(self, operation: Operation) -> None:
        self._node(
            "Add" if len(operation.inputs) == 2 else "Sum", list(operation.inputs), operation.name
        )

    def _concatenate(self, operation: Operation) -> None:
        self._node("Concat", list(operation.inputs), operation.name, axis=1)

    def _dropout(self, operation: Operation) -> None:
        self._node("Identity", list(operation.inputs), operation.name)

    def _flatten(self, operation: Operation) -> None:
        self._node("Flatten", list(operation.inputs), operation.name)

    def _padding(self, operation: Operation) -> None:
        top, left, bottom, right = operation.fields["zeros"]
        pads = np.array([0, 0, top, left, 0, 0, bottom, right], np.int64)
        name = self._constant(f"{operation.name}/pads", pads)
        self._node("Pad", [*operation.inputs, name], operation.name)


def _described(name: str, batch: int, shape: tuple[int, ...]) -> Any:
    turned = (shape[2], *shape[:2]) if len(shape) == 3 else shape
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [batch, *turned])
