"""Reading a tensor file without trusting it: first what it claims, then the numbers."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from konv.data.names import written
from konv.errors import FormatError, LimitError
from konv.formats.foreign import HEAD_BYTES, looks_like
from konv.formats.opening import check_size, opened, unreadable
from konv.formats.tensor_header import (
    DTYPES,
    LENGTH,
    TensorEntry,
    parse_header,
    tensor_entries,
)
from konv.formats.texts import malformed
from konv.language import translate as _
from konv.limits import MAX_MODEL_FILE_BYTES, MAX_MODEL_HEADER_BYTES

__all__ = ["Array", "Source", "TensorFile", "open_tensors"]

Array = np.ndarray[Any, np.dtype[Any]]
Source = str | os.PathLike[str] | bytes


class TensorFile:
    """An open file whose header has been read. Made by :func:`open_tensors`.

    Nothing is allocated for an array before :meth:`array` is called, so that a caller can first
    compare what the file claims with what it expects.
    """

    def __init__(self, file: io.BufferedIOBase, size_bytes: int, where: str) -> None:
        self.where = where
        self._file = file
        header_bytes = self._header_bytes(size_bytes)
        self._data_start = LENGTH.size + header_bytes
        self._data_bytes = size_bytes - self._data_start
        text = bytearray(header_bytes)
        self._read_into(memoryview(text), LENGTH.size)
        self.metadata, self._header = parse_header(text, where=where)

    def entries(self, dtypes: Sequence[str] = tuple(DTYPES)) -> dict[str, TensorEntry]:
        """What the file claims to hold, in the order of its bytes.

        Raises:
            FormatError: K401, the claims contradict each other or the size of the file.
        """
        return tensor_entries(
            self._header, data_bytes=self._data_bytes, dtypes=dtypes, where=self.where
        )

    def array(self, entry: TensorEntry) -> Array:
        """The numbers of one array, in memory of their own.

        Raises:
            FormatError: K401, the file has become shorter, or a truth value is neither 0 nor 1.
        """
        array = np.empty(entry.shape, dtype=DTYPES[entry.dtype])
        data = array.reshape(-1).view(np.uint8)
        self._read_into(data.data, self._data_start + entry.start)
        if entry.dtype == "BOOL" and data.max(initial=0) > 1:
            raise malformed(_("a truth value is neither 0 nor 1"), where=self.where)
        return array.astype(array.dtype.newbyteorder("="), copy=False)

    def _read_into(self, target: memoryview, start: int) -> None:
        try:
            self._file.seek(start)
            complete = self._file.readinto(target) == len(target)
        except OSError as error:
            raise unreadable(error.strerror or str(error), self.where) from error
        if not complete:
            raise malformed(_("the file became shorter while it was read"), where=self.where)

    def _header_bytes(self, size_bytes: int) -> int:
        head = bytearray(min(HEAD_BYTES, size_bytes))
        self._read_into(memoryview(head), 0)
        # The first byte of a header is its bracket; most other files fail here.
        if size_bytes <= LENGTH.size or head[LENGTH.size : LENGTH.size + 1] != b"{":
            raise FormatError(
                _("this is not a file of konv; it looks like {kind}", kind=looks_like(bytes(head))),
                code="K401",
                where=self.where,
                fix=_("give a file that konv has saved; nothing in this one was run"),
            )
        (header_bytes,) = LENGTH.unpack_from(head)
        self._check_header_bytes(header_bytes, size_bytes)
        return int(header_bytes)

    def _check_header_bytes(self, header_bytes: int, size_bytes: int) -> None:
        if header_bytes > size_bytes - LENGTH.size:
            raise malformed(
                _("the file ends before its header does"),
                where=self.where,
                details=[
                    (_("header"), f"{LENGTH.size} + {header_bytes:,} B"),
                    (_("in the file"), f"{size_bytes:,} B"),
                ],
            )
        if header_bytes > MAX_MODEL_HEADER_BYTES:
            raise LimitError(
                _("the header of the file has {count} bytes", count=f"{header_bytes:,}"),
                code="K604",
                where=self.where,
                details=[(_("limit"), f"{MAX_MODEL_HEADER_BYTES:,}")],
                fix=_("give a file that konv has saved"),
            )


@contextmanager
def open_tensors(
    source: Source, *, most_bytes: int = MAX_MODEL_FILE_BYTES, where: str = ""
) -> Iterator[TensorFile]:
    """Open a file of arrays, or the bytes of one, and read its header.

    Args:
        source: a path, or the whole content.
        most_bytes: how large it may be.
        where: what errors call it; the path if empty.

    Raises:
        FormatError: K404, it cannot be read; K401, it is not well-formed.
        LimitError: K602, K604: it or its header is too large.
    """
    if isinstance(source, bytes):
        where = where or _("{count} bytes", count=f"{len(source):,}")
        check_size(len(source), most_bytes, where)
        yield TensorFile(io.BytesIO(source), len(source), where)
        return
    where = where or written(source)
    with opened(source, where) as file:
        size_bytes = os.fstat(file.fileno()).st_size
        check_size(size_bytes, most_bytes, where)
        yield TensorFile(file, size_bytes, where)
