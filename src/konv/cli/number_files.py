"""Files of numbers: a line for each row."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import numpy as np
import numpy.typing as npt

from konv.data.names import written
from konv.errors import DataError, LimitError
from konv.language import translate as _
from konv.language.tables import printable
from konv.limits import MAX_NETWORK_FILE_BYTES
from konv.parameters import short_text

__all__ = ["number_file", "words_of"]

_BETWEEN = re.compile(r"\s*[,;]\s*|\s+")


def number_file(path: Path) -> npt.NDArray[np.float64]:
    """Rows of numbers: a line for each, with commas, semicolons or spaces between the numbers.

    Raises:
        DataError: K502, it cannot be read, or is no such file.
        LimitError: K602, it is too large.
    """
    lines = [line for line in _text(path).splitlines() if line.strip()]
    rows = [_row(line, number, path) for number, line in enumerate(lines, start=1)]
    if not rows:
        raise _unreadable(path, _("there is no number in it"))
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise _unreadable(
                path,
                _(
                    "its lines are not equally long: line 1 has {first} numbers, line {number} has "
                    "{count}",
                    first=len(rows[0]),
                    number=number,
                    count=len(row),
                ),
            )
    return np.array(rows, np.float64)


def words_of(line: str) -> list[str]:
    """What stands between commas, semicolons or spaces; nothing counts behind the last of them.

    Example:
        >>> words_of("1, 2;3 4,"), words_of("1,,2")
        (['1', '2', '3', '4'], ['1', '', '2'])
    """
    words = _BETWEEN.split(line.strip())
    return words[:-1] if not words[-1] else words


def _row(line: str, number: int, path: Path) -> list[float]:
    row = []
    for word in words_of(line):
        try:
            row.append(float(word))
        except ValueError:
            shown = printable(short_text(word))
            raise _unreadable(
                path, _("line {number}: {word} is no number", number=number, word=shown)
            ) from None
    return row


def _text(path: Path) -> str:
    if not path.exists():
        raise _unreadable(path, _("there is no such file"), _("look at its spelling"))
    # A pipe or a device would block, or never end.
    if not stat.S_ISREG(path.stat().st_mode):
        raise _unreadable(path, _("it is not a file"))
    with open(path, "rb") as file:
        content = file.read(MAX_NETWORK_FILE_BYTES + 1)
    if len(content) > MAX_NETWORK_FILE_BYTES:
        raise LimitError(
            _("larger than {most} bytes", most=f"{MAX_NETWORK_FILE_BYTES:,}"),
            code="K602",
            where=written(path),
            fix=_("a smaller file"),
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable(path, _("it is not a text")) from None


def _unreadable(path: Path, what: str, fix: str = "") -> DataError:
    return DataError(
        what,
        code="K502",
        where=written(path),
        fix=fix or _("a line for each row, with commas between its numbers"),
    )
