"""The header of a tensor file: which arrays it holds, and where. Checked before any is read.

A file is, in the safetensors format (little-endian throughout)::

    N: uint64 | N bytes of JSON | the numbers of all arrays, one array after the other
    {"__metadata__": {text: text}, name: {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}

Offsets count from the end of the header. The arrays cover the rest of the file exactly, in any
order: no gap, no overlap, nothing behind them.

Source: the documentation of safetensors, "Format".
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from konv.formats.json_text import read_json
from konv.formats.texts import malformed
from konv.language import translate as _
from konv.limits import MAX_MODEL_FILE_BYTES
from konv.parameters import short_text

__all__ = ["DTYPES", "LENGTH", "MAX_AXES", "METADATA", "TensorEntry"]
__all__ += ["is_shape", "parse_header", "tensor_entries"]

LENGTH = struct.Struct("<Q")
METADATA = "__metadata__"
DTYPES: Mapping[str, np.dtype[Any]] = MappingProxyType(
    {
        "F64": np.dtype("<f8"),
        "F32": np.dtype("<f4"),
        "F16": np.dtype("<f2"),
        "I64": np.dtype("<i8"),
        "I32": np.dtype("<i4"),
        "I16": np.dtype("<i2"),
        "I8": np.dtype("i1"),
        "U64": np.dtype("<u8"),
        "U32": np.dtype("<u4"),
        "U16": np.dtype("<u2"),
        "U8": np.dtype("u1"),
        "BOOL": np.dtype("?"),
    }
)
_FIELDS = {"dtype", "shape", "data_offsets"}
MAX_AXES = 8


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """An array in a file: its bytes are those from ``start`` to before ``stop`` of the numbers."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    stop: int


def parse_header(text: bytearray, *, where: str) -> tuple[dict[str, str], dict[str, Any]]:
    """(the metadata, what the header says of each array, not yet checked).

    Raises:
        FormatError: K401.
        LimitError: K604.
    """
    header = read_json(text, where=where, part=_("header"))
    if not isinstance(header, dict):
        raise malformed(_("the header is no JSON object"), where=where)
    metadata = header.pop(METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise malformed(_("the metadata are not texts with a name each"), where=where)
    return metadata, header


def tensor_entries(
    header: Mapping[str, Any], *, data_bytes: int, dtypes: Sequence[str], where: str
) -> dict[str, TensorEntry]:
    """What :func:`parse_header` found, checked, in the order of the bytes.

    Args:
        header: name -> what is said of the array.
        data_bytes: the bytes of the file behind its header.
        dtypes: those that are allowed.
        where: the file, for errors.

    Raises:
        FormatError: K401.
    """
    entries = {name: _entry(name, said, dtypes, where) for name, said in header.items()}
    ordered = sorted(entries.items(), key=lambda item: (item[1].start, item[1].stop))
    end = 0
    for name, entry in ordered:
        if entry.start != end:
            raise malformed(
                _(
                    "{name} begins at byte {start}, where {end} is expected",
                    name=short_text(name),
                    start=entry.start,
                    end=end,
                ),
                where=where,
            )
        end = entry.stop
    if end != data_bytes:
        raise malformed(
            _("the file does not end where its arrays end"),
            where=where,
            details=[(_("arrays"), f"{end:,} B"), (_("in the file"), f"{data_bytes:,} B")],
        )
    return dict(ordered)


def is_shape(shape: Any) -> bool:
    """Sizes whose product stays small even if those that are 0 are left out, as NumPy demands."""
    return (
        _are_counts(shape)
        and len(shape) <= MAX_AXES
        and math.prod(size for size in shape if size) <= MAX_MODEL_FILE_BYTES
    )


def _entry(name: str, said: Any, dtypes: Sequence[str], where: str) -> TensorEntry:
    if not isinstance(said, dict) or said.keys() != _FIELDS:
        fields = ", ".join(sorted(_FIELDS))
        what = _("{name} needs exactly {fields}", name=short_text(name), fields=fields)
        raise malformed(what, where=where)
    dtype, shape, offsets = said["dtype"], said["shape"], said["data_offsets"]
    if not isinstance(dtype, str) or dtype not in DTYPES or dtype not in dtypes:
        raise malformed(
            _("{name} has the dtype {dtype}", name=short_text(name), dtype=short_text(dtype)),
            where=where,
            details=[(_("allowed"), ", ".join(dtypes))],
        )
    if not (is_shape(shape) and _are_counts(offsets) and len(offsets) == 2):
        raise malformed(
            _("{name} has a shape or offsets that cannot be", name=short_text(name)),
            where=where,
            details=[(_("shape"), short_text(shape)), (_("offsets"), short_text(offsets))],
        )
    entry = TensorEntry(dtype, tuple(shape), *offsets)
    _check_length(name, entry, where)
    return entry


def _check_length(name: str, entry: TensorEntry, where: str) -> None:
    number_bytes = DTYPES[entry.dtype].itemsize
    needed = math.prod(entry.shape) * number_bytes
    if entry.stop - entry.start != needed:
        factors = " · ".join(map(str, (*entry.shape, number_bytes)))
        count = f"{entry.stop - entry.start:,}"
        raise malformed(
            _("{name} has {count} B", name=short_text(name), count=count),
            where=where,
            details=[(_("needed"), f"{factors} = {needed:,} B")],
        )


def _are_counts(value: Any) -> bool:
    # type() and not isinstance(): true is no number.
    return isinstance(value, list) and all(type(item) is int and item >= 0 for item in value)
