"""Plain tables that line up, whatever the script of the words in them.

A Korean syllable takes two places on a screen, an accent none. What would not be seen or could
control a screen is shown as �.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import zip_longest

__all__ = [
    "WIDTH",
    "labelled",
    "padded",
    "places",
    "printable",
    "shortened",
    "shortened_inside",
    "table",
    "tables_within",
    "wrapped",
]

WIDTH = 80  # columns of a line, which every terminal has
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
    if text.isascii():
        return len(text)
    return sum(_places(character) for character in text)


def _places(character: str) -> int:
    if ord(character) in _JOINING or unicodedata.category(character) in ("Mn", "Me", "Cf"):
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
    return _fitting(text, width - 1) + "…"


def shortened_inside(text: str, width: int) -> str:
    """``text`` in at most ``width`` places: its middle is left out, its ends are kept.

    Example:
        >>> shortened_inside("batch_normalization_12", 12)
        'batch_…on_12'
    """
    if places(text) <= width:
        return text
    tail = _fitting(text[::-1], (width - 1) // 2)[::-1]
    return _fitting(text, width - 1 - places(tail)) + "…" + tail


def _fitting(text: str, width: int) -> str:
    """As much of the beginning as fits."""
    taken = 0
    for position, character in enumerate(text):
        taken += _places(character)
        if taken > width:
            return text[:position]
    return text


def tables_within(rows: Sequence[Sequence[str]], width: int) -> Iterator[list[str]]:
    """Tables of as many columns as ``width`` places have room for, each with the first column.

    Args:
        rows: each of the same length: the first cell says what the row is about.
        width: of a table, if a single column fits.

    Example:
        >>> for lines in tables_within([["name", "one", "two"], ["size", "1", "20"]], 10):
        ...     print(lines)
        ['name  one', 'size    1']
        ['name  two', 'size   20']
    """
    columns = list(zip(*rows, strict=True))
    names, rest = columns[0], columns[1:]
    while rest:
        fitting = (
            count
            for count in range(len(rest), 0, -1)
            if max(map(places, _table_of(names, rest[:count]))) <= width
        )
        count = next(fitting, 1)
        yield _table_of(names, rest[:count])
        rest = rest[count:]


def _table_of(names: Sequence[str], columns: Sequence[Sequence[str]]) -> list[str]:
    return table(list(zip(names, *columns, strict=True)))


def wrapped(text: str, width: int, indent: str = "") -> Iterator[str]:
    """Lines of at most ``width`` columns, all but the first indented."""
    line = ""
    for word in _words(text, width - len(indent)):
        joined = f"{line} {word}" if line.strip() else line + word
        if places(joined) > width and line.strip():
            yield line
            joined = indent + word
        line = joined
    yield line


def labelled(head: str, rows: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    """A headline, and below it texts with labels: in lines of at most ``width`` columns.

    Args:
        head: the headline; its further lines are indented.
        rows: (label, text); those without text are left out. What fits into a line stays as it is,
            spaces that line it up included.
        width: of a line, but for what cannot be broken.

    Example:
        >>> print(*labelled("too large", [("size", "3 + 4 = 7"), ("fix", "less")], 20), sep=chr(10))
        too large
          size  3 + 4 = 7
          fix   less
    """
    rows = [(label, text) for label, text in rows if text]
    column = max((places(label) for label, _text in rows), default=0)
    yield from wrapped(printable(head), width, "  ")
    for label, text in rows:
        first, *more = _in_lines(printable(text), width - column - 4)
        yield f"  {padded(label, column)}  {first}"
        for line in more:
            yield " " * (column + 4) + line


def _in_lines(text: str, width: int) -> list[str]:
    return [text] if places(text) <= width else list(wrapped(text, width))


def _words(text: str, width: int) -> Iterator[str]:
    """The words, those that are wider than a line in pieces."""
    for word in text.split():
        while places(word) > width:
            piece = _fitting(word, width)
            yield piece
            word = word[len(piece) :]
        yield word


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
