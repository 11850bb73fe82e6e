"""Evaluation: how well a network does on pictures whose classes are known."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from konv.constraints import did_you_mean
from konv.errors import DataError, ParameterError
from konv.language import translate as _
from konv.limits import MAX_CONFUSION_CLASSES
from konv.losses import BinaryCrossentropy, Loss
from konv.losses.base import Floats
from konv.training.evaluation_text import evaluation_text
from konv.training.metrics import Metric, class_indices

__all__ = ["ClassScore", "Evaluation", "evaluate_outputs"]


@dataclass(frozen=True)
class ClassScore:
    """How well one class is told from the others.

    Args:
        name: of the class.
        precision: of the pictures that were called so, the share that are; 0 if none was.
        recall: of the pictures that are, the share that were called so; 0 if none is.
        f1: 2 · precision · recall / (precision + recall), or 0.
        support: how many pictures are of this class.
    """

    name: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How well a network does.

    Args:
        loss: the mean over all pictures.
        metrics: name -> the mean over all pictures.
        count: how many pictures.
        class_names: in the order of the outputs; empty when there are no classes.
        confusion: [K, K] in int64: row i, column j counts the pictures of class i that were taken
            for class j. None when a picture does not belong to exactly one class, or there are more
            than :data:`konv.limits.MAX_CONFUSION_CLASSES`.

    Example:
        >>> evaluation = Evaluation(
        ...     0.25, {"accuracy": 0.75}, 4, ("cat", "dog"), np.array([[2, 1], [0, 1]])
        ... )
        >>> evaluation["accuracy"]
        0.75
        >>> [score.recall for score in evaluation.per_class]
        [0.666..., 1.0]
    """

    loss: float
    metrics: Mapping[str, float]
    count: int
    class_names: tuple[str, ...] = ()
    confusion: NDArray[np.int64] | None = None

    def __getitem__(self, name: str) -> float:
        """``"loss"``, ``"count"`` or a metric.

        Raises:
            ParameterError: K202, for any other name.
        """
        values: dict[str, float] = {"loss": self.loss, "count": self.count, **self.metrics}
        if name not in values:
            raise ParameterError(
                _("there is no field {name}", name=name) + did_you_mean(name, values),
                code="K202",
                where=type(self).__name__,
                fix=_("the fields are {names}", names=", ".join(values)),
            )
        return values[name]

    @cached_property
    def per_class(self) -> tuple[ClassScore, ...]:
        """The scores of each class; none without a confusion matrix."""
        if self.confusion is None:
            return ()
        right = self.confusion.diagonal().tolist()
        called, are = (self.confusion.sum(axis=axis).tolist() for axis in (0, 1))
        return tuple(
            ClassScore(
                name,
                precision=_share(right[place], called[place]),
                recall=_share(right[place], are[place]),
                # 2PR / (P + R), with P and R written out, has no division by P + R = 0.
                f1=_share(2 * right[place], called[place] + are[place]),
                support=are[place],
            )
            for place, name in enumerate(self.class_names)
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; a number that is not finite is None."""
        facts: dict[str, Any] = {
            name: value if math.isfinite(value) else None for name, value in self.metrics.items()
        }
        facts |= {"loss": self.loss if math.isfinite(self.loss) else None, "count": self.count}
        if self.confusion is not None:
            facts["classes"] = list(self.class_names)
            facts["per_class"] = [
                {
                    "class": score.name,
                    "precision": score.precision,
                    "recall": score.recall,
                    "f1": score.f1,
                    "support": score.support,
                }
                for score in self.per_class
            ]
            facts["confusion"] = self.confusion.tolist()
        return facts

    def text(self) -> str:
        """Plain tables of at most 80 columns."""
        return evaluation_text(self)

    def __str__(self) -> str:
        return self.text()


def evaluate_outputs(
    outputs: Floats,
    targets: NDArray[Any],
    loss: Loss,
    metrics: Sequence[Metric] = (),
    class_names: Sequence[str] | None = None,
) -> Evaluation:
    """Judge the outputs of a network.

    Args:
        outputs: [N, *output shape].
        targets: as the loss's ``prepare_targets`` returns them.
        loss: how wrong an output is.
        metrics: what else to measure.
        class_names: in the order of the outputs, or of no and yes for a single output; None when
            a picture does not belong to exactly one class.

    Raises:
        DataError: K501, for no pictures; K503, when outputs and targets do not belong together;
            K505, for another number of names than of classes.

    Example:
        >>> from konv.losses import SparseCategoricalCrossentropy
        >>> from konv.training.metrics import Accuracy
        >>> evaluation = evaluate_outputs(
        ...     np.array([[0.5, 0.5], [0.25, 0.75]]),
        ...     np.array([0, 1]),
        ...     SparseCategoricalCrossentropy(),
        ...     [Accuracy()],
        ...     ["cat", "dog"],
        ... )
        >>> evaluation["accuracy"], evaluation.confusion.tolist()
        (1.0, [[1, 0], [0, 1]])
    """
    if not len(outputs):
        raise DataError(
            _("no pictures to evaluate"), code="K501", fix=_("give at least one picture")
        )
    names = tuple(class_names or ())
    return Evaluation(
        loss=_mean(loss.value(outputs, targets)),
        metrics={metric.name: _mean(metric.values(outputs, targets)) for metric in metrics},
        count=len(outputs),
        class_names=names,
        confusion=_confusion(outputs, targets, loss, names) if names else None,
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean(dtype=np.float64))


def _confusion(
    outputs: Floats, targets: NDArray[Any], loss: Loss, names: tuple[str, ...]
) -> NDArray[np.int64] | None:
    classes = max(outputs.shape[-1], 2)
    if len(names) != classes:
        raise DataError(
            _("{names} class names, {classes} classes", names=len(names), classes=classes),
            code="K505",
            fix=_("one name for each class"),
        )
    several_labels = isinstance(loss, BinaryCrossentropy) and outputs.shape[-1] > 1
    if several_labels or outputs.ndim != 2 or classes > MAX_CONFUSION_CLASSES:
        return None
    truth, predicted = _truth_and_predicted(outputs, targets, loss)
    pairs = np.bincount(truth * classes + predicted, minlength=classes**2)
    matrix = pairs.reshape(classes, classes).astype(np.int64, copy=False)
    matrix.setflags(write=False)
    return matrix


def _truth_and_predicted(
    outputs: Floats, targets: NDArray[Any], loss: Loss
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The class of each picture, and the one it is taken for, [N] each."""
    if outputs.shape[1] > 1:
        return class_indices(outputs, targets), outputs.argmax(axis=1)
    logits = isinstance(loss, BinaryCrossentropy) and loss.from_logits
    yes = outputs[:, 0] > (0 if logits else 0.5)
    return (targets[:, 0] > 0.5).astype(np.int64), yes.astype(np.int64)
