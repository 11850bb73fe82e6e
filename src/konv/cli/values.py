"""Values of options: a text from the command line → what a constraint of konv accepts."""

from __future__ import annotations

import re
from typing import Any

import click

from konv.constraints import Choice, Constraint, Integer, Optional, RefusalError
from konv.language import translate as _
from konv.limits import MAX_PICTURE_SIDE_PX
from konv.parameters import check_value

__all__ = ["COORDINATES", "SIZE", "Typed", "Value", "typed_sides"]


class Value(click.ParamType):  # type: ignore[type-arg]  # older click: not generic
    """A value that ``constraint`` accepts; the refusal names the option and what is allowed.

    Example:
        >>> Value(Integer(1, 9)).convert("3", None, None)
        3
    """

    name = "value"

    def __init__(self, constraint: Constraint) -> None:
        # An option that is left out is None; one that is given never is.
        self.constraint = constraint.of if isinstance(constraint, Optional) else constraint

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        option = "value"
        if param is not None:
            is_option = isinstance(param, click.Option)
            option = param.opts[0] if is_option else param.human_readable_name
        where = "konv" if ctx is None else ctx.command_path
        return check_value(option, self.read(value), self.constraint, where=where)

    def read(self, value: Any) -> Any:
        """The number in a text; the text itself if there is none, or if a text is wanted."""
        wants_text = isinstance(self.constraint, (Choice, Typed))
        return _number(value) if isinstance(value, str) and not wants_text else value


def _number(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


class Typed(Constraint):
    """What reads the text itself, as a person types it."""


def typed_sides(value: Any) -> tuple[int, ...]:
    """One to three whole numbers with ``x`` between them; none: it is something else.

    Example:
        >>> typed_sides("32"), typed_sides("24x32"), typed_sides("39×31×1"), typed_sides("3x")
        ((32,), (24, 32), (39, 31, 1), ())
    """
    if re.fullmatch(r"[0-9]{1,9}([x×][0-9]{1,9}){0,2}", str(value), re.ASCII) is None:
        return ()
    return tuple(map(int, re.split("[x×]", str(value))))


class Size(Typed):
    """Height and width in pixels, as a person types them: ``32``, ``24x32``."""

    _side = Integer(1, MAX_PICTURE_SIDE_PX)

    def accept(self, value: Any) -> tuple[int, int]:
        sides = typed_sides(value)
        if len(sides) not in (1, 2):
            raise RefusalError(self.describe())
        return self._side.accept(sides[0]), self._side.accept(sides[-1])

    def describe(self) -> str:
        return _("a size in pixels, such as 32 or 24x32 (height × width)")

    def bad_values(self) -> tuple[Any, ...]:
        return ("", "0", "-1", "3x", "x3", "1x2x3", "1.5", "a", "16385", "²")


SIZE = Value(Size())


class Coordinates(Typed):
    """A place as a person types it: ``3,4,0``."""

    def accept(self, value: Any) -> tuple[int, ...]:
        match = re.fullmatch(r"-?[0-9]{1,9}(,-?[0-9]{1,9}){0,7}", str(value), re.ASCII)
        if match is None:
            raise RefusalError(self.describe())
        return tuple(map(int, match[0].split(",")))

    def describe(self) -> str:
        return _("whole numbers with commas between them, such as 3,4,0")

    def bad_values(self) -> tuple[Any, ...]:
        return ("", "a", "1,,2", "1.5", "3 4", ",", "1,2,3,4,5,6,7,8,9", "9" * 10, "²")


COORDINATES = Value(Coordinates())
