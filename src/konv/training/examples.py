"""Pictures with what should come out of them, and the batches that are made of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from konv.engines.changes import Changes
from konv.engines.contract import Array
from konv.training.augmentation.drawing import Stage, changed, drawn
from konv.training.plan import Plan

__all__ = ["Batch", "Examples", "batches"]

# Sets these random numbers apart from those that others draw with the same seed.
_PURPOSE = int.from_bytes(b"order", "big")
# Batches that are drawn at once: a step of training takes from the cache what drawing needs.
_AHEAD = 16


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
    """The pictures of one update, and what must become of them before."""

    images: Array
    targets: Array
    sample_weight: Array | None
    changes: Changes | None


def batches(examples: Examples, plan: Plan, epoch: int, first: int) -> Iterator[Batch]:
    """The batches of one epoch from number ``first`` on.

    Each is a function of the plan's seed, the epoch and its number alone, so that a run that was
    interrupted goes on with the very batch it had not done.
    """
    order = np.arange(len(examples))
    if plan.shuffle:
        order = np.random.default_rng([plan.seed, epoch, _PURPOSE]).permutation(len(examples))
    chosen = [order[i : i + plan.batch_size] for i in range(0, len(order), plan.batch_size)]
    for begin in range(first, len(chosen), _AHEAD):
        numbers = range(begin, min(begin + _AHEAD, len(chosen)))
        drawings = [_drawn(examples, plan, len(chosen[i]), epoch, i) for i in numbers]
        for number, stages in zip(numbers, drawings, strict=True):
            yield _batch(examples, chosen[number], stages)


def _drawn(
    examples: Examples, plan: Plan, count: int, epoch: int, number: int
) -> tuple[Stage, ...]:
    """What will be done to the pictures of a batch."""
    return drawn(
        plan.augmentations,
        (count, *examples.images.shape[1:]),
        examples.images.dtype,
        seed=plan.seed,
        epoch=epoch,
        batch=number,
        channels_first=examples.channels_first,
    )


def _batch(examples: Examples, chosen: Array, stages: Sequence[Stage]) -> Batch:
    images, changes = changed(
        examples.images[chosen], stages, channels_first=examples.channels_first
    )
    weight = None if examples.sample_weight is None else examples.sample_weight[chosen]
    return Batch(images, examples.targets[chosen], weight, changes)
