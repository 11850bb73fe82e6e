"""A graph in the making: operations and arrays are added one by one, each under its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from konv.formats.exchange.imported import Note
from konv.formats.exchange.refusals import Refusals
from konv.formats.onnx.messages import (
    Attribute,
    Dimension,
    Graph,
    NodeMessage,
    TensorMessage,
    TensorShape,
    TensorType,
    ValueInfo,
    ValueType,
)
from konv.formats.onnx.types import ATTRIBUTE_TYPES, DTYPES, FLOAT32, INT64

__all__ = ["BATCH", "GraphMaker", "Stored", "value_info"]

Array = np.ndarray[Any, np.dtype[Any]]
Setting = int | float | str | Sequence[int]

BATCH = "N"  # what the number of pictures is called


@dataclass(frozen=True)
class Stored:
    """An array of the graph that holds what a layer makes.

    Args:
        name: its name in the graph.
        order: the axes of the layer's array, the batch being 0, in the order of the graph's:
            (0, 3, 1, 2) holds (N, height, width, channels) as (N, channels, height, width).
    """

    name: str
    order: tuple[int, ...]

    @property
    def is_plain(self) -> bool:
        """Whether the axes are in the layer's own order."""
        return self.order == tuple(range(len(self.order)))

    def axis(self, axis: int) -> int:
        """Where in the graph's array an axis of the layer's lies."""
        return self.order.index(axis % len(self.order))


@dataclass
class GraphMaker:
    """A graph in the making.

    Args:
        weights: what the network holds, by its names. What is added of them are views.
        refused: what ONNX cannot say.
        notes: what a person should know.
        nodes, arrays: what was added.
        weight_arrays: the names of those arrays that are views of weights.
    """

    weights: dict[str, Array]
    refused: Refusals = field(default_factory=Refusals)
    notes: list[Note] = field(default_factory=list)
    nodes: list[NodeMessage] = field(default_factory=list)
    arrays: dict[str, Array] = field(default_factory=dict)
    weight_arrays: set[str] = field(default_factory=set)
    _turned: dict[tuple[str, tuple[int, ...]], Stored] = field(default_factory=dict)

    def operation(
        self, kind: str, name: str, inputs: Sequence[str], output: str = "", /, **settings: Setting
    ) -> str:
        """Add an operation; its output is called as it is, or ``output``."""
        output = output or name
        self.nodes.append(
            NodeMessage(
                input=list(inputs),
                output=[output],
                name=name,
                op_type=kind,
                attribute=[_attribute(key, settings[key]) for key in sorted(settings)],
            )
        )
        return output

    def array(self, name: str, values: Array) -> str:
        """Add an array under a name of its own; one that is there already is used again."""
        self.arrays.setdefault(name, values)
        return name

    def number(self, name: str, value: float) -> str:
        """Add an array of a single float32 without axes."""
        return self.array(name, np.array(value, np.float32))

    def in_order(self, stored: Stored, order: tuple[int, ...]) -> str:
        """The name of the same array with its axes in another order, turned once at most."""
        if stored.order == order:
            return stored.name
        key = (stored.name, order)
        if key not in self._turned:
            steps = [stored.order.index(axis) for axis in order]
            name = f"{stored.name}/as_{''.join(map(str, order))}"
            made = self.operation("Transpose", name, [stored.name], perm=steps)
            self._turned[key] = Stored(made, order)
        return self._turned[key].name

    def graph(self, name: str, first: ValueInfo, last: ValueInfo) -> Graph:
        """The whole graph."""
        return Graph(
            node=self.nodes,
            name=name,
            initializer=[_tensor(name, values) for name, values in self.arrays.items()],
            input=[first],
            output=[last],
        )


def value_info(name: str, shape: Sequence[int]) -> ValueInfo:
    """A float32 array of any number of pictures, each of ``shape``."""
    dims = [Dimension(dim_param=BATCH), *(Dimension(dim_value=size) for size in shape)]
    kind = ValueType(TensorType(FLOAT32, TensorShape(dims)))
    return ValueInfo(name=name, type=kind)


def _tensor(name: str, values: Array) -> TensorMessage:
    number = INT64 if values.dtype == np.int64 else FLOAT32
    plain = np.ascontiguousarray(values, DTYPES[number])
    raw = plain.reshape(-1).view(np.uint8).data
    return TensorMessage(dims=list(values.shape), data_type=number, name=name, raw_data=raw)


def _attribute(name: str, value: Setting) -> Attribute:
    if isinstance(value, str):
        return Attribute(name=name, s=value.encode(), type=ATTRIBUTE_TYPES["s"])
    if isinstance(value, int):
        return Attribute(name=name, i=int(value), type=ATTRIBUTE_TYPES["i"])
    if isinstance(value, float):
        return Attribute(name=name, f=value, type=ATTRIBUTE_TYPES["f"])
    return Attribute(name=name, ints=[int(item) for item in value], type=ATTRIBUTE_TYPES["ints"])
