"""Checking targets: numbers, of the right shape, and the first bad one named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from konv.errors import DataError
from konv.language import translate as _

__all__ = [
    "FirstBad",
    "as_floats",
    "as_numbers",
    "as_probabilities",
    "fits",
    "is_labels",
    "unsuitable",
]


def unsuitable(what: str, *, fix: str, bad: FirstBad | None = None) -> DataError:
    """The error for targets that a loss cannot use."""
    details = [(_("count"), bad.count)] if bad else []
    return DataError(what, code="K505", details=details, fix=fix)


@dataclass(frozen=True)
class FirstBad:
    """The first of the values that cannot be used, and how many there are."""

    index: str
    value: str
    count: str

    @classmethod
    def of(cls, bad: NDArray[np.bool_], values: NDArray[Any]) -> FirstBad | None:
        """The first of ``values`` where ``bad`` is true; None when none is."""
        if not bad.any():
            return None
        first = np.unravel_index(np.argmax(bad), bad.shape)
        return cls(
            index=", ".join(str(int(i)) for i in first),
            value=str(values[first]),
            count=_("{bad} of {total}", bad=f"{int(bad.sum()):,}", total=f"{bad.size:,}"),
        )


def as_numbers(targets: ArrayLike) -> NDArray[Any]:
    """An array of real numbers with a first axis of pictures.

    Raises:
        DataError: K505, for texts, objects, complex numbers, a single number or ragged rows.
    """
    try:
        array = np.asarray(targets)
    except ValueError:
        raise _not_numbers(_("rows of different lengths")) from None
    if array.dtype.kind not in "biuf":
        raise _not_numbers(_("values of type {kind}", kind=array.dtype))
    if array.ndim == 0:
        raise _not_numbers(_("a single number"))
    return array


def _not_numbers(given: str) -> DataError:
    return unsuitable(
        _("targets are one number or one array of numbers per picture, not {given}", given=given),
        fix=_("number the classes 0, 1, 2, … and give the number of each picture's class"),
    )


def fits(shape: tuple[int, ...], output_shape: tuple[int, ...]) -> bool:
    """Whether targets of this shape hold the numbers of that output, axes of length 1 aside."""
    return [n for n in shape[1:] if n != 1] == [n for n in output_shape if n != 1]


def is_labels(targets: NDArray[Any]) -> bool:
    """Whether these are class numbers: one whole number per picture."""
    return targets.dtype.kind in "biu" and fits(targets.shape, ())


def as_floats(targets: ArrayLike, output_shape: tuple[int, ...]) -> NDArray[Any]:
    """Finite floating numbers, [N, *output_shape].

    float32 where it holds every value of the given type exactly, float64 otherwise.

    Raises:
        DataError: K505.
    """
    array = as_numbers(targets)
    if not fits(array.shape, output_shape):
        raise _wrong_shape(array, output_shape)
    exact_in_float32 = np.result_type(array.dtype, np.float32) == np.float32
    floats = array.reshape(len(array), *output_shape).astype(
        np.float32 if exact_in_float32 else np.float64, copy=False
    )
    if bad := FirstBad.of(~np.isfinite(floats), floats):
        raise unsuitable(
            _("targets[{index}] = {value} is not finite", index=bad.index, value=bad.value),
            bad=bad,
            fix=_("give finite numbers, and leave pictures without a target out"),
        )
    return floats


def as_probabilities(targets: ArrayLike, output_shape: tuple[int, ...]) -> NDArray[Any]:
    """The same, each from 0 to 1.

    Raises:
        DataError: K505.
    """
    floats = as_floats(targets, output_shape)
    if bad := FirstBad.of((floats < 0) | (floats > 1), floats):
        raise unsuitable(
            _(
                "targets[{index}] = {value} is not a probability",
                index=bad.index,
                value=bad.value,
            ),
            bad=bad,
            fix=_("give 0 and 1, or numbers between them"),
        )
    return floats


def _wrong_shape(array: NDArray[Any], output_shape: tuple[int, ...]) -> DataError:
    needed = ", ".join(str(n) for n in ("N", *output_shape))
    fix = _("give targets of shape ({needed})", needed=needed)
    if is_labels(array) and len(output_shape) == 1:
        fix = _(
            'for one class number per picture use activation="softmax" in the last layer with '
            'loss="sparse_categorical_crossentropy"; or give targets of shape ({needed})',
            needed=needed,
        )
    return unsuitable(
        _(
            "targets have the shape {given} where the outputs of the network have ({needed})",
            given=array.shape,
            needed=needed,
        ),
        fix=fix,
    )
