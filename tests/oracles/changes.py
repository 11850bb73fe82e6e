"""Changes of pictures, done one after the other with NumPy; and some at random."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["one_after_the_other", "some_changes"]

Step = tuple[Any, ...]


def some_changes(random: np.random.Generator, shape: tuple[int, ...]) -> list[Step]:
    """Up to six changes for pictures of that shape: (method of ``Changes``, its numbers)."""
    return [_change(random, shape) for _number in range(random.integers(0, 7))]


def _change(random: np.random.Generator, shape: tuple[int, ...]) -> Step:
    count, height, width, _channels = shape
    places = random.integers((-height, -width), (height + 1, width + 1), (count, 2))
    kind = random.choice(["moved", "mirrored", "blanked", "brightened"])
    if kind == "moved":
        return kind, *(places // random.integers(1, 4)).T
    if kind == "mirrored":
        return kind, *(random.random((2, count)) < 0.5)
    if kind == "blanked":
        return kind, *places.T, *(places + random.integers(0, 4, (count, 2))).T
    return kind, random.uniform(0, 2, count)


def one_after_the_other(images: np.ndarray, steps: list[Step]) -> np.ndarray:
    """Pictures [N, height, width, channels] after all changes."""
    for name, *numbers in steps:
        per_picture = zip(images, *numbers, strict=True)
        done = [_DONE[name](image, *own) for image, *own in per_picture]
        images = np.stack(done).astype(images.dtype) if done else images
    return images


def _moved(image: np.ndarray, down: int, right: int) -> np.ndarray:
    height, width = image.shape[:2]
    around = np.pad(image, ((height, height), (width, width), (0, 0)))
    top, left = height - down, width - right
    return around[top : top + height, left : left + width]


def _mirrored(image: np.ndarray, upside_down: bool, sideways: bool) -> np.ndarray:
    return np.flip(image, axis=tuple(np.flatnonzero([upside_down, sideways])))


def _blanked(image: np.ndarray, top: int, left: int, bottom: int, right: int) -> np.ndarray:
    rows, columns = np.indices(image.shape[:2])
    hidden = (rows >= top) & (rows < bottom) & (columns >= left) & (columns < right)
    return np.where(hidden[:, :, None], 0, image)


def _brightened(image: np.ndarray, factor: float) -> np.ndarray:
    numbers = image * np.result_type(image.dtype, np.float32).type(factor)
    return np.minimum(np.rint(numbers), 255) if image.dtype == np.uint8 else numbers


_DONE = {
    "moved": _moved,
    "mirrored": _mirrored,
    "blanked": _blanked,
    "brightened": _brightened,
}
