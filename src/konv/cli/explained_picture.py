"""The picture of a command that explains: a file that is decoded, or numbers as they stand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from konv.cli.models import preprocessing_of
from konv.cli.number_files import number_file
from konv.cli.pictures import network_inputs
from konv.data.names import written
from konv.errors import DataError
from konv.language import translate as _
from konv.layers.base import shape_text
from konv.model import Model

__all__ = ["picture_for"]


def picture_for(model: Model, path: str) -> npt.NDArray[np.uint8] | npt.NDArray[np.float64]:
    """A picture as the model takes it, without the axis of the batch.

    A file that ends in .csv holds the numbers of a single channel: a line for each row.

    Raises:
        DataError: K502, K504: it cannot be read, or the network does not take it.
        LimitError: K601, K602: it is too large.
    """
    if Path(path).suffix.lower() == ".csv":
        return _fitted(number_file(Path(path)), model, path)
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
