"""Plain tables that line up, whatever the script of the words in them.

A Korean syllable takes two places on a screen, an accent none. What would not be seen or could
control a screen is shown as �.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import zip_longest

__all__ = ["padded", "places", "printable", "shortened", "table"]

_GAP = "  "
# Vowels and final consonants of Korean that join the consonant before them.
_JOINING = range(0x1160, 0x1200)


def printable(text: str) -> str:
    """``text`` with � for every control character, line break or lone surrogate.

    Example:
        >>> printable("a" + chr(27) + "[2J" + chr(10))
        'a�[2J�'
    """
    return "".join(character if character.isprintable() else "�" for character in text)


def places(text: str) -> int:
    """How many columns of a screen a text takes.

    Example:
        >>> places("daisy"), places("민들레")
        (5, 6)
    """
    return sum(_places(character) for character in text)


def _places(character: str) -> int:
    if ord(character) in _JOINING or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def padded(text: str, width: int, *, right: bool = False) -> str:
    """``text`` with spaces up to ``width`` places, after it, or before it if ``right``."""
    spaces = " " * (width - places(text))
    return spaces + text if right else text + spaces


def shortened(text: str, width: int) -> str:
    """``text``, or as much of it as fits in ``width`` places with an ellipsis.

    Example:
        >>> shortened("dandelion", 5), shortened("민들레", 5)
        ('dand…', '민들…')
    """
    if places(text) <= width:
        return text
    kept, taken = "", 1
    for character in text:
        taken += _places(character)
        if taken > width:
            break
        kept += character
    return kept + "…"


def table(rows: Sequence[Sequence[str]], *, left: int = 1) -> list[str]:
    """Rows as lines: the first ``left`` columns begin at the left, numbers after them at the right.

    Example:
        >>> print(*table([["", "f1"], ["꽃", "0.9"], ["dog", "0.75"]]), sep=chr(10))
               f1
        꽃    0.9
        dog  0.75
    """
    columns = zip_longest(*rows, fillvalue="")
    widths = [max(map(places, column)) for column in columns]
    return [
        _GAP.join(
            padded(cell, width, right=index >= left)
            for index, (cell, width) in enumerate(zip(row, widths, strict=False))
        ).rstrip()
        for row in rows
    ]
