"""Opening a file that anybody may have made: a regular one, and no larger than it may be."""

from __future__ import annotations

import io
import os
import stat

from konv.errors import FormatError, LimitError
from konv.formats.foreign import HEAD_BYTES
from konv.language import translate as _

__all__ = ["check_size", "head_if_readable", "head_of", "opened", "unreadable"]


def opened(path: str | os.PathLike[str], where: str) -> io.BufferedReader:
    """A regular file, open for reading.

    Raises:
        FormatError: K404, there is none that may be read.
    """
    try:
        mode = os.stat(path).st_mode
        # A pipe would wait for ever, a device would never end.
        if stat.S_ISREG(mode):
            return open(path, "rb")
        reason = _("it is a folder") if stat.S_ISDIR(mode) else _("it is not a regular file")
    except OSError as error:
        reason = error.strerror or str(error)
    except ValueError as error:  # a path that no file can have
        reason = str(error)
    raise unreadable(reason, where)


def head_of(path: str | os.PathLike[str], most_bytes: int, where: str) -> bytes:
    """How a file begins.

    Raises:
        FormatError: K404, there is none that may be read.
        LimitError: K602, it is too large.
    """
    with opened(path, where) as file:
        check_size(os.fstat(file.fileno()).st_size, most_bytes, where)
        return file.read(HEAD_BYTES)


def head_if_readable(path: str | os.PathLike[str]) -> bytes | None:
    """How a file begins; None where that cannot be read: what opens it will say so."""
    try:
        with opened(path, "") as file:
            return file.read(HEAD_BYTES)
    except (FormatError, OSError):
        return None


def check_size(count_bytes: int, most_bytes: int, where: str) -> None:
    """Refuse a file of more than ``most_bytes``."""
    if count_bytes > most_bytes:
        raise LimitError(
            _("a file of {count} bytes", count=f"{count_bytes:,}"),
            code="K602",
            where=where,
            details=[(_("limit"), f"{most_bytes:,}")],
            fix=_("a smaller network"),
        )


def unreadable(reason: str, where: str) -> FormatError:
    """K404, with the reason."""
    return FormatError(
        _("cannot be read: {reason}", reason=reason),
        code="K404",
        where=where,
        fix=_("give the path of a file that exists and that you may read"),
    )
