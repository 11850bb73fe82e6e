"""Writing files so that a crash never costs what was there before.

The order is: a temporary file in the same folder → write → fsync → rename → fsync of the folder.
Until the rename, the former file is untouched; after it, the new one is complete. A reader never
sees half a file.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from konv.errors import FormatError, ParameterError
from konv.language import translate as _

__all__ = ["as_path", "cache_folder", "why_no_file", "write_atomically"]

Piece = bytes | bytearray | memoryview

# What file systems answer that know no fsync of a folder (some network and Windows ones).
_NO_FOLDER_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EACCES)


def cache_folder() -> Path | None:
    """Where konv keeps what it can make again: ``$XDG_CACHE_HOME/konv`` or ``~/.cache/konv``.

    None where that cannot be.
    """
    chosen = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        # The XDG specification asks to ignore relative paths.
        return (chosen if chosen.is_absolute() else Path.home() / ".cache") / "konv"
    except RuntimeError:  # there is no home
        return None


def as_path(given: object, *, where: str) -> Path:
    """A path that somebody gave.

    Raises:
        ParameterError: K201, it is none.
    """
    if not isinstance(given, (str, os.PathLike)):
        raise ParameterError(
            _("a {kind} as a path", kind=type(given).__name__),
            code="K201",
            where=where,
            fix=_("a text or a Path"),
        )
    return Path(given)


def why_no_file(path: Path) -> str:
    """What is at a path where no file is."""
    if path.is_dir():
        return _("it is a folder")
    if path.exists():
        return _("it is not a regular file")
    return _("there is no such file")


def write_atomically(path: str | os.PathLike[str], content: Piece | Iterable[Piece]) -> None:
    """Replace ``path`` by ``content``, or leave it exactly as it was.

    Args:
        path: the file; its folder is made if it does not exist. Who may read it stays as it was.
            A link stays, too: what it leads to is replaced.
        content: the bytes, or pieces of them.

    Raises:
        FormatError: K405, when the folder cannot be written or the disk is full, or when a folder,
            a device or a pipe is there.
    """
    path = Path(path)
    pieces = [content] if isinstance(content, (bytes, bytearray, memoryview)) else content
    try:
        place = _place(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        _write_and_rename(place, pieces)
    except OSError as error:
        raise FormatError(
            _("cannot be written: {reason}", reason=error.strerror or error),
            code="K405",
            where=str(path),
            fix=_("what was there before is unchanged; free the disk or choose another folder"),
        ) from error
    try:
        _sync_folder(place.parent)
    except OSError as error:
        raise FormatError(
            _("is complete, but a power cut may undo it: {reason}", reason=error.strerror or error),
            code="K405",
            where=str(path),
            fix=_("check the disk, then save again"),
        ) from error


def _place(path: Path) -> Path:
    """Where the file is, behind all links.

    Raises:
        OSError: something else than a file is there. To rename onto /dev/null would take it from
            every program of the machine.
    """
    try:
        place = Path(os.path.realpath(path))
    except ValueError as error:  # a path that no file can have
        raise OSError(errno.EINVAL, str(error)) from None
    if os.path.lexists(place) and not stat.S_ISREG(place.lstat().st_mode):
        raise OSError(errno.EINVAL, why_no_file(place))
    return place


def _write_and_rename(path: Path, pieces: Iterable[Piece]) -> None:
    # Not made of the name of the file, which may be as long as the folder allows.
    temporary = path.parent / f".{secrets.token_hex(8)}.part"
    try:
        with open(temporary, "xb") as file:
            with suppress(OSError):  # no former file, or a file system without modes
                shutil.copymode(path, temporary)
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable (POSIX; Windows has no such call and needs none)."""
    if os.name != "posix":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
