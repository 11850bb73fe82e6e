"""What somebody would reach who never looks at the pictures: the measure of having learnt anything.

The best constant answer says of every picture how often each class is met (of numbers: their mean).
Its loss is the entropy of the labels, ln K for K classes that are equally frequent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from konv.engines.contract import Array
from konv.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Loss,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from konv.training.examples import Examples

__all__ = ["Guess", "guess"]


@dataclass(frozen=True)
class Guess:
    """How good the best constant answer is.

    Args:
        loss: of the pictures to learn from, as the history has it.
        validation_loss: of those to validate with; None without them.
        accuracy: the share of the commonest class among those to validate with; None without
            classes or without validation.
        classes: how many there are; 0: the targets are numbers.
    """

    loss: float
    validation_loss: float | None
    accuracy: float | None
    classes: int


def guess(
    loss: Loss, output_shape: tuple[int, ...], examples: Examples, validation: Examples | None
) -> Guess | None:
    """The best constant answer to these examples; None if nobody knows it for this loss."""
    constant = _constant(loss, output_shape, examples)
    if constant is None:
        return None
    return Guess(
        loss=_loss(loss, constant, examples),
        validation_loss=None if validation is None else _loss(loss, constant, validation),
        accuracy=None if validation is None else _accuracy(loss, constant, validation),
        classes=_classes(loss, output_shape),
    )


def _constant(loss: Loss, output_shape: tuple[int, ...], examples: Examples) -> Array | None:
    """Shares or means of the targets, as an output of the network."""
    targets, weights = examples.targets, examples.sample_weight
    if weights is not None and weights.sum() == 0:
        return None
    if type(loss) is SparseCategoricalCrossentropy:
        counts = np.bincount(targets.reshape(-1), weights, minlength=output_shape[0])
        shares = counts / counts.sum()
        return _logarithm(shares) if loss.from_logits else shares
    if type(loss) not in (CategoricalCrossentropy, BinaryCrossentropy, MeanSquaredError):
        return None
    mean: Array = np.average(targets.astype(np.float64), axis=0, weights=weights)
    if isinstance(loss, CategoricalCrossentropy) and loss.from_logits:
        return _logarithm(mean)
    if isinstance(loss, BinaryCrossentropy) and loss.from_logits:
        return _logarithm(mean) - _logarithm(1 - mean)
    return mean


def _logarithm(shares: Array) -> Array:
    return np.log(np.maximum(shares, np.finfo(np.float64).tiny))


def _loss(loss: Loss, constant: Array, examples: Examples) -> float:
    """As the history has it. All pictures of a class have the same loss, so each is judged once."""
    targets, weights = examples.targets, examples.sample_weight
    total = len(targets) if weights is None else weights.sum()
    if isinstance(loss, SparseCategoricalCrossentropy):
        each = loss.value(np.tile(constant, (len(constant), 1)), np.arange(len(constant)))
        counts = np.bincount(targets.reshape(-1), weights, minlength=len(constant))
        return float(counts @ each / len(targets)) if total else 0.0
    values = loss.value(np.broadcast_to(constant, targets.shape), targets)
    return float((values if weights is None else values * weights).mean())


def _accuracy(loss: Loss, constant: Array, validation: Examples) -> float | None:
    if isinstance(loss, SparseCategoricalCrossentropy):
        hits = validation.targets.reshape(-1) == constant.argmax()
    elif isinstance(loss, CategoricalCrossentropy):
        hits = validation.targets.argmax(axis=1) == constant.argmax()
    elif isinstance(loss, BinaryCrossentropy) and constant.size == 1:
        middle = 0.0 if loss.from_logits else 0.5
        hits = (validation.targets > 0.5).reshape(-1) == bool(constant.item() > middle)
    else:
        return None
    return float(hits.mean())


def _classes(loss: Loss, output_shape: tuple[int, ...]) -> int:
    if isinstance(loss, MeanSquaredError):
        return 0
    if isinstance(loss, BinaryCrossentropy):
        return 2
    return output_shape[0]
