"""Sums, differences, products and quotients: of two values, or of a value and a constant.

A constant that is added to a layer with no bias becomes its bias; other constants become a
BatchNormalization whose mean is 0 and whose variance is 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from konv.formats.exchange.channels_first import Value
from konv.formats.onnx.importing.operation import Given, Loose, Operation, UnsupportedError
from konv.formats.onnx.importing.patterns import activation_of, negative_of
from konv.formats.onnx.importing.pools import pooled
from konv.language import translate as _
from konv.layers import Activation
from konv.layers.base import shape_text
from konv.limits import MAX_UNITS

__all__ = ["OPERATIONS"]

Array = np.ndarray[Any, np.dtype[Any]]


def _scaled(
    op: Operation, x: Value, *, scale: Array | None = None, shift: Array | None = None
) -> Value:
    """x · scale + shift; constants may differ along one axis."""
    axis = 0
    turned: dict[str, Array] = {}
    for name, constant in (("scale", scale), ("shift", shift)):
        if constant is not None:
            axis, turned[name] = _along_one_axis(constant, x)
    order = [axis, *(other for other in range(len(x.shape)) if other != axis)]
    if x.known and x.shape[axis] > MAX_UNITS:
        raise UnsupportedError(_("constants for {shape}", shape=shape_text(x.shape)))
    first = op.builder.transpose(x, order)
    made = op.builder.affine(first, name=op.name, **turned)
    return op.builder.transpose(made, list(np.argsort(order)))


def _along_one_axis(constant: Array, x: Value) -> tuple[int, Array]:
    """The axis along which a constant differs, 0 the first behind the batch, and its numbers."""
    rank = len(x.shape)
    shape = constant.shape
    if len(shape) == rank + 1 and shape[0] > 1:
        raise UnsupportedError(_("a constant that differs from picture to picture"))
    if len(shape) > rank:
        shape = shape[len(shape) - rank :] if constant.size == np.prod(shape[-rank:]) else shape
    full = (1,) * (rank - len(shape)) + shape
    differing = [axis for axis, size in enumerate(full) if size > 1]
    if len(full) > rank or len(differing) > 1 or any(full[a] != x.shape[a] for a in differing):
        raise UnsupportedError(
            _(
                "a constant {constant} for {shape}: not one number per channel",
                constant=shape_text(constant.shape),
                shape=shape_text(x.shape),
            )
        )
    axis = differing[0] if differing else 0
    return axis, constant.reshape(-1, *(1,) * (rank - 1))


def _two(op: Operation) -> tuple[Given, Given]:
    one, other = op.inputs[:2]
    assert one is not None
    assert other is not None
    return one, other


def _add(op: Operation) -> Given:
    one, other = _two(op)
    if isinstance(one, Value) and isinstance(other, Value):
        return op.builder.add([one, other], name=op.name)
    x, constant = (one, 1) if isinstance(one, Value) else (other, 0)
    assert isinstance(x, Value)
    return _scaled(op, x, shift=op.needed_weights(constant, _("a constant")))


def _subtract(op: Operation) -> Given:
    one, other = _two(op)
    if isinstance(one, Value) and isinstance(other, Value):
        raise UnsupportedError(_("a difference of two maps"))
    if isinstance(one, Value):
        return _scaled(op, one, shift=-op.needed_weights(1, _("a constant")))
    minuend = op.needed_weights(0, _("a constant"))
    return _scaled(op, op.value(1), scale=np.array(-1, np.float32), shift=minuend)


def _multiply(op: Operation) -> Given:
    found = _activation(op)
    if found is not None:
        return found
    one, other = _two(op)
    if Loose in map(type, (one, other)) or np.ndarray not in map(type, (one, other)):
        return _loose(op)
    x, constant = (one, 1) if isinstance(one, Value) else (other, 0)
    assert isinstance(x, Value)
    return _scaled(op, x, scale=op.needed_weights(constant, _("a constant")))


def _divide(op: Operation) -> Given:
    found = _activation(op)
    if found is not None:
        return found
    one, other = _two(op)
    if isinstance(one, Loose) or isinstance(other, Value | Loose):
        return _loose(op)
    divisor = op.needed_weights(1, _("a constant"))
    if not divisor.all():
        raise UnsupportedError(_("a division by zero"))
    return _scaled(op, op.x, scale=(1 / divisor).astype(np.float32))


def _negative(op: Operation) -> Value:
    pool = negative_of(op)
    if pool is not None:
        return pooled(pool, "min", op.name)
    return _scaled(op, op.x, scale=np.array(-1, np.float32))


def _sum(op: Operation) -> Given:
    values = [op.value(index) for index in range(len(op.inputs))]
    return values[0] if len(values) == 1 else op.builder.add(values, name=op.name)


def _activation(op: Operation) -> Value | None:
    """What this product is the end of, if it is a function that konv has."""
    found = activation_of(op.node.outputs[0], op.around)
    if found is None:
        return None
    kind, x = found
    return op.builder.elementwise(x, Activation(kind), name=op.name)


def _loose(op: Operation) -> Loose:
    """A part of what may become something that konv has."""
    loose = next((given for given in op.inputs if isinstance(given, Loose)), None)
    what = _("{kind} of two maps", kind=op.node.kind)
    return loose or Loose(op.node.place, what)


def _lone(op: Operation) -> Loose:
    op.ignore(*op.node.attributes)
    return Loose(op.node.place, op.node.kind)


OPERATIONS: Mapping[str, Any] = MappingProxyType(
    {
        "Add": _add,
        "Sub": _subtract,
        "Mul": _multiply,
        "Div": _divide,
        "Neg": _negative,
        "Sum": _sum,
        "Erf": _lone,
        "Pow": _lone,
    }
)
