"""What only moves numbers, counts them, or takes a whole map at once, as calls of the builder."""

from __future__ import annotations

import math
from typing import Any

from konv.formats.exchange.channels_first import UNKNOWN, Value
from konv.formats.pytorch.reading.reader import BATCH, Reader, operation
from konv.language import translate as _
from konv.layers.base import shape_text

__all__: list[str] = []


@operation("cat", "concat", "concatenate")
def _cat(reader: Reader, tensors: Any, dim: int = 0, **other: int) -> Value:
    values = [reader.value(x) for x in tensors]
    dim = other.get("axis", dim)
    if not all(value.known for value in values):
        return UNKNOWN
    axis = dim + len(values[0].shape) + 1 if dim < 0 else dim
    if axis == 0:
        return reader.refuse(_("pictures of several batches put into one"))
    return reader.builder.concatenate(values, axis - 1, name=reader.name)


@operation("identity", "contiguous", "detach", "clone", "float")
def _identity(reader: Reader, input: Any, **ignored: Any) -> Any:
    return input


@operation("flatten")
def _flatten(reader: Reader, input: Any, start_dim: int = 0, end_dim: int = -1) -> Value:
    x = reader.value(input)
    axes = len(x.shape) + 1
    if not x.known:
        return UNKNOWN
    if start_dim not in (1, 1 - axes) or end_dim not in (-1, axes - 1):
        return reader.refuse(
            _(
                "flatten from axis {first} to {last}; write torch.flatten(x, 1)",
                first=start_dim,
                last=end_dim,
            )
        )
    return reader.builder.flatten(x, name=reader.name)


@operation("view", "reshape")
def _reshape(reader: Reader, input: Any, *shape: Any, **other: Any) -> Value:
    x = reader.value(input)
    given = other.get("shape", shape)
    sizes = tuple(given[0]) if len(given) == 1 and isinstance(given[0], (tuple, list)) else given
    if not x.known:
        return UNKNOWN
    count = math.prod(x.shape)
    if len(sizes) == 2 and sizes[0] in (BATCH, -1) and sizes[1] in (-1, count):
        return reader.builder.flatten(x, name=reader.name)
    if sizes[:1] in ((BATCH,), (-1,)) and sizes[1:] == x.shape:
        return x
    return reader.refuse(
        _(
            "a value {shape} in the shape {wanted}: only the whole map may become a row",
            shape=shape_text(x.shape),
            wanted=str(tuple(sizes)),
        )
    )


@operation("squeeze")
def _squeeze(reader: Reader, input: Any, *dims: Any, **other: Any) -> Value:
    x = reader.value(input)
    if not x.known:
        return UNKNOWN
    given = (other["dim"],) if "dim" in other else dims
    flat = given[0] if len(given) == 1 and isinstance(given[0], (tuple, list)) else given
    axes = {axis + len(x.shape) + 1 if axis < 0 else axis for axis in flat}
    if axes == {2, 3} and x.shape[1:] == (1, 1):
        return reader.builder.flatten(x, name=reader.name)
    if axes and all(0 < axis <= len(x.shape) and x.shape[axis - 1] > 1 for axis in axes):
        return x
    return reader.refuse(_("squeeze; write torch.flatten(x, 1)"))


@operation("permute")
def _permute(reader: Reader, input: Any, *dims: Any, **other: Any) -> Value:
    given = other.get("dims", dims)
    order = tuple(given[0]) if len(given) == 1 and isinstance(given[0], (tuple, list)) else given
    x = reader.value(input)
    places = tuple(axis + len(x.shape) + 1 if axis < 0 else axis for axis in order)
    if not x.known:
        return UNKNOWN
    if places[:1] != (0,) or sorted(places) != list(range(len(x.shape) + 1)):
        return reader.refuse(_("the pictures of a batch on another axis than the first"))
    return reader.builder.transpose(x, [place - 1 for place in places[1:]])


@operation("transpose", "swapaxes")
def _transpose(reader: Reader, input: Any, dim0: int, dim1: int) -> Value:
    x = reader.value(input)
    order = list(range(len(x.shape) + 1))
    if not x.known:
        return UNKNOWN
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return _permute(reader, x, *order)


@operation("mean")
def _mean(
    reader: Reader, input: Any, dim: Any = None, keepdim: bool = False, **other: Any
) -> Value:
    return _whole_map(reader, "average", input, dim, keepdim)


@operation("amax")
def _amax(reader: Reader, input: Any, dim: Any = (), keepdim: bool = False) -> Value:
    return _whole_map(reader, "max", input, dim, keepdim)


def _whole_map(reader: Reader, kind: str, input: Any, dim: Any, keepdim: bool) -> Value:
    x = reader.value(input)
    if not x.known:
        return UNKNOWN
    dims = dim if isinstance(dim, (tuple, list)) else (dim,)
    rank = len(x.shape) + 1
    axes = {axis if axis is None or axis >= 0 else axis + rank for axis in dims}
    if len(x.shape) != 3 or axes != {2, 3}:
        return reader.refuse(_("a mean or a maximum over other axes than (2, 3)"))
    return reader.builder.global_pool(kind, x, keepdims=keepdim, name=reader.name)


@operation("size")
def _size(reader: Reader, input: Any, dim: int | None = None) -> Any:
    sizes = (BATCH, *reader.sizes(input))
    return sizes if dim is None else sizes[dim]


@operation("dim", "ndimension")
def _dim(reader: Reader, input: Any) -> int:
    return len(reader.sizes(input)) + 1
