"""The messages of an ONNX file, as far as konv reads and writes them.

Each field says its number in the file and what it holds; by that messages are read and written.
What is not declared is skipped. Subgraphs, functions and sparse tensors are kept as bytes only: it
is known that they are there, and nothing in them is looked at.

Source: ONNX, "Open Neural Network Exchange intermediate representation specification", and
``onnx.proto`` with the numbers of all fields.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

__all__ = [
    "BYTES",
    "FLOAT",
    "INTEGER",
    "PACKED",
    "TEXT",
    "Attribute",
    "Dimension",
    "Entry",
    "Graph",
    "Message",
    "Model",
    "NodeMessage",
    "OperatorSet",
    "TensorMessage",
    "TensorShape",
    "TensorType",
    "ValueInfo",
    "ValueType",
    "number_of",
]

INTEGER, FLOAT, TEXT, BYTES = "integer", "float", "text", "bytes"
# Numbers one behind the other, kept as the bytes that they are.
PACKED = "packed"

Bytes = bytes | memoryview
Kind = str | type["Message"]


def one(number: int, kind: Kind) -> Any:
    """A field that stands there once, or not at all: then it is None."""
    return field(default=None, metadata={"field": (number, kind, False)})


def many(number: int, kind: Kind) -> Any:
    """A field that may stand there any number of times."""
    return field(default_factory=list, metadata={"field": (number, kind, True)})


@dataclass
class Message:
    """What all messages are: dataclasses whose fields say where they stand."""


_Message = TypeVar("_Message", bound=Message)


def number_of(dataclass_field: Any) -> tuple[int, Kind, bool]:
    """(number, what it holds, whether it may repeat) of a field of a message."""
    found: tuple[int, Kind, bool] = dataclass_field.metadata["field"]
    return found


@dataclass(slots=True)
class Entry(Message):
    """A key and a value, both texts."""

    key: str | None = one(1, TEXT)
    value: str | None = one(2, TEXT)


@dataclass(slots=True)
class TensorMessage(Message):
    """An array: its dimensions, the number of its type, and its numbers in one of these fields."""

    dims: list[int] = many(1, INTEGER)
    data_type: int | None = one(2, INTEGER)
    segment: Bytes | None = one(3, BYTES)
    float_data: list[Bytes] = many(4, PACKED)
    int32_data: list[Bytes] = many(5, PACKED)
    string_data: list[Bytes] = many(6, BYTES)
    int64_data: list[Bytes] = many(7, PACKED)
    name: str | None = one(8, TEXT)
    raw_data: Bytes | None = one(9, BYTES)
    double_data: list[Bytes] = many(10, PACKED)
    uint64_data: list[Bytes] = many(11, PACKED)
    external_data: list[Entry] = many(13, Entry)
    data_location: int | None = one(14, INTEGER)


@dataclass(slots=True)
class Attribute(Message):
    """A setting of a node; ``type`` says which of the other fields holds it."""

    name: str | None = one(1, TEXT)
    f: float | None = one(2, FLOAT)
    i: int | None = one(3, INTEGER)
    s: Bytes | None = one(4, BYTES)
    t: TensorMessage | None = one(5, TensorMessage)
    g: Bytes | None = one(6, BYTES)
    floats: list[float] = many(7, FLOAT)
    ints: list[int] = many(8, INTEGER)
    strings: list[Bytes] = many(9, BYTES)
    tensors: list[Bytes] = many(10, BYTES)
    graphs: list[Bytes] = many(11, BYTES)
    type: int | None = one(20, INTEGER)
    ref_attr_name: str | None = one(21, TEXT)
    sparse_tensor: Bytes | None = one(22, BYTES)
    sparse_tensors: list[Bytes] = many(23, BYTES)


@dataclass(slots=True)
class NodeMessage(Message):
    """One operation: the names of what it takes and of what it makes."""

    input: list[str] = many(1, TEXT)
    output: list[str] = many(2, TEXT)
    name: str | None = one(3, TEXT)
    op_type: str | None = one(4, TEXT)
    attribute: list[Attribute] = many(5, Attribute)
    domain: str | None = one(7, TEXT)


@dataclass(slots=True)
class Dimension(Message):
    """A size: a number, or the name of one that is known later."""

    dim_value: int | None = one(1, INTEGER)
    dim_param: str | None = one(2, TEXT)


@dataclass(slots=True)
class TensorShape(Message):
    """The size of every axis."""

    dim: list[Dimension] = many(1, Dimension)


@dataclass(slots=True)
class TensorType(Message):
    """What an array holds, and its shape."""

    elem_type: int | None = one(1, INTEGER)
    shape: TensorShape | None = one(2, TensorShape)


@dataclass(slots=True)
class ValueType(Message):
    """The type of a value; None if it is no array (a sequence, a map, …)."""

    tensor_type: TensorType | None = one(1, TensorType)


@dataclass(slots=True)
class ValueInfo(Message):
    """The name and the type of an input or an output."""

    name: str | None = one(1, TEXT)
    type: ValueType | None = one(2, ValueType)


@dataclass(slots=True)
class Graph(Message):
    """The operations, in an order in which they can be done."""

    node: list[NodeMessage] = many(1, NodeMessage)
    name: str | None = one(2, TEXT)
    initializer: list[TensorMessage] = many(5, TensorMessage)
    input: list[ValueInfo] = many(11, ValueInfo)
    output: list[ValueInfo] = many(12, ValueInfo)
    sparse_initializer: list[Bytes] = many(15, BYTES)


@dataclass(slots=True)
class OperatorSet(Message):
    """A version of the operators of a domain; no domain is ONNX's own."""

    domain: str | None = one(1, TEXT)
    version: int | None = one(2, INTEGER)


@dataclass(slots=True)
class Model(Message):
    """A whole file. The graph is written last, so that one that is cut off never looks whole."""

    ir_version: int | None = one(1, INTEGER)
    producer_name: str | None = one(2, TEXT)
    producer_version: str | None = one(3, TEXT)
    opset_import: list[OperatorSet] = many(8, OperatorSet)
    metadata_props: list[Entry] = many(14, Entry)
    training_info: list[Bytes] = many(20, BYTES)
    functions: list[Bytes] = many(25, BYTES)
    graph: Graph | None = one(7, Graph)
