"""What a training run is told to do. With the data and the first weights it decides every bit."""

from __future__ import annotations

import math
from dataclasses import dataclass

from konv.losses import Loss
from konv.optimizers import Optimizer
from konv.training.augmentation import Augmentation
from konv.training.metrics import Metric

__all__ = ["Plan"]


@dataclass(frozen=True)
class Plan:
    """How to train.

    Args:
        optimizer, loss, metrics: the objects, not their names.
        epochs: how often all pictures are seen.
        batch_size: how many pictures make one update.
        seed: of the order of the pictures, of Dropout and of augmentation.
        shuffle: whether each epoch has its own order.
        augmentations: what is done to the pictures of a batch, in this order.
    """

    optimizer: Optimizer
    loss: Loss
    metrics: tuple[Metric, ...]
    epochs: int
    batch_size: int
    seed: int
    shuffle: bool = True
    augmentations: tuple[Augmentation, ...] = ()

    def batches_per_epoch(self, pictures: int) -> int:
        """How many updates an epoch has; the last batch may be smaller."""
        return math.ceil(pictures / self.batch_size)
