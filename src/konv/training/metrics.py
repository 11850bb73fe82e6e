"""Metrics: how good outputs are, as one number per picture, for a person to watch.

The value of a metric for many pictures is the mean over them, so that it is the same whether they
come at once or batch by batch.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from konv.constraints import Boolean, Integer, Real, did_you_mean
from konv.errors import ParameterError
from konv.language import translate as _
from konv.limits import MAX_UNITS
from konv.losses import BinaryCrossentropy, Loss, MeanSquaredError
from konv.losses.base import Floats, require_shape
from konv.parameters import Checked, parameter

__all__ = [
    "Accuracy",
    "MeanAbsoluteError",
    "Metric",
    "TopKAccuracy",
    "class_indices",
    "get_metrics",
]

Values = NDArray[np.float64]

_SHORT_NAMES = {"acc": "accuracy", "mae": "mean_absolute_error"}
_TOP_K = re.compile(r"top_([1-9][0-9]{0,6})_accuracy")
_RESERVED = ("loss", "count", "epoch", "learning_rate", "pictures")


@runtime_checkable
class Metric(Protocol):
    """What a metric is: write your own as a class with these two."""

    @property
    def name(self) -> str:
        """The column of the history: letters, digits and underscores."""

    def values(self, outputs: Floats, targets: NDArray[Any], /) -> Values:
        """One number per picture, [N] in float64.

        Args:
            outputs: of the network, [N, *output shape].
            targets: as the loss's ``prepare_targets`` returns them: class numbers [N] in int64, or
                numbers [N, *output shape].
        """


@dataclass(frozen=True, repr=False)
class Accuracy(Checked):
    """The share of outputs that are right.

    With several outputs, the class of the largest one (of equals the first) is right or not. With a
    single output, or with ``each_output``, every output above ``threshold`` is a yes, the others a
    no, and the value of a picture is the share of its outputs that are right: Keras's
    ``binary_accuracy``. A target above 1/2 is a yes.

    Args:
        each_output: every output is a yes or no of its own (several labels at once).
        threshold: what a yes is above: 0.5 for probabilities, 0 for logits.

    Example:
        >>> outputs = np.array([[0.1, 0.9], [0.8, 0.2]])
        >>> Accuracy().values(outputs, np.array([1, 1]))
        array([1., 0.])
        >>> Accuracy(each_output=True).values(outputs, np.array([[1, 1], [1, 0]]))
        array([0.5, 1. ])
    """

    each_output: bool = parameter(Boolean(), default=False, keyword=True)
    threshold: float = parameter(Real(), default=0.5, keyword=True)

    @property
    def name(self) -> str:
        return "accuracy"

    def values(self, outputs: Floats, targets: NDArray[Any], /) -> Values:
        """1 for right and 0 for wrong; with ``each_output`` the share of right outputs."""
        if outputs.shape[-1] == 1 or self.each_output:
            require_shape(targets, outputs.shape)
            right = (outputs > self.threshold) == (targets > 0.5)
        else:
            right = outputs.argmax(axis=-1) == class_indices(outputs, targets)
        means: Values = right.reshape(len(right), -1).mean(axis=1, dtype=np.float64)
        return means


@dataclass(frozen=True, repr=False)
class TopKAccuracy(Checked):
    """The share of pictures whose class is among the ``k`` largest outputs.

    Of equal outputs the first is the larger, so that ``TopKAccuracy(1)`` is :class:`Accuracy`. An
    output that is not a number is never among them. With ``k`` classes or fewer it is always 1.

    Args:
        k: how many classes may be named.

    Example:
        >>> outputs = np.array([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]])
        >>> TopKAccuracy(2).values(outputs, np.array([1, 2]))
        array([1., 0.])
    """

    k: int = parameter(Integer(1, MAX_UNITS), default=5)

    @property
    def name(self) -> str:
        return f"top_{self.k}_accuracy"

    def values(self, outputs: Floats, targets: NDArray[Any], /) -> Values:
        """1 where the class is among the k largest outputs, 0 elsewhere.

        Raises:
            ParameterError: K205, for a network with a single output.
        """
        if outputs.ndim != 2 or outputs.shape[1] < 2:
            raise ParameterError(
                _(
                    "outputs of shape {shape} have no {k} best classes",
                    shape=outputs.shape,
                    k=self.k,
                ),
                code="K205",
                where=self.name,
                fix=_('metrics=["accuracy"]'),
            )
        classes = class_indices(outputs, targets)[:, None]
        own = np.take_along_axis(outputs, classes, axis=1)
        before = np.arange(outputs.shape[1]) < classes
        ahead = (outputs > own) | ((outputs == own) & before)
        named: Values = (ahead.sum(axis=1) < self.k) & ~np.isnan(own[:, 0])
        return named.astype(np.float64)


@dataclass(frozen=True, repr=False)
class MeanAbsoluteError(Checked):
    """The mean of |output − target| over the outputs of a picture.

    Example:
        >>> MeanAbsoluteError().values(np.array([[1.0, 2.0]]), np.array([[0.0, 5.0]]))
        array([2.])
    """

    @property
    def name(self) -> str:
        return "mean_absolute_error"

    def values(self, outputs: Floats, targets: NDArray[Any], /) -> Values:
        """mean of |output − target|."""
        require_shape(targets, outputs.shape)
        differences = np.abs(outputs.astype(np.float64) - targets)
        means: Values = differences.reshape(len(outputs), -1).mean(axis=1)
        return means


def class_indices(outputs: Floats, targets: NDArray[Any]) -> NDArray[np.int64]:
    """Targets as class numbers: as they are, or the largest of each row.

    Raises:
        DataError: K503, when they are not of the same pictures as the outputs.
    """
    if targets.dtype.kind in "iu":
        require_shape(targets, outputs.shape[:-1])
        return targets.astype(np.int64, copy=False)
    require_shape(targets, outputs.shape)
    largest: NDArray[np.int64] = targets.argmax(axis=-1)
    return largest


def get_metrics(
    metrics: str | Metric | Sequence[str | Metric] | None = "auto", *, loss: Loss | None = None
) -> tuple[Metric, ...]:
    """Metrics by their names, or as objects.

    Args:
        metrics: ``"accuracy"`` (``"acc"``), ``"top_5_accuracy"`` with any number,
            ``"mean_absolute_error"`` (``"mae"``), your own objects, or a list of these; None is no
            metric; ``"auto"`` is what suits the loss: mean absolute error for squared error,
            otherwise accuracy.
        loss: with binary cross-entropy, ``"accuracy"`` counts each output, or logit.

    Raises:
        ParameterError: K201, for a name that does not exist, or two metrics of one name.

    Example:
        >>> get_metrics(["accuracy", "top_3_accuracy"])
        (Accuracy(), TopKAccuracy(k=3))
        >>> get_metrics("accuracy", loss=BinaryCrossentropy(from_logits=True))
        (Accuracy(each_output=True, threshold=0.0),)
    """
    if metrics is None:
        return ()
    if isinstance(metrics, str) and metrics == "auto":
        metrics = "mean_absolute_error" if isinstance(loss, MeanSquaredError) else "accuracy"
    if isinstance(metrics, str) or not isinstance(metrics, Sequence):
        metrics = (metrics,)
    found = tuple(_metric(item, loss) for item in metrics)
    names = [metric.name for metric in found]
    for name in names:
        if names.count(name) > 1 or name in _RESERVED or name.startswith("val_"):
            raise ParameterError(
                _("the name {name} is taken", name=name),
                code="K201",
                where="metrics",
                fix=_(
                    "give each metric a name of its own; these are taken: {names}, val_…",
                    names=", ".join(_RESERVED),
                ),
            )
    return found


def _metric(item: object, loss: Loss | None) -> Metric:
    if not isinstance(item, str):
        if isinstance(item, Metric) and isinstance(item.name, str) and not isinstance(item, type):
            return item
        raise _no_metric(_("{kind} is not a metric", kind=type(item).__name__))
    name = _SHORT_NAMES.get(item, item)
    if name == "accuracy":
        return _accuracy(loss)
    if name == "mean_absolute_error":
        return MeanAbsoluteError()
    if top := _TOP_K.fullmatch(name):
        return TopKAccuracy(int(top[1]))
    known = ("accuracy", "top_5_accuracy", "mean_absolute_error")
    raise _no_metric(_("there is no metric {name}", name=item) + did_you_mean(item, known))


def _accuracy(loss: Loss | None) -> Accuracy:
    if not isinstance(loss, BinaryCrossentropy):
        return Accuracy()
    return Accuracy(each_output=True, threshold=0.0 if loss.from_logits else 0.5)


def _no_metric(what: str) -> ParameterError:
    return ParameterError(
        what,
        code="K201",
        where="metrics",
        fix=_(
            '"accuracy", "top_5_accuracy", "mean_absolute_error", or an object with name and values'
        ),
    )
