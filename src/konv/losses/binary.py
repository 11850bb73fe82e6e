"""Cross-entropy with sigmoid: yes or no, for each output on its own.

For logits z and targets t from 0 to 1, the mean over the K outputs of a picture::

    p        = σ(z) = 1 / (1 + exp(−z))
    value    = mean of −t · ln p − (1 − t) · ln(1 − p)
             = mean of max(z, 0) − z · t + ln(1 + exp(−|z|))
    gradient = ∂value/∂z = (p − t) / K

The second form of the value follows from −ln p = ln(1 + exp(−z)) and −ln(1 − p) = z − ln p; the
exponential of −|z| never overflows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from konv.losses.base import Floats, OutputActivation, mean_per_picture, require_shape
from konv.losses.crossentropy import LABEL_SMOOTHING, Crossentropy, negative_log
from konv.losses.targets import as_probabilities
from konv.parameters import parameter

__all__ = ["BinaryCrossentropy"]


@dataclass(frozen=True, repr=False)
class BinaryCrossentropy(Crossentropy):
    """Cross-entropy of outputs that are each a yes or a no: two classes, or several labels at once.

    ``value = mean of −t · ln p − (1 − t) · ln(1 − p)`` over the K outputs of a picture,
    ``gradient = (p − t) / K``, with ``t = targets · (1 − label_smoothing) + label_smoothing / 2``.

    Args:
        from_logits: the network ends in a linear activation instead of sigmoid.
        label_smoothing: how far targets are drawn towards 1/2, from 0 to below 1.

    Raises:
        ParameterError: K201, for a value that a field cannot hold.

    Example:
        >>> import numpy as np
        >>> loss = BinaryCrossentropy()
        >>> loss.value(np.array([[0.5], [0.75]]), np.array([[0.0], [1.0]])).round(4)
        array([0.6931, 0.2877])

    Source:
        Bishop (2006), Pattern Recognition and Machine Learning, section 4.3.2.
    """

    label_smoothing: float = parameter(LABEL_SMOOTHING, default=0.0, keyword=True)
    probabilities_by: ClassVar[str] = "sigmoid"

    def prepare_targets(self, targets: ArrayLike, output_shape: tuple[int, ...]) -> NDArray[Any]:
        """Numbers from 0 to 1, [N, *output_shape]; [N] is accepted for a single output."""
        return as_probabilities(targets, output_shape)

    def _value_and_gradient(
        self, z: Floats, targets: NDArray[Any], activation: OutputActivation
    ) -> tuple[Floats, Floats]:
        wanted = self._smoothed(targets, z)
        gradient: Floats = (_sigmoid(z) - wanted) / math.prod(z.shape[1:])
        return mean_per_picture(_from_logits(z, wanted)), gradient

    def _value(self, outputs: Floats, targets: NDArray[Any]) -> Floats:
        wanted = self._smoothed(targets, outputs)
        if self.from_logits:
            return mean_per_picture(_from_logits(outputs, wanted))
        yes, no = negative_log(outputs), negative_log(1 - outputs)
        return mean_per_picture(wanted * yes + (1 - wanted) * no)

    def _smoothed(self, targets: NDArray[Any], like: Floats) -> Floats:
        """t, in the shape and dtype of ``like``."""
        require_shape(targets, like.shape)
        targets = targets.astype(like.dtype, copy=False)
        if self.label_smoothing == 0:
            return targets
        return targets * (1 - self.label_smoothing) + self.label_smoothing / 2


def _from_logits(z: Floats, wanted: Floats) -> Floats:
    values: Floats = np.maximum(z, 0) - z * wanted + np.log1p(np.exp(-np.abs(z)))
    return values


def _sigmoid(z: Floats) -> Floats:
    power = np.exp(-np.abs(z))
    probabilities: Floats = np.where(z >= 0, np.ones_like(z), power) / (1 + power)
    return probabilities
