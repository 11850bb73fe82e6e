"""Input: where the pictures come in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from konv.constraints import Constraint, Integer, RefusalError
from konv.language import translate as _
from konv.layers.base import Array, Context, Gradients, Layer, Shape
from konv.layers.symbolic import SymbolicTensor
from konv.limits import MAX_ELEMENTS_PER_MAP, MAX_SIDE, MAX_UNITS
from konv.parameters import parameter, short_text

__all__ = ["Input"]


class _InputShape(Constraint):
    """(height, width, channels) or (size,)."""

    def accept(self, value: Any) -> Shape:
        if not isinstance(value, (tuple, list)):
            raise RefusalError(self.describe())
        if len(value) == 2:
            rows, columns = map(short_text, value)
            raise RefusalError(
                _("{shape}, with the number of channels", shape=f"({rows}, {columns}, 1)")
            )
        most = {1: MAX_UNITS, 3: MAX_SIDE}.get(len(value))
        if most is None:
            raise RefusalError(self.describe())
        try:
            shape = tuple(Integer(1, most).accept(size) for size in value)
        except RefusalError:
            raise RefusalError(self.describe()) from None
        if math.prod(shape) > MAX_ELEMENTS_PER_MAP:
            raise RefusalError(
                _("a shape of at most {most} numbers", most=f"{MAX_ELEMENTS_PER_MAP:,}")
            )
        return shape

    def describe(self) -> str:
        return _(
            "(height, width, channels), each a whole number from 1 to {most}, or (size,)",
            most=f"{MAX_SIDE:,}",
        )

    def bad_values(self) -> tuple[Any, ...]:
        sizes = (0, -1, 2**31, 2**62, 1.5, None, "8", True)
        wrong = (None, 28, "28", (), (28, 28), (1, 28, 28, 1), {28: 28})
        return (*wrong, *((8, 8, size) for size in sizes), *((size,) for size in sizes))

    def plain(self, value: Shape) -> Any:
        return list(value)


@dataclass(frozen=True, repr=False)
class Input(Layer):
    """The shape of one picture. Stands first in ``Sequential`` and in the functional form.

    Args:
        shape: (height, width, channels), (channels, height, width) for channels first, or (size,).
        name: its name in the network; one is made if None.

    Example:
        >>> Input((28, 28, 1)).shape
        (28, 28, 1)
    """

    input_count: ClassVar[int | None] = 0

    shape: Shape = parameter(_InputShape())

    @cached_property
    def tensor(self) -> SymbolicTensor:
        """What other layers are connected to."""
        return SymbolicTensor(self, (), self.shape)

    def output_shape(self, *shapes: Shape) -> Shape:
        return self.shape

    def forward(
        self, weights: Mapping[str, Array], inputs: tuple[Array, ...], context: Context
    ) -> tuple[Array, Any]:
        return inputs[0], None

    def backward(self, weights: Mapping[str, Array], saved: Any, gradient: Array) -> Gradients:
        return (gradient,), {}
