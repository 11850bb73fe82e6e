"""Activations, dense layers, arithmetic and what only moves numbers, as calls of the builder."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from konv.formats.exchange.channels_first import UNKNOWN, Value
from konv.formats.pytorch.reader import BATCH, NO_ZEROS, Array, Pending, Reader, as_array, operation
from konv.language import translate as _
from konv.layers import Activation, Dropout, LeakyReLU, ReLU
from konv.layers.base import Layer, shape_text

__all__: list[str] = []


def _elementwise(reader: Reader, x: Any, layer: Layer) -> Value:
    return reader.builder.elementwise(reader.value(x), layer, name=reader.name)


# Activations --------------------------------------------------------------------------------------


@operation("relu", "relu_")
def _relu(reader: Reader, input: Any, inplace: bool = False) -> Value:
    return _elementwise(reader, input, Activation("relu"))


@operation("sigmoid", "sigmoid_")
def _sigmoid(reader: Reader, input: Any) -> Value:
    return _elementwise(reader, input, Activation("sigmoid"))


@operation("tanh", "tanh_")
def _tanh(reader: Reader, input: Any) -> Value:
    return _elementwise(reader, input, Activation("tanh"))


@operation("silu")
def _silu(reader: Reader, input: Any, inplace: bool = False) -> Value:
    return _elementwise(reader, input, Activation("silu"))


@operation("hardswish")
def _hardswish(reader: Reader, input: Any, inplace: bool = False) -> Value:
    return _elementwise(reader, input, Activation("hard_swish"))


@operation("gelu")
def _gelu(reader: Reader, input: Any, approximate: str = "none") -> Value:
    if approximate != "none":
        return reader.refuse(_("GELU approximated by {how}; konv has the exact one", how=approximate))
    return _elementwise(reader, input, Activation("gelu"))


@operation("elu", "elu_")
def _elu(reader: Reader, input: Any, alpha: float = 1.0, inplace: bool = False) -> Value:
    if alpha != 1:
        return reader.refuse(_("ELU with alpha={alpha}; konv has that of 1", alpha=alpha))
    return _elementwise(reader, input, Activation("elu"))


@operation("leaky_relu", "leaky_relu_")
def _leaky_relu(
    reader: Reader, input: Any, negative_slope: float = 0.01, inplace: bool = False
) -> Value:
    named = negative_slope == 0.2
    layer = Activation("leaky_relu") if named else LeakyReLU(negative_slope=negative_slope)
    return _elementwise(reader, input, layer)


@operation("relu6")
def _relu6(reader: Reader, input: Any, inplace: bool = False) -> Value:
    return _elementwise(reader, input, ReLU(max_value=6))


@operation("hardtanh", "clamp", "clip", "clamp_")
def _hardtanh(
    reader: Reader,
    input: Any,
    min_val: float | None = None,
    max_val: float | None = None,
    inplace: bool = False,
    **bounds: float,
) -> Value:
    low, high = bounds.get("min", min_val), bounds.get("max", max_val)
    if low != 0 or (high is not None and high < 0):
        return reader.refuse(_("bounds {low} and {high}; konv has 0 and more", low=low, high=high))
    return _elementwise(reader, input, Activation("relu") if high is None else ReLU(max_value=high))


@operation("threshold", "threshold_")
def _threshold(
    reader: Reader, input: Any, threshold: float, value: float, inplace: bool = False
) -> Value:
    if value != 0 or threshold < 0:
        what = _("a threshold {threshold} with {value} below", threshold=threshold, value=value)
        return reader.refuse(what)
    return _elementwise(reader, input, ReLU(threshold=threshold))


@operation("_rectifier")
def _rectifier(
    reader: Reader,
    inputs: Any,
    max_value: float | None,
    negative_slope: float,
    threshold: float,
) -> Value:
    """What konv itself writes for a rectifier that PyTorch does not have."""
    layer = ReLU(max_value=max_value, negative_slope=negative_slope, threshold=threshold)
    return _elementwise(reader, inputs[0], layer)


@operation("softmax")
def _softmax(reader: Reader, input: Any, dim: int | None = None, **ignored: Any) -> Value:
    x = reader.value(input)
    if not x.known:
        return UNKNOWN
    # PyTorch's own choice where no axis is given: 0 for 1 or 3 axes with the batch, else 1.
    axes = len(x.shape) + 1
    axis = (0 if axes in (1, 3) else 1) if dim is None else dim + axes if dim < 0 else dim
    if axis == 0:
        return reader.refuse(_("softmax over the pictures of a batch"))
    return reader.builder.softmax(x, axis - 1, name=reader.name)


@operation("log_softmax")
def _log_softmax(reader: Reader, input: Any, dim: int | None = None, **ignored: Any) -> Value:
    return reader.refuse(_("log-softmax: take it off the end, or put a softmax in its place"))


@operation("dropout")
def _dropout(
    reader: Reader, input: Any, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Value:
    if training:
        return reader.refuse(
            _("dropout that also drops in eval mode: write training=self.training")
        )
    return _elementwise(reader, input, Dropout(rate=p))


@operation("dropout2d", "feature_dropout")
def _dropout2d(
    reader: Reader, input: Any, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Value:
    reader.note(_("in training it drops single numbers here, and whole maps in PyTorch"))
    return _dropout(reader, input, p, training)


# Dense layers and arithmetic ----------------------------------------------------------------------


@operation("linear")
def _linear(
    reader: Reader, input: Any, weight: Any, bias: Any = None, owner: Any = None
) -> Value:
    return reader.builder.dense(
        reader.value(input),
        as_array(weight).T,
        None if bias is None else as_array(bias),
        name=reader.name,
        owner=owner,
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
    array = as_array(constant) if hasattr(constant, "detach") else np.float32(constant)
    batched = array.ndim == len(x.shape) + 1 and array.shape[0] == 1
    return array[0] if batched else np.asarray(array)


# What only moves numbers --------------------------------------------------------------------------


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


@operation("identity", "contiguous", "detach", "clone", "float", "dropout_in_eval")
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
def _mean(reader: Reader, input: Any, dim: Any = None, keepdim: bool = False, **other: Any) -> Value:
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
    x = reader.value(input)
    sizes = (BATCH, *x.shape)
    return sizes if dim is None else sizes[dim]


@operation("dim", "ndimension")
def _dim(reader: Reader, input: Any) -> int:
    return len(reader.value(input).shape) + 1
