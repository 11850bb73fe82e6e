"""What commands need to know of a model."""

from __future__ import annotations

from konv.data.preprocessing import Preprocessing
from konv.errors import DataError
from konv.language import translate as _
from konv.model import Model

__all__ = ["class_names", "preprocessing_of"]


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
                "train it with konv train, or on uint8 pictures; or set model.preprocessing and "
                "save it again"
            ),
        )
    return model.preprocessing


def class_names(model: Model, outputs: int) -> tuple[str, ...]:
    """The names of the classes; their numbers, if they have none."""
    return tuple(str(label) for label in model.classes or range(outputs))
