"""What a loss is: how wrong an output is, as one number per picture, and its gradient.

Three arrays have the same names in every loss:

``z``
    the pre-activation of the network's last layer, [N, *output_shape].
``outputs``
    what the last layer's activation makes of it, [N, *output_shape].
``targets``
    what the outputs should be, as :meth:`Loss.prepare_targets` returns them.

Training computes a loss from ``z`` and not from the outputs: softmax or sigmoid, logarithm and
gradient fuse into formulas that neither overflow nor divide by zero. The arithmetic is that of
the dtype of ``z``: float32 in, float32 out.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from konv.errors import DataError
from konv.language import translate as _
from konv.parameters import Checked

__all__ = ["Floats", "Loss", "OutputActivation", "mean_per_picture", "require_shape"]

Floats = NDArray[np.floating[Any]]


class OutputActivation(Protocol):
    """What a loss needs to know of the activation that ends a network."""

    @property
    def name(self) -> str:
        """``"linear"``, ``"softmax"``, …"""

    def forward(self, z: Any, /) -> Any:
        """The outputs, of the shape of ``z``."""

    def backward(self, z: Any, outputs: Any, output_gradient: Any, /) -> Any:
        """The gradient with respect to ``z`` of what has this gradient with respect to outputs."""


@dataclass(frozen=True, repr=False)
class Loss(Checked):
    """The contract of every loss. The loss of a batch is the mean of ``values``."""

    @abstractmethod
    def check(self, activation: OutputActivation, output_shape: tuple[int, ...]) -> None:
        """Refuse a network whose output this loss cannot judge.

        Args:
            activation: that of the last layer.
            output_shape: of one picture, without the batch.

        Raises:
            TrainingError: K801, with what would fit.
        """

    @abstractmethod
    def prepare_targets(self, targets: ArrayLike, output_shape: tuple[int, ...]) -> NDArray[Any]:
        """Check targets and bring them into the form that the other methods take.

        Args:
            targets: numbers, of N pictures.
            output_shape: of one picture, without the batch.

        Returns:
            An array of N pictures; it may share memory with ``targets``.

        Raises:
            DataError: K505, naming the first value that cannot be, and where it is.
        """

    def value_and_gradient(
        self, z: Floats, targets: NDArray[Any], activation: OutputActivation
    ) -> tuple[Floats, Floats]:
        """How wrong each picture is, and how that changes with ``z``.

        Numbers that are not finite give results that are not finite, without a warning: whoever
        trains looks at the loss.

        Args:
            z: pre-activation of the last layer, [N, *output_shape].
            targets: as :meth:`prepare_targets` returns them.
            activation: that of the last layer.

        Returns:
            values [N], and gradient [N, *output_shape] of each picture's own value: it is not
            divided by N.

        Raises:
            TrainingError: K801, as :meth:`check`.
            DataError: K503, when ``z`` and ``targets`` are not of the same pictures.
        """
        self.check(activation, z.shape[1:])
        with np.errstate(over="ignore", invalid="ignore"):
            return self._value_and_gradient(z, targets, activation)

    def value(self, outputs: Floats, targets: NDArray[Any]) -> Floats:
        """How wrong each picture is, from the outputs of the network: for evaluation.

        A probability that came out as 0 counts as the smallest normal number of its dtype, so no
        value is infinite; :meth:`value_and_gradient` needs no such limit.

        Args:
            outputs: [N, *output_shape]: probabilities, or logits with ``from_logits=True``.
            targets: as :meth:`prepare_targets` returns them.

        Returns:
            values [N].

        Raises:
            DataError: K503, as :meth:`value_and_gradient`.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            return self._value(outputs, targets)

    @abstractmethod
    def _value_and_gradient(
        self, z: Floats, targets: NDArray[Any], activation: OutputActivation
    ) -> tuple[Floats, Floats]:
        """The formulas, for an activation that has been checked."""

    @abstractmethod
    def _value(self, outputs: Floats, targets: NDArray[Any]) -> Floats:
        """The formula, from outputs."""


def require_shape(targets: NDArray[Any], shape: tuple[int, ...]) -> None:
    """Refuse targets that NumPy would silently broadcast.

    Raises:
        DataError: K503.
    """
    if targets.shape != shape:
        raise DataError(
            _(
                "targets of shape {given} stand beside outputs that need {needed}",
                given=targets.shape,
                needed=shape,
            ),
            code="K503",
            fix=_("give the targets of the same pictures, as prepare_targets returns them"),
        )


def mean_per_picture(values: Floats) -> Floats:
    """The mean over everything but the first axis, [N]."""
    means: Floats = values.reshape(len(values), math.prod(values.shape[1:])).mean(axis=1)
    return means
