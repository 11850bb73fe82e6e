"""Named arrays and named texts in one file: the layer under model files and checkpoints.

The format is that of safetensors, so any of its readers opens our files. The bytes are written and
read here and not by its package, because that one (0.8) scrambles arrays that are not C-contiguous,
writes the metadata in a random order, lets the second of two equal names win and syncs nothing to
the disk; see docs/decisions/0010-safetensors.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from konv.errors import ParameterError
from konv.formats.json_text import check_extent, write_json
from konv.formats.opening import check_size
from konv.formats.tensor_header import DTYPES, LENGTH, MAX_AXES, METADATA, is_shape
from konv.formats.tensor_reader import Array, Source, open_tensors
from konv.formats.texts import is_text
from konv.language import translate as _
from konv.limits import MAX_MODEL_FILE_BYTES
from konv.parameters import short_text

__all__ = ["read_tensors", "tensor_bytes", "tensor_pieces"]

_ALIGNMENT_BYTES = 8
_DTYPE_NAMES = {dtype: name for name, dtype in DTYPES.items()}


def tensor_bytes(arrays: Mapping[str, Array], metadata: Mapping[str, str]) -> bytes:
    """A file that holds ``arrays`` and ``metadata``; the same contents give the same bytes.

    Args:
        arrays: name -> numbers of any shape, contiguous or not, of a dtype in DTYPES.
        metadata: name -> text.

    Raises:
        ParameterError: K201, for what the format cannot hold.
        LimitError: K602, K604: the file or its header would be too large to be read again.

    Example:
        >>> arrays, metadata = read_tensors(tensor_bytes({"w": np.eye(2)}, {"by": "konv"}))
        >>> arrays["w"].tolist(), metadata
        ([[1.0, 0.0], [0.0, 1.0]], {'by': 'konv'})
    """
    return b"".join(tensor_pieces(arrays, metadata))


def tensor_pieces(
    arrays: Mapping[str, Array], metadata: Mapping[str, str], *, where: str = ""
) -> Iterator[bytes]:
    """The same in pieces, for :func:`konv.files.write_atomically`: one array at a time."""
    _check_texts(arrays, metadata)
    plain = {name: _plain(name, array) for name, array in arrays.items()}
    # Wide numbers first: then each array begins at a multiple of the size of its numbers.
    ordered = sorted(plain.items(), key=lambda item: (-item[1].itemsize, item[0]))
    header: dict[str, Any] = {METADATA: dict(metadata)} if metadata else {}
    end = 0
    for name, array in ordered:
        start, end = end, end + array.nbytes
        dtype = _DTYPE_NAMES[array.dtype]
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [start, end]}
    text = write_json(header).encode("utf-8")
    check_extent(text, where=where, part=_("header"))
    text += b" " * (-len(text) % _ALIGNMENT_BYTES)
    check_size(LENGTH.size + len(text) + end, MAX_MODEL_FILE_BYTES, where)
    numbers = (array.tobytes() for _name, array in ordered)
    return chain([LENGTH.pack(len(text)) + text], numbers)


def _check_texts(arrays: Mapping[str, Array], metadata: Mapping[str, str]) -> None:
    for text in (*arrays, *metadata, *metadata.values()):
        if not is_text(text) or (text == METADATA and text in arrays):
            raise ParameterError(
                _("{value} as a name or a value", value=short_text(text)),
                code="K201",
                where="tensor_bytes",
                fix=_("a text of valid Unicode; arrays by any name but {name}", name=METADATA),
            )


def _plain(name: str, array: Array) -> Array:
    """The array as little-endian; ``tobytes`` brings its values into C's order when it writes."""
    array = np.asarray(array)
    dtype = array.dtype.newbyteorder("<")
    if dtype not in _DTYPE_NAMES or not is_shape(list(array.shape)):
        raise ParameterError(
            _("{name} is an array of {dtype}", name=short_text(name), dtype=array.dtype),
            code="K201",
            where="arrays",
            details=[(_("shape"), str(array.shape))],
            fix=_(
                "at most {most} axes, and one of {dtypes}",
                most=MAX_AXES,
                dtypes=", ".join(map(str, DTYPES.values())),
            ),
        )
    return array.astype(dtype, copy=False)


def read_tensors(
    source: Source,
    *,
    dtypes: Sequence[str] = tuple(DTYPES),
    most_bytes: int = MAX_MODEL_FILE_BYTES,
    where: str = "",
) -> tuple[dict[str, Array], dict[str, str]]:
    """(the arrays, the metadata) of a file, or of the bytes of one.

    Args:
        source: a path, or the whole content.
        dtypes: those of DTYPES that are allowed.
        most_bytes: how large it may be.
        where: what errors call it; the path if empty.

    Raises:
        FormatError: K404, it cannot be read; K401, it is not well-formed.
        LimitError: K602, K604: it or its header is too large.
    """
    with open_tensors(source, most_bytes=most_bytes, where=where) as file:
        arrays = {name: file.array(entry) for name, entry in file.entries(dtypes).items()}
        return arrays, file.metadata
