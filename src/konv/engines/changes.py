"""What becomes of the pictures of a batch before a network sees them: some numbers per picture.

Changes follow each other. What they are is the same for all pictures of a batch; how far they go is
not. Whatever they are and in whatever order, a pixel of the result is one pixel of the picture, or
0, multiplied by some factors: so an engine may do all of them while it reads the pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from konv.errors import EngineError
from konv.language import translate as _

__all__ = ["BLANK", "BRIGHTEN", "MIRROR", "MOVE", "NUMBERS", "Change", "Changes"]

Array = NDArray[Any]

MOVE, MIRROR, BLANK, BRIGHTEN = "move", "mirror", "blank", "brighten"
# How many numbers say what is done to a picture.
NUMBERS: Mapping[str, int] = MappingProxyType({MOVE: 2, MIRROR: 2, BLANK: 4, BRIGHTEN: 1})


@dataclass(frozen=True, eq=False)
class Change:
    """One change of every picture.

    Args:
        kind: one of ``NUMBERS``.
        numbers: its numbers, each for every picture: [N].
    """

    kind: str
    numbers: tuple[Array, ...]


@dataclass(frozen=True, eq=False)
class Changes:
    """What becomes of each picture. Begin with :meth:`none`.

    Args:
        pictures: how many there are.
        size: their height and width.
        steps: what is done, in this order.

    Example:
        >>> changes = Changes.none((1, 1, 4)).moved([0], [1]).mirrored([False], [True])
        >>> changes.apply(np.array([1, 2, 3, 4], np.uint8).reshape(1, 1, 4, 1)).ravel()
        array([3, 2, 1, 0], dtype=uint8)
    """

    pictures: int
    size: tuple[int, int]
    steps: tuple[Change, ...] = ()

    @staticmethod
    def none(shape: Sequence[int]) -> Changes:
        """Pictures of that shape, (N, height, width, …), stay as they are."""
        count, height, width = shape[:3]
        return Changes(count, (height, width))

    @property
    def kinds(self) -> tuple[str, ...]:
        """What is done, in this order."""
        return tuple(step.kind for step in self.steps)

    def moved(self, down: ArrayLike, right: ArrayLike) -> Changes:
        """Then moved by so many pixels; what comes in is 0."""
        return self._then(MOVE, down, right)

    def mirrored(self, upside_down: ArrayLike, sideways: ArrayLike) -> Changes:
        """Then, where so, up becomes down, and left becomes right."""
        return self._then(MIRROR, np.asarray(upside_down, bool), np.asarray(sideways, bool))

    def blanked(
        self, top: ArrayLike, left: ArrayLike, bottom: ArrayLike, right: ArrayLike
    ) -> Changes:
        """Then a rectangle becomes 0: from that row and column up to those; it may lie outside."""
        return self._then(BLANK, top, left, bottom, right)

    def brightened(self, factors: ArrayLike) -> Changes:
        """Then multiplied by a number ≥ 0; uint8 is rounded, and ends at 255."""
        return self._then(BRIGHTEN, factors)

    def apply(self, images: Array, *, channels_first: bool = False) -> Array:
        """The pictures after all changes, in an array of their own.

        Args:
            images: [N, height, width, channels], uint8 or floating.
            channels_first: they are [N, channels, height, width] instead.

        Raises:
            EngineError: K705, pictures of another shape or number.
        """
        self.check(images.shape, channels_first=channels_first)
        result = images.copy()
        if channels_first:
            result = np.moveaxis(result, 1, -1)
        for step in self.steps:
            result = _WAYS[step.kind](result, *step.numbers)
        return np.ascontiguousarray(np.moveaxis(result, -1, 1)) if channels_first else result

    def check(self, shape: Sequence[int], *, channels_first: bool = False) -> None:
        """Refuse pictures [N, …] that these changes are not of.

        Raises:
            EngineError: K705
        """
        size = tuple(shape[2:] if channels_first else shape[1:3])
        if len(shape) != 4 or size != self.size or shape[0] != self.pictures:
            raise EngineError(
                _(
                    "changes of {count} pictures of {height}×{width} do not suit images of the "
                    "shape {shape}",
                    count=self.pictures,
                    height=self.size[0],
                    width=self.size[1],
                    shape=tuple(shape),
                ),
                code="K705",
            )

    def _then(self, kind: str, *numbers: ArrayLike) -> Changes:
        step = Change(kind, tuple(np.asarray(each) for each in numbers))
        return replace(self, steps=(*self.steps, step))


# Each may write to the pictures that it is given.


def _moved(images: Array, down: Array, right: Array) -> Array:
    result = np.zeros_like(images)
    height, width = images.shape[1:3]
    for number, (rows, columns) in enumerate(zip(down.tolist(), right.tolist(), strict=True)):
        to_rows, from_rows = _overlap(height, rows)
        to_columns, from_columns = _overlap(width, columns)
        result[number, to_rows, to_columns] = images[number, from_rows, from_columns]
    return result


def _overlap(side: int, by: int) -> tuple[slice, slice]:
    """Where pixels go to, and where they come from."""
    by = min(max(by, -side), side)
    return slice(max(by, 0), side + min(by, 0)), slice(max(-by, 0), side - max(by, 0))


def _mirrored(images: Array, upside_down: Array, sideways: Array) -> Array:
    images[sideways] = images[sideways, :, ::-1]
    images[upside_down] = images[upside_down, ::-1]
    return images


def _blanked(images: Array, *edges: Array) -> Array:
    inside = (np.maximum(edge, 0).tolist() for edge in edges)
    for number, (top, left, bottom, right) in enumerate(zip(*inside, strict=True)):
        images[number, top:bottom, left:right] = 0
    return images


def _brightened(images: Array, factors: Array) -> Array:
    factors = factors.astype(np.result_type(images.dtype, np.float32)).reshape(-1, 1, 1, 1)
    numbers = images * factors
    if images.dtype == np.uint8:
        np.rint(numbers, out=numbers)
        np.minimum(numbers, 255, out=numbers)
    return numbers.astype(images.dtype, copy=False)


_WAYS: Mapping[str, Callable[..., Array]] = MappingProxyType(
    {MOVE: _moved, MIRROR: _mirrored, BLANK: _blanked, BRIGHTEN: _brightened}
)
