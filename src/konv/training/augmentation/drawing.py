"""Augmentations of a batch: what they do is drawn first, without its pictures, and done later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from konv.constraints import Integer
from konv.engines.changes import Changes
from konv.parameters import check_value
from konv.training.augmentation.base import Augmentation, DrawnAugmentation, Images

__all__ = ["Stage", "augment", "changed", "drawn"]

# What can be known before, or an augmentation that draws when it sees the pictures.
Stage = Changes | tuple[Augmentation, np.random.Generator]

_COUNTER = Integer(0, 2**64 - 1)
# Sets these random numbers apart from those that other parts of training draw with the same seed.
_PURPOSE = int.from_bytes(b"augment", "big")


def augment(
    images: Images,
    augmentations: Sequence[Augmentation],
    *,
    seed: int,
    epoch: int,
    batch: int,
    channels_first: bool = False,
) -> Images:
    """The pictures of one batch after all augmentations, in their order.

    The result is a function of the arguments alone, and each augmentation draws random numbers of
    its own.

    Args:
        images: [N, height, width, channels], uint8 or floating; they are not modified.
        augmentations: what is done to them.
        seed: of the training run.
        epoch: from 0.
        batch: in the epoch, from 0.
        channels_first: the pictures are [N, channels, height, width] instead.

    Returns:
        An array of the same shape and dtype; without augmentations, ``images`` itself.

    Raises:
        ParameterError: K201, for a seed, epoch or batch that is not a whole number from 0.
        DataError: K508, for pictures that cannot be augmented.

    Example:
        >>> from konv.training import Flip, Shift
        >>> pictures = np.arange(64, dtype=np.uint8).reshape(1, 8, 8, 1)
        >>> one = augment(pictures, (Shift(), Flip()), seed=0, epoch=0, batch=0)
        >>> again = augment(pictures, (Shift(), Flip()), seed=0, epoch=0, batch=0)
        >>> bool((one == again).all()), bool((one == pictures).all())
        (True, False)
    """
    if not augmentations:
        return images
    images = np.asarray(images)
    place = {"seed": seed, "epoch": epoch, "batch": batch}
    stages = drawn(
        augmentations, images.shape, images.dtype, **place, channels_first=channels_first
    )
    images, changes = changed(images, stages, channels_first=channels_first)
    return images if changes is None else changes.apply(images, channels_first=channels_first)


def drawn(
    augmentations: Sequence[Augmentation],
    shape: tuple[int, ...],
    dtype: DTypeLike,
    *,
    seed: int,
    epoch: int,
    batch: int,
    channels_first: bool = False,
) -> tuple[Stage, ...]:
    """What will be done to a batch, as far as it can be known without its pictures.

    Args:
        augmentations, seed, epoch, batch, channels_first: as of :func:`augment`.
        shape, dtype: of the pictures.

    Returns:
        Stages: changes that follow each other without anything between are one.
    """
    key = [
        check_value(name, value, _COUNTER, where="augment")
        for name, value in (("seed", seed), ("epoch", epoch), ("batch", batch))
    ]
    if channels_first and len(shape) == 4:
        shape = (shape[0], *shape[2:], shape[1])
    stages: list[Any] = []
    for place, augmentation in enumerate(augmentations):
        generator = np.random.default_rng([*key, place, _PURPOSE])
        if isinstance(augmentation, DrawnAugmentation):
            augmentation.check(shape, np.dtype(dtype))
            follows = stages and isinstance(stages[-1], Changes)
            changes = stages.pop() if follows else Changes.none(shape)
            stages.append(augmentation.drawn(changes, generator))
        else:
            stages.append((augmentation, generator))
    return tuple(stages)


def changed(
    images: Images, stages: Sequence[Stage], *, channels_first: bool = False
) -> tuple[Images, Changes | None]:
    """The pictures after all stages but the last, if that can be left to whoever reads them.

    Args:
        images, channels_first: as of :func:`augment`.
        stages: what :func:`drawn` has drawn for them; they serve once.

    Returns:
        The pictures, and what is still to be done to them; None: nothing.
    """
    left = stages[-1] if stages else None
    if not isinstance(left, Changes):
        left = None
    now = stages if left is None else stages[:-1]
    if not now:
        return images, left
    result = np.moveaxis(images, 1, -1) if channels_first and images.ndim == 4 else images
    for stage in now:
        if isinstance(stage, Changes):
            result = stage.apply(result)
        else:
            augmentation, generator = stage
            result = augmentation.apply(result, generator)
    return (np.ascontiguousarray(np.moveaxis(result, -1, 1)) if channels_first else result), left
