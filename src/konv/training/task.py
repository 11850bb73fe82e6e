"""What a network is to learn: which loss, and how labels become targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from konv.engines.contract import Array
from konv.layers.activations import ActivationFunction
from konv.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Loss,
    MeanSquaredError,
    choose_loss,
    get_loss,
)
from konv.training.labels import Labels, is_class_labels

__all__ = ["Task", "learn_task"]


@dataclass(frozen=True)
class Task:
    """A loss with the way from what the user gives to what the loss takes.

    Args:
        loss: how wrong an output is.
        output_shape: of one picture.
        labels: the classes; None when targets are numbers.
    """

    loss: Loss
    output_shape: tuple[int, ...]
    labels: Labels | None = None

    def targets(self, y: Any) -> Array:
        """Targets as the loss takes them.

        Raises:
            DataError: K503, K505: labels that do not suit.
        """
        return self.loss.prepare_targets(self._numbers(y), self.output_shape)

    def _numbers(self, y: Any) -> Array:
        if self.labels is None:
            return np.asarray(y)
        indices = self.labels.encode(y)
        if isinstance(self.loss, CategoricalCrossentropy):
            return np.eye(self.output_shape[0])[indices]
        return indices


def learn_task(
    y: Any,
    loss: str | Loss,
    ending: ActivationFunction,
    output_shape: tuple[int, ...],
    *,
    known: Labels | None = None,
) -> Task:
    """The task that labels or targets ``y`` set a network that ends in ``ending``.

    Args:
        y: labels of any kind (N,), one-hot rows, or targets as numbers.
        loss: a loss, its name, or "auto".
        ending: the last activation.
        output_shape: of one picture.
        known: the classes, if they are known already.

    Raises:
        TrainingError: K801, no loss suits.
        DataError: K503, K505: labels that do not suit the outputs.
    """
    chosen = None if loss == "auto" else get_loss(loss)
    labels = None
    if _classifies(chosen, ending, output_shape) and is_class_labels(y):
        labels = known or Labels.learn(y, output_shape[0])
    if chosen is None:
        given = np.asarray(y) if labels is None else labels.encode(y)
        chosen = choose_loss(ending, output_shape, given)
    chosen.check(ending, output_shape)
    return Task(chosen, output_shape, labels)


def _classifies(
    loss: Loss | None, ending: ActivationFunction, output_shape: tuple[int, ...]
) -> bool:
    """Whether each picture belongs to one class, so that labels may be of any kind."""
    if len(output_shape) != 1 or isinstance(loss, MeanSquaredError):
        return False
    if isinstance(loss, BinaryCrossentropy) or ending.name == "sigmoid":
        return output_shape[0] == 1
    return output_shape[0] > 1
