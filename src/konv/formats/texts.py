"""Which texts a file can hold, how they are shown, and the error for a damaged file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from konv.errors import FormatError
from konv.language import translate as _

__all__ = ["is_text", "malformed", "printable"]


def is_text(value: Any) -> bool:
    """Whether it is a text that UTF-8 can hold: one without lone surrogates.

    Example:
        >>> is_text("고양이"), is_text("\\ud800"), is_text(b"cat")
        (True, False, False)
    """
    if not isinstance(value, str):
        return False
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def printable(text: str) -> str:
    """``text`` with what would move a terminal's cursor or turn its direction written out.

    Example:
        >>> printable("고양이\\x1b[2J")
        '고양이\\\\x1b[2J'
    """
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def malformed(what: str, *, where: str, details: Sequence[tuple[str, str]] = ()) -> FormatError:
    """The error for a file that is damaged, or that somebody made to harm."""
    return FormatError(
        what,
        code="K401",
        where=where,
        details=details,
        fix=_("copy or download the file again; it has been changed since it was written"),
    )
