"""A ``.keras`` file: a ZIP archive of a few parts, taken out without trusting it.

::

    metadata.json      the version of Keras
    config.json        the layers and how they are wired
    model.weights.h5   the weights

The list of parts is read within a bound, and each part is counted while it is unpacked: what the
archive claims about sizes is only believed where it comes true.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from konv.data.names import written
from konv.errors import FormatError, KonvError, LimitError
from konv.formats.texts import malformed, printable
from konv.language import translate as _
from konv.limits import (
    FREE_EXPANSION_BYTES,
    MAX_ARCHIVE_INDEX_BYTES,
    MAX_EXPANSION,
    MAX_KERAS_MEMBERS,
    MAX_MODEL_FILE_BYTES,
    MAX_MODEL_HEADER_BYTES,
)

__all__ = ["CONFIG", "METADATA", "WEIGHTS", "KerasArchive", "open_archive"]

METADATA, CONFIG, WEIGHTS = "metadata.json", "config.json", "model.weights.h5"
_ENCRYPTED = 1
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_PIECE_BYTES = 2**20


class KerasArchive:
    """An open archive whose parts are those of a Keras model. Made by :func:`open_archive`."""

    def __init__(self, archive: zipfile.ZipFile, file_bytes: int, where: str) -> None:
        self.where = where
        self._archive = archive
        self._most_bytes = min(
            max(FREE_EXPANSION_BYTES, file_bytes * MAX_EXPANSION), MAX_MODEL_FILE_BYTES
        )
        self._parts = {}
        for info in archive.infolist():
            self._check(info)
            self._parts[info.filename] = info

    def __contains__(self, name: object) -> bool:
        return name in self._parts

    @property
    def others(self) -> list[str]:
        """The parts that konv does not look at."""
        return [name for name in self._parts if name not in (METADATA, CONFIG, WEIGHTS)]

    def text(self, name: str) -> bytes:
        """One of the parts that are texts.

        Raises:
            FormatError: K401, it is damaged.
            LimitError: K604, it is too long.
        """
        text = bytearray()
        for piece in self._pieces(name):
            text += piece
            if len(text) > MAX_MODEL_HEADER_BYTES:
                raise LimitError(
                    _(
                        "the {part} has more than {most} bytes",
                        part=name,
                        most=f"{MAX_MODEL_HEADER_BYTES:,}",
                    ),
                    code="K604",
                    where=self.where,
                    fix=_("fewer layers"),
                )
        return bytes(text)

    def save(self, name: str, path: Path) -> None:
        """One of the parts as a file of its own.

        Raises:
            FormatError: K401, it is damaged.
            LimitError: K602, it is too large.
        """
        count = 0
        with open(path, "xb") as file:
            for piece in self._pieces(name):
                count += len(piece)
                if count > self._most_bytes:
                    raise LimitError(
                        _(
                            "{part} unpacks to more than {most} bytes",
                            part=name,
                            most=f"{self._most_bytes:,}",
                        ),
                        code="K602",
                        where=self.where,
                        fix=_("a smaller network, or a file that is not packed"),
                    )
                file.write(piece)

    def _pieces(self, name: str) -> Iterator[bytes]:
        if name not in self._parts:
            raise FormatError(
                _("this is a ZIP archive without {part}, which Keras's files hold", part=name),
                code="K401",
                where=self.where,
                fix=_("give a .keras file; nothing in this one was run"),
            )
        info, count = self._parts[name], 0
        with self._archive.open(info) as part:
            while piece := part.read(_PIECE_BYTES):
                count += len(piece)
                yield piece
        if count != info.file_size:
            raise malformed(
                _("{part} has another size than it claims", part=name), where=self.where
            )

    def _check(self, info: zipfile.ZipInfo) -> None:
        if len(self._parts) >= MAX_KERAS_MEMBERS:
            raise malformed(_("it holds too many parts"), where=self.where)
        if info.filename in self._parts:
            raise malformed(
                _("{part} stands there twice", part=printable(info.filename[:80])), where=self.where
            )
        if info.flag_bits & _ENCRYPTED or info.compress_type not in _PACKINGS:
            raise malformed(_("it is packed in a way that Keras does not write"), where=self.where)


@contextmanager
def open_archive(path: str | os.PathLike[str]) -> Iterator[KerasArchive]:
    """Open a ``.keras`` file and read the list of its parts.

    Raises:
        FormatError: K401, it is no such archive, or damaged; K404, it cannot be read.
        LimitError: K602, K604: a part is too large.
    """
    where = written(path)
    try:
        with _Bounded(path) as file, zipfile.ZipFile(file) as archive:
            yield KerasArchive(archive, os.path.getsize(path), where)
    except KonvError as error:
        if not error.where:
            error.located(where)
        raise
    except OSError as error:
        raise FormatError(
            _("cannot be read: {reason}", reason=error.strerror or error),
            code="K404",
            where=where,
            fix=_("give the path of a file that exists and that you may read"),
        ) from error
    except Exception as error:  # zipfile raises many kinds for bytes that are no archive
        raise malformed(_("it is no whole ZIP archive"), where=where) from error


class _Bounded(io.FileIO):
    """A file that never gives more at once than the longest list of parts that is reasonable."""

    def read(self, size: int | None = -1) -> bytes:
        wanted = MAX_ARCHIVE_INDEX_BYTES + 1 if size is None or size < 0 else size
        content = super().read(min(wanted, MAX_ARCHIVE_INDEX_BYTES + 1)) or b""
        if len(content) > MAX_ARCHIVE_INDEX_BYTES:
            raise malformed(_("its list of parts is too long"), where="")
        return content
