"""The arrays of an ONNX file: what they claim is compared with what is there, then they are taken.

Nothing outside the file is ever read: an array that says that its numbers lie in another file
("external data") is refused, wherever that file may lie.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from konv.errors import LimitError
from konv.formats.exchange.refusals import Refusals
from konv.formats.onnx.messages import TensorMessage
from konv.formats.onnx.types import DTYPES, type_name
from konv.formats.texts import malformed, printable
from konv.language import translate as _
from konv.layers.base import shape_text
from konv.limits import MAX_ONNX_PACKED
from konv.parameters import short_text

__all__ = ["array_of"]

Array = np.ndarray[Any, np.dtype[Any]]

_MAX_AXES = 8
_EXTERNAL = 1  # TensorProto.DataLocation
_FIELDS = ("raw_data", "float_data", "double_data", "int32_data", "int64_data", "uint64_data")
# The field that holds the numbers of a type where they do not stand in raw_data.
_FIELD_OF = MappingProxyType(
    {
        np.dtype(np.float32): "float_data",
        np.dtype(np.float64): "double_data",
        np.dtype(np.int64): "int64_data",
        np.dtype(np.uint64): "uint64_data",
        np.dtype(np.uint32): "uint64_data",
    }
)


def array_of(tensor: TensorMessage, where: str, refused: Refusals) -> Array | None:
    """The numbers of an array, a view of the file where they lie there as they are.

    Args:
        tensor: what the file says.
        where: the file, for errors.
        refused: where that goes what konv does not read: then the result is None.

    Raises:
        FormatError: K401, the claims contradict each other.
        LimitError: K604, too many numbers that are packed one by one.
    """
    name = printable(tensor.name or "")
    if tensor.data_location == _EXTERNAL or tensor.external_data:
        refused.add(name, _("numbers in another file (external data)"))
        return None
    dtype = DTYPES.get(tensor.data_type or 0)
    if dtype is None:
        refused.add(name, _("an array of {kind}", kind=type_name(tensor.data_type)))
        return None
    shape = _shape(tensor.dims, name, where)
    numbers = _numbers(tensor, dtype, name, where)
    if numbers.size != math.prod(shape):
        raise malformed(
            _(
                "{name} holds {count} numbers, not {shape}",
                name=short_text(name),
                count=f"{numbers.size:,}",
                shape=shape_text(shape),
            ),
            where=where,
        )
    return numbers.reshape(shape)


def _shape(dims: Sequence[int], name: str, where: str) -> tuple[int, ...]:
    # Python's numbers have no end: a product of dimensions cannot come out small again.
    if len(dims) > _MAX_AXES or any(size < 0 or size >= 2**31 for size in dims):
        shown = short_text(tuple(dims))
        raise malformed(
            _("{name} has the shape {shape}", name=short_text(name), shape=shown), where=where
        )
    return tuple(dims)


def _numbers(tensor: TensorMessage, dtype: np.dtype[Any], name: str, where: str) -> Array:
    given = [field for field in _FIELDS if getattr(tensor, field)]
    if len(given) > 1:
        raise malformed(
            _("{name} holds its numbers twice", name=short_text(name)),
            where=where,
            details=[(_("fields"), ", ".join(given))],
        )
    if not given:
        return np.empty(0, dtype)
    if given == ["raw_data"]:
        raw = tensor.raw_data or b""
        if len(raw) % dtype.itemsize:
            raise malformed(_("{name} ends inside of a number", name=short_text(name)), where=where)
        if dtype.kind == "b" and np.frombuffer(raw, np.uint8).max(initial=0) > 1:
            raise malformed(_("a truth value is neither 0 nor 1"), where=where)
        return np.frombuffer(raw, dtype)
    return _from_field(tensor, given[0], dtype, name, where)


def _from_field(
    tensor: TensorMessage, field: str, dtype: np.dtype[Any], name: str, where: str
) -> Array:
    expected = _FIELD_OF.get(dtype, "int32_data")
    pieces = getattr(tensor, field)
    data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    if field != expected or (
        expected in ("float_data", "double_data") and len(data) % dtype.itemsize
    ):
        raise malformed(
            _(
                "{name} holds {kind} in {field}",
                name=short_text(name),
                kind=dtype.newbyteorder("=").name,
                field=field,
            ),
            where=where,
        )
    if expected in ("float_data", "double_data"):
        return np.frombuffer(data, dtype)
    return _typed(_varints(data, where), dtype, name, where)


def _varints(data: bytes | memoryview, where: str) -> Array:
    """Whole numbers of 7 bits a byte, all at once: Σ (byte mod 128) · 128^place."""
    codes = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(codes < 0x80)
    if len(ends) > MAX_ONNX_PACKED or len(codes) > 10 * MAX_ONNX_PACKED:
        raise LimitError(
            _("an array of more than {most} packed whole numbers", most=f"{MAX_ONNX_PACKED:,}"),
            code="K604",
            where=where,
            fix=_("write it with raw_data, as onnx.numpy_helper.from_array does"),
        )
    starts = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else ends
    lengths = ends - starts + 1
    if not len(ends) or ends[-1] != len(codes) - 1 or lengths.max() > 10:
        raise malformed(_("a whole number has more than 64 bits"), where=where)
    values = np.zeros(len(ends), np.uint64)
    for place in range(int(lengths.max())):
        has = lengths > place
        values[has] |= (codes[starts[has] + place] & np.uint64(0x7F)) << np.uint64(7 * place)
    return values.view(np.int64)


def _typed(values: Array, dtype: np.dtype[Any], name: str, where: str) -> Array:
    """Whole numbers as those of a type that they must fit; float16 lies there as its bits."""
    if dtype.kind == "f":
        bits = _typed(values, np.dtype("<u2"), name, where)
        return bits.view(dtype)
    if dtype == np.uint64:
        return values.view(dtype)
    limits = np.iinfo(np.uint8 if dtype.kind == "b" else dtype)
    most = 1 if dtype.kind == "b" else limits.max
    if values.min(initial=0) < limits.min or values.max(initial=0) > most:
        raise malformed(
            _("{name} holds numbers that do not fit its type", name=short_text(name)), where=where
        )
    return values.astype(dtype)
