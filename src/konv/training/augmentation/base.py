"""What an augmentation is: a change of the pictures of a batch, at random, each on its own.

Pictures are (N, height, width, channels), uint8 or floating. Where a change uncovers a place that
was outside the picture, it is filled with 0: black, or the mean of pictures that were standardised.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from konv.engines.changes import Changes
from konv.errors import DataError
from konv.language import translate as _
from konv.parameters import Checked

__all__ = ["Augmentation", "DrawnAugmentation", "Images"]

Images = NDArray[Any]


@dataclass(frozen=True, repr=False)
class Augmentation(Checked):
    """The contract of every augmentation. Its fields say how far a change may go at most."""

    def apply(self, images: Images, generator: np.random.Generator) -> Images:
        """Each picture changed at random, independently of the others.

        Args:
            images: [N, height, width, channels], uint8 or floating; they are not modified.
            generator: decides how.

        Returns:
            A new array of the same shape and dtype. uint8 is rounded and clipped to 0…255; floating
            numbers are not clipped, because their range is not known.

        Raises:
            DataError: K508, for anything that is not such pictures, or pictures that are too small.
        """
        images = np.asarray(images)
        self.check(images.shape, images.dtype)
        return self._changed(images, generator)

    def check(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        """Refuse what is no pictures, or pictures that are too small.

        Raises:
            DataError: K508
        """
        if len(shape) != 4 or not (dtype == np.uint8 or dtype.kind == "f"):
            raise self._unsuited(
                _("an array of {kind} and shape {shape}", kind=dtype, shape=shape),
                _("give pictures (N, height, width, channels) of uint8 or floating numbers"),
            )
        self._check_size(*shape[1:3])

    @abstractmethod
    def _changed(self, images: Images, generator: np.random.Generator) -> Images:
        """What :meth:`apply` returns, for images that were checked."""

    def _check_size(self, height: int, width: int) -> None:
        """Refuse pictures of which nothing might be left."""

    def _unsuited(self, what: str, fix: str) -> DataError:
        return DataError(what, code="K508", where=repr(self), fix=fix)

    @classmethod
    def from_text(cls, value: str) -> Self:
        """One of these whose first field has the value that a person typed, as ``15``."""
        return cls.from_config({next(iter(cls.constraints())): _number(value)})


@dataclass(frozen=True, repr=False)
class DrawnAugmentation(Augmentation):
    """One that is known before the pictures are looked at: a network can do it while it reads them.

    Each pixel of its result is a pixel of the picture, or 0, times a number.
    """

    @abstractmethod
    def drawn(self, changes: Changes, generator: np.random.Generator) -> Changes:
        """These changes, and then what this augmentation does, drawn for each picture."""

    def _changed(self, images: Images, generator: np.random.Generator) -> Images:
        return self.drawn(Changes.none(images.shape), generator).apply(images)


def _number(text: str) -> int | float | str:
    """The number in a text; or the text itself, which no field of numbers accepts."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
