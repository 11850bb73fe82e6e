"""Values of options about windows, as a person types them: ``2``, ``2x1``, ``same``."""

from __future__ import annotations

import re
from typing import Any

from konv.cli.values import Value
from konv.constraints import Constraint, Integer, RefusalError
from konv.language import translate as _
from konv.layers.fields import Padding
from konv.layers.size import PADDING_NAMES
from konv.limits import MAX_SIDE

__all__ = ["PADDING", "PAIR", "STEP_COUNT", "StepCount"]

_PAIR = re.compile(r"([0-9]{1,9})(?:[x×]([0-9]{1,9}))?", re.ASCII)
_FOUR = re.compile(r"([0-9]{1,9}),([0-9]{1,9}),([0-9]{1,9}),([0-9]{1,9})", re.ASCII)


class RowsAndColumns(Constraint):
    """A number for both, or ``rows x columns``."""

    _side = Integer(1, MAX_SIDE)

    def accept(self, value: Any) -> tuple[int, int]:
        match = _PAIR.fullmatch(str(value))
        try:
            if match is not None:
                first, second = int(match[1]), int(match[2] or match[1])
                return self._side.accept(first), self._side.accept(second)
        except RefusalError:
            pass
        raise RefusalError(self.describe())

    def describe(self) -> str:
        return _(
            "a whole number from 1 to {most}, or two such as 2x1 (rows × columns)",
            most=f"{MAX_SIDE:,}",
        )

    def bad_values(self) -> tuple[Any, ...]:
        return ("", "0", 0, -1, "2x", "x2", "1x2x3", "2x0", 1.5, "a", MAX_SIDE + 1, "²")


class TypedPadding(Constraint):
    """A word, a number of zeros, ``rows x columns``, or ``top,bottom,left,right``."""

    _zeros = Integer(0, MAX_SIDE)

    def accept(self, value: Any) -> Padding:
        text = str(value)
        if text in PADDING_NAMES:
            return text
        pair, four = _PAIR.fullmatch(text), _FOUR.fullmatch(text)
        try:
            if pair is not None and pair[2] is None:
                return self._zeros.accept(int(text))
            if pair is not None:
                rows, columns = (self._zeros.accept(int(side)) for side in pair.groups())
                return (rows, rows), (columns, columns)
            if four is not None:
                top, bottom, left, right = (self._zeros.accept(int(n)) for n in four.groups())
                return (top, bottom), (left, right)
        except RefusalError:
            pass
        raise RefusalError(self.describe())

    def describe(self) -> str:
        return _(
            "valid, same, full, a whole number from 0 to {most}, rows×columns such as 1x2, or "
            "top,bottom,left,right such as 1,0,1,0",
            most=f"{MAX_SIDE:,}",
        )

    def bad_values(self) -> tuple[Any, ...]:
        return ("", "sam", -1, "1,2", "1,2,3", "1,2,3,-1", "1,2,3,4,5", 1.5, MAX_SIDE + 1, "x")


class StepCount(Constraint):
    """How many steps are shown, or ``all``."""

    ALL = "all"
    _count = Integer(0, 2**31 - 1)

    def accept(self, value: Any) -> int | str:
        if value == self.ALL:
            return self.ALL
        try:
            return self._count.accept(value)
        except RefusalError:
            raise RefusalError(self.describe()) from None

    def describe(self) -> str:
        return _("all, or {number}", number=self._count.describe())

    def bad_values(self) -> tuple[Any, ...]:
        return ("al", "", -1, 1.5, None, 2**31)


PAIR = Value(RowsAndColumns())
PADDING = Value(TypedPadding())
STEP_COUNT = Value(StepCount())
