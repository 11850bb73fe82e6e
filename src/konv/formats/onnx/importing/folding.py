"""Operations on arrays that are known: they are done while the file is read.

Only what shapes and weights need is done, in NumPy. What would make many numbers out of few is
counted before it is made.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from konv.formats.onnx.importing.operation import Operation, UnsupportedError
from konv.formats.onnx.types import DTYPES, type_name
from konv.language import translate as _

__all__ = ["FOLDED"]

Array = np.ndarray[Any, np.dtype[Any]]


def _arrays(op: Operation) -> list[Array]:
    return [given for given in op.inputs if isinstance(given, np.ndarray)]


def _elementwise(function: Callable[..., Any]) -> Callable[[Operation], Array]:
    def fold(op: Operation) -> Array:
        arrays = _arrays(op)
        op.around.count_folded(*np.broadcast_shapes(*(array.shape for array in arrays)))
        with np.errstate(all="ignore"):
            made = np.asarray(function(*arrays))
        # Whole numbers divide to whole numbers; float32 stays float32.
        return made if made.dtype == object else made.astype(arrays[0].dtype, copy=False)

    return fold


def _divide(one: Array, other: Array) -> Array:
    if one.dtype.kind in "iu":
        if not other.all():
            raise UnsupportedError(_("a division by zero"))
        return np.trunc(one / other)
    return one / other


def _axes(op: Operation, since: int) -> list[int]:
    """The axes that Squeeze and Unsqueeze are given: once a setting, now an input."""
    given = op.integers("axes") if op.opset < since else op.whole_numbers(1, _("axes"))
    return list(given or ())


def _reshape(op: Operation) -> Array:
    array, *_shape = _arrays(op)
    sizes = op.whole_numbers(1, _("sizes")) or []
    zeros = bool(op.integer("allowzero", 0))
    sizes = [array.shape[i] if size == 0 and not zeros else size for i, size in enumerate(sizes)]
    return array.reshape(sizes)


def _flatten(op: Operation) -> Array:
    (array,) = _arrays(op)
    axis = op.integer("axis", 1)
    axis = axis + array.ndim if axis < 0 else axis
    return array.reshape(math.prod(array.shape[:axis]), -1)


def _transpose(op: Operation) -> Array:
    (array,) = _arrays(op)
    return array.transpose(op.integers("perm"))


def _squeeze(op: Operation) -> Array:
    axes = _axes(op, 13)
    return _arrays(op)[0].squeeze(tuple(axes) or None)


def _unsqueeze(op: Operation) -> Array:
    return np.expand_dims(_arrays(op)[0], tuple(_axes(op, 13)))


def _concatenate(op: Operation) -> Array:
    arrays = _arrays(op)
    op.around.count_folded(sum(array.size for array in arrays))
    return np.concatenate(arrays, axis=op.integer("axis", 0))


def _gather(op: Operation) -> Array:
    array, indices = _arrays(op)
    axis = op.integer("axis", 0)
    if indices.dtype.kind not in "iu" or not array.ndim:
        raise UnsupportedError(_("Gather by anything but whole numbers"))
    op.around.count_folded(indices.size, array.size // max(1, array.shape[axis]))
    axis %= array.ndim
    shape = (*array.shape[:axis], *indices.shape, *array.shape[axis + 1 :])
    return array.take(indices.reshape(-1), axis=axis).reshape(shape)


def _slice(op: Operation) -> Array:
    array = _arrays(op)[0]
    bounds: list[Any] = [op.whole_numbers(index, _("bounds")) for index in range(1, 5)]
    if op.opset < 10:
        bounds = [*map(op.integers, ("starts", "ends", "axes")), None]
    starts, ends, axes, steps = bounds
    whole = [slice(None)] * array.ndim
    for place, (start, end) in enumerate(zip(starts or (), ends or (), strict=True)):
        axis = place if axes is None else axes[place]
        whole[axis] = slice(start, end, None if steps is None else steps[place])
    return array[tuple(whole)]


def _cast(op: Operation) -> Array:
    (array,) = _arrays(op)
    number = op.integer("to", 0)
    op.ignore("saturate", "round_mode")
    if number not in DTYPES:
        raise UnsupportedError(_("an array of {kind}", kind=type_name(number)))
    if array.dtype == object:
        return array
    op.around.count_folded(*array.shape)
    with np.errstate(all="ignore"):
        return array.astype(DTYPES[number])


def _constant(op: Operation) -> Array | None:
    return op.array_attribute()


def _shape(op: Operation) -> Array:
    return np.array(_arrays(op)[0].shape[op.integer("start", 0) : op.integer("end", 8)], np.int64)


def _constant_of_shape(op: Operation) -> Array:
    sizes = op.whole_numbers(0, _("sizes")) or []
    if any(not isinstance(size, int) or size < 0 for size in sizes):
        raise UnsupportedError(_("an array of {sizes}", sizes=sizes))
    op.around.count_folded(*sizes)
    value = op.array_attribute()
    filling = np.zeros(1, np.float32) if value is None else value.reshape(-1)
    return np.full(sizes, filling[0])


def _identity(op: Operation) -> Array:
    return _arrays(op)[0]


FOLDED: Mapping[str, Callable[[Operation], Array | None]] = MappingProxyType(
    {
        "Constant": _constant,
        "ConstantOfShape": _constant_of_shape,
        "Identity": _identity,
        "Reshape": _reshape,
        "Flatten": _flatten,
        "Transpose": _transpose,
        "Squeeze": _squeeze,
        "Unsqueeze": _unsqueeze,
        "Concat": _concatenate,
        "Gather": _gather,
        "Slice": _slice,
        "Cast": _cast,
        "Shape": _shape,
        "Add": _elementwise(np.add),
        "Sub": _elementwise(np.subtract),
        "Mul": _elementwise(np.multiply),
        "Div": _elementwise(_divide),
        "Neg": _elementwise(np.negative),
        "Sqrt": _elementwise(np.sqrt),
    }
)
