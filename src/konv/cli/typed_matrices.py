"""A matrix as a person gives it to a command: typed, in a file of numbers, or as a picture."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from konv.cli.number_files import number_file, words_of
from konv.data.folders import is_picture_name
from konv.data.names import missing, written
from konv.data.pictures import picture_form, read_picture
from konv.errors import LimitError, ParameterError
from konv.language import translate as _
from konv.language.tables import printable
from konv.layers.base import Array
from konv.limits import MAX_SLID_SIDE
from konv.parameters import short_text

__all__ = ["is_typed", "matrix_of", "typed_matrix"]

_NUMBER_FILES = (".csv", ".txt")
_NUMBER = re.compile(r"\s*[-+]?[0-9.]", re.ASCII)
_SPARE = 2  # a picture is decoded at least so many times larger than it is shrunk to


def matrix_of(word: str, name: str, *, where: str, shrink: int | None = None) -> Array:
    """The matrix that a word is, or names.

    Args:
        word: ``1,2;3,4``; or a .csv or .txt file with a line for each row; or a picture.
        name: of the argument, for errors.
        where: for errors.
        shrink: the longest side that a picture may keep; None: it must be small already.

    Returns:
        float64 [rows, columns]; of a picture uint8, grey.

    Raises:
        DataError: K501, K502: there is no such file, or it cannot be read.
        LimitError: K601, K602: it is too large.
        ParameterError: K201, it is no matrix.
    """
    if is_typed(word):
        return typed_matrix(word, name, where=where)
    path = Path(word)
    if not path.exists():
        raise missing(path)
    if path.suffix.lower() in _NUMBER_FILES:
        return number_file(path)
    return _grey_picture(path, shrink)


def is_typed(word: str) -> bool:
    """Whether a word is a matrix itself rather than the name of a file.

    Example:
        >>> is_typed("1,2;3,4"), is_typed("-0.5"), is_typed("x.png"), is_typed("1,x;3,4")
        (True, True, False, True)
    """
    path = Path(word)
    if path.suffix.lower() in _NUMBER_FILES or is_picture_name(path):
        return False
    return bool(_NUMBER.match(word)) or "," in word or ";" in word or not word.strip()


def typed_matrix(word: str, name: str, *, where: str) -> Array:
    """Rows with semicolons or line breaks between them, numbers with commas or spaces.

    Example:
        >>> typed_matrix("1,2; 3 4", "matrix", where="konv").tolist()
        [[1.0, 2.0], [3.0, 4.0]]
    """
    lines = [line for line in re.split(r"[;\n]", word) if line.strip()]
    rows = [_row(line, number, name, where) for number, line in enumerate(lines)]
    if not rows:
        raise _refused(_("{name} holds no numbers", name=name), where)
    uneven = [(number, row) for number, row in enumerate(rows) if len(row) != len(rows[0])]
    if uneven:
        number, row = uneven[0]
        raise _refused(
            _(
                "{name}: row 0 has {first} numbers, row {row} has {count}",
                name=name,
                first=len(rows[0]),
                row=number,
                count=len(row),
            ),
            where,
            [(_("row {row}", row=n), printable(short_text(lines[n].strip()))) for n in (0, number)],
        )
    return np.array(rows, np.float64)


def _row(line: str, number: int, name: str, where: str) -> list[float]:
    row = []
    for column, text in enumerate(words_of(line)):
        try:
            row.append(float(text))
        except ValueError:
            raise _refused(
                _(
                    "{name}: row {row}, column {column} is {word}, which is no number",
                    name=name,
                    row=number,
                    column=column,
                    word=printable(short_text(text)),
                ),
                where,
            ) from None
    return row


def _refused(what: str, where: str, details: list[tuple[str, str]] | None = None) -> ParameterError:
    return ParameterError(
        what,
        code="K201",
        where=where,
        details=details or (),
        fix=_("rows apart by semicolons, numbers by commas: 1,2,3;4,5,6; rows count from 0"),
    )


def _grey_picture(path: Path, shrink: int | None) -> Array:
    """The brightness of each pixel, from 0 to 255."""
    form = picture_form(path)
    longest = max(form.height, form.width)
    if shrink is None and longest > MAX_SLID_SIDE:
        raise LimitError(
            _("{size} pixels", size=f"{form.height:,}×{form.width:,}"),
            code="K601",
            where=written(path),
            fix=_(
                "--shrink 64; every step is shown, so at most {most} rows and columns with padding",
                most=MAX_SLID_SIDE,
            ),
        )
    if shrink is None or shrink >= longest:
        return np.array(read_picture(path).convert("L"))
    height, width = (max(1, round(side * shrink / longest)) for side in (form.height, form.width))
    decoded = read_picture(path, enough_px=(_SPARE * height, _SPARE * width)).convert("L")
    return np.array(decoded.resize((width, height), reducing_gap=3))
