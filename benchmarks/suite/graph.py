"""A network as plain data: what a worker needs to build it without konv.

Maps are (height, width, channels); kernels lie as konv stores them: convolution (rows, columns,
channels / groups, filters), depthwise (rows, columns, channels, multiplier), dense (inputs, units).

=====================  =========================================================================
kind                   fields; weights
=====================  =========================================================================
input
convolution            size, strides, zeros, dilation, groups; kernel, bias
depthwise              size, strides, zeros, dilation; kernel, bias
dense                  ; kernel, bias
activation             function, slope (leaky_relu), alpha (elu), most (relu with a bound)
pool                   mode ("max", "average"), size, strides, zeros
global_pool            mode, keepdims
batch_normalization    epsilon, momentum; gamma, beta, moving_mean, moving_variance
add, flatten
concatenate
dropout                rate
padding                zeros
=====================  =========================================================================

``zeros`` is (top, left, bottom, right), as in ONNX.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["Graph", "Operation", "flattened_maps", "same_zeros"]

_KEEPS_ORDER = ("activation", "dropout")


@dataclass(frozen=True)
class Operation:
    """One step of a graph.

    Args:
        kind: what it does; see the table above.
        name: unique in the graph.
        inputs: the names of the operations it takes its input from.
        shape: of its output for one picture.
        fields: numbers and words, by name.
        weights: what a weight is to the operation -> the name of its array.
    """

    kind: str
    name: str
    inputs: tuple[str, ...]
    shape: tuple[int, ...]
    fields: dict[str, Any] = field(default_factory=dict)
    weights: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Graph:
    """Operations, each after its inputs; the last one is the output, before ``ending``.

    Args:
        ending: "softmax" or "linear": what turns the last output into the result.
    """

    operations: tuple[Operation, ...]
    ending: str

    @property
    def input_shape(self) -> tuple[int, ...]:
        return self.operations[0].shape

    def operation(self, name: str) -> Operation:
        """The operation of that name."""
        return next(item for item in self.operations if item.name == name)

    def input_of(self, operation: Operation) -> tuple[int, ...]:
        """The shape of the first input of an operation."""
        return self.operation(operation.inputs[0]).shape

    @property
    def is_random(self) -> bool:
        """Whether a training step draws random numbers, so that losses cannot be compared."""
        return any(item.kind == "dropout" for item in self.operations)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> Graph:
        data = json.loads(text)
        operations = (
            Operation(**{**item, "inputs": tuple(item["inputs"]), "shape": tuple(item["shape"])})
            for item in data["operations"]
        )
        return Graph(tuple(operations), data["ending"])


def flattened_maps(graph: Graph) -> dict[str, tuple[int, int, int]]:
    """Dense operation -> the (height, width, channels) of the map that was flattened before it.

    Libraries that hold maps as (channels, height, width) flatten them in another order. Where only
    dense operations follow, the rows of their kernels are put into that order instead of turning
    the map. A graph where something else follows is refused.
    """
    maps: dict[str, tuple[int, int, int]] = {}
    dense: dict[str, tuple[int, int, int]] = {}
    for item in graph.operations:
        source = next((maps[name] for name in item.inputs if name in maps), None)
        if item.kind == "flatten" and len(graph.input_of(item)) == 3:
            height, width, channels = graph.input_of(item)
            if min(height * width, channels) > 1:
                maps[item.name] = (height, width, channels)
        elif source is not None and item.kind in _KEEPS_ORDER:
            maps[item.name] = source
        elif source is not None and item.kind == "dense":
            dense[item.name] = source
        elif source is not None:
            raise ValueError(f"{item.kind} behind a flattened map: {item.name}")
    if graph.operations[-1].name in maps:
        raise ValueError("a graph that ends in a flattened map")
    return dense


def same_zeros(
    shape: tuple[int, ...], size: tuple[int, int], strides: tuple[int, int]
) -> tuple[int, int, int, int]:
    """The zeros that Keras's "same" puts around a map."""
    before, after = [], []
    for length, window, stride in zip(shape, size, strides, strict=False):
        total = max(0, (-(-length // stride) - 1) * stride + window - length)
        before.append(total // 2)
        after.append(total - total // 2)
    return before[0], before[1], after[0], after[1]
