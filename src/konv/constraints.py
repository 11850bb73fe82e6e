"""What a field may hold: each constraint checks a value, describes itself and knows bad values.

They are declared with :func:`konv.parameters.parameter`; the same declaration checks what a person
gives, words the error, and feeds the contract tests with values that must be refused.
"""

from __future__ import annotations

import difflib
import math
import numbers
import operator
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from konv.language import translate as _

__all__ = [
    "Boolean",
    "Choice",
    "Constraint",
    "Integer",
    "Optional",
    "Pair",
    "Real",
    "RefusalError",
    "Text",
    "Tuple",
    "did_you_mean",
    "nearest_word",
]


class RefusalError(Exception):
    """A constraint does not accept a value. Its text says what would be accepted."""


class Constraint(ABC):
    """What a field may hold."""

    @abstractmethod
    def accept(self, value: Any) -> Any:
        """The value in its normal form, or :class:`RefusalError`."""

    @abstractmethod
    def describe(self) -> str:
        """What is accepted, as the end of the sentence "… must be …"."""

    @abstractmethod
    def bad_values(self) -> tuple[Any, ...]:
        """Values that must be refused: the contract tests feed them to every field."""

    def plain(self, value: Any) -> Any:
        """An accepted value as plain data (numbers, texts, lists), as short as it can be."""
        return value


_NOT_NUMBERS: tuple[Any, ...] = (None, "3", b"3", [], {}, object(), float("nan"), 1j)
# Finding the nearest word takes time with the square of its length.
_LONGEST_WORD = 100
_HUGE = (2**31, 2**62, 2**63 - 1, -(2**63), 10**400)


@dataclass(frozen=True)
class Integer(Constraint):
    """A whole number from ``minimum`` to ``maximum``; ``True`` is not a number here."""

    minimum: int
    maximum: int

    def accept(self, value: Any) -> int:
        if isinstance(value, bool):
            raise RefusalError(self.describe())
        try:
            number = operator.index(value)
        except TypeError:
            raise RefusalError(self.describe()) from None
        if not self.minimum <= number <= self.maximum:
            raise RefusalError(self.describe())
        return number

    def describe(self) -> str:
        return _(
            "a whole number from {low} to {high}",
            low=f"{self.minimum:,}",
            high=f"{self.maximum:,}",
        )

    def bad_values(self) -> tuple[Any, ...]:
        outside = (self.minimum - 1, self.maximum + 1, *_HUGE)
        return (
            *(v for v in outside if not self.minimum <= v <= self.maximum),
            *_NOT_NUMBERS,
            True,
            1.5,
            (1, 2, 3, 4, 5),
        )


