"""A graph as a PyTorch module whose forward is straight Python, as one would write it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.suite.graph import Graph, Operation, flattened_maps
from benchmarks.suite.peers.base import rows_in_map_order

__all__ = ["graph_module"]

Weights = dict[str, np.ndarray[Any, Any]]


class _Rows(nn.Module):
    """A map flattened as konv does: row by row, column by column, channel by channel."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.permute(0, 2, 3, 1).flatten(1)


class _GlobalMax(nn.Module):
    """The largest value of every channel."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.amax((2, 3), keepdim=True)


def graph_module(graph: Graph, weights: Weights, *, channels_last: bool) -> nn.Module:
    """The graph as a module. Maps are (N, C, H, W), laid out in memory as asked for."""
    return _Builder(graph, weights, channels_last).build()


class _Builder:
    """A torch.fx graph in the making."""

    def __init__(self, graph: Graph, weights: Weights, channels_last: bool) -> None:
        self._graph = graph
        self._weights = weights
        # Channels last, a map flattened as konv does it is a view: nothing has to be reordered.
        self._maps = {} if channels_last else flattened_maps(graph)
        self._rows = channels_last
        self._traced = torch.fx.Graph()
        self._modules = nn.Module()
        self._nodes: dict[str, torch.fx.Node] = {}

    def build(self) -> nn.Module:
        for operation in self._graph.operations:
            self._nodes[operation.name] = self._node(operation)
        self._traced.output(self._nodes[self._graph.operations[-1].name])
        module = torch.fx.GraphModule(self._modules, self._traced)
        if self._rows:
            return module.to(memory_format=torch.channels_last)
        return module

    def _node(self, operation: Operation) -> torch.fx.Node:
        inputs = [self._nodes[name] for name in operation.inputs]
        if operation.kind == "input":
            return self._traced.placeholder("x")
        if operation.kind == "add":
            total = inputs[0]
            for further in inputs[1:]:
                total = self._traced.call_function(torch.add, (total, further))
            return total
        if operation.kind == "concatenate":
            return self._traced.call_function(torch.cat, (inputs, 1))
        node = inputs[0]
        for number, module in enumerate(getattr(self, f"_{operation.kind}")(operation)):
            name = f"{operation.name}_{number}".replace(":", "_")
            self._modules.add_module(name, module)
            node = self._traced.call_module(name, (node,))
        return node

    def _tensor(self, operation: Operation, name: str) -> torch.Tensor:
        return torch.from_numpy(self._weights[operation.weights[name]].copy())

    def _fill(self, module: Any, operation: Operation, kernel: torch.Tensor) -> Any:
        with torch.no_grad():
            module.weight.copy_(kernel)
            if "bias" in operation.weights:
                module.bias.copy_(self._tensor(operation, "bias"))
        return module

    def _padded(
        self, operation: Operation, make: Callable[[tuple[int, int]], nn.Module], value: float = 0.0
    ) -> list[nn.Module]:
        """A window layer with its zeros inside where PyTorch can, else behind a padding layer."""
        top, left, bottom, right = operation.fields["zeros"]
        if (top, left) == (bottom, right):
            return [make((top, left))]
        return [nn.ConstantPad2d((left, right, top, bottom), value), make((0, 0))]

    def _convolution(self, operation: Operation) -> list[nn.Module]:
        kernel = self._tensor(operation, "kernel").permute(3, 2, 0, 1)
        return self._convolved(operation, kernel, operation.fields["groups"])

    def _depthwise(self, operation: Operation) -> list[nn.Module]:
        kernel = self._tensor(operation, "kernel")
        rows, columns, channels, multiplier = kernel.shape
        kernel = kernel.permute(2, 3, 0, 1).reshape(channels * multiplier, 1, rows, columns)
        return self._convolved(operation, kernel, channels)

    def _convolved(
        self, operation: Operation, kernel: torch.Tensor, groups: int
    ) -> list[nn.Module]:
        filters, channels, *size = kernel.shape
        fields = operation.fields

        def make(padding: tuple[int, int]) -> nn.Module:
            layer = nn.Conv2d(
                channels * groups,
                filters,
                tuple(size),
                stride=tuple(fields["strides"]),
                padding=padding,
                dilation=tuple(fields["dilation"]),
                groups=groups,
                bias="bias" in operation.weights,
            )
            return self._fill(layer, operation, kernel)

        return self._padded(operation, make)

    def _dense(self, operation: Operation) -> list[nn.Module]:
        kernel = self._weights[operation.weights["kernel"]]
        if operation.name in self._maps:
            kernel = rows_in_map_order(kernel, self._maps[operation.name])
        layer = nn.Linear(*kernel.shape, bias="bias" in operation.weights)
        return [self._fill(layer, operation, torch.from_numpy(kernel.copy()).T)]

    def _activation(self, operation: Operation) -> list[nn.Module]:
        function, fields = operation.fields["function"], operation.fields
        if "most" in fields:
            return [nn.Hardtanh(0.0, fields["most"])]
        if function == "leaky_relu":
            return [nn.LeakyReLU(fields["slope"])]
        if function == "elu":
            return [nn.ELU(fields["alpha"])]
        if function == "gelu_tanh":
            return [nn.GELU(approximate="tanh")]
        if function == "softmax":
            return [nn.Softmax(1)]
        modules = {
            "relu": nn.ReLU,
            "sigmoid": nn.Sigmoid,
            "tanh": nn.Tanh,
            "selu": nn.SELU,
            "silu": nn.SiLU,
            "gelu": nn.GELU,
            "softplus": nn.Softplus,
            "mish": nn.Mish,
            "hard_sigmoid": nn.Hardsigmoid,
            "hard_swish": nn.Hardswish,
        }
        return [modules[function]()]

    def _pool(self, operation: Operation) -> list[nn.Module]:
        size, strides = tuple(operation.fields["size"]), tuple(operation.fields["strides"])
        if operation.fields["mode"] == "max":
            return self._padded(
                operation, lambda zeros: nn.MaxPool2d(size, strides, zeros), float("-inf")
            )
        top, left, bottom, right = operation.fields["zeros"]
        if (top, left) != (bottom, right):
            raise ValueError("an average pool with unequal zeros")
        return [nn.AvgPool2d(size, strides, (top, left), count_include_pad=False)]

    def _global_pool(self, operation: Operation) -> list[nn.Module]:
        pool = nn.AdaptiveAvgPool2d(1) if operation.fields["mode"] == "average" else _GlobalMax()
        return [pool] if operation.fields["keepdims"] else [pool, nn.Flatten()]

    def _batch_normalization(self, operation: Operation) -> list[nn.Module]:
        kind = nn.BatchNorm2d if len(operation.shape) == 3 else nn.BatchNorm1d
        fields = operation.fields
        layer = kind(operation.shape[-1], eps=fields["epsilon"], momentum=1 - fields["momentum"])
        names = {
            "gamma": layer.weight,
            "beta": layer.bias,
            "moving_mean": layer.running_mean,
            "moving_variance": layer.running_var,
        }
        with torch.no_grad():
            for name, tensor in names.items():
                tensor.copy_(self._tensor(operation, name))
        return [layer]

    def _dropout(self, operation: Operation) -> list[nn.Module]:
        return [nn.Dropout(operation.fields["rate"])]

    def _flatten(self, operation: Operation) -> list[nn.Module]:
        return [
            _Rows() if self._rows and len(self._graph.input_of(operation)) == 3 else nn.Flatten()
        ]

    def _padding(self, operation: Operation) -> list[nn.Module]:
        top, left, bottom, right = operation.fields["zeros"]
        return [nn.ZeroPad2d((left, right, top, bottom))]
