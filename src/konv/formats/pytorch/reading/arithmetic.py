"""Dense layers, sums and constants of PyTorch, as calls of the builder."""

from __future__ import annotations

from typing import Any

import numpy as np

from konv.formats.exchange.channels_first import Value
from konv.formats.pytorch.reading.reader import (
    NO_ZEROS,
    Array,
    Pending,
    Reader,
    as_array,
    operation,
)
from konv.language import translate as _

__all__: list[str] = []


@operation("linear")
def _linear(reader: Reader, input: Any, weight: Any, bias: Any = None) -> Value:
    return reader.builder.dense(
        reader.value(input),
        as_array(weight).T,
        None if bias is None else as_array(bias),
        name=reader.name,
        owner=reader.owner_of(weight),
    )


@operation("add", "iadd", "add_")
def _add(reader: Reader, input: Any, other: Any, alpha: float = 1) -> Value:
    if alpha != 1:
        return reader.refuse(_("a sum with alpha={alpha}", alpha=alpha))
    if _is_constant(input):
        input, other = other, input
    if _is_constant(other):
        x = reader.value(input)
        return reader.builder.affine(x, shift=_array(other, x), name=reader.name)
    values = [reader.value(input), reader.value(other)]
    return reader.builder.add(values, name=reader.name)


@operation("_add")
def _sum(reader: Reader, inputs: Any) -> Value:
    """What konv itself writes for a sum of several."""
    return reader.builder.add([reader.value(x) for x in inputs], name=reader.name)


@operation("sub", "isub", "sub_")
def _sub(reader: Reader, input: Any, other: Any) -> Value:
    if not _is_constant(other):
        return reader.refuse(_("a difference of two values; konv has sums"))
    x = reader.value(input)
    return reader.builder.affine(x, shift=-_array(other, x), name=reader.name)


@operation("mul", "imul", "mul_")
def _mul(reader: Reader, input: Any, other: Any) -> Value:
    if _is_constant(input):
        input, other = other, input
    if not _is_constant(other):
        return reader.refuse(_("a product of two values"))
    x = reader.value(input)
    return reader.builder.affine(x, scale=_array(other, x), name=reader.name)


@operation("div", "truediv", "itruediv", "div_")
def _div(reader: Reader, input: Any, other: Any) -> Value:
    x = reader.value(input)
    divisor = _array(other, x) if _is_constant(other) else np.zeros(1)
    if not divisor.all():
        return reader.refuse(_("a quotient by anything but a constant other than 0"))
    return reader.builder.affine(x, scale=1 / divisor, name=reader.name)


@operation("neg")
def _neg(reader: Reader, input: Any) -> Pending | Value:
    before = input if isinstance(input, Pending) else Pending(reader.value(input))
    if before.zeros != NO_ZEROS:
        before = Pending(reader.value(before))
    return Pending(before.value, not before.negated)


def _is_constant(x: Any) -> bool:
    return not isinstance(x, (Value, Pending))


def _array(constant: Any, x: Value) -> Array:
    """A number, or a tensor without the axis of the batch."""
    is_tensor = hasattr(constant, "detach")
    array = as_array(constant) if is_tensor else np.array(constant, np.float32)
    batched = array.ndim == len(x.shape) + 1 and array.shape[0] == 1
    return array[0] if batched else array
