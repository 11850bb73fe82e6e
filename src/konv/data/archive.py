"""The arrays in an .npz file, each read within the bounds of the file and of its own header.

NumPy's own reader allocates what a header claims, and unpickles arrays of objects if it may. Here
the claim (shape × bytes per value) is compared with what is really there, and nothing is unpickled.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from konv.data.names import written
from konv.data.packed import PIECE_BYTES, Packed, malformed
from konv.errors import FormatError, KonvError
from konv.language import translate as _
from konv.limits import MAX_ARCHIVE_INDEX_BYTES, MAX_ARRAY_HEADER_CHARACTERS

if TYPE_CHECKING:
    import zipfile

__all__ = ["Archive", "open_archive"]

_ENDING = ".npy"
_ENCRYPTED = 1  # the lowest of a member's flag bits
_KINDS = "buifSU"  # NumPy's letters for bool, whole numbers, floats and texts
_MAX_DIMENSIONS = 4


@dataclass(frozen=True)
class Archive:
    """``members`` maps the name of each array, without its ending, to its place in the file."""

    path: Path
    members: Mapping[str, zipfile.ZipInfo]

    def read(self, name: str) -> npt.NDArray[Any]:
        """One array, read-only.

        Raises:
            FormatError: K401, when it is damaged, holds objects, or is not what its header claims;
                K404, when the file cannot be read.
            LimitError: K602, when it unpacks to too much.
        """
        packed = self._packed(name)
        shape, dtype, by_columns, header_bytes = _header(packed)
        claimed_bytes = header_bytes + math.prod(shape) * dtype.itemsize
        packed.check_claim(claimed_bytes)

        def check(count: int) -> None:
            if count != claimed_bytes:
                claim = " × ".join(str(number) for number in (*shape, dtype.itemsize))
                raise malformed(
                    _(
                        "its header promises {header} + {claim} = {total:,} bytes, "
                        "which is not what it holds",
                        header=header_bytes,
                        claim=claim,
                        total=claimed_bytes,
                    ),
                    packed.where,
                )

        values = packed.read(check, at_most=claimed_bytes)[header_bytes:].view(dtype)
        return values.reshape(shape, order="F" if by_columns else "C")

    def _packed(self, name: str) -> Packed:
        info = self.members[name]
        # The index may claim any number of stored bytes.
        stored_bytes = min(info.compress_size, self.path.stat().st_size)
        where = f"{written(self.path)}: {written(name)}"
        return Packed(lambda: _pieces(self.path, info), stored_bytes, where)


def open_archive(path: Path) -> Archive:
    """Read the list of arrays, and nothing else.

    Raises:
        FormatError: K401, when it is not such a file; K404, when it cannot be read.
    """
    import zipfile

    try:
        with _Bounded(path) as file, zipfile.ZipFile(file) as archive:
            infos = [info for info in archive.infolist() if info.filename.endswith(_ENDING)]
    except OSError as error:
        reason = error.strerror or error
        what = _("it cannot be read: {reason}", reason=reason)
        raise FormatError(what, code="K404", where=written(path)) from error
    except Exception as error:  # zipfile raises many kinds for bytes that are no zip
        raise _not_an_archive(error, path) from error
    members = {info.filename.removesuffix(_ENDING): info for info in infos}
    if len(members) < len(infos):
        raise malformed(_("two of its arrays have the same name"), written(path))
    return Archive(path, members)


class _Bounded(io.FileIO):
    """A file that never gives more at once than the longest index that is reasonable."""

    def read(self, size: int | None = -1) -> bytes:
        wanted = MAX_ARCHIVE_INDEX_BYTES + 1 if size is None or size < 0 else size
        content = super().read(min(wanted, MAX_ARCHIVE_INDEX_BYTES + 1)) or b""
        if len(content) > MAX_ARCHIVE_INDEX_BYTES:
            raise malformed(
                _("its index has more than {most:,} bytes", most=MAX_ARCHIVE_INDEX_BYTES), ""
            )
        return content


def _pieces(path: Path, info: zipfile.ZipInfo) -> Iterator[bytes]:
    import zipfile

    if info.flag_bits & _ENCRYPTED or info.compress_type not in (
        zipfile.ZIP_STORED,
        zipfile.ZIP_DEFLATED,
    ):
        raise malformed(_("it is packed in a way that NumPy does not write"), written(path))
    try:
        with (
            _Bounded(path) as file,
            zipfile.ZipFile(file) as archive,
            archive.open(info) as member,
        ):
            yield from iter(lambda: member.read(PIECE_BYTES), b"")
    except OSError:
        raise
    except Exception as error:  # zipfile raises many kinds for bytes that are no zip
        raise _not_an_archive(error, path) from error


def _not_an_archive(error: Exception, path: Path) -> KonvError:
    if isinstance(error, KonvError):
        return error.located(written(path))
    what = _("it is not an intact .npz file: {reason}", reason=str(error) or type(error).__name__)
    return malformed(what, written(path))


def _header(packed: Packed) -> tuple[tuple[int, ...], np.dtype[Any], bool, int]:
    """(shape, dtype, whether columns come first, bytes of the header)."""
    beginning = io.BytesIO(packed.head(MAX_ARRAY_HEADER_CHARACTERS + 12))
    try:
        version = np.lib.format.read_magic(beginning)
        readers = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }
        header = readers[version](beginning, max_header_size=MAX_ARRAY_HEADER_CHARACTERS)
    except Exception as error:  # NumPy parses the header as Python: any kind can come
        raise malformed(_("its header is not one of a NumPy array"), packed.where) from error
    shape, by_columns, dtype = header
    if dtype.hasobject:
        raise FormatError(
            _("it holds Python objects, and reading those runs any code that they hold"),
            code="K401",
            where=packed.where,
            fix=_("save plain numbers: array.astype('uint8'), or texts: array.astype(str)"),
        )
    if dtype.kind not in _KINDS or dtype.itemsize == 0:
        raise malformed(_("its values are of type {type}", type=dtype), packed.where)
    if not 1 <= len(shape) <= _MAX_DIMENSIONS or min(shape) < 1:
        raise malformed(_("its shape is {shape}", shape=shape), packed.where)
    return shape, dtype, by_columns, beginning.tell()
