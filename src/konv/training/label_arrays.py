"""Reading labels of any kind: one flat array of texts, whole numbers or True and False.

======================================================  =========================================
given                                                   read as
======================================================  =========================================
texts: lists, arrays of str or of objects               texts
whole numbers: ints of any width, floats such as 3.0    int64
True and False                                          bool
(N, 1) of any of these                                  the column
(N, K) rows with a single 1 among zeros                 int64: the place of the 1 in each row
======================================================  =========================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from konv.errors import DataError
from konv.language import translate as _
from konv.language.tables import shortened

__all__ = ["ReadLabels", "is_class_labels", "read_labels", "unsuited"]

# In this order, because True is an int.
_FAMILIES: tuple[tuple[tuple[type, ...], str], ...] = (
    ((str,), "text"),
    ((bool, np.bool_), "boolean"),
    ((int, float, np.integer, np.floating), "number"),
)
# Above it, not every whole number has a float of its own.
_LAST_EXACT_FLOAT = 2**53
_VALUE_WIDTH = 60


@dataclass(frozen=True)
class ReadLabels:
    """Labels in a normal form.

    Args:
        values: [N], of dtype bool, int64 or str.
        columns: K, when they were given as one-hot rows (N, K).
    """

    values: NDArray[Any]
    columns: int | None = None

    @property
    def are_texts(self) -> bool:
        return self.values.dtype.kind == "U"


def unsuited(what: str, fix: str, *details: tuple[str, str]) -> DataError:
    """The error for labels that cannot be used."""
    return DataError(what, code="K505", details=details, fix=fix)


def read_labels(y: Any) -> ReadLabels:
    """Labels of any kind in a normal form.

    Raises:
        DataError: K505, for what is not labels: numbers that are not whole, rows that are not
            one-hot, missing labels, labels of several kinds.

    Example:
        >>> read_labels(["b", "a"]).values, read_labels([1.0, 3.0]).values
        (array(['b', 'a'], dtype='<U1'), array([1, 3]))
        >>> read_labels([[0, 0, 1], [1, 0, 0]])
        ReadLabels(values=array([2, 0]), columns=3)
    """
    array = _as_array(y)
    if array.ndim == 2 and array.shape[1] != 1:
        return _read_rows(array)
    if array.ndim not in (1, 2):
        raise unsuited(
            _("labels of shape {shape}", shape=array.shape),
            _("give one label per picture, of shape (N,)"),
        )
    column = array.reshape(len(array))
    if column.dtype.kind == "O":
        column = _of_one_family(column)
    return ReadLabels(_normal(column))


def is_class_labels(y: Any) -> bool:
    """Whether ``y`` is meant as classes, and not as numbers to come near to.

    Floating numbers that are not whole, rows that are not one-hot and maps are such numbers. All
    else is meant as labels, even if it is wrong: :func:`read_labels` then says what is wrong.

    Example:
        >>> is_class_labels(["cat", "dog"]), is_class_labels([2.0, 7.0]), is_class_labels([0.5, 2])
        (True, True, False)
        >>> is_class_labels([[0, 1], [1, 0]]), is_class_labels([[0.2, 0.8], [1, 0]])
        (True, False)
    """
    try:
        array = _as_array(y)
        array = _retyped(array)
    except (DataError, ValueError):
        return True
    if array.dtype.kind not in "biuf":
        return True
    if array.ndim == 2 and array.shape[1] != 1:
        return bool(_are_one_hot(array).all())
    if array.ndim not in (1, 2):
        return array.ndim == 0
    return array.dtype.kind != "f" or not _are_fractions(array).any()


def _as_array(y: Any) -> NDArray[Any]:
    """An array of ``y`` in which nothing has silently become something else."""
    try:
        # NumPy makes texts of [1, "a"]; as objects they stay what they are.
        array = np.asarray(y) if hasattr(y, "__array__") else np.array(y, dtype=object)
    except (TypeError, ValueError) as error:
        raise unsuited(
            _("labels that are not an array: {reason}", reason=error),
            _("give one label per picture, as a list or an array of shape (N,)"),
        ) from None
    if array.dtype.kind not in "OUTbiuf":
        raise unsuited(
            _("labels of type {kind}", kind=array.dtype),
            _("give texts or whole numbers: labels.astype(str)"),
        )
    return array.astype(object) if array.dtype.kind == "T" else array


def _retyped(array: NDArray[Any]) -> NDArray[Any]:
    """Objects as the kind of array that NumPy makes of them; ValueError for ragged ones."""
    return np.array(array.tolist()) if array.dtype.kind == "O" else array


def _read_rows(array: NDArray[Any]) -> ReadLabels:
    rows = _retyped(array)
    if rows.dtype.kind not in "biuf":
        rows = np.full(array.shape, np.nan)
    wrong = np.flatnonzero(~_are_one_hot(rows))
    if len(wrong):
        first = int(wrong[0])
        raise unsuited(
            _("row {index} is not one-hot, which is a single 1 among zeros", index=first),
            _(
                'for shares of the classes use loss="categorical_crossentropy" with softmax; for '
                'several labels per picture loss="binary_crossentropy" with sigmoid'
            ),
            (_("row"), np.array2string(array[first], threshold=10, edgeitems=4)),
            (_("count"), _("{bad} of {total}", bad=f"{len(wrong):,}", total=f"{len(rows):,}")),
        )
    return ReadLabels(rows.argmax(axis=1).astype(np.int64), array.shape[1])


def _are_one_hot(rows: NDArray[Any]) -> NDArray[np.bool_]:
    ones = rows == 1
    single: NDArray[np.bool_] = (ones.sum(axis=1) == 1) & (ones | (rows == 0)).all(axis=1)
    return single


def _of_one_family(column: NDArray[Any]) -> NDArray[Any]:
    """Objects as an array of texts, numbers or True and False."""
    families = {kind: _family(kind) for kind in {type(value) for value in column}}
    firsts: dict[str, int] = {}
    for index, value in enumerate(column):
        family = families[type(value)]
        if family is None or value != value:  # NaN alone differs from itself
            raise _missing_or_strange(index, value)
        firsts.setdefault(family, index)
    if len(firsts) > 1:
        raise unsuited(
            _("labels of several kinds"),
            _("give labels of one kind, all texts or all numbers"),
            *(
                (_("label {index}", index=index), _shown(column[index]))
                for index in firsts.values()
            ),
        )
    return _retyped(column)


def _family(kind: type) -> str | None:
    return next((name for kinds, name in _FAMILIES if issubclass(kind, kinds)), None)


def _missing_or_strange(index: int, value: object) -> DataError:
    return unsuited(
        _("label {index} is {value}", index=index, value=_shown(value)),
        _("give every picture a text or a whole number, and leave pictures without a label out"),
    )


def _shown(value: object) -> str:
    return shortened(repr(value), _VALUE_WIDTH)


def _normal(column: NDArray[Any]) -> NDArray[Any]:
    """texts, int64 or bool."""
    if column.dtype.kind in "bU":
        return column
    if column.dtype.kind == "f":
        _require_whole(column)
    most = _LAST_EXACT_FLOAT if column.dtype.kind == "f" else np.iinfo(np.int64).max
    # NumPy keeps whole numbers of more than 64 bits as objects.
    if column.dtype.kind == "O" or any(abs(int(end)) > most for end in _ends(column)):
        raise unsuited(
            _("a label is too large a number"),
            _("give such labels as texts: labels.astype(str)"),
            (_("largest"), f"{most:,}"),
        )
    return column.astype(np.int64)


def _ends(numbers: NDArray[Any]) -> tuple[Any, ...]:
    return (numbers.min(), numbers.max()) if len(numbers) else ()


def _are_fractions(numbers: NDArray[Any]) -> NDArray[np.bool_]:
    finite = np.isfinite(numbers)
    return finite & (np.where(finite, numbers, 0) % 1 != 0)


def _require_whole(numbers: NDArray[Any]) -> None:
    if not np.isfinite(numbers).all():
        first = int(np.argmin(np.isfinite(numbers)))
        raise _missing_or_strange(first, float(numbers[first]))
    fractions = np.flatnonzero(_are_fractions(numbers))
    if len(fractions):
        first = int(fractions[0])
        raise unsuited(
            _(
                "label {index} is {value}, and classes are not fractions",
                index=first,
                value=numbers[first],
            ),
            _(
                "give one whole number or text per class; for numbers to come near to use a linear "
                'last layer with loss="mean_squared_error"'
            ),
        )
