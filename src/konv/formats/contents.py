"""What a model file holds: everything that is needed to classify a new picture."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from konv.constraints import Constraint, Integer, RefusalError
from konv.data.preprocessing import Preprocessing
from konv.errors import ParameterError
from konv.formats.record import PlainObject
from konv.formats.texts import is_text
from konv.language import translate as _
from konv.layers.base import shape_text
from konv.limits import MAX_CLASSES
from konv.network.graph import Network
from konv.parameters import check_value, short_text

__all__ = ["ClassNames", "Label", "ModelContents"]

Label = str | int | bool
_WHOLE = Integer(-(2**63), 2**63 - 1)


@dataclass(frozen=True)
class ClassNames(Constraint):
    """One label per class, all of one kind and all different."""

    def accept(self, value: Any) -> tuple[Label, ...]:
        if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
            raise RefusalError(self.describe())
        labels = tuple(self._label(label) for label in value)
        if len(labels) > MAX_CLASSES or len({type(label) for label in labels}) > 1:
            raise RefusalError(self.describe())
        if len(set(labels)) < len(labels):
            ((twice, _count),) = Counter(labels).most_common(1)
            found = _("; {label} stands there twice", label=short_text(twice))
            raise RefusalError(self.describe() + found)
        return labels

    def describe(self) -> str:
        return _(
            "at most {most} different labels: texts, or whole numbers, or True and False",
            most=f"{MAX_CLASSES:,}",
        )

    def bad_values(self) -> tuple[Any, ...]:
        bad = (None, 1.5, b"x", 2**63, "\ud800", ("a",), object())
        mixed = ([1, "1"], [0, True], ["a", "a"], [0, 0], range(MAX_CLASSES + 1))
        return (None, 3, "ab", b"ab", {"a": 1}, *mixed, *([value] for value in bad))

    def _label(self, label: Any) -> Label:
        if is_text(label):
            return str(label)
        if isinstance(label, (bool, np.bool_)):
            return bool(label)
        try:
            return _WHOLE.accept(label)
        except RefusalError:
            found = _("; {label} is none", label=short_text(label))
            raise RefusalError(self.describe() + found) from None


@dataclass(frozen=True, eq=False)
class ModelContents:
    """What a model file holds.

    Args:
        network: the layers and how they are wired.
        weights: name -> float32 array, as ``network.weight_specs`` names them. They are compared
            with the network where they are read or written, not here: that would copy them.
        class_names: the label of each output, in order; two labels for a single output; none if the
            outputs are not classes.
        preprocessing: how a picture becomes the input; None if that is not known.
        record: how it was trained, as plain data; see :func:`konv.formats.training_record`.

    Raises:
        ParameterError: K201, class names, preprocessing or a record that cannot be; K205, class
            names or preprocessing that do not suit the network.
    """

    network: Network
    weights: Mapping[str, np.ndarray[Any, np.dtype[np.float32]]] = field(repr=False)
    class_names: tuple[Label, ...] = ()
    preprocessing: Preprocessing | None = None
    record: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, constraint in (("class_names", ClassNames()), ("record", PlainObject())):
            value = check_value(name, getattr(self, name), constraint, where="ModelContents")
            object.__setattr__(self, name, value)
        self._check_classes()
        self._check_preprocessing()

    def _check_classes(self) -> None:
        outputs = math.prod(self.network.output_shape)
        allowed = (0, outputs, 2) if outputs == 1 else (0, outputs)
        if len(self.class_names) not in allowed:
            raise _contradiction(
                _("{count} class names", count=f"{len(self.class_names):,}"),
                _("outputs of the network"),
                shape_text(self.network.output_shape),
                _("one name per output, or none"),
            )

    def _check_preprocessing(self) -> None:
        if self.preprocessing is None:
            return
        if not isinstance(self.preprocessing, Preprocessing):
            raise ParameterError(
                _("preprocessing={value}", value=short_text(self.preprocessing)),
                code="K201",
                where="ModelContents",
                fix=_("a konv.Preprocessing, or None"),
            )
        shape, expected = self.preprocessing.shape, self.network.input_shape
        if self.network.data_format == "channels_first":
            shape = (shape[2], *shape[:2])
        if expected not in (shape, (math.prod(shape),)):
            raise _contradiction(
                _("preprocessing that makes {shape}", shape=shape_text(shape)),
                _("input of the network"),
                shape_text(expected),
                _("the height, width and channels of the network's input"),
            )


def _contradiction(what: str, label: str, shape: str, fix: str) -> ParameterError:
    return ParameterError(
        what, code="K205", where="ModelContents", details=[(label, shape)], fix=fix
    )
