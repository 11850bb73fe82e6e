"""Files that a command names itself: what is there already is replaced only by the same."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from konv.errors import FormatError
from konv.language import translate as _

__all__ = ["refuse_to_replace"]


def refuse_to_replace(path: Path, content: bytes, *, out: Path | None = None) -> None:
    """Refuse if something else is there than what is to be written.

    Args:
        path: where it is to be written.
        content: the whole file.
        out: what ``--out`` must be for it to be replaced; None: the path itself.

    Raises:
        FormatError: K405.
    """
    if os.path.lexists(path) and not _holds(path, content):
        raise FormatError(
            _("exists, and holds something else"),
            code="K405",
            where=str(path),
            fix=_("--out {path} replaces it; or another --out", path=shlex.quote(str(out or path))),
        )


def _holds(path: Path, content: bytes) -> bool:
    """Whether a file holds just this: then nothing is lost by writing it again."""
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False
