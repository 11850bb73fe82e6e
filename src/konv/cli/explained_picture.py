"""The picture of a command that explains: a file that is decoded, or numbers as they stand."""

from __future__ import annotations

import stat
from pathlib import Path

import numpy as np
import numpy.typing as npt

from konv.cli.models import preprocessing_of
from konv.cli.pictures import network_inputs
from konv.data.names import written
from konv.errors import DataError, LimitError
from konv.language import translate as _
from konv.language.tables import printable
from konv.layers.base import shape_text
from konv.limits import MAX_NETWORK_FILE_BYTES
from konv.model import Model
from konv.parameters import short_text

__all__ = ["picture_for"]


def picture_for(model: Model, path: str) -> npt.NDArray[np.uint8] | npt.NDArray[np.float64]:
    """A picture as the model takes it, without the axis of the batch.

    A file that ends in .csv holds the numbers of a single channel: a line for each row.

    Raises:
        DataError: K502, K504: it cannot be read, or the network does not take it.
        LimitError: K601, K602: it is too large.
    """
    if Path(path).suffix.lower() == ".csv":
        return _fitted(_numbers(Path(path)), model, path)
    return network_inputs(preprocessing_of(model).read(path)[np.newaxis], model.network)[0]


def _fitted(numbers: npt.NDArray[np.float64], model: Model, path: str) -> npt.NDArray[np.float64]:
    """Rows of numbers in the shape of the network's input."""
    shape = model.network.input_shape
    if len(shape) == 1 and numbers.size == shape[0]:
        return numbers.reshape(shape)
    if len(shape) == 3:
        height, width, channels = model.network.picture_size
        if channels == 1 and numbers.shape == (height, width):
            return numbers.reshape(shape)
    raise DataError(
        _(
            "{rows} rows of {columns} numbers",
            rows=numbers.shape[0],
            columns=numbers.shape[1],
        ),
        code="K504",
        where=written(path),
        details=[(_("network"), shape_text(shape))],
        fix=_("as many rows and columns, and a network with a single channel"),
    )


def _numbers(path: Path) -> npt.NDArray[np.float64]:
    """The numbers of a .csv file, with commas, semicolons or spaces between them."""
    lines = [line for line in _text(path).splitlines() if line.strip()]
    rows = [_row(line, number, path) for number, line in enumerate(lines, start=1)]
    if not rows or len({len(row) for row in rows}) > 1:
        raise _unreadable(path, _("its lines do not hold the same number of numbers"))
    return np.array(rows, np.float64)


def _row(line: str, number: int, path: Path) -> list[float]:
    words = line.replace(",", " ").replace(";", " ").split()
    row = []
    for word in words:
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
