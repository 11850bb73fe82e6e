"""The steps that a number takes: what is added up, chosen, computed by a formula, or passed on.

Each has a ``value`` in float64, made of the engine's own numbers; the last one's is the number that
is explained.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np

from konv.layers.base import Array
from konv.values.parts import Part, exact_sum

__all__ = ["Choice", "Formula", "Matrix", "Passed", "Softmax", "Step", "Sum"]


@dataclass(frozen=True)
class Matrix:
    """The im2col matrix that a window is a row of.

    Args:
        shape: (windows, numbers of a window).
        row: which row the window is.
        excerpt: the number of a row -> that row, for the rows around it.
    """

    shape: tuple[int, int]
    row: int
    excerpt: dict[int, Array]


@dataclass(frozen=True)
class Sum:
    """Products (or numbers) added up.

    Args:
        title: what is added up.
        parts: in order.
        bias: what is added at the end; None: nothing.
        divisor: what the sum is divided by; None: it is no mean.
        apart: whether each part's sum is a number of its own, for the next step.
        remarks: what is worth saying of it.
        matrix: of which the window is a row.
    """

    title: str
    parts: tuple[Part, ...]
    bias: float | None = None
    divisor: int | None = None
    apart: bool = False
    remarks: tuple[str, ...] = ()
    matrix: Matrix | None = None

    @cached_property
    def totals(self) -> tuple[float, ...]:
        """The sum of each part."""
        return tuple(part.total for part in self.parts)

    @cached_property
    def sum(self) -> float:
        """All parts together, without the bias."""
        return exact_sum(chain.from_iterable(part.products.tolist() for part in self.parts))

    @cached_property
    def value(self) -> float:
        """The sum with the bias, or the mean."""
        terms = chain.from_iterable(part.products.tolist() for part in self.parts)
        total = exact_sum(terms if self.bias is None else chain(terms, [self.bias]))
        return total if self.divisor is None else total / self.divisor


@dataclass(frozen=True)
class Choice:
    """The largest or smallest number of a window.

    Args:
        title: of what.
        part: the window; its padding does not take part.
        word: ``"max"`` or ``"min"``.
        winner: which number of the part it is: the first, if several are as large.
        place: where it stands in the input, in words.
    """

    title: str
    part: Part
    word: str
    winner: int
    place: str

    @property
    def value(self) -> float:
        """The number that is chosen."""
        return float(self.part.numbers[self.winner])


@dataclass(frozen=True)
class Formula:
    """A formula with its numbers.

    Args:
        name: of the function.
        formula: with letters.
        filled: with numbers; Python computes it with the names of ``math``.
        value: what it gives.
        remarks: what is worth saying of it.
    """

    name: str
    formula: str
    filled: str
    value: float
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Softmax:
    """e^z over the sum of all e^z.

    Args:
        numbers: [n] all z.
        place: which of them is asked for.
    """

    numbers: Array
    place: int

    @property
    def largest(self) -> float:
        """What is taken off all z first, so that nothing overflows."""
        return float(self.numbers.max())

    @cached_property
    def powers(self) -> Array:
        """[n] e^(z − largest)."""
        with np.errstate(invalid="ignore"):
            return np.exp(self.numbers - self.largest)

    @cached_property
    def total(self) -> float:
        """The sum of the powers."""
        return exact_sum(self.powers.tolist())

    @property
    def value(self) -> float:
        """The quotient."""
        return float(self.powers[self.place]) / self.total


@dataclass(frozen=True)
class Passed:
    """A number that is passed on as it is.

    Args:
        sentence: where it comes from.
        value: the number.
    """

    sentence: str
    value: float


Step = Sum | Choice | Formula | Softmax | Passed
