"""Labels: which class each output of a network stands for, and the way there and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from konv.errors import DataError
from konv.language import translate as _
from konv.language.tables import printable, shortened
from konv.limits import MAX_CLASSES
from konv.training.label_arrays import ReadLabels, is_class_labels, read_labels, unsuited

__all__ = ["Label", "Labels", "is_class_labels"]

Label = str | int | bool
_SHOWN = 10
_LABEL_WIDTH = 40


@dataclass(frozen=True)
class Labels:
    """The classes of a network, in the order of its outputs.

    A network with a single output (sigmoid) has two classes: its output is the probability of the
    second.

    Args:
        classes: texts, whole numbers, or False and True; each once.

    Raises:
        DataError: K505, for no classes, the same one twice, or classes of several kinds.

    Example:
        >>> labels = Labels.learn(["dog", "cat", "cat", "bird"], outputs=3)
        >>> labels.classes
        ('bird', 'cat', 'dog')
        >>> labels.encode(["cat", "dog"]), labels.decode([2, 0])
        (array([1, 2]), array(['dog', 'bird'], dtype='<U4'))
    """

    classes: tuple[Label, ...]

    def __post_init__(self) -> None:
        classes = read_labels(list(self.classes)).values.tolist()
        if not 0 < len(classes) <= MAX_CLASSES or len(set(classes)) < len(classes):
            raise unsuited(
                _("{count:,} classes: {classes}", count=len(classes), classes=_listed(classes)),
                _("from 1 to {most:,} classes, each once", most=MAX_CLASSES),
            )
        object.__setattr__(self, "classes", tuple(classes))

    @classmethod
    def learn(cls, y: Any, outputs: int) -> Labels:
        """The classes that occur in ``y``, for a network with so many outputs.

        Whole numbers from 0 to ``outputs`` − 1 stand for themselves, even if some are absent; so do
        False and True. Other labels are sorted, and there must be as many as outputs.

        Args:
            y: labels of any kind, or one-hot rows, of N pictures.
            outputs: units of the last layer; 1 is for two classes.

        Raises:
            DataError: K505, when they are not labels, or there are more or fewer than outputs.

        Example:
            >>> Labels.learn([3, 0, 1], outputs=5).classes
            (0, 1, 2, 3, 4)
            >>> Labels.learn([1, 2, 3], outputs=2)
            Traceback (most recent call last):
                ...
            konv.errors.DataError: K505: 3 classes, 2 outputs
              classes  1, 2, 3
              fix      Dense(3, activation="softmax") as the last layer
        """
        read = read_labels(y)
        if not len(read.values):
            raise unsuited(_("no labels"), _("give one label for each picture"))
        needed = max(outputs, 2)
        classes = _classes_of(read, needed)
        if len(classes) != needed:
            raise _wrong_count(classes, outputs)
        return cls(tuple(classes))

    @property
    def names(self) -> tuple[str, ...]:
        """The classes as texts."""
        return tuple(str(label) for label in self.classes)

    def encode(self, y: Any) -> NDArray[np.int64]:
        """The index of the class of each picture, [N].

        Args:
            y: labels as they were learned from, or one-hot rows in the order of the classes.

        Raises:
            DataError: K505, for a label that is not one of the classes.
        """
        read = read_labels(y)
        if read.columns is not None:
            if read.columns != len(self.classes):
                raise _wrong_width(read.columns, len(self.classes))
            return read.values
        known = read_labels(list(self.classes))
        if read.are_texts != known.are_texts and len(read.values):
            raise self._unknown(read.values, 0)
        order = np.argsort(known.values, kind="stable")
        found = np.searchsorted(known.values, read.values, sorter=order)
        indices = order[np.minimum(found, len(order) - 1)]
        wrong = np.flatnonzero(known.values[indices] != read.values)
        if len(wrong):
            raise self._unknown(read.values, int(wrong[0]))
        return indices.astype(np.int64)

    def decode(self, indices: ArrayLike) -> NDArray[Any]:
        """The labels of classes, in the shape of their indices.

        Raises:
            DataError: K505, for what is not an index of a class.
        """
        array = np.asarray(indices)
        if not array.size:
            array = array.astype(np.int64)
        inside = array.dtype.kind in "iu" and bool(
            ((array >= 0) & (array < len(self.classes))).all()
        )
        if not inside:
            raise unsuited(
                _("these are not all indices of classes"),
                _("whole numbers from 0 to {last}", last=len(self.classes) - 1),
                (_("given"), np.array2string(array, threshold=10, edgeitems=4)),
            )
        labels: NDArray[Any] = np.array(self.classes)[array]
        return labels

    def _unknown(self, labels: NDArray[Any], index: int) -> DataError:
        return unsuited(
            _(
                "label {label} of picture {index} is not one of the classes",
                label=shortened(repr(labels[index].item()), _LABEL_WIDTH),
                index=index,
            ),
            _("leave such pictures out, or train with them"),
            (_("classes"), _listed(self.classes)),
        )


def _classes_of(read: ReadLabels, needed: int) -> Sequence[Label]:
    if read.columns is not None:
        if read.columns != needed:
            raise _wrong_width(read.columns, needed)
        return range(needed)
    if read.values.dtype.kind == "b":
        return (False, True)
    numbered = not read.are_texts and read.values.min() >= 0 and read.values.max() < needed
    found: Sequence[Label] = range(needed) if numbered else np.unique(read.values).tolist()
    return found


def _wrong_count(classes: Sequence[Label], outputs: int) -> DataError:
    count = len(classes)
    fix = _('Dense({classes}, activation="softmax") as the last layer', classes=count)
    if count == 1:
        what = _("there is only one class")
        fix = _("give pictures of at least two classes")
    elif outputs == 1:
        what = _("{classes} classes, and one output tells 2 apart", classes=count)
    else:
        what = _("{classes} classes, {outputs} outputs", classes=count, outputs=outputs)
        fix += _(", or pictures of every class") if count < outputs else ""
    return unsuited(what, fix, (_("classes"), _listed(classes)))


def _wrong_width(columns: int, classes: int) -> DataError:
    return unsuited(
        _("one-hot rows of {columns} numbers, {classes} classes", columns=columns, classes=classes),
        _("one column for each class"),
    )


def _listed(classes: Sequence[Label]) -> str:
    shown = ", ".join(shortened(printable(str(label)), _LABEL_WIDTH) for label in classes[:_SHOWN])
    if len(classes) > _SHOWN:
        shown += _(", … {count:,} in all", count=len(classes))
    return shown
