"""SlidingStep: a window at one place, and the number that it makes there."""

from __future__ import annotations

from dataclasses import dataclass

from konv.layers.base import Array
from konv.values.parts import Part
from konv.values.steps import Choice, Step, Sum

__all__ = ["SlidingStep", "part_of"]


@dataclass(frozen=True, eq=False)
class SlidingStep:
    """A window at one place, and the number that it makes there.

    Args:
        number: which step, from 0.
        at: (row, column) of the output.
        rows, columns: of the input that the window meets; on the padding outside of it.
        window: [rows, columns] the numbers; 0 on the padding.
        padding: [rows, columns] which of them are zeros of the padding.
        kernel: [rows, columns] what each number is multiplied by; None: it is a pool.
        products: [rows, columns] number times weight; of a pool the numbers themselves.
        sum: of the products, without the bias; of a pool that chooses, None.
        value: of the output, as the layer computes it.
        arithmetic: the same as the steps of :mod:`konv.values`.
    """

    number: int
    at: tuple[int, int]
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    window: Array
    padding: Array
    kernel: Array | None
    products: Array
    sum: float | None
    value: float
    arithmetic: tuple[Step, ...]

    def __repr__(self) -> str:
        return f"<SlidingStep {self.number} at {self.at}: {self.value:g}>"

    @property
    def part(self) -> Part:
        """The window as a part of the sum."""
        return part_of(self.arithmetic[0])

    @property
    def winner(self) -> int | None:
        """Which number of the window a pool chooses, row by row; None: nothing is chosen."""
        first = self.arithmetic[0]
        return first.winner if isinstance(first, Choice) else None


def part_of(step: Step) -> Part:
    """The window that a sum adds up, or that a choice is made from."""
    if isinstance(step, Choice):
        return step.part
    assert isinstance(step, Sum)
    return step.parts[0]
