"""Part: numbers that meet weights, in the order in which they are read."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from konv.layers.base import Array

__all__ = ["Part", "exact_sum"]


def exact_sum(numbers: Iterable[float]) -> float:
    """The sum, rounded once: float64 as if it had been added up without any rounding.

    Example:
        >>> exact_sum([1e16, 1.0, -1e16]), sum([1e16, 1.0, -1e16])
        (1.0, 0.0)
    """
    listed = list(numbers)
    if all(map(math.isfinite, listed)):
        return math.fsum(listed)
    return float(np.sum(listed))


@dataclass(frozen=True)
class Part:
    """A part of a sum: one channel of a window, say.

    Args:
        numbers: [n] what comes in; 0 on the padding.
        places: [n, rank] where each stands in the input; on the padding outside of it.
        inside: [n] whether it is a number of the input rather than a zero of the padding.
        weights: [n] what each is multiplied by; None where numbers are taken as they are.
        weight_places: [n, rank] where each weight stands in its array.
        name: what tells it from other parts of the sum.
        grid: (rows, columns), if the numbers are such a window.
        weights_name: what the weights are called; empty: they are a kernel.
        turned: whether the window is read from its end, as a true convolution does.
    """

    numbers: Array
    places: Array
    inside: Array
    weights: Array | None = None
    weight_places: Array | None = None
    name: str = ""
    grid: tuple[int, int] | None = None
    weights_name: str = ""
    turned: bool = False

    @cached_property
    def products(self) -> Array:
        """[n] what is added up. Those of two float32 are exact in float64."""
        if self.weights is None:
            return self.numbers
        with np.errstate(invalid="ignore"):
            return self.numbers * self.weights

    @property
    def total(self) -> float:
        """The sum of the products."""
        return exact_sum(self.products.tolist())

    def window(self, numbers: Array) -> Array:
        """Numbers of the part as (rows, columns), in the order of the map."""
        assert self.grid is not None
        return (numbers[::-1] if self.turned else numbers).reshape(self.grid)
