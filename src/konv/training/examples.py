"""Pictures with what should come out of them, and the batches that are made of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from konv.engines.contract import Array
from konv.training.augmentation import augment
from konv.training.plan import Plan

__all__ = ["Batch", "Examples", "batches"]

# Sets these random numbers apart from those that others draw with the same seed.
_PURPOSE = int.from_bytes(b"order", "big")


@dataclass(frozen=True)
class Examples:
    """Pictures ready for a program.

    Args:
        images: [N, *input shape], uint8 or float; may be a memory map.
        targets: as the loss's ``prepare_targets`` returns them.
        sample_weight: [N], how much each counts; None: each 1.
        channels_first: whether a picture is (channels, height, width).
    """

    images: Array
    targets: Array
    sample_weight: Array | None = None
    channels_first: bool = False

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True)
class Batch:
    """The pictures of one update."""

    images: Array
    targets: Array
    sample_weight: Array | None


def batches(examples: Examples, plan: Plan, epoch: int, first: int) -> Iterator[Batch]:
    """The batches of one epoch from number ``first`` on.

    Each is a function of the plan's seed, the epoch and its number alone, so that a run that was
    interrupted goes on with the very batch it had not done.
    """
    order = np.arange(len(examples))
    if plan.shuffle:
        order = np.random.default_rng([plan.seed, epoch, _PURPOSE]).permutation(len(examples))
    for number in range(first, plan.batches_per_epoch(len(examples))):
        chosen = order[number * plan.batch_size : (number + 1) * plan.batch_size]
        images = examples.images[chosen]
        if plan.augmentations:
            images = augment(
                images,
                plan.augmentations,
                seed=plan.seed,
                epoch=epoch,
                batch=number,
                channels_first=examples.channels_first,
            )
        weight = None if examples.sample_weight is None else examples.sample_weight[chosen]
        yield Batch(images, examples.targets[chosen], weight)
