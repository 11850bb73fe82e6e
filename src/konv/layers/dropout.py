"""Dropout: in training, each number is set to 0 with probability ``rate``, the rest are scaled up.

::

    y = x · m / (1 − rate)        m = 1 with probability 1 − rate, else 0

so that the expected value stays that of x. Otherwise y = x.

Which numbers are dropped depends on the key of the step and on where a number stands in the batch,
not on how the batch is cut.

Source: Srivastava et al., "Dropout", 2014, section 10 (the scaling is that of training time).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from konv.constraints import Real
from konv.layers.base import Array, Context, Gradients, Layer, Shape
from konv.layers.random_bits import random_bits
from konv.parameters import parameter

__all__ = ["Dropout"]


@dataclass(frozen=True, repr=False)
class Dropout(Layer):
    """Drops numbers at random in training, and passes them on otherwise.

    Args:
        rate: the probability of being dropped, from 0 to below 1.
        name: its name in the network; one is made if None.

    Shapes:
        any -> the same.

    Example:
        >>> Dropout(0.25).output_shape((128,))
        (128,)
    """

    rate: float = parameter(Real(0, 1, below_maximum=True))

    def output_shape(self, *shapes: Shape) -> Shape:
        return shapes[0]

    def forward(
        self, weights: Mapping[str, Array], inputs: tuple[Array, ...], context: Context
    ) -> tuple[Array, Any]:
        if not context.training or self.rate == 0:
            return inputs[0], None
        factors = self.factors(inputs[0].shape, context).astype(inputs[0].dtype)
        return inputs[0] * factors, factors

    def backward(
        self, weights: Mapping[str, Array], saved: Array | None, gradient: Array
    ) -> Gradients:
        return (gradient if saved is None else gradient * saved,), {}

    def factors(self, shape: tuple[int, ...], context: Context) -> Array:
        """0 where a number is dropped, 1 / (1 − rate) elsewhere: (N, …)."""
        per_picture = math.prod(shape[1:])
        bits = random_bits(context.key, context.first_picture * per_picture, math.prod(shape))
        # The upper 32 bits as a number of [0, 2³²): dropped when below rate·2³².
        kept = (bits >> np.uint64(32)) >= np.uint64(round(self.rate * 2**32))
        return kept.reshape(shape) / (1 - self.rate)
