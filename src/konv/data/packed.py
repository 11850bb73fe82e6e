"""Bytes of a file that may be packed (gzip, xz), never more than its size and its claim allow.

A few kilobytes of zeros can unpack to terabytes. So the unpacked bytes are counted as they come,
and memory is taken only for what fits beside the file; a file that unpacks to more is first read
once to count, judged by its count, and then read again.
"""

from __future__ import annotations

import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from konv.data.names import written
from konv.errors import FormatError, LimitError
from konv.language import translate as _
from konv.limits import (
    FREE_EXPANSION_BYTES,
    MAX_DATASET_BYTES,
    MAX_EXPANSION,
    MAX_NAMES_FILE_BYTES,
    MAX_XZ_MEMORY_BYTES,
)

__all__ = [
    "PACKINGS",
    "PIECE_BYTES",
    "Packed",
    "malformed",
    "packed_file",
    "read_lines",
    "unpacked_name",
]

PACKINGS = (".gz", ".xz")
PIECE_BYTES = 2**20
_SPARE_BYTES = 32 * 2**20


def malformed(what: str, where: str) -> FormatError:
    """The error for a file that is not what its name says."""
    fix = _("the file is damaged or incomplete: fetch or write it again")
    return FormatError(what, code="K401", where=where, fix=fix)


def unpacked_name(path: Path) -> str:
    """The name of ``path`` without the ending of its packing."""
    return path.stem if path.suffix.lower() in PACKINGS else path.name


@dataclass(frozen=True)
class Packed:
    """Bytes that come in pieces, from the beginning at each call of ``pieces``.

    ``stored_bytes`` is their number as they are stored; ``where`` names them in errors.
    """

    pieces: Callable[[], Iterator[bytes]]
    stored_bytes: int
    where: str

    @property
    def most_bytes(self) -> int:
        """How many bytes they may be when unpacked."""
        most = max(FREE_EXPANSION_BYTES, self.stored_bytes * MAX_EXPANSION)
        return min(most, MAX_DATASET_BYTES)

    def check_claim(self, claimed_bytes: int) -> None:
        """Refuse a header that claims more bytes than may be.

        Raises:
            LimitError: K602.
        """
        if claimed_bytes > self.most_bytes:
            raise self._too_large(f"{claimed_bytes:,}")

    def head(self, count: int) -> bytes:
        """The first ``count`` bytes, or fewer if there are no more."""
        taken = b""
        for piece in self._guarded():
            taken += piece[: count - len(taken)]
            if len(taken) == count:
                break
        return taken

    def read(self, check: Callable[[int], None], at_most: int) -> npt.NDArray[np.uint8]:
        """All bytes, as uint8 (count,).

        Args:
            check: raises when the file may not have that count of bytes.
            at_most: a count that ``check`` refuses if one more comes.

        Raises:
            FormatError: K401, when the packing is damaged; K404, when the file cannot be read.
            LimitError: K602, when more comes than :attr:`most_bytes`.
        """
        kept: bytearray | None = bytearray()
        count = 0
        for piece in self._guarded():
            count += len(piece)
            if count > min(at_most, self.most_bytes):
                break
            if kept is not None and count <= self.stored_bytes + _SPARE_BYTES:
                kept += piece
            else:
                kept = None
        if count > self.most_bytes:
            raise self._too_large(_("more than {most:,}", most=self.most_bytes))
        check(count)
        return self._again(count) if kept is None else np.frombuffer(kept, dtype=np.uint8)

    def _again(self, count: int) -> npt.NDArray[np.uint8]:
        whole = np.empty(count, dtype=np.uint8)
        filled = 0
        for piece in self._guarded():
            end = filled + len(piece)
            if end > count:
                break
            whole[filled:end] = np.frombuffer(piece, dtype=np.uint8)
            filled = end
        else:
            if filled == count:
                return whole
        raise malformed(_("the file changed while it was read"), self.where)

    def _too_large(self, unpacked: str) -> LimitError:
        return LimitError(
            _(
                "{stored:,} bytes unpack to {unpacked} bytes",
                stored=self.stored_bytes,
                unpacked=unpacked,
            ),
            code="K602",
            where=self.where,
            details=[(_("at most"), f"{self.most_bytes:,}")],
            fix=_("if you trust the file, unpack it yourself"),
        )

    def _guarded(self) -> Iterator[bytes]:
        try:
            yield from self.pieces()
        except (EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error) as error:
            what = _("it cannot be unpacked: {reason}", reason=error)
            raise malformed(what, self.where) from error
        except OSError as error:
            raise FormatError(
                _("it cannot be read: {reason}", reason=error.strerror or error),
                code="K404",
                where=self.where,
            ) from error


def packed_file(path: Path) -> Packed:
    """The bytes of a file, unpacked if its name ends in ``.gz`` or ``.xz``."""
    where = written(path)
    try:
        stored_bytes = path.stat().st_size
    except OSError as error:
        what = _("it cannot be read: {reason}", reason=error.strerror)
        raise FormatError(what, code="K404", where=where) from error
    return Packed(lambda: _pieces(path), stored_bytes, where)


def _pieces(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as file:
        if path.suffix.lower() == ".gz":
            with gzip.open(file) as unpacked:
                yield from iter(lambda: unpacked.read(PIECE_BYTES), b"")
        elif path.suffix.lower() == ".xz":
            yield from _xz_pieces(file)
        else:
            yield from iter(lambda: file.read(PIECE_BYTES), b"")


def _xz_pieces(file: IO[bytes]) -> Iterator[bytes]:
    # lzma.open has no limit for the dictionary, which the file itself chooses (up to 4 GiB).
    stored = file.read(PIECE_BYTES)
    while stored:
        stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MAX_XZ_MEMORY_BYTES)
        while not stream.eof:
            if stream.needs_input and not stored:
                raise EOFError(_("the file ends too early"))
            yield stream.decompress(stored, PIECE_BYTES)
            stored = file.read(PIECE_BYTES) if stream.needs_input else b""
        # A file may hold several streams, one behind the other, with zeros between them.
        stored = stream.unused_data.lstrip(b"\0")
        while not stored and (more := file.read(PIECE_BYTES)):
            stored = more.lstrip(b"\0")


def read_lines(path: Path) -> list[str]:
    """The lines of a short text file that are not empty, without the spaces around them.

    Raises:
        FormatError: K401, when it is no UTF-8 text.
        LimitError: K602, when it is too long.
    """
    packed = packed_file(path)
    content = packed.head(MAX_NAMES_FILE_BYTES + 1)
    if len(content) > MAX_NAMES_FILE_BYTES:
        what = _("a list of names of more than {most:,} bytes", most=MAX_NAMES_FILE_BYTES)
        raise LimitError(what, code="K602", where=packed.where)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise malformed(_("it is no UTF-8 text"), packed.where) from error
    return [written(line.strip()) for line in text.splitlines() if line.strip()]
