"""From what a user gives to ``fit`` to examples: to learn from, and to validate with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from konv.constraints import Real
from konv.data.splitting import split
from konv.engines.contract import Array
from konv.errors import DataError, ParameterError
from konv.language import translate as _
from konv.network.graph import Network
from konv.parameters import check_value, short_text
from konv.training.examples import Examples
from konv.training.pictures import as_pictures
from konv.training.task import Task

__all__ = [
    "Validation",
    "Weighting",
    "class_factors",
    "make_examples",
    "sample_weights",
    "with_validation",
]


@dataclass(frozen=True)
class Weighting:
    """How much each picture counts: ``sample``[i] · ``by_class``[label of picture i]."""

    sample: Any = None
    by_class: Mapping[Any, float] | None = None


@dataclass(frozen=True)
class Validation:
    """What to validate with: a share of the pictures, or others."""

    split: float = 0.0
    data: tuple[Any, ...] | None = None
    seed: int = 0


def make_examples(
    x: Any, y: Any, network: Network, task: Task, weighting: Weighting | None = None
) -> Examples:
    """Pictures and targets that belong together.

    Raises:
        DataError: K503, K504, K505, K507: pictures or labels that do not suit.
    """
    images = as_pictures(x, network)
    targets = task.targets(y)
    if len(images) != len(targets):
        raise DataError(
            _("{pictures} pictures and {labels} labels", pictures=len(images), labels=len(targets)),
            code="K503",
            fix=_("one label for each picture, in the same order"),
        )
    if len(images) == 0:
        raise DataError(
            _("no pictures"), code="K501", fix=_("give at least one picture with its label")
        )
    return Examples(
        images,
        targets,
        _picture_weights(len(images), task, y, weighting or Weighting()),
        channels_first=network.data_format == "channels_first",
    )


def _picture_weights(pictures: int, task: Task, y: Any, weighting: Weighting) -> Array | None:
    weights: Array | None = None
    if weighting.sample is not None:
        weights = sample_weights(weighting.sample, pictures)
    if weighting.by_class is not None:
        weights = (1.0 if weights is None else weights) * _weights_of_labels(
            task, y, weighting.by_class
        )
    return weights


def sample_weights(given: Any, pictures: int) -> Array:
    """How much each picture counts: [N] in float64.

    Raises:
        DataError: K503, these are not one finite number ≥ 0 for each.
    """
    try:
        weights = np.asarray(given, np.float64)
    except (TypeError, ValueError):
        weights = np.empty(0)
    what = ""
    if weights.shape != (pictures,):
        what = _("sample_weight of shape {shape}", shape=np.shape(given))
    elif not (np.isfinite(weights) & (weights >= 0)).all():
        first = int(np.argmin(np.isfinite(weights) & (weights >= 0)))
        what = _("sample_weight of picture {index} is {weight}", index=first, weight=weights[first])
    if what:
        raise DataError(
            what,
            code="K503",
            fix=_("{pictures} finite numbers ≥ 0, one for each picture", pictures=pictures),
        )
    return weights


def _weights_of_labels(task: Task, y: Any, by_class: Mapping[Any, float]) -> Array:
    if task.labels is None:
        raise DataError(
            _("class_weight without classes"),
            code="K505",
            fix=_("sample_weight=, one number for each picture"),
        )
    return class_factors(by_class, task.labels.classes)[task.labels.encode(y)]


def class_factors(by_class: Mapping[Any, float], classes: Sequence[Any]) -> Array:
    """How much the pictures of each class count: [classes].

    Raises:
        ParameterError: K201, this is no dict of numbers ≥ 0.
        DataError: K505, a label is none of the classes.
    """
    if not isinstance(by_class, Mapping):
        raise ParameterError(
            f"class_weight={short_text(by_class)}",
            code="K201",
            where="fit",
            fix=_("a dict: label -> how much its pictures count"),
        )
    unknown = [label for label in by_class if label not in classes]
    if unknown:
        raise DataError(
            _("class_weight of {label}, which is no class", label=repr(unknown[0])[:60]),
            code="K505",
            details=[(_("classes"), ", ".join(map(str, classes))[:200])],
            fix=_("weights of these classes; those left out count 1"),
        )
    return np.array(
        [
            check_value("class_weight", by_class.get(label, 1.0), Real(0), where="fit")
            for label in classes
        ]
    )


def with_validation(
    examples: Examples, network: Network, task: Task, validation: Validation
) -> tuple[Examples, Examples | None]:
    """(examples to learn from, examples to validate with).

    Raises:
        DataError: K506, a part would be empty; K503, the validation data are no pair or triple.
    """
    if validation.data is not None:
        return examples, _given(validation.data, network, task)
    allowed = Real(0, 1, below_maximum=True)
    share = check_value("validation_split", validation.split, allowed, where="fit")
    if share == 0:
        return examples, None
    aside, kept = split(_classes(examples, task), (share,), validation.seed)
    if len(aside) == 0:
        raise DataError(
            _(
                "validation_split={share:g} of {pictures} pictures leaves none to validate with",
                share=share,
                pictures=len(examples),
            ),
            code="K506",
            fix=_("more pictures of each class, or validation_data=(x, y)"),
        )
    return _part(examples, kept), _part(examples, aside)


def _given(data: Any, network: Network, task: Task) -> Examples:
    if not isinstance(data, (tuple, list)) or len(data) not in (2, 3):
        raise DataError(
            _("validation_data is {kind}", kind=type(data).__name__),
            code="K503",
            fix=_("validation_data=(x, y), or (x, y, sample_weight)"),
        )
    return make_examples(data[0], data[1], network, task, Weighting(*data[2:]))


def _classes(examples: Examples, task: Task) -> Array:
    """The class of each picture, to give every class its share; all alike without classes."""
    targets = examples.targets
    if task.labels is None:
        return np.zeros(len(targets), np.int64)
    one_hot = targets.ndim == 2 and targets.shape[1] > 1
    classes = targets.argmax(axis=1) if one_hot else targets.reshape(len(targets))
    return classes.astype(np.int64)


def _part(examples: Examples, indices: Array) -> Examples:
    weight = examples.sample_weight
    return replace(
        examples,
        images=examples.images[indices],
        targets=examples.targets[indices],
        sample_weight=None if weight is None else weight[indices],
    )
