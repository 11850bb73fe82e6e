"""A model on labelled pictures: their classes are matched by name, whatever their numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from konv.cli.pictures import network_inputs, split_labels
from konv.data import Split
from konv.errors import DataError
from konv.language import translate as _
from konv.model import Model
from konv.training.evaluation import Evaluation

__all__ = ["judged"]

_SHOWN = 10


def judged(model: Model, splits: Sequence[Split], names: tuple[str, ...]) -> Evaluation:
    """How good a model is on pictures whose classes are called ``names``.

    Raises:
        DataError: K505, some of the pictures' classes are not the model's.
    """
    labels = np.concatenate([split_labels(split, names) for split in splits])
    known = {str(label): label for label in model.classes}
    _check_classes(sorted(set(labels.tolist())), known)
    images = [network_inputs(split.images, model.network) for split in splits]
    return model.evaluate(
        images[0] if len(images) == 1 else np.concatenate(images),
        np.array([known[label] for label in labels.tolist()]),
    )


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
