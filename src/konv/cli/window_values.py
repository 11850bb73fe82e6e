"""Values of options about windows, as a person types them: ``2``, ``2x1``, ``same``."""

from __future__ import annotations

import re
from typing import Any

from konv.cli.values import Value, typed_sides
from konv.constraints import Constraint, Integer, RefusalError
from konv.language import translate as _
from konv.layers.fields import Padding
from konv.layers.size import PADDING_NAMES
from konv.limits import MAX_SIDE

__all__ = ["PADDING", "PAIR", "STEP_COUNT", "StepCount"]

_FOUR = re.compile(r"[0-9]{1,9}(,[0-9]{1,9}){3}", re.ASCII)


class RowsAndColumns(Constraint):
    """A number for both, or ``rows x columns``."""

    def accept(self, value: Any) -> tuple[int, int]:
        sides = typed_sides(value)
        if len(sides) not in (1, 2) or not 1 <= min(sides) <= max(sides) <= MAX_SIDE:
            raise RefusalError(self.describe())
        return sides[0], sides[-1]

    def describe(self) -> str:
        return _(
            "a whole number from 1 to {most}, or two such as 2x1 (rows × columns)",
            most=f"{MAX_SIDE:,}",
        )

    def bad_values(self) -> tuple[Any, ...]:
        return ("", "0", 0, -1, "2x", "x2", "1x2x3", "2x0", 1.5, "a", MAX_SIDE + 1, "²")


class TypedPadding(Constraint):
    """A word, a number of zeros, ``rows x columns``, or ``top,bottom,left,right``."""

    def accept(self, value: Any) -> Padding:
        text = str(value)
        if text in PADDING_NAMES:
            return text
        zeros = tuple(map(int, text.split(","))) if _FOUR.fullmatch(text) else typed_sides(text)
        if max(zeros, default=0) <= MAX_SIDE:
            match zeros:
                case (every,):
                    return every
                case (rows, columns):
                    return (rows, rows), (columns, columns)
                case (top, bottom, left, right):
                    return (top, bottom), (left, right)
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
