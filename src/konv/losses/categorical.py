"""Cross-entropy with softmax: one class out of K.

For logits z and a target distribution t over K classes::

    p_k      = exp(z_k) / Σ_j exp(z_j)                        (softmax)
    s_k      = −ln p_k = ln Σ_j exp(z_j − m) − (z_k − m)      with m = max_j z_j
    value    = Σ_k t_k · s_k
    gradient = ∂value/∂z = p − t                              because Σ_k t_k = 1

With the largest logit subtracted, one term of the sum is exp(0) = 1 and none is larger: nothing
overflows, and the logarithm is that of a number from 1 to K.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from konv.errors import DataError, TrainingError
from konv.language import translate as _
from konv.losses.base import Floats, OutputActivation, require_shape
from konv.losses.crossentropy import LABEL_SMOOTHING, Crossentropy, negative_log
from konv.losses.targets import FirstBad, as_numbers, as_probabilities, is_labels, unsuitable
from konv.parameters import parameter

__all__ = ["CategoricalCrossentropy", "SparseCategoricalCrossentropy"]

# A row of float16 probabilities, or one that was typed with three digits, is still accepted.
ROW_SUM_TOLERANCE = 2e-3


@dataclass(frozen=True, repr=False)
class SoftmaxCrossentropy(Crossentropy):
    """The formulas; a subclass says how targets become the distributions t."""

    probabilities_by: ClassVar[str] = "softmax"

    @abstractmethod
    def _distributions(self, targets: NDArray[Any], like: Floats) -> Floats:
        """t [N, K], in the dtype of ``like`` [N, K]."""

    def check(self, activation: OutputActivation, output_shape: tuple[int, ...]) -> None:
        super().check(activation, output_shape)
        if len(output_shape) != 1:
            raise TrainingError(
                _("the output of a picture is {shape}, not one row of classes", shape=output_shape),
                code="K801",
                where=type(self).__name__,
                fix=_(
                    "end the network in Flatten() or GlobalAveragePooling2D(), "
                    "then Dense(number of classes)"
                ),
            )
        if output_shape[0] < 2:
            raise TrainingError(
                _("softmax over a single class is always 1: there is nothing to learn"),
                code="K801",
                where=type(self).__name__,
                fix=_('Dense(2), or activation="sigmoid" with loss="binary_crossentropy"'),
            )

    def _value_and_gradient(
        self, z: Floats, targets: NDArray[Any], activation: OutputActivation
    ) -> tuple[Floats, Floats]:
        wanted = self._distributions(targets, z)
        surprisal, probabilities = _softmax(z)
        return (wanted * surprisal).sum(axis=1), probabilities - wanted

    def _value(self, outputs: Floats, targets: NDArray[Any]) -> Floats:
        wanted = self._distributions(targets, outputs)
        surprisal = _softmax(outputs)[0] if self.from_logits else negative_log(outputs)
        values: Floats = (wanted * surprisal).sum(axis=1)
        return values


def _softmax(z: Floats) -> tuple[Floats, Floats]:
    """s = −ln p, and p, both [N, K]."""
    below_largest = z - z.max(axis=1, keepdims=True)
    powers = np.exp(below_largest)
    total = powers.sum(axis=1, keepdims=True)
    return np.log(total) - below_largest, powers / total


@dataclass(frozen=True, repr=False)
class CategoricalCrossentropy(SoftmaxCrossentropy):
    """Cross-entropy of K classes whose targets are rows: one-hot, or a share for each class.

    ``value = −Σ_k t_k · ln p_k``, ``gradient = p − t``, with
    ``t = targets · (1 − label_smoothing) + label_smoothing / K``.

    Args:
        from_logits: the network ends in a linear activation instead of softmax.
        label_smoothing: the share of each target that is spread over all classes, from 0 to
            below 1: it keeps a network from being too sure of itself.

    Raises:
        ParameterError: K201, for a value that a field cannot hold.

    Example:
        >>> import numpy as np
        >>> loss = CategoricalCrossentropy()
        >>> loss.value(np.array([[0.5, 0.25, 0.25]]), np.array([[0.0, 1.0, 0.0]])).round(4)
        array([1.3863])

    Source:
        Bridle (1990), Probabilistic interpretation of feedforward classification network outputs;
        label smoothing: Szegedy et al. (2016), Rethinking the Inception architecture, section 7.
    """

    label_smoothing: float = parameter(LABEL_SMOOTHING, default=0.0, keyword=True)

    def prepare_targets(self, targets: ArrayLike, output_shape: tuple[int, ...]) -> NDArray[Any]:
        """Rows of shares [N, K]; a row whose sum is 1 but for rounding is divided by that sum."""
        shares = as_probabilities(targets, output_shape)
        sums = shares.sum(axis=-1)
        if bad := FirstBad.of(abs(sums - 1) > ROW_SUM_TOLERANCE, sums):
            raise unsuitable(
                _("the row targets[{index}] has the sum {sum}", index=bad.index, sum=bad.value),
                bad=bad,
                fix=_(
                    "give every row the sum 1; where a picture can be of several classes at once, "
                    'use activation="sigmoid" with loss="binary_crossentropy"'
                ),
            )
        normalised: NDArray[Any] = shares / sums[..., None]
        return normalised

    def _distributions(self, targets: NDArray[Any], like: Floats) -> Floats:
        require_shape(targets, like.shape)
        targets = targets.astype(like.dtype, copy=False)
        if self.label_smoothing == 0:
            return targets
        smoothing = self.label_smoothing
        smoothed: Floats = targets * (1 - smoothing) + smoothing / like.shape[1]
        return smoothed


@dataclass(frozen=True, repr=False)
class SparseCategoricalCrossentropy(SoftmaxCrossentropy):
    """Cross-entropy of K classes whose targets are class numbers, 0 … K − 1.

    ``value = −ln p_target``, ``gradient = p − t``, t being 1 at the target and 0 elsewhere.

    Args:
        from_logits: the network ends in a linear activation instead of softmax.

    Raises:
        ParameterError: K201, for a value that a field cannot hold.

    Example:
        >>> import numpy as np
        >>> loss = SparseCategoricalCrossentropy()
        >>> loss.value(np.array([[0.5, 0.25, 0.25]]), np.array([1])).round(4)
        array([1.3863])
        >>> loss.prepare_targets([0, 3], (3,))
        Traceback (most recent call last):
            ...
        konv.errors.DataError: K505: targets[1] = 3 is not one of 3 classes
          count  1 of 2
          fix    give class numbers from 0 to 2, or the last layer 4 units

    Source:
        Bridle (1990), Probabilistic interpretation of feedforward classification network outputs.
    """

    def prepare_targets(self, targets: ArrayLike, output_shape: tuple[int, ...]) -> NDArray[Any]:
        """Class numbers [N], int64; [N, 1] is accepted."""
        labels = as_numbers(targets)
        if not is_labels(labels):
            raise _not_labels(labels)
        labels = labels.reshape(len(labels))
        classes = output_shape[-1]
        if bad := FirstBad.of((labels < 0) | (labels >= classes), labels):
            raise unsuitable(
                _(
                    "targets[{index}] = {value} is not one of {classes} classes",
                    index=bad.index,
                    value=bad.value,
                    classes=classes,
                ),
                bad=bad,
                fix=_out_of_range_fix(labels, classes),
            )
        return labels.astype(np.int64, copy=False)

    def _distributions(self, targets: NDArray[Any], like: Floats) -> Floats:
        require_shape(targets, like.shape[:1])
        one_hot = np.zeros_like(like)
        one_hot[np.arange(len(targets)), targets] = 1
        return one_hot


def _not_labels(targets: NDArray[Any]) -> DataError:
    given = _("{kind} of shape {shape}", kind=targets.dtype, shape=targets.shape)
    if targets.ndim == 2 and targets.shape[1] > 1:
        fix = _('for rows with one column per class use loss="categorical_crossentropy"')
    else:
        fix = _("give one whole number per picture: labels.astype(int), of shape (N,)")
    return unsuitable(_("targets are not class numbers: {given}", given=given), fix=fix)


def _out_of_range_fix(labels: NDArray[Any], classes: int) -> str:
    low, high = int(labels.min()), int(labels.max())
    if (low, high) == (1, classes):
        return _("classes are numbered from 0: give labels - 1")
    fix = _("give class numbers from 0 to {last}", last=classes - 1)
    if low >= 0:
        fix += _(", or the last layer {needed} units", needed=high + 1)
    return fix
