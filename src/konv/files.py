"""Writing files so that a crash never costs what was there before.

The order is: a temporary file in the same folder → write → fsync → rename → fsync of the folder.
Until the rename, the former file is untouched; after it, the new one is complete. A reader never
sees half a file.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from konv.errors import FormatError
from konv.language import translate as _

__all__ = ["write_atomically"]


def write_atomically(path: str | os.PathLike[str], content: bytes | Iterable[bytes]) -> None:
    """Replace ``path`` by ``content``, or leave it exactly as it was.

    Args:
        path: the file; its folder is made if it does not exist.
        content: the bytes, or pieces of them.

    Raises:
        FormatError: K405, when the folder cannot be written or the disk is full.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    pieces = [content] if isinstance(content, (bytes, bytearray, memoryview)) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(temporary, "xb") as file:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
    except OSError as error:
        raise FormatError(
            _("cannot be written: {reason}", reason=error.strerror or error),
            code="K405",
            where=str(path),
            fix=_("what was there before is unchanged; free the disk or choose another folder"),
        ) from error


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable (POSIX; Windows has no such call and needs none)."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
