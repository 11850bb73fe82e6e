"""From labels of any kind to indices into class names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from konv.data.names import natural_key, written
from konv.errors import DataError
from konv.language import translate as _

__all__ = ["NAMES_FILE", "class_labels"]

NAMES_FILE = "class_names.txt"  # one name in a line, in the order of the labels from 0


def class_labels(
    parts: Mapping[str, npt.NDArray[Any]], names: Sequence[str], where: str
) -> tuple[tuple[str, ...], dict[str, npt.NDArray[np.int64]]]:
    """Class names, and each part's labels as indices into them.

    Args:
        parts: whole numbers or texts (N,) of each part.
        names: what the whole numbers from 0 mean; without names, each label that occurs is a class.
        where: the place, for errors.

    Raises:
        DataError: K507, when a label is not one of ``names``.

    Example:
        >>> parts = {"train": np.array([8, 3, 8]), "test": np.array([3])}
        >>> names, labels = class_labels(parts, (), "here")
        >>> names, labels["train"].tolist(), labels["test"].tolist()
        (('3', '8'), [1, 0, 1], [0])
    """
    if names:
        return tuple(names), {
            part: _in_range(labels, len(names), where) for part, labels in parts.items()
        }
    values, inverse = np.unique(np.concatenate(list(parts.values())), return_inverse=True)
    texts = [written(str(value)) for value in values]
    numeric = np.issubdtype(values.dtype, np.integer)
    ordered = texts if numeric else sorted(set(texts), key=natural_key)
    place = {text: index for index, text in enumerate(ordered)}
    indices = np.array([place[text] for text in texts], dtype=np.int64)[inverse]
    ends = np.cumsum([len(labels) for labels in parts.values()])[:-1]
    return tuple(ordered), dict(zip(parts, np.split(indices, ends), strict=True))


def _in_range(labels: npt.NDArray[Any], count: int, where: str) -> npt.NDArray[np.int64]:
    wrong = np.flatnonzero((labels < 0) | (labels >= count))
    if len(wrong):
        raise DataError(
            _("label {label} of picture {place:,}", label=labels[wrong[0]], place=wrong[0]),
            code="K507",
            where=where,
            details=[(_("classes"), f"{count}"), (_("wrong labels"), f"{len(wrong):,}")],
            fix=_("labels from 0 to {last}", last=count - 1),
        )
    return labels.astype(np.int64)
