"""Which classes are taken for which: a table of counts, or the most frequent confusions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from konv.errors import DataError, ParameterError
from konv.explain.figures.confused_pairs import draw_pairs
from konv.explain.figures.confusion_table import draw_table
from konv.explain.figures.page_file import new_page
from konv.explain.figures.wording import percent, pictures_text
from konv.language import translate as _

__all__ = ["confusion_figure"]

# A table of more classes cannot be read.
_MOST_CLASSES = 30
_MOST_PICTURES = 2**53  # more could not be added up exactly


def confusion_figure(
    confusion: Any,
    class_names: Sequence[object],
    path: str | os.PathLike[str],
    *,
    split: str | None = None,
) -> Path:
    """Draw a confusion matrix: a table for up to 30 classes, the most frequent confusions for more.

    Args:
        confusion: [K, K], how many pictures of class i (row) were taken for class j (column).
        class_names: [K].
        path: a .png or .svg file; it is replaced.
        split: "train", "validation" or "test", for the title, if it is known.

    Returns:
        The path.

    Raises:
        DataError: K501, no picture is counted.
        FormatError: K405, it cannot be written.
        ParameterError: K201, K205: it is no confusion matrix of these classes.
    """
    counts = _checked(confusion, len(class_names))
    with new_page(path, class_names) as page:
        draw = draw_table if len(counts) <= _MOST_CLASSES else draw_pairs
        draw(page, counts, _title(counts, split))
    return Path(path)


def _checked(confusion: Any, classes: int) -> NDArray[np.int64]:
    counts = np.asarray(confusion)
    square = counts.ndim == 2 and counts.shape[0] == counts.shape[1] > 0
    whole = counts.dtype.kind in "iu"
    if not square or not whole or counts.min() < 0 or counts.sum(dtype=float) > _MOST_PICTURES:
        raise ParameterError(
            _("a confusion matrix of shape {shape}, {kind}", shape=counts.shape, kind=counts.dtype),
            code="K201",
            where="confusion_figure",
            fix=_("whole numbers from 0, a row and a column for each class"),
        )
    if len(counts) != classes:
        raise ParameterError(
            _("{rows} rows and {names} class names", rows=len(counts), names=classes),
            code="K205",
            where="confusion_figure",
            fix=_("one name for each class"),
        )
    if not counts.any():
        raise DataError(
            _("a confusion matrix that counts no picture"),
            code="K501",
            where="confusion_figure",
            fix=_("evaluate at least one picture"),
        )
    return counts.astype(np.int64)


def _title(counts: NDArray[np.int64], split: str | None) -> str:
    total = int(counts.sum())
    values = {
        "share": percent(int(np.trace(counts)) / total),
        "pictures": pictures_text(total),
    }
    match split:
        case "train":
            return _("Training accuracy {share} ({pictures})", **values)
        case "validation":
            return _("Validation accuracy {share} ({pictures})", **values)
        case "test":
            return _("Test accuracy {share} ({pictures})", **values)
    return _("Accuracy {share} ({pictures})", **values)
