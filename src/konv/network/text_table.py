"""Text in columns, measured as a terminal shows it: a Hangul syllable is two columns wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

__all__ = ["display_width", "padded", "shortened", "wrapped"]


def display_width(text: str) -> int:
    """How many columns of a terminal a text takes.

    Example:
        >>> display_width("Dense"), display_width("합성곱")
        (5, 6)
    """
    return sum(map(_character_width, text))


def _character_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):  # drawn on top of the one before
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def padded(text: str, width: int, *, right: bool = False) -> str:
    """The text with spaces up to ``width`` columns; with ``right``, in front of it."""
    spaces = " " * (width - display_width(text))
    return spaces + text if right else text + spaces


def shortened(text: str, width: int) -> str:
    """The text in at most ``width`` columns: its middle is left out, its ends are kept.

    Example:
        >>> shortened("batch_normalization_12", 12)
        'batch_…on_12'
    """
    if display_width(text) <= width:
        return text
    tail = _fitting(text[::-1], (width - 1) // 2)[::-1]
    return _fitting(text, width - 1 - display_width(tail)) + "…" + tail


def _fitting(text: str, width: int) -> str:
    """As much of the beginning as fits."""
    used = 0
    for position, character in enumerate(text):
        used += _character_width(character)
        if used > width:
            return text[:position]
    return text


def wrapped(text: str, width: int, indent: str = "") -> Iterator[str]:
    """Lines of at most ``width`` columns, all but the first indented."""
    line = ""
    for word in _words(text, width - len(indent)):
        joined = f"{line} {word}" if line.strip() else line + word
        if display_width(joined) > width and line.strip():
            yield line
            joined = indent + word
        line = joined
    yield line


def _words(text: str, width: int) -> Iterator[str]:
    """The words, those that are wider than a line in pieces."""
    for word in text.split():
        while display_width(word) > width:
            piece = _fitting(word, width)
            yield piece
            word = word[len(piece) :]
        yield word
