"""Matrices as a person gives them, checked: as many numbers in each row, all of them finite."""

from __future__ import annotations

import numbers
from typing import Any, NoReturn

import numpy as np

from konv.errors import LimitError, ParameterError
from konv.language import translate as _
from konv.layers.base import Array
from konv.limits import MAX_SLID_SIDE
from konv.parameters import short_text

__all__ = ["check_sides", "checked_matrix"]

_LARGEST = 1e100  # products of two, and their sums, are still far from infinity


def checked_matrix(name: str, value: Any, *, where: str) -> Array:
    """Rows of numbers as float64 [rows, columns].

    Args:
        name: of the argument, for the error.
        value: rows of numbers, or an array; an axis of a single channel at the end may be there.
        where: for the error.

    Raises:
        LimitError: K601, it has too many rows or columns.
        ParameterError: K201, it is no matrix of finite numbers.
    """
    if isinstance(value, np.ndarray):
        value = value[..., 0] if value.ndim == 3 and value.shape[2] == 1 else value
        check_sides(value.shape, where)  # before it is listed
        value = value.tolist()
    if not isinstance(value, (list, tuple)) or not value:
        _refuse(f"{name}={short_text(value)}", where)
    rows = [_row(name, number, row, where) for number, row in enumerate(value)]
    for number, row in enumerate(rows):
        if len(row) != len(rows[0]):
            _refuse(
                _(
                    "the rows of {name} are not equally long: row 0 has {first}, row {row} has "
                    "{count}",
                    name=name,
                    first=len(rows[0]),
                    row=number,
                    count=len(row),
                ),
                where,
            )
    check_sides((len(rows), len(rows[0])), where)
    return np.array(rows, np.float64)


def _row(name: str, number: int, row: Any, where: str) -> list[float]:
    if not isinstance(row, (list, tuple, np.ndarray)) or not len(row):
        _refuse(
            _("row {row} of {name} is {value}", row=number, name=name, value=short_text(row)), where
        )
    for column, value in enumerate(row):
        if not _is_usable(value):
            _refuse(
                _(
                    "row {row}, column {column} of {name} is {value}",
                    row=number,
                    column=column,
                    name=name,
                    value=short_text(value),
                ),
                where,
            )
    return [float(value) for value in row]


def _is_usable(value: Any) -> bool:
    """Whether it is a number, finite, and far from infinity."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        return False
    try:
        return abs(float(value)) <= _LARGEST  # nor NaN, of which nothing is true
    except OverflowError:
        return False


def _refuse(what: str, where: str) -> NoReturn:
    raise ParameterError(
        what,
        code="K201",
        where=where,
        fix=_(
            "rows of as many finite numbers each, none beyond ±{largest:g}; rows and columns are "
            "counted from 0",
            largest=_LARGEST,
        ),
    )


def check_sides(sides: tuple[int, ...], where: str) -> None:
    """Refuse a matrix, with its padding, that is too large to be looked at step by step.

    Raises:
        LimitError: K601.
    """
    if max(sides, default=0) > MAX_SLID_SIDE:
        raise LimitError(
            _("{size} numbers, padding and all", size="×".join(f"{side:,}" for side in sides)),
            code="K601",
            where=where,
            fix=_(
                "at most {most} rows and columns, since every step is shown: a smaller picture, "
                "or a part of it",
                most=MAX_SLID_SIDE,
            ),
        )
