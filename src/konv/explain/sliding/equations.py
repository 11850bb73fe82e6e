"""What a step says: its terms, what they make, and what is done with it afterwards.

Text, page and GIF show the same equation: ``1*2 + 2*0 + … = 15``, then ``15 + 3 = 18``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from konv.explain.sliding.step import SlidingStep
from konv.explain.sliding.window import SlidingWindow
from konv.language import translate as _
from konv.values.abbreviation import gap_in
from konv.values.numbers import number
from konv.values.steps import Choice, Formula, Step, Sum
from konv.values.sum_text import bias_text, left_out, mean_text, terms_of

__all__ = ["Equation", "Later", "equation_of", "frame_of"]


@dataclass(frozen=True)
class Later:
    """What is done with a sum: the bias, a mean, an activation.

    Args:
        formula: with numbers, such as ``15 + 3 = 18``.
        function: the name of the activation; empty: it is none.
        is_bias: whether it adds the bias.
    """

    formula: str
    function: str = ""
    is_bias: bool = False

    @property
    def text(self) -> str:
        """The same as a person reads it."""
        if self.is_bias:
            return _("{sum} (bias)", sum=self.formula)
        return self.wordless

    @property
    def wordless(self) -> str:
        """The same in any language."""
        return f"{self.function}: {self.formula}" if self.function else self.formula


@dataclass(frozen=True)
class Equation:
    """A step as an equation.

    Args:
        terms: ``1*2``, ``2*0``, …; of a pool the numbers.
        values: what each term is.
        frame: (before, between, after the terms).
        result: what they make.
        later: what follows.
    """

    terms: tuple[str, ...]
    values: tuple[float, ...]
    frame: tuple[str, str, str]
    result: str
    later: tuple[Later, ...]

    def text(self, *, all_terms: bool = False) -> str:
        """The equation; of a very long one, what is left out stands as one term."""
        before, between, after = self.frame
        gap = gap_in(len(self.terms), all_terms=all_terms)
        if before and gap.stop > gap.start:  # what is left out of a choice adds up to nothing
            more = _("[{count} more]", count=gap.stop - gap.start)
            terms = [*self.terms[: gap.start], more, *self.terms[gap.stop :]]
        else:
            terms = left_out(self.terms, self.values, gap)
        return f"{before}{between.join(terms)}{after} = {self.result}"

    @property
    def wordless(self) -> str:
        """The same with … for what is left out."""
        before, between, after = self.frame
        gap = gap_in(len(self.terms), all_terms=False)
        cut = ["…"] if gap.stop > gap.start else []
        terms = [*self.terms[: gap.start], *cut, *self.terms[gap.stop :]]
        return f"{before}{between.join(terms)}{after} = {self.result}"


def frame_of(sliding: SlidingWindow) -> tuple[str, str, str]:
    """What stands before, between and after the terms of each step."""
    return _frame(sliding.step(0).arithmetic[0])


def _frame(step: Step) -> tuple[str, str, str]:
    return (f"{step.word}(", ", ", ")") if isinstance(step, Choice) else ("", " + ", "")


def equation_of(step: SlidingStep) -> Equation:
    """A step as an equation."""
    first = step.arithmetic[0]
    terms, values = terms_of(step.part)
    result = first.sum if isinstance(first, Sum) else first.value
    return Equation(tuple(terms), tuple(values), _frame(first), number(result), tuple(_later(step)))


def _later(step: SlidingStep) -> Iterator[Later]:
    for part in step.arithmetic:
        if isinstance(part, Sum) and part.bias is not None:
            yield Later(bias_text(part), is_bias=True)
        if isinstance(part, Sum) and part.divisor is not None:
            yield Later(mean_text(part))
        if isinstance(part, Formula):
            yield Later(f"{part.filled} = {number(part.value)}", part.name)
