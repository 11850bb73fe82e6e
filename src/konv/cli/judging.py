"""A model on labelled pictures: their classes are matched by name, whatever their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from konv.cli.pictures import network_inputs, split_labels
from konv.cli.precision import Difference, measured_difference
from konv.data import Split
from konv.engines.contract import Precision
from konv.errors import DataError
from konv.language import translate as _
from konv.model import Model
from konv.training.evaluation import Evaluation

__all__ = ["Judgement", "judged", "judged_in"]

_SHOWN = 10


@dataclass(frozen=True)
class Judgement:
    """How good a model is, in some precision.

    Args:
        evaluation: in that precision.
        exact: in float32.
        difference: between the two; None where they are one.
    """

    evaluation: Evaluation
    exact: Evaluation
    difference: Difference | None


def judged(model: Model, splits: Sequence[Split], names: tuple[str, ...]) -> Evaluation:
    """How good a model is on pictures whose classes are called ``names``.

    Raises:
        DataError: K505, some of the pictures' classes are not the model's.
    """
    return model.evaluate(*_labelled(model, splits, names))


def judged_in(
    precision: Precision, model: Model, splits: Sequence[Split], names: tuple[str, ...]
) -> Judgement:
    """The same in some precision, held against float32.

    Raises:
        DataError: K505, some of the pictures' classes are not the model's.
        EngineError: K706, the processor does not have that precision.
    """
    images, labels = _labelled(model, splits, names)
    evaluation = model.evaluate(images, labels, precision=precision)
    if precision == "float32":
        return Judgement(evaluation, evaluation, None)
    outputs = model.predict(images, precision=precision)
    return Judgement(
        evaluation,
        model.evaluate(images, labels),
        measured_difference(model, images, outputs, precision),
    )


def _labelled(
    model: Model, splits: Sequence[Split], names: tuple[str, ...]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[Any]]:
    """Pictures as the network takes them, with the model's labels, or numbers if it has none."""
    outputs = max(model.network.output_shape[-1], 2)
    labels = np.concatenate([split_labels(split, names) for split in splits])
    known = {str(label): label for label in model.classes or range(outputs)}
    _check_classes(sorted(set(labels.tolist())), known)
    images = [network_inputs(split.images, model.network) for split in splits]
    whole = images[0] if len(images) == 1 else np.concatenate(images)
    return whole, np.array([known[label] for label in labels.tolist()])


def _check_classes(given: Sequence[str], known: dict[str, object]) -> None:
    unknown = [name for name in given if name not in known]
    if not unknown:
        return
    absent = [name for name in known if name not in given]
    raise DataError(
        _("the classes of the pictures are not those of the model"),
        code="K505",
        details=[
            (_("unknown to the model"), _listed(unknown)),
            (_("only in the model"), _listed(absent)),
        ],
        fix=_("name the folders as the model's classes, or train with these pictures"),
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN]) or _("none")
    return shown + _(", … {count:,} in all", count=len(names)) * (len(names) > _SHOWN)
