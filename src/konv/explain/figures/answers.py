"""What a network said of pictures, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from konv.errors import DataError
from konv.explain.figures.wording import percent
from konv.language import translate as _

__all__ = ["Answers"]


@dataclass(frozen=True)
class Answers:
    """What a network said of pictures.

    Args:
        images: [N, height, width(, channels)], or channels first.
        predictions: the index of the class that each was taken for, [N].
        probabilities: of that class, [N]; or of all classes, [N, K]; or of the second of two,
            [N, 1]; None if there are none.
        class_names: in the order of the outputs.
        labels: the index of the class that each is of, [N]; None if that is not known.
        channels_first: whether images are (channels, height, width).

    Raises:
        DataError: K501, for no pictures; K503, K504, K505, when these do not belong together.
    """

    images: NDArray[Any]
    predictions: NDArray[Any]
    probabilities: NDArray[Any] | None
    class_names: Sequence[object]
    labels: NDArray[Any] | None = None
    channels_first: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "images", _checked_images(self.images))
        for name in ("predictions", "labels"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, self._checked_classes(name))
        object.__setattr__(self, "probabilities", self._confidence())

    def _checked_classes(self, name: str) -> NDArray[np.int64]:
        indices = np.asarray(getattr(self, name))
        classes = len(self.class_names)
        self._check_length(name, indices)
        inside = indices.dtype.kind in "iu" and bool(((indices >= 0) & (indices < classes)).all())
        if indices.ndim != 1 or not inside:
            raise DataError(
                _("{name} are not all indices of classes", name=name),
                code="K505",
                details=[(_("given"), np.array2string(indices, threshold=10, edgeitems=4))],
                fix=_("whole numbers from 0 to {last}, [N]", last=classes - 1),
            )
        return indices.astype(np.int64)

    def _check_length(self, name: str, values: NDArray[Any]) -> None:
        given = len(values) if values.ndim else 1
        if given != len(self.images):
            raise DataError(
                _(
                    "{pictures:,} pictures and {given:,} {name}",
                    pictures=len(self.images),
                    given=given,
                    name=name,
                ),
                code="K503",
                fix=_("give one for each picture, in the same order"),
            )

    def _confidence(self) -> NDArray[np.float64] | None:
        """The probability of the class that each picture was taken for, [N]."""
        if self.probabilities is None:
            return None
        try:
            shares = np.asarray(self.probabilities, np.float64)
        except (TypeError, ValueError):
            shares = np.zeros((len(self.images), 0, 0))  # of no shape that is accepted
        self._check_length("probabilities", shares)
        classes = len(self.class_names)
        if shares.shape[1:] == (1,) and classes == 2:
            shares = np.concatenate([1 - shares, shares], axis=1)
        if shares.shape[1:] == (classes,):
            return np.take_along_axis(shares, self.predictions[:, np.newaxis], axis=1)[:, 0]
        if shares.ndim != 1:
            raise DataError(
                _("probabilities of shape {given}", given=shares.shape),
                code="K503",
                fix=_("an array of shape (N,) or (N, {classes})", classes=classes),
            )
        return shares

    @property
    def truth(self) -> NDArray[np.int64]:
        """The class of each picture, [N]: the answers themselves if it is not known."""
        truth: NDArray[np.int64] = self.predictions if self.labels is None else self.labels
        return truth

    def is_wrong(self) -> NDArray[np.bool_]:
        """Which pictures are known to be of another class, [N]."""
        wrong: NDArray[np.bool_] = self.truth != self.predictions
        return wrong

    def share_text(self, index: int) -> str:
        """The probability of the answer for one picture, or nothing."""
        return "" if self.probabilities is None else percent(float(self.probabilities[index]))


def _checked_images(value: Any) -> NDArray[Any]:
    try:
        images = np.asarray(value)
    except ValueError:  # pictures of several sizes
        images = np.empty((), object)
    if images.ndim > 0 and not len(images):
        raise DataError(_("no pictures to show"), code="K501", fix=_("give at least one picture"))
    if images.ndim not in (3, 4) or images.dtype.kind not in "uifb" or 0 in images.shape:
        raise DataError(
            _("pictures of shape {shape}, {kind}", shape=images.shape, kind=images.dtype),
            code="K504",
            fix=_("one array of numbers (pictures, height, width) or with a last axis of channels"),
        )
    return images
