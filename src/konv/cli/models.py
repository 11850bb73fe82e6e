"""What commands need to know of a model."""

from __future__ import annotations

from typing import Any

from konv.constraints import did_you_mean
from konv.data.preprocessing import Preprocessing
from konv.errors import DataError
from konv.language import translate as _
from konv.language.tables import printable
from konv.model import Model

__all__ = ["class_names", "label_of", "preprocessing_of"]

_SHOWN_NAMES = 20


def preprocessing_of(model: Model) -> Preprocessing:
    """How a picture becomes the model's input.

    Raises:
        DataError: K504, the model does not say.
    """
    if model.preprocessing is None:
        raise DataError(
            _("the model does not say how a picture becomes its input"),
            code="K504",
            where=model.network.name,
            fix=_(
                "konv convert MODEL --to konv --pixels 0..1, or another range; or train it with "
                "konv train"
            ),
        )
    return model.preprocessing


def class_names(model: Model, outputs: int) -> tuple[str, ...]:
    """The names of the classes; their numbers, if they have none."""
    return tuple(str(label) for label in model.classes or range(outputs))


def label_of(model: Model, word: str) -> Any:
    """The class that a person means; of a model without classes, its number.

    Raises:
        DataError: K505, there is no such class.
    """
    outputs = model.network.output_shape[-1]
    known = model.classes or tuple(range(max(outputs, 2)))
    for label in known:
        if str(label) == word:
            return label
    names = [printable(str(label)) for label in known]
    shown = ", ".join(names[:_SHOWN_NAMES]) + (", …" if len(names) > _SHOWN_NAMES else "")
    raise DataError(
        _("there is no class {name}", name=repr(word)[:60]) + did_you_mean(word, names),
        code="K505",
        where=model.network.name,
        fix=_("one of {names}", names=shown),
    )
