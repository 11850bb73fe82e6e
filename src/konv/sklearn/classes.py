"""Between labels as scikit-learn has them and the numbers of a network's outputs."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets

from konv.engines.contract import Array
from konv.errors import DataError
from konv.language import translate as _
from konv.training.label_arrays import unsuited
from konv.training.labels import Label

__all__ = [
    "check_labels",
    "classes_in",
    "classes_of_parts",
    "indices_of",
    "names_of",
    "require_two",
]

_SHOWN = 60


def indices_of(labels: Array, classes: Array) -> Array:
    """The place of each label among the classes: [N].

    Raises:
        DataError: K505, a label is none of them.

    Example:
        >>> indices_of(np.array(["b", "a"]), np.array(["a", "b"])).tolist()
        [1, 0]
    """
    places = {label: place for place, label in enumerate(classes.tolist())}
    found = [places.get(label, -1) for label in labels.tolist()]
    indices = np.array(found, np.int64)
    if (indices < 0).any():
        unknown = labels.tolist()[int(np.argmin(indices))]
        raise unsuited(
            _("label {label} is none of the classes", label=repr(unknown)[:_SHOWN]),
            _("leave such samples out, or fit anew with all classes"),
            (_("classes"), ", ".join(map(str, classes))[: 2 * _SHOWN]),
        )
    return indices


def check_labels(labels: Any) -> None:
    """Whether these are labels of classes, as scikit-learn sees it.

    Raises:
        ValueError: they are numbers to come near to.
        DataError: K505, they are of kinds that cannot be compared.
    """
    try:
        check_classification_targets(labels)
    except TypeError:
        raise _not_comparable() from None


def classes_in(labels: Any) -> Array:
    """The classes that occur, sorted.

    Raises:
        DataError: K505, they are of kinds that cannot be sorted.
    """
    try:
        return np.unique(np.asarray(labels))
    except TypeError:
        raise _not_comparable() from None


def classes_of_parts(given: Any, known: Array | None) -> Array:
    """The classes of a training that comes in parts.

    Args:
        given: what ``classes=`` says.
        known: those of earlier parts.

    Raises:
        DataError: K505, they are not known, or not those of earlier parts.
    """
    if given is None and known is None:
        raise unsuited(
            _("the first call of partial_fit does not say which classes there will be"),
            _("partial_fit(X, y, classes=[…]) with all labels that may come"),
        )
    if known is None:
        return classes_in(given)
    if given is not None and not np.array_equal(known, classes_in(given)):
        raise unsuited(
            _("these are not the classes of the call before"),
            _("the same classes in every call, or none after the first"),
            (_("classes"), ", ".join(map(str, known))[: 2 * _SHOWN]),
        )
    return known


def require_two(indices: Array, classes: Array) -> None:
    """Whether there is something to tell apart.

    Raises:
        DataError: K505, all pictures that count are of one class.
    """
    present = np.unique(indices)
    if len(present) < 2:
        raise unsuited(
            _("there is only one class"),
            _("give pictures of at least two classes"),
            (_("classes"), str(classes[present[0]])[:_SHOWN]),
        )


def names_of(classes: Array) -> tuple[Label, ...]:
    """The classes as a model file has them: texts, whole numbers, False and True.

    Example:
        >>> names_of(np.array([1.0, 2.0])), names_of(np.array(["cat", "dog"]))
        ((1, 2), ('cat', 'dog'))
    """
    labels = classes.tolist()
    if all(isinstance(label, float) and label.is_integer() for label in labels):
        return tuple(map(int, labels))
    if len({type(label) for label in labels}) == 1 and isinstance(labels[0], (bool, int, str)):
        return tuple(labels)
    return tuple(map(str, labels))


def _not_comparable() -> DataError:
    return unsuited(
        _("labels of several kinds"),
        _("texts, whole numbers, or True and False: one of these for all"),
    )
