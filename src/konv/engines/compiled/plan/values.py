"""What flows between the operations of a network: numbers of one picture, and their gradient.

A value has the shape that the network gives it, its logical shape, and a form: the order in which
its axes lie in memory. A map of a channels-first network is (channels, height, width) for the
network and (height, width, channels) for the kernels: its form is (1, 2, 0).

A value may have a border of zeros in memory, as wide as the operations that read it ask for; its
gradient may have another one, for the operation that made it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from konv.engines.compiled.kernels.base import MapLayout
from konv.engines.compiled.kernels.rectifier import Rectifier
from konv.layers.base import Shape

__all__ = ["CHANNELS_LAST", "NO_BORDER", "Border", "Form", "Value", "plain_form"]

Border = tuple[int, int, int, int]  # top, bottom, left, right
Form = tuple[int, ...]  # the logical axis that each axis in memory is

NO_BORDER: Border = (0, 0, 0, 0)
CHANNELS_LAST: Form = (1, 2, 0)  # of a map whose logical axes are channels, height, width


def plain_form(shape: Shape) -> Form:
    """The form in which a value lies as its shape says."""
    return tuple(range(len(shape)))


@dataclass(eq=False)
class Value:
    """Numbers of one picture.

    Args:
        name: unique in the plan.
        shape: the logical one.
        form: the order of its axes in memory.
        differentiable: whether its gradient is wanted.
        readers: how many operations take it.
        border: of the numbers.
        gradient_border: of their gradient.
        gate: what the gradient is to be passed through before the operation that made the value
            goes on with it, if whoever writes the gradient can do that at once.
        same_as: the value in whose memory it lies, under another shape.
        gradient_same_as: the same of its gradient.
        argument: the caller's array it lies in, if it does.
        cleared: whether its memory must begin as zeros, of which not all are written to.
        layers: of the network, that it is the result of.
    """

    name: str
    shape: Shape
    form: Form
    differentiable: bool = True
    readers: int = 0
    border: Border = NO_BORDER
    gradient_border: Border = NO_BORDER
    gate: Rectifier | None = None
    same_as: Value | None = None
    gradient_same_as: Value | None = None
    argument: str = ""
    cleared: bool = False
    layers: tuple[str, ...] = ()

    @property
    def elements(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)

    @property
    def sizes(self) -> tuple[int, int, int]:
        """(rows, columns, channels) as they lie in memory; a vector is channels only."""
        sizes = tuple(self.shape[axis] for axis in self.form)
        return (1, 1, *sizes) if len(sizes) == 1 else sizes  # type: ignore[return-value]

    @property
    def layout(self) -> MapLayout:
        """How its numbers lie in memory."""
        return MapLayout(*self.sizes, *self.border)

    @property
    def gradient_layout(self) -> MapLayout:
        """How its gradient lies in memory."""
        return MapLayout(*self.sizes, *self.gradient_border)

    @property
    def dense_layout(self) -> MapLayout:
        """How it would lie without any border."""
        return MapLayout(*self.sizes)

    def widen(self, border: Border) -> None:
        """Ask for a border of at least so much around the numbers."""
        self.border = _wider(self.border, border)

    def widen_gradient(self, border: Border) -> None:
        """Ask for a border of at least so much around the gradient."""
        self.gradient_border = _wider(self.gradient_border, border)


def _wider(first: Border, second: Border) -> Border:
    top, bottom, left, right = (max(pair) for pair in zip(first, second, strict=True))
    return top, bottom, left, right
