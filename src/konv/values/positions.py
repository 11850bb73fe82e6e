"""Which number is meant: its place in a layer's output, checked."""

from __future__ import annotations

from typing import Any

from konv.constraints import Integer, Tuple
from konv.errors import NetworkError
from konv.language import translate as _
from konv.layers.base import Shape, shape_text
from konv.parameters import check_value

__all__ = ["checked_place"]

_LARGEST = 2**63 - 1
_PLACE = Tuple(Integer(-_LARGEST, _LARGEST), lengths=tuple(range(1, 9)))


def checked_place(name: str, value: Any, shape: Shape, words: tuple[str, ...], of: str) -> Shape:
    """A place in an array of that shape.

    Args:
        name: of the argument, for the error.
        value: what was given: whole numbers, counted from 0.
        shape: of the array.
        words: what its coordinates are called.
        of: what the array belongs to, for the error.

    Raises:
        ParameterError: K201, these are not whole numbers.
        NetworkError: K311, another number of them, or outside, with the nearest place inside.
    """
    place: Shape = check_value(name, value, _PLACE, where=of)
    filled = (*place, *(0 for _axis in shape))[: len(shape)]
    nearest = tuple(min(max(i, 0), size - 1) for i, size in zip(filled, shape, strict=True))
    if place == nearest:
        return place
    if len(place) != len(shape):
        what = _(
            "{given} coordinates where {needed} are needed", given=len(place), needed=len(shape)
        )
    else:
        what = _("{place} is outside of {shape}", place=shape_text(place), shape=shape_text(shape))
    ranges = [
        (word, _("from 0 to {last}", last=f"{size - 1:,}"))
        for word, size in zip(words, shape, strict=True)
    ]
    # Written as both a tuple in Python and an option on the command line can be.
    fix = _("the nearest is {place}", place=",".join(map(str, nearest)))
    raise NetworkError(what, code="K311", where=of, details=ranges, fix=fix)