@dataclass(frozen=True)
class Real(Constraint):
    """A finite number from ``minimum`` to ``maximum``; each end may be excluded."""

    minimum: float = -math.inf
    maximum: float = math.inf
    above_minimum: bool = False
    below_maximum: bool = False

    def accept(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise RefusalError(self.describe())
        try:
            number = float(value)
        except OverflowError:
            raise RefusalError(self.describe()) from None
        if not math.isfinite(number) or not self._inside(number):
            raise RefusalError(self.describe())
        return number

    def _inside(self, number: float) -> bool:
        over = number > self.minimum if self.above_minimum else number >= self.minimum
        under = number < self.maximum if self.below_maximum else number <= self.maximum
        return over and under

    def describe(self) -> str:
        if self.minimum == -math.inf and self.maximum == math.inf:
            return _("a finite number")
        low = ("> " if self.above_minimum else "≥ ") + f"{self.minimum:g}"
        high = ("< " if self.below_maximum else "≤ ") + f"{self.maximum:g}"
        ends = [low] if self.minimum > -math.inf else []
        ends += [high] if self.maximum < math.inf else []
        return _("a number {range}", range=_(" and ").join(ends))

    def bad_values(self) -> tuple[Any, ...]:
        candidates = (self.minimum - 1, self.maximum + 1, math.inf, -math.inf)
        ends = [self.minimum] * self.above_minimum + [self.maximum] * self.below_maximum
        outside = [v for v in candidates if not math.isfinite(v) or not self._inside(v)]
        return (*outside, *ends, *_NOT_NUMBERS, True, (1.0, 2.0, 3.0), 10**400)


@dataclass(frozen=True)
class Boolean(Constraint):
    """``True`` or ``False``, nothing that merely looks like one."""

    def accept(self, value: Any) -> bool:
        # numpy's bool is what comparisons of arrays give.
        if type(value).__name__ not in ("bool", "bool_"):
            raise RefusalError(self.describe())
        return bool(value)

    def describe(self) -> str:
        return _("True or False")

    def bad_values(self) -> tuple[Any, ...]:
        return (None, 0, 1, -1, 2**62, "True", 1.0, [])


@dataclass(frozen=True)
class Choice(Constraint):
    """One of a few words; ``None`` stands for ``none_means`` where Keras allows it."""

    words: tuple[str, ...]
    none_means: str | None = None

    def accept(self, value: Any) -> str:
        if value is None and self.none_means is not None:
            return self.none_means
        if not isinstance(value, str):
            raise RefusalError(self.describe())
        if value not in self.words:
            raise RefusalError(self.describe() + did_you_mean(value, self.words))
        # Not ``value`` itself: NumPy's and enums' texts are equal, but no plain data.
        return self.words[self.words.index(value)]

    def describe(self) -> str:
        return _("one of {words}", words=", ".join(f'"{word}"' for word in self.words))

    def bad_values(self) -> tuple[Any, ...]:
        nothing = () if self.none_means is not None else (None,)
        return (*nothing, 0, -1, 2**62, "", "no such word", b"relu", ["relu"], object())


@dataclass(frozen=True)
class Text(Constraint):
    """A short text without control characters."""

    max_characters: int

    def accept(self, value: Any) -> str:
        if (
            not isinstance(value, str)
            or not value.strip()
            or len(value) > self.max_characters
            or not value.isprintable()
        ):
            raise RefusalError(self.describe())
        return str.__str__(value)

    def describe(self) -> str:
        return _("a printable text of 1 to {most} characters", most=self.max_characters)

    def bad_values(self) -> tuple[Any, ...]:
        return ("", " ", "a\nb", "\x00", "x" * (self.max_characters + 1), 0, -1, 2**62, b"x", [])


@dataclass(frozen=True)
class Pair(Constraint):
    """Two values, of rows and of columns; a single value stands for both."""

    of: Constraint

    def accept(self, value: Any) -> tuple[Any, Any]:
        if isinstance(value, (tuple, list)):
            if len(value) != 2:
                raise RefusalError(self.describe())
            first, second = value
        else:
            first = second = value
        try:
            return self.of.accept(first), self.of.accept(second)
        except RefusalError:
            raise RefusalError(self.describe()) from None

    def describe(self) -> str:
        return _("{one}, or a pair (rows, columns) of them", one=self.of.describe())

    def bad_values(self) -> tuple[Any, ...]:
        bad = [v for v in self.of.bad_values() if not isinstance(v, (tuple, list))]
        good = self.of.minimum if isinstance(self.of, (Integer, Real)) else bad[0]
        return (*bad, (), (good,), (good, good, good), *((good, v) for v in bad))

    def plain(self, value: Any) -> Any:
        first, second = (self.of.plain(item) for item in value)
        return first if first == second else [first, second]


@dataclass(frozen=True)
class Tuple(Constraint):
    """``lengths`` values, each as ``of`` allows; a single value stands alone if 1 is allowed."""

    of: Constraint
    lengths: tuple[int, ...]

    def accept(self, value: Any) -> tuple[Any, ...]:
        items = value if isinstance(value, (tuple, list)) else (value,)
        if len(items) not in self.lengths:
            raise RefusalError(self.describe())
        try:
            return tuple(self.of.accept(item) for item in items)
        except RefusalError:
            raise RefusalError(self.describe()) from None

    def describe(self) -> str:
        lengths = _(" or ").join(str(length) for length in self.lengths)
        return _("{lengths} values, each {one}", lengths=lengths, one=self.of.describe())

    def bad_values(self) -> tuple[Any, ...]:
        bad = [v for v in self.of.bad_values() if not isinstance(v, (tuple, list))]
        length = self.lengths[-1]
        too_many = (1,) * (max(self.lengths) + 1)
        return ((), too_many, None, "text", *((v,) * length for v in bad))

    def plain(self, value: Any) -> Any:
        return [self.of.plain(item) for item in value]


@dataclass(frozen=True)
class Optional(Constraint):
    """``None``, or what ``of`` allows."""

    of: Constraint

    def accept(self, value: Any) -> Any:
        if value is None:
            return None
        try:
            return self.of.accept(value)
        except RefusalError as refusal:
            # What it says may end in a hint, which stays at the end.
            text = str(refusal).replace(self.of.describe(), self.describe(), 1)
            raise RefusalError(text) from None

    def describe(self) -> str:
        return _("{one}, or None", one=self.of.describe())

    def bad_values(self) -> tuple[Any, ...]:
        return tuple(v for v in self.of.bad_values() if v is not None)

    def plain(self, value: Any) -> Any:
        return None if value is None else self.of.plain(value)


def did_you_mean(word: Any, words: Iterable[str]) -> str:
    """The end of a sentence that offers the nearest of ``words``, or nothing."""
    close = nearest_word(str(word), words)
    return _("; did you mean {word}?", word=f'"{close}"') if close else ""


def nearest_word(word: str, words: Iterable[str]) -> str | None:
    """The one of ``words`` that was probably meant, if any is near."""
    close = difflib.get_close_matches(word[:_LONGEST_WORD], list(words), n=1)
    return close[0] if close else None
