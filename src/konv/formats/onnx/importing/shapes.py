"""What changes shapes only: Flatten, Reshape, Transpose, Squeeze, Concat, and Shape itself.

The first axis is that of the pictures: what moves it, cuts it or mixes it with others is refused.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from konv.formats.exchange.channels_first import Value
from konv.formats.onnx.importing.operation import Operation, UnsupportedError
from konv.formats.onnx.importing.surroundings import BATCH
from konv.language import translate as _
from konv.layers.base import shape_text

__all__ = ["OPERATIONS"]

Array = np.ndarray[Any, np.dtype[Any]]


def _flatten(op: Operation) -> Value:
    x, rank = op.x, len(op.x.shape) + 1
    axis = op.integer("axis", 1)
    axis = axis + rank if axis < 0 else axis
    if axis != 1:
        raise UnsupportedError(
            _("Flatten at axis {axis}: the pictures would be no rows", axis=axis)
        )
    return _flat(op, x)


def _flat(op: Operation, x: Value) -> Value:
    return x if len(x.shape) == 1 else op.builder.flatten(x, name=op.name)


def _reshape(op: Operation) -> Value:
    x = op.x
    target = op.whole_numbers(1, _("sizes"))
    if not target:
        raise UnsupportedError(_("Reshape to no sizes"))
    if op.integer("allowzero", 0) and 0 in target:
        raise UnsupportedError(_("Reshape to a size of 0"))
    sizes: list[Any] = [
        (BATCH, *x.shape)[index] if size == 0 and index <= len(x.shape) else size
        for index, size in enumerate(target)
    ]
    first, *rest = sizes
    if any(size is BATCH or size < -1 or size == 0 for size in rest):
        raise _mixed(x, target)
    count = math.prod(x.shape)
    known = math.prod(size for size in rest if size != -1)
    if rest.count(-1) == 1 and count % known == 0:
        rest[rest.index(-1)] = count // known
    one_batch = op.around.batch is not None and first == op.around.batch
    if not (first is BATCH or first == -1 or one_batch) or -1 in rest or math.prod(rest) != count:
        raise _mixed(x, target)
    return _reshaped(op, x, tuple(rest))


def _reshaped(op: Operation, x: Value, shape: tuple[int, ...]) -> Value:
    """The same numbers in another shape, both of one picture."""
    if shape == x.shape:
        return x
    if len(shape) == 1:
        return _flat(op, x)
    what = _(
        "{kind} of {before} to {after}: konv makes rows of maps, and no maps of rows",
        kind=op.node.kind,
        before=shape_text(x.shape),
        after=shape_text(shape),
    )
    raise UnsupportedError(what)


def _mixed(x: Value, target: Sequence[Any]) -> UnsupportedError:
    before, after = shape_text(x.shape), ", ".join(map(str, target))
    return UnsupportedError(
        _("Reshape of pictures {before} to ({after}) mixes them", before=before, after=after)
    )


def _transpose(op: Operation) -> Value:
    x, rank = op.x, len(op.x.shape) + 1
    steps = op.integers("perm") or tuple(reversed(range(rank)))
    if sorted(steps) != list(range(rank)):
        raise UnsupportedError(
            _("Transpose of {shape} by {steps}", shape=shape_text(x.shape), steps=steps)
        )
    if steps[0] != 0:
        raise UnsupportedError(_("Transpose that moves the axis of the pictures"))
    return op.builder.transpose(x, [axis - 1 for axis in steps[1:]])


def _squeeze(op: Operation) -> Value:
    x, rank = op.x, len(op.x.shape) + 1
    given = op.integers("axes") if op.opset < 13 else op.whole_numbers(1, _("axes"))
    if given is None:
        given = [axis for axis in range(1, rank) if x.shape[axis - 1] == 1]
    axes = {_axis(axis, rank) for axis in given}
    if 0 in axes or any(x.shape[axis - 1] != 1 for axis in axes):
        raise UnsupportedError(
            _("Squeeze of the axes {axes} of {shape}", axes=given, shape=x.shape)
        )
    return _reshaped(op, x, tuple(s for i, s in enumerate(x.shape, 1) if i not in axes))


def _unsqueeze(op: Operation) -> Value:
    x = op.x
    given = op.integers("axes") if op.opset < 13 else op.whole_numbers(1, _("axes"))
    rank = len(x.shape) + 1 + len(given or ())
    axes = {_axis(axis, rank) for axis in given or ()}
    sizes = iter(x.shape)
    shape = tuple(1 if axis in axes else next(sizes, 1) for axis in range(1, rank))
    if 0 in axes:
        raise UnsupportedError(_("Unsqueeze before the axis of the pictures"))
    return _reshaped(op, x, shape)


def _concatenate(op: Operation) -> Value:
    values = [op.value(index) for index in range(len(op.inputs))]
    axis = _axis(op.integer("axis", 1), len(values[0].shape) + 1)
    if axis == 0:
        raise UnsupportedError(_("Concat of pictures, along their axis"))
    if len({len(value.shape) for value in values}) > 1:
        raise UnsupportedError(_("Concat of maps and rows"))
    return values[0] if len(values) == 1 else op.builder.concatenate(values, axis - 1, name=op.name)


def _shape(op: Operation) -> Array:
    """The sizes of a value: known but for the number of pictures."""
    sizes = np.empty(len(op.x.shape) + 1, object)
    sizes[0], sizes[1:] = BATCH, op.x.shape
    start, end = op.integer("start", 0), op.integer("end", len(sizes))
    return sizes[start:end]


def _axis(axis: Any, rank: int) -> int:
    if not isinstance(axis, int) or not -rank <= axis < rank:
        raise UnsupportedError(_("axis {axis} of {rank} axes", axis=axis, rank=rank))
    return axis % rank


OPERATIONS: Mapping[str, Any] = MappingProxyType(
    {
        "Flatten": _flatten,
        "Reshape": _reshape,
        "Transpose": _transpose,
        "Squeeze": _squeeze,
        "Unsqueeze": _unsqueeze,
        "Concat": _concatenate,
        "Shape": _shape,
    }
)
