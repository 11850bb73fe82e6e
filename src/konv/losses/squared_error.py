"""Squared error: how far numbers are from numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from konv.losses.base import Floats, Loss, OutputActivation, mean_per_picture, require_shape
from konv.losses.targets import as_floats

__all__ = ["MeanSquaredError"]


@dataclass(frozen=True, repr=False)
class MeanSquaredError(Loss):
    """The mean of the squared differences, over the K outputs y of a picture.

    ``value = mean of (y − t)²``, ``∂value/∂y = 2 (y − t) / K``; the gradient goes on through the
    last layer's activation, whichever that is.

    Example:
        >>> import numpy as np
        >>> MeanSquaredError().value(np.array([[1.0, 2.0]]), np.array([[0.0, 5.0]]))
        array([5.])
    """

    def check(self, activation: OutputActivation, output_shape: tuple[int, ...]) -> None:
        """Any activation and any shape will do: every output is a number."""

    def prepare_targets(self, targets: ArrayLike, output_shape: tuple[int, ...]) -> NDArray[Any]:
        """Finite numbers, [N, *output_shape]; [N] is accepted for a single output."""
        return as_floats(targets, output_shape)

    def _value_and_gradient(
        self, z: Floats, targets: NDArray[Any], activation: OutputActivation
    ) -> tuple[Floats, Floats]:
        outputs = activation.forward(z)
        difference = _difference(outputs, targets)
        outputs_gradient = difference * (2 / math.prod(z.shape[1:]))
        values = mean_per_picture(np.square(difference))
        return values, activation.backward(z, outputs, outputs_gradient)

    def _value(self, outputs: Floats, targets: NDArray[Any]) -> Floats:
        return mean_per_picture(np.square(_difference(outputs, targets)))


def _difference(outputs: Floats, targets: NDArray[Any]) -> Floats:
    require_shape(targets, outputs.shape)
    difference: Floats = outputs - targets.astype(outputs.dtype, copy=False)
    return difference
